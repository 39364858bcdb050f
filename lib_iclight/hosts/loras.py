"""The Lora extension that comes with A1111, which writes into a layer's weights when the layer next runs.

Before it does so for the first time it backs the weights up; a backup of other weights than the checkpoint's would be
in every later picture. So it is made to write before the weights are exchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

import torch

WRITTEN = (torch.nn.Linear, torch.nn.Conv2d, torch.nn.GroupNorm, torch.nn.LayerNorm, torch.nn.MultiheadAttention)
"""The layers that it writes into."""

NOTES = {"network_current_names": (), "network_weights_backup": None, "network_bias_backup": None}
"""What it notes at a layer, and what it takes for noted where it has not."""


def write(networks: ModuleType, layers: torch.nn.Module, device: torch.device, functional: bool) -> None:
    """Bring all layers to the state that their own run would bring them to.

    :param networks: the extension's module of that name.
    :param device: where the layers run; what is written there and what is written elsewhere differ by rounding.
    :param functional: whether LoRAs act beside the layers, not in them.
    """
    for layer in layers.modules():
        parameter = next(layer.parameters(), None) if isinstance(layer, WRITTEN) else None
        # Without any LoRA there is nothing to write, and nothing to move for it.
        if parameter is None or not (networks.loaded_networks or getattr(layer, "network_current_names", ())):
            continue
        home = parameter.device
        layer.to(device)
        if not functional:
            networks.network_apply_weights(layer)
        elif networks.loaded_networks:
            networks.network_restore_weights_from_backup(layer)
            networks.network_reset_cached_weight(layer)
        layer.to(home)


@contextmanager
def keep_notes(layers: torch.nn.Module, stays: Callable[[], bool]) -> Iterator[None]:
    """Its notes stay what they are, as the weights do.

    :param stays: as in ``WeightSwap.swap``.
    """
    notes = [
        (layer, {name: getattr(layer, name, nothing) for name, nothing in NOTES.items()})
        for layer in layers.modules()
        if isinstance(layer, WRITTEN)
    ]
    try:
        yield
    finally:
        if stays():
            for layer, known in notes:
                vars(layer).update(known)
