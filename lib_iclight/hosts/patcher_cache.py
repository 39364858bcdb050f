"""Patchers whose merged weights a host recognises by the patcher itself.

A clone that is made for each pass would be merged for each pass. So the one that was merged is kept and sampled with
again, wherever a clone would have the same weights.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from lib_iclight import log
from lib_iclight.hosts.forge_kin import UNET, ForgeKin

if TYPE_CHECKING:
    from lib_iclight.models.library import Offset

FOR_A_PASS = (
    *("model_options", "controlnet_linked_list", "extra_concat_condition", "extra_preserved_memory_during_sampling"),
    *("extra_model_patchers_during_sampling", "attachments", "callbacks", "wrappers"),
)
"""What a pass brings along, by the hosts' names."""

WITH_THE_WEIGHTS = (
    *("patches", "object_patches", "weight_wrapper_patches", "hook_patches", "forced_hooks", "injections"),
    *("additional_models", "force_cast_weights", "compiled"),
)
"""What hosts act upon only where they load a model."""


class _Kept(NamedTuple):
    sha256: str
    before: dict[str, Any]
    unet: Any


class PatcherCache:
    """One patched clone for each checkpoint that is loaded."""

    def __init__(self) -> None:
        self._kept: MutableMapping[Any, _Kept] = WeakKeyDictionary()

    def patch(self, sd_model: Any, unet: Any, offset: Offset) -> Any:
        """A patcher with the offset added, otherwise as the given one.

        :param sd_model: the checkpoint that is loaded.
        :param unet: a clone of the host's own, its only user.
        """
        before = {name: _copy(vars(unet)[name]) for name in WITH_THE_WEIGHTS if name in vars(unet)}
        kept = self._kept.get(sd_model)
        if kept is not None and kept.sha256 == offset.sha256 and _same(kept.before, before):
            vars(kept.unet).update({name: vars(unet)[name] for name in FOR_A_PASS if name in vars(unet)})
            return kept.unet
        # Two merged UNets at once would be gigabytes more.
        self._kept.pop(sd_model, None)
        unet.add_patches(
            {UNET + name: ("diff", [tensor, {"pad_weight": True}]) for name, tensor in offset.tensors.items()}
        )
        self._kept[sd_model] = _Kept(offset.sha256, before, unet)
        return unet

    def release(self) -> None:
        """Let go of what a pass has brought along, such as ControlNets; the merged weights stay."""
        for sd_model, kept in list(self._kept.items()):
            own = getattr(getattr(sd_model, "forge_objects_original", None), "unet", None)
            if own is None:
                # Hosts take apart what they unload; it will not be sampled with again.
                del self._kept[sd_model]
                continue
            plain = vars(own.clone())
            vars(kept.unet).update({name: plain[name] for name in FOR_A_PASS if name in plain})


class KeepsPatchers(ForgeKin):
    """A host that finds merged weights by their patcher."""

    def __init__(self) -> None:
        super().__init__()
        self._patchers = PatcherCache()

    @abstractmethod
    def _is_merged(self, unet: Any) -> bool:
        """Whether the host will find the patcher's weights in place."""

    def _patch(self, p: Any, unet: Any, offset: Offset) -> Any:
        patched = self._patchers.patch(p.sd_model, unet, offset)
        if not self._is_merged(patched):
            log.count("merge")
        return patched

    def release(self) -> None:
        self._patchers.release()


def _copy(value: Any) -> Any:
    """Containers copied, what they hold not."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _same(one: Any, other: Any) -> bool:
    """Whether containers hold the same things. Tensors are not compared by their numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other
