"""The patcher that was merged is sampled with again, wherever a clone would have the same weights."""

from __future__ import annotations

import copy
import gc
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lib_iclight.hosts.forge_kin import UNET
from lib_iclight.hosts.patcher_cache import PatcherCache
from lib_iclight.models.library import Offset

NAME = "input_blocks.0.0.weight"


class Patcher:
    """As far as the hosts' patchers of weights go: patches by weight, each with its strength."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.model = model
        self.patches: dict[str, list[tuple[float, Any]]] = {}
        self.object_patches: dict[str, Any] = {}
        self.model_options: dict[str, Any] = {"transformer_options": {}}
        self.extra_concat_condition: torch.Tensor | None = None
        self.controlnet_linked_list: Net | None = None

    def clone(self) -> Patcher:
        other = Patcher(self.model)
        other.patches = {key: list(patches) for key, patches in self.patches.items()}
        other.object_patches = dict(self.object_patches)
        other.model_options = copy.deepcopy(self.model_options)
        return other

    def add_patches(self, patches: dict[str, Any], strength: float = 1.0) -> None:
        for key, patch in patches.items():
            self.patches.setdefault(key, []).append((strength, patch))


class Net:
    """Stands for a ControlNet."""


class Checkpoint:
    def __init__(self) -> None:
        self.unet = Patcher(torch.nn.Conv2d(4, 8, 3))
        self.forge_objects_original = SimpleNamespace(unet=self.unet)


def offset(role: str = "fc", sha256: str = "a") -> Offset:
    return Offset(role, {NAME: torch.ones(8, 8, 3, 3)}, sha256)


@pytest.fixture
def checkpoint() -> Checkpoint:
    return Checkpoint()


@pytest.fixture
def patchers() -> PatcherCache:
    return PatcherCache()


def test_the_same_patcher_again_with_the_passs_own_options(checkpoint: Checkpoint, patchers: PatcherCache) -> None:
    first = patchers.patch(checkpoint, checkpoint.unet.clone(), offset())
    again = checkpoint.unet.clone()
    again.model_options["of this pass"] = True
    lit = patchers.patch(checkpoint, again, offset())
    assert lit is first
    assert lit.model_options["of this pass"]
    ((_, (kind, (tensor, how))),) = lit.patches[UNET + NAME]
    assert kind == "diff"
    assert tensor.shape[1] == 8
    assert how["pad_weight"]


def test_the_hosts_own_patcher_is_left_alone(checkpoint: Checkpoint, patchers: PatcherCache) -> None:
    patchers.patch(checkpoint, checkpoint.unet.clone(), offset())
    patchers.patch(checkpoint, checkpoint.unet.clone(), offset())
    assert checkpoint.unet.patches == {}
    assert checkpoint.unet.model_options == {"transformer_options": {}}


def test_another_file_is_merged_anew(checkpoint: Checkpoint, patchers: PatcherCache) -> None:
    first = patchers.patch(checkpoint, checkpoint.unet.clone(), offset())
    assert patchers.patch(checkpoint, checkpoint.unet.clone(), offset(sha256="b")) is not first


def test_a_lora_is_merged_anew_and_its_end_too(checkpoint: Checkpoint, patchers: PatcherCache) -> None:
    bare = patchers.patch(checkpoint, checkpoint.unet.clone(), offset())
    with_lora = checkpoint.unet.clone()
    with_lora.add_patches({UNET + NAME: (torch.ones(8, 4, 3, 3),)}, 0.5)
    lit = patchers.patch(checkpoint, with_lora.clone(), offset())
    assert lit is not bare
    assert len(lit.patches[UNET + NAME]) == 2
    assert patchers.patch(checkpoint, with_lora.clone(), offset()) is lit
    assert patchers.patch(checkpoint, checkpoint.unet.clone(), offset()) is not lit


def test_a_lora_of_another_strength_is_merged_anew(checkpoint: Checkpoint, patchers: PatcherCache) -> None:
    lora = {UNET + NAME: (torch.ones(8, 4, 3, 3),)}
    weak, strong = checkpoint.unet.clone(), checkpoint.unet.clone()
    weak.add_patches(lora, 0.5)
    strong.add_patches(lora, 1.0)
    first = patchers.patch(checkpoint, weak.clone(), offset())
    assert patchers.patch(checkpoint, strong.clone(), offset()) is not first


def test_what_the_host_sets_while_loading_is_set_anew(checkpoint: Checkpoint, patchers: PatcherCache) -> None:
    first = patchers.patch(checkpoint, checkpoint.unet.clone(), offset())
    other = checkpoint.unet.clone()
    other.object_patches["model_sampling"] = object()
    assert patchers.patch(checkpoint, other, offset()) is not first


def test_checkpoints_do_not_share(checkpoint: Checkpoint, patchers: PatcherCache) -> None:
    first = patchers.patch(checkpoint, checkpoint.unet.clone(), offset())
    other = Checkpoint()
    assert patchers.patch(other, other.unet.clone(), offset()).model is other.unet.model
    assert patchers.patch(checkpoint, checkpoint.unet.clone(), offset()) is first


def test_what_a_pass_brought_along_goes_and_the_merged_weights_stay(
    checkpoint: Checkpoint, patchers: PatcherCache
) -> None:
    """The host's own patchers of the pass are gone by then; of ControlNets that is a model each."""
    unet = checkpoint.unet.clone()
    net = Net()
    unet.controlnet_linked_list = unet.model_options["of this pass"] = net
    unet.extra_concat_condition = torch.ones(1)
    lit = patchers.patch(checkpoint, unet, offset())
    gone = weakref.ref(net)
    del unet, net
    assert gone() is lit.controlnet_linked_list
    patchers.release()
    assert gone() is None
    assert lit.extra_concat_condition is None
    assert lit.model_options == checkpoint.unet.model_options
    assert lit.model_options is not checkpoint.unet.model_options
    assert patchers.patch(checkpoint, checkpoint.unet.clone(), offset()) is lit


@pytest.mark.parametrize("objects", [None, SimpleNamespace(unet=None), SimpleNamespace()])
def test_a_checkpoint_that_was_taken_apart_keeps_nothing(
    checkpoint: Checkpoint, patchers: PatcherCache, objects: Any
) -> None:
    """As hosts unload one, while something still refers to it."""
    lit = weakref.ref(patchers.patch(checkpoint, checkpoint.unet.clone(), offset()))
    checkpoint.forge_objects_original = objects
    patchers.release()
    assert lit() is None


def test_a_checkpoint_that_is_let_go_takes_its_unet_along(patchers: PatcherCache) -> None:
    checkpoint = Checkpoint()
    patchers.patch(checkpoint, checkpoint.unet.clone(), offset())
    model = weakref.ref(checkpoint.unet.model)
    del checkpoint
    gc.collect()
    assert model() is None
