"""What the adapters and the stand-ins of the other rings take for granted of a host, read in its source."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from lib_iclight.hosts import patcher_cache

PATCHER_STATE = {
    *("size", "model", "model_keys", "load_device", "offload_device", "current_device", "weight_inplace_update"),
    *("backup", "backup_buffers", "object_patches_backup", "patches_uuid", "parent", "pinned", "is_injected"),
    *("skip_injection", "hook_patches_backup", "hook_backup", "cached_hook_patches", "current_hooks", "is_clip"),
    "hook_mode",
}
"""Of a patcher that is kept: what stays its own."""


class Function(NamedTuple):
    """A function in a file, with arguments that it must take."""

    file: str
    name: str
    arguments: tuple[str, ...]


KDIFFUSION = ("p", "x", "noise", "conditioning", "unconditional_conditioning", "steps", "image_conditioning")
EVERYWHERE = (
    Function("modules/sd_samplers_kdiffusion.py", "KDiffusionSampler.sample_img2img", KDIFFUSION),
    Function("modules/sd_samplers_timesteps.py", "CompVisSampler.sample_img2img", KDIFFUSION),
    Function("modules/sd_samplers_common.py", "Sampler.initialize", ("p",)),
    Function("modules/img2img.py", "process_batch", ("p", "args")),
    Function("modules/scripts.py", "Script.process_before_every_sampling", ("p",)),
    Function("modules/scripts.py", "Script.setup", ("p",)),
    Function("modules/scripts.py", "Script.process", ("p",)),
    Function("modules/scripts.py", "Script.postprocess", ("p", "processed")),
)
PATCHER = "backend/patcher/base.py"
LDM_PATCHER = "ldm_patched/modules/model_patcher.py"
NETWORKS = "extensions-builtin/Lora/networks.py"
FAMILIES = {
    "Forge": (
        Function(PATCHER, "ModelPatcher.add_patches", ("filename", "patches")),
        Function(PATCHER, "ModelPatcher.refresh_loras", ()),
        Function("backend/patcher/unet.py", "UnetPatcher.add_conditioning_modifier", ("modifier",)),
        Function("backend/sampling/condition.py", "Condition.__init__", ("cond",)),
        Function("backend/patcher/vae.py", "VAE.encode", ("pixel_samples",)),
    ),
    "Neo": (
        Function(PATCHER, "ModelPatcher.add_patches", ("patches",)),
        Function(PATCHER, "ModelPatcher.use_online_lora", ("key",)),
        Function("backend/patcher/unet.py", "UnetPatcher.add_conditioning_modifier", ("modifier",)),
        Function("backend/patcher/vae.py", "VAE.encode", ("pixel_samples",)),
        Function("backend/nn/vae.py", "IntegratedAutoencoderKL.encode", ("x",)),
        Function("backend/sampling/condition.py", "Condition.__init__", ("cond",)),
    ),
    "ldm_patched": (
        Function(LDM_PATCHER, "ModelPatcher.add_patches", ("patches",)),
        Function("modules_forge/unet_patcher.py", "UnetPatcher.add_conditioning_modifier", ("modifier",)),
        Function("ldm_patched/modules/conds.py", "CONDRegular.__init__", ("cond",)),
        Function("ldm_patched/modules/sd.py", "VAE.encode", ("pixel_samples",)),
        Function("ldm_patched/ldm/models/autoencoder.py", "DiagonalGaussianRegularizer.__init__", ("sample",)),
    ),
    "A1111": (
        Function("modules/sd_samplers_cfg_denoiser.py", "CFGDenoiser.forward", ("x", "image_cond")),
        Function(NETWORKS, "network_apply_weights", ("self",)),
        Function(NETWORKS, "network_restore_weights_from_backup", ("self",)),
        Function(NETWORKS, "network_reset_cached_weight", ("self",)),
    ),
}


@pytest.fixture(scope="module")
def folder() -> Path:
    named = os.environ.get("ICLIGHT_WEBUI")
    if not named:
        pytest.skip("ICLIGHT_WEBUI names no installed WebUI")
    return Path(named)


@pytest.fixture(scope="module")
def family(folder: Path) -> str:
    if (folder / PATCHER).exists():
        return "Neo" if _functions(folder / PATCHER).get("ModelPatcher.use_online_lora") else "Forge"
    return "ldm_patched" if (folder / LDM_PATCHER).exists() else "A1111"


def _functions(file: Path) -> dict[str, ast.FunctionDef]:
    """The functions and methods of a file, by name."""
    found = {}
    for node in ast.parse(file.read_text("utf-8")).body:
        for part in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(part, ast.FunctionDef):
                found[f"{node.name}.{part.name}" if isinstance(node, ast.ClassDef) else part.name] = part
    return found


def _set_in(function: ast.FunctionDef) -> set[str]:
    """The attributes of ``self`` that a function sets."""
    return {
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def test_functions_take_what_they_are_given(folder: Path, family: str) -> None:
    for file, name, arguments in (*EVERYWHERE, *FAMILIES[family]):
        function = _functions(folder / file).get(name)
        assert function is not None, f"{file} has no {name}"
        taken = {part.arg for part in (*function.args.args, *function.args.kwonlyargs)}
        assert taken.issuperset(arguments), f"{file}: {name}"


def test_all_that_a_patcher_holds_is_known(folder: Path, family: str) -> None:
    """Else a kept patcher could go on with what belonged to an earlier generation."""
    if family not in ("Neo", "ldm_patched"):
        pytest.skip("this host's patchers are not kept")
    unet = "backend/patcher/unet.py" if family == "Neo" else "modules_forge/unet_patcher.py"
    base = PATCHER if family == "Neo" else LDM_PATCHER
    held = _set_in(_functions(folder / base)["ModelPatcher.__init__"])
    held |= _set_in(_functions(folder / unet)["UnetPatcher.__init__"])
    unknown = held - PATCHER_STATE - {*patcher_cache.FOR_A_PASS, *patcher_cache.WITH_THE_WEIGHTS}
    assert not unknown
