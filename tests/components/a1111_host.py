"""As much of A1111's modules as the adapter asks for, and its object for a generation with small real modules."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

from tests.components.small_a1111 import CPU, Sampling, Wrapper


class Posterior:
    def __init__(self, mean: torch.Tensor) -> None:
        self._mean = mean

    def mode(self) -> torch.Tensor:
        return self._mean


class Vae(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 4, 8, stride=8)

    def encode(self, x: torch.Tensor) -> Posterior:
        return Posterior(self.layer(x))


class Denoiser(torch.nn.Module):
    """As the host's, which samplers call, with the wrapper of the UNet."""

    def __init__(self, wrapper: Wrapper) -> None:
        super().__init__()
        self.inner_model = wrapper

    def forward(self, x: torch.Tensor, image_cond: torch.Tensor) -> torch.Tensor:
        return self.inner_model(x, c_concat=[image_cond])


class Sampler:
    """As the host's, up to where it calls the UNet."""

    def __init__(self, wrapper: Wrapper, x: torch.Tensor) -> None:
        self._x = x
        self.model_wrap_cfg = Denoiser(wrapper)
        self.sampler_extra_args: dict[str, torch.Tensor] = {}

    def launch_sampling(self, steps: int, func: Callable[[], Any]) -> Any:
        return func()

    def sample(self) -> torch.Tensor:
        self.sampler_extra_args = {"image_cond": torch.zeros(4, 5, 1, 1)}
        return self.launch_sampling(1, lambda: self.model_wrap_cfg(self._x, **self.sampler_extra_args))


@pytest.fixture
def a1111(monkeypatch: pytest.MonkeyPatch, sampling: Sampling) -> Iterator[ModuleType]:
    """The adapter's module, imported with as much of the host as it asks for."""
    modules = {
        "devices": {"device": CPU, "dtype_vae": torch.float32, "without_autocast": torch.no_grad},
        "launch_utils": {"git_tag": lambda: "v0"},
        "scripts": {"Script": type("Script", (), {"process_before_every_sampling": None})},
        "sd_samplers_common": {"Sampler": Sampler},
        "sd_unet": {"current_unet": None, "current_unet_option": SimpleNamespace(label="engine")},
        "shared": {"opts": SimpleNamespace()},
    }
    package = ModuleType("modules")
    monkeypatch.setitem(sys.modules, "modules", package)
    for name, contents in modules.items():
        module = ModuleType(f"modules.{name}")
        vars(module).update(contents)
        setattr(package, name, module)
        monkeypatch.setitem(sys.modules, f"modules.{name}", module)
    monkeypatch.setitem(sys.modules, "networks", sampling.networks)
    monkeypatch.delitem(sys.modules, "lib_iclight.hosts.a1111", raising=False)
    yield importlib.import_module("lib_iclight.hosts.a1111")
    sys.modules.pop("lib_iclight.hosts.a1111")


class Processing(SimpleNamespace):
    __hash__ = object.__hash__

    def close(self) -> None:
        self.sampler = None


def processing(sampling: Sampling) -> Any:
    model = SimpleNamespace(
        is_sd1=True,
        model=sampling.wrapper,
        first_stage_model=Vae(),
        scale_factor=0.18215,
        sd_checkpoint_info=SimpleNamespace(name_for_extra="sd15"),
    )
    sampler = Sampler(sampling.wrapper, sampling.x)
    return Processing(sd_model=model, sampler=sampler, refiner_checkpoint_info=None, refiner_switch_at=None)
