"""Together with what else the host does, and its own extensions: each does its work, and the subject is still relit."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from tests.webui import samples
from tests.webui.conftest import Models
from tests.webui.host import Host
from tests.webui.samples import same
from tests.webui.wanted import BACKGROUND, RELIT

OTHER = {**RELIT, "foreground": samples.b64(samples.background())}

SIZE = {"width": 128, "height": 128}
"""Where it matters: for tiles and masks."""

COMPANY = {
    "FreeU": ("FreeU Integrated", [True, 1.3, 1.4, 0.9, 0.2, 0.0, 1.0]),
    "SAG": ("SelfAttentionGuidance Integrated", [True, 0.5, 2.0, 1.0]),
    "PAG": ("PerturbedAttentionGuidance Integrated", [True, 100.0, 0.0, 0.0, 1.0]),
    "Kohya HRFix": ("Kohya HRFix Integrated", [True, 3, 2.0, 0.0, 0.9, True, "bicubic", "bicubic"]),
    "MultiDiffusion": ("MultiDiffusion Integrated", [True, "MultiDiffusion", 96, 96, 32, 4]),
    "Mixture of Diffusers": ("MultiDiffusion Integrated", [True, "Mixture of Diffusers", 96, 96, 32, 4]),
    "StyleAlign": ("StyleAlign Integrated", [True, 1.0]),
    "Dynamic thresholding": (
        "DynamicThresholding",
        [True, 7.0, 0.9, "Constant", 0.0, "Constant", 0.0, 1.0, "enable", "MEAN", "AD", 1.0],
    ),
}
WITHOUT_EFFECT = {
    "Never OOM": ("Never OOM Integrated", [False, True]),
    "one tile": ("MultiDiffusion Integrated", [True, "MultiDiffusion", 768, 768, 64, 4]),
}


def named(host: Host, beginning: str) -> str:
    """The title of the script that begins so; hosts add to it what it is for."""
    titles = host.get("/sdapi/v1/scripts").json()["txt2img"]
    found = [title for title in titles if title.startswith(beginning.lower())]
    if not found:
        pytest.skip(f"this host has no {beginning}")
    return found[0]


def differ(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return any(samples.psnr(a, b) < 45 for a, b in zip(one, other, strict=True))


def _as_taken(host: Host, title: str, arguments: list[Any]) -> list[Any]:
    """reForge's DynamicThresholding asks first whether all that follows is to be simple."""
    info = host.get("/sdapi/v1/script-info").json()
    taken = next(len(script["args"]) for script in info if script["name"] == title and not script["is_img2img"])
    return [arguments[0], False, *arguments[1:]] if "thresholding" in title and taken > len(arguments) else arguments


@pytest.mark.slow
@pytest.mark.parametrize("args", [RELIT, BACKGROUND], ids=["fc", "fbc"])
@pytest.mark.parametrize("name", COMPANY)
def test_both_act(host: Host, name: str, args: dict[str, Any]) -> None:
    beginning, company = COMPANY[name]
    title = named(host, beginning)
    company = _as_taken(host, title, company)
    if "Diffus" in name and host.version()["host"] == "reForge":
        answer = host.ask(args, company={title: company})
        assert answer.status_code == 422, answer.text[:2000]
        assert "MultiDiffusion" in answer.json()["detail"]
        return
    batch = {**SIZE, "batch_size": 2 if name == "StyleAlign" else 1}
    errors = host.log().count("*** Error")
    together = host.generate(args, company={title: company}, **batch)
    assert host.log().count("*** Error") == errors
    # Attention says little in a model of random weights, so any difference is an effect.
    alone = host.generate(args, **batch)
    assert not all(np.array_equal(a, b) for a, b in zip(together, alone, strict=True)), f"{name} had no effect"
    assert differ(together, host.generate(company={title: company}, **batch)), "it was not relit"
    other = {**args, "foreground": OTHER["foreground"]}
    assert differ(together, host.generate(other, company={title: company}, **batch)), "the subject was not seen"


@pytest.mark.slow
@pytest.mark.parametrize("args", [RELIT, BACKGROUND], ids=["fc", "fbc"])
@pytest.mark.parametrize("name", WITHOUT_EFFECT)
def test_what_changes_nothing_changes_nothing(host: Host, name: str, args: dict[str, Any]) -> None:
    beginning, company = WITHOUT_EFFECT[name]
    title = named(host, beginning)
    # A subject that was not seen before, so that it is encoded as the company has it.
    fresh = {**args, "foreground": samples.b64(samples.subject(200 + len(name), 180))}
    if name == "one tile" and host.version()["host"] == "reForge":
        pytest.skip("reForge's MultiDiffusion is refused")
    together = host.generate(fresh, company={title: company}, **SIZE)
    alone = host.generate(fresh, company={title: [False]}, **SIZE)
    assert samples.psnr(together[0], alone[0]) >= 60


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{"tiling": True}, {"cfg_scale": 1}], ids=["tiling", "cfg-1"])
def test_settings_of_the_host(host: Host, changes: dict[str, Any]) -> None:
    relit = host.generate(RELIT, **changes)
    assert differ(relit, host.generate(**changes))
    assert differ(relit, host.generate(OTHER, **changes))


SAMPLERS = ("DPM++ 2M SDE", "Euler a", "DPM++ 2M", "DDIM", "UniPC", "LCM", "Heun", "DPM adaptive", "Restart", "PLMS")


@pytest.mark.slow
@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("scheduler", ["Automatic", "Karras"])
def test_samplers(host: Host, sampler: str, scheduler: str) -> None:
    # UniPC of order 3 takes no fewer than 4 steps from a latent, relit or not.
    asked = {"sampler_name": sampler, "scheduler": scheduler, "steps": 4}
    relit = host.generate(RELIT, **asked)
    assert differ(relit, host.generate(**asked))
    assert differ(relit, host.generate({**RELIT, "light": "right"}, **asked))


@pytest.mark.slow
@pytest.mark.parametrize("soft", [False, True])
def test_inpainting(host: Host, soft: bool) -> None:
    """What the mask keeps stays the picture's own; the rest is relit, or what soft inpainting makes of it."""
    init = samples.subject(128, 128)
    mask = np.zeros((128, 128), np.uint8)
    mask[:, 64:] = 255
    (picture,) = host.generate(
        {"light": "left", "matting": "none"},
        "img2img",
        {"Soft inpainting": [soft, 1, 0.5, 4, 0, 0.5, 2]},
        **SIZE,
        init_images=[samples.b64(init)],
        mask=samples.b64(mask),
        inpainting_fill=1,
        inpaint_full_res=False,
        denoising_strength=0.9,
    )
    assert samples.psnr(picture[:, :32], init[:, :32]) > 35
    # Forge's soft inpainting takes the random model's picture for the original, relit or not.
    assert soft or samples.psnr(picture[:, 96:], init[:, 96:]) < 30


@pytest.mark.slow
def test_inpainting_only_the_masked_area(host: Host) -> None:
    """The condition is the same part of the picture as the latent."""
    init = samples.subject(256, 256)
    mask = np.zeros((256, 256), np.uint8)
    mask[160:224, 32:96] = 255
    asked = {
        **SIZE,
        "init_images": [samples.b64(init)],
        "mask": samples.b64(mask),
        "inpainting_fill": 1,
        "inpaint_full_res": True,
        "inpaint_full_res_padding": 0,
        "denoising_strength": 0.5,
    }
    (inside,) = host.generate({"matting": "none"}, "img2img", **asked)
    assert inside.shape == init.shape
    elsewhere = init.copy()
    elsewhere[:120] = 255 - elsewhere[:120]
    (again,) = host.generate({"matting": "none"}, "img2img", **{**asked, "init_images": [samples.b64(elsewhere)]})
    assert np.array_equal(inside[160:224, 32:96], again[160:224, 32:96]), "only what is in the area is seen"


def _controlnet(models: Models) -> dict[str, torch.Tensor]:
    """A ControlNet of the checkpoint's own weights and random connections."""
    rng = torch.Generator().manual_seed(3)

    def random(*shape: int, scale: float = 0.02) -> torch.Tensor:
        return (torch.randn(shape, generator=rng) * scale).half()

    tensors = {}
    prefix = "model.diffusion_model."
    with safe_open(models.checkpoint, "pt") as checkpoint:
        for name in checkpoint.keys():  # noqa: SIM118
            part = name.removeprefix(prefix)
            if name.startswith(prefix) and part.startswith(("input_blocks", "middle_block", "time_embed")):
                tensors[f"control_model.{part}"] = checkpoint.get_tensor(name)
    widths = (320, 320, 320, 320, 640, 640, 640, 1280, 1280, 1280, 1280, 1280)
    outputs = {f"zero_convs.{i}.0": (width, width, 1, 1) for i, width in enumerate(widths)}
    outputs["middle_block_out.0"] = (1280, 1280, 1, 1)
    hint = (3, 16, 16, 32, 32, 96, 96, 256, 320)
    steps = {f"input_hint_block.{2 * i}": (after, before, 3, 3) for i, (before, after) in enumerate(pairwise(hint))}
    for name, shape in {**outputs, **steps}.items():
        tensors[f"control_model.{name}.weight"] = random(*shape, scale=0.1 if name in steps else 0.02)
        tensors[f"control_model.{name}.bias"] = random(shape[0])
    return tensors


@pytest.fixture
def controlnet(own_host: Host, models: Models) -> Iterator[str]:
    """The name of a ControlNet, for those of Forge and its kin and for Mikubill's."""
    named(own_host, "ControlNet")
    assert own_host.data is not None
    folder: Path = own_host.data / "models" / "ControlNet"
    folder.mkdir(exist_ok=True)
    file = folder / "ring_controlnet.safetensors"
    save_file(_controlnet(models), file)
    own_host.post("/ring/refresh-controlnet")
    listed = own_host.get("/controlnet/model_list?update=true").json()["model_list"]
    yield next(name for name in listed if "ring" in name)
    file.unlink()
    own_host.post("/ring/refresh-controlnet")


@pytest.mark.slow
def test_controlnet(own_host: Host, controlnet: str) -> None:
    # Hosts differ in how they write that the picture is to be left alone.
    module = next(m for m in own_host.get("/controlnet/module_list").json()["module_list"] if m.lower() == "none")
    unit = {"enabled": True, "module": module, "model": controlnet, "image": samples.b64(samples.subject(128, 128))}
    plain, relit = own_host.generate(), own_host.generate(RELIT)
    together = own_host.generate(RELIT, company={"ControlNet": [unit]})
    assert differ(together, relit), "ControlNet had no effect"
    controlled = own_host.generate(company={"ControlNet": [unit]})
    assert differ(together, controlled), "it was not relit"
    assert same(own_host.generate(RELIT, company={"ControlNet": [unit]}), together)
    assert same(own_host.generate(company={"ControlNet": [unit]}), controlled)
    assert same(own_host.generate(), plain)
    assert same(own_host.generate(RELIT), relit)


@pytest.fixture
def other_checkpoint(own_host: Host, models: Models) -> Iterator[str]:
    assert own_host.data is not None
    link: Path = own_host.data / "models" / "Stable-diffusion" / "ring_other.safetensors"
    link.symlink_to(models.checkpoint)
    own_host.post("/sdapi/v1/refresh-checkpoints")
    yield "ring_other"
    link.unlink()
    own_host.post("/sdapi/v1/refresh-checkpoints")


@pytest.mark.slow
def test_a_refiner_is_refused(own_host: Host, other_checkpoint: str) -> None:
    asked = {"refiner_checkpoint": other_checkpoint, "refiner_switch_at": 0.5}
    answer = own_host.ask(RELIT, **asked)
    assert answer.status_code == 422
    assert "refiner" in answer.json()["detail"]
    assert differ(own_host.generate(RELIT), own_host.generate())
