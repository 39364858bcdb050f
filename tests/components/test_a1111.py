"""Weights and channels for the time of one sampling, as A1111's adapter exchanges them, with small real modules."""

from __future__ import annotations

import gc
import hashlib
import importlib
import sys
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lib_iclight import log
from lib_iclight.errors import ICLightError
from lib_iclight.hosts import loras
from lib_iclight.hosts.weight_swap import WeightSwap
from lib_iclight.models.library import Offset

CPU = torch.device("cpu")


class Networks(ModuleType):
    """As the Lora extension: backs a layer up when a LoRA is first written into it, which is when the layer runs."""

    def __init__(self) -> None:
        super().__init__("networks")
        self.loaded_networks: list[tuple[str, float]] = []

    def network_apply_weights(self, layer: Any) -> None:
        wanted = tuple(self.loaded_networks)
        if getattr(layer, "network_current_names", ()) == wanted:
            return
        if getattr(layer, "network_weights_backup", None) is None:
            layer.network_weights_backup = layer.weight.to(CPU, copy=True)
            layer.network_bias_backup = layer.bias.to(CPU, copy=True)
        self.network_restore_weights_from_backup(layer)
        for _, strength in wanted:
            layer.weight.copy_(layer.weight + strength)
        layer.network_current_names = wanted

    def network_restore_weights_from_backup(self, layer: Any) -> None:
        if getattr(layer, "network_weights_backup", None) is not None:
            layer.weight.copy_(layer.network_weights_backup)
            layer.bias.copy_(layer.network_bias_backup)

    def network_reset_cached_weight(self, layer: Any) -> None:
        layer.network_current_names = ()
        layer.network_weights_backup = layer.network_bias_backup = None


class Unet(torch.nn.Module):
    """Two convolutions with the names of the first and the last, which ask the Lora extension as they run."""

    def __init__(self, networks: Networks, channels: int = 4) -> None:
        super().__init__()
        self.networks = networks
        self.in_channels = channels
        first = torch.nn.Conv2d(channels, 6, 3, padding=1)
        self.input_blocks = torch.nn.ModuleList([torch.nn.Sequential(first)])
        self.out = torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Conv2d(6, 4, 3, padding=1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in (self.input_blocks[0][0], self.out[1]):
            self.networks.network_apply_weights(layer)
        return self.out(self.input_blocks[0](x))


class Wrapper(torch.nn.Module):
    """As LDM's DiffusionWrapper for plain checkpoints: what is to be concatenated arrives, and is not looked at."""

    def __init__(self, unet: Unet) -> None:
        super().__init__()
        self.diffusion_model = unet

    def forward(self, x: torch.Tensor, c_concat: list[torch.Tensor] | None = None) -> torch.Tensor:
        return self.diffusion_model(x)


def offset_of(unet: torch.nn.Module, channels: int = 8, seed: int = 1) -> Offset:
    rng = torch.Generator().manual_seed(seed)
    shapes = {name: tuple(parameter.shape) for name, parameter in unet.named_parameters()}
    out, _, *kernel = shapes["input_blocks.0.0.weight"]
    shapes["input_blocks.0.0.weight"] = (out, channels, *kernel)
    tensors = {name: torch.randn(shape, generator=rng).half() for name, shape in shapes.items()}
    return Offset("fc", tensors, hashlib.sha256(str((channels, seed)).encode()).hexdigest())


class Service:
    """A UNet, its caller, and generations with it."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.networks = Networks()
        self.unet = Unet(self.networks)
        self.wrapper = Wrapper(self.unet)
        self.offset = offset_of(self.unet)
        self.swapper = WeightSwap()
        self.x, self.concat = torch.randn(4, 4, 6, 5), torch.randn(4, 4, 6, 5)
        self.same_checkpoint = True

    def run(self) -> torch.Tensor:
        with torch.no_grad():
            return self.wrapper(self.x, c_concat=[self.concat])

    def relit(self, sample: Callable[[], Any] | None = None, functional: bool = False) -> Any:
        def stays() -> bool:
            return self.same_checkpoint

        with torch.no_grad():
            loras.write(self.networks, self.unet, CPU, functional)
            with (
                loras.keep_notes(self.unet, stays),
                self.swapper.swap(self.unet, self.wrapper, self.offset, stays),
            ):
                return (sample or self.run)()

    def expected(self) -> torch.Tensor:
        """A UNet whose first convolution has grown, with the weights that are now in this one."""
        networks = Networks()
        grown = Unet(networks, 8)
        weights = dict(self.unet.state_dict())
        weights["input_blocks.0.0.weight"] = torch.nn.functional.pad(
            weights["input_blocks.0.0.weight"], (0, 0, 0, 0, 0, 4)
        )
        grown.load_state_dict({name: weights[name] + self.offset.tensors[name] for name in weights})
        grown.input_blocks[0][0].padding_mode = self.unet.input_blocks[0][0].padding_mode
        grown.input_blocks[0][0]._reversed_padding_repeated_twice = [1] * 4
        with torch.no_grad():
            return grown(torch.cat([self.x, self.concat], dim=1))


@pytest.fixture
def service() -> Service:
    return Service()


def merges() -> int:
    return log.counts().get("merge", 0)


@pytest.mark.parametrize("padding_mode", ["zeros", "circular"])
def test_it_is_the_unet_with_a_grown_convolution(service: Service, padding_mode: str) -> None:
    service.unet.input_blocks[0][0].padding_mode = padding_mode
    service.unet.input_blocks[0][0]._reversed_padding_repeated_twice = [1] * 4
    assert torch.allclose(service.relit(), service.expected(), atol=1e-5)


def test_the_weights_themselves_come_back(service: Service) -> None:
    before = {name: (p, p.data_ptr(), p.detach().clone()) for name, p in service.unet.named_parameters()}
    plain = service.run()
    assert not torch.allclose(service.relit(), plain)
    with pytest.raises(ZeroDivisionError):
        service.relit(lambda: 1 / 0)
    for name, parameter in service.unet.named_parameters():
        same, address, value = before[name]
        assert parameter is same
        assert parameter.data_ptr() == address
        assert torch.equal(parameter, value)
    assert torch.equal(service.run(), plain)
    assert not service.wrapper._forward_pre_hooks
    assert not service.unet.input_blocks[0][0]._forward_hooks


def test_the_same_again_merges_nothing(service: Service) -> None:
    first, before = service.relit(), merges()
    assert torch.equal(service.relit(), first)
    service.run()
    assert torch.equal(service.relit(), first)
    assert merges() == before


def test_another_file_or_checkpoint_merges_anew(service: Service) -> None:
    first, before = service.relit(), merges()
    service.offset = offset_of(service.unet, seed=2)
    assert not torch.allclose(service.relit(), first)
    assert merges() == before + 1
    service.unet.load_state_dict({name: value * 2 for name, value in service.unet.state_dict().items()})
    assert torch.allclose(service.relit(), service.expected(), atol=1e-5)
    assert merges() == before + 2


def test_only_one_merged_unet_is_kept(service: Service) -> None:
    service.relit()
    (kept,) = (weakref.ref(merged.tensors["out.1.weight"]) for merged in service.swapper._merged.values())
    service.offset = offset_of(service.unet, seed=2)
    service.relit()
    gc.collect()
    assert kept() is None
    assert len(service.swapper._merged) == 1


def test_half_precision_is_rounded_once(service: Service) -> None:
    service.unet.half()
    name = "out.1.weight"
    parameter = dict(service.unet.named_parameters())[name]
    wanted = (parameter.detach().float() + service.offset.tensors[name].float()).half()
    assert torch.equal(service.relit(lambda: parameter.detach().clone()), wanted)


def test_a_lora_before_with_and_after(service: Service) -> None:
    checkpoint = {name: value.clone() for name, value in service.unet.state_dict().items()}
    plain, relit = service.run(), service.relit()
    service.networks.loaded_networks = [("one", 0.25)]
    relit_lora = service.relit()
    plain_lora = service.run()
    assert torch.allclose(relit_lora, service.expected(), atol=1e-5)
    assert not torch.allclose(relit_lora, relit)
    for layer in (service.unet.input_blocks[0][0], service.unet.out[1]):
        assert any(torch.equal(layer.network_weights_backup, value) for value in checkpoint.values())
    before = merges()
    assert torch.equal(service.relit(), relit_lora)
    assert merges() == before
    service.networks.loaded_networks = [("two", 0.5)]
    assert torch.allclose(service.relit(), service.expected(), atol=1e-5)
    service.networks.loaded_networks = [("one", 0.25)]
    assert torch.equal(service.run(), plain_lora)
    service.networks.loaded_networks = []
    assert torch.equal(service.relit(), relit)
    assert torch.equal(service.run(), plain)


def test_loras_beside_the_layers_leave_the_offset_alone(service: Service) -> None:
    relit = service.relit()
    service.networks.loaded_networks = [("one", 0.25)]
    service.run()

    def functional() -> torch.Tensor:
        for layer in (service.unet.input_blocks[0][0], service.unet.out[1]):
            service.networks.network_restore_weights_from_backup(layer)
            service.networks.network_reset_cached_weight(layer)
        service.networks.loaded_networks = []
        return service.run()

    assert torch.equal(service.relit(functional, functional=True), relit)


def test_a_lora_that_changes_in_mid_sampling_is_refused(service: Service) -> None:
    plain, relit = service.run(), service.relit()

    def sample() -> None:
        service.networks.loaded_networks = [("one", 0.25)]
        service.run()

    with pytest.raises(ICLightError, match="mid-sampling"):
        service.relit(sample)
    service.networks.loaded_networks = []
    assert torch.equal(service.run(), plain)
    assert torch.equal(service.relit(), relit)


def test_a_checkpoint_that_is_loaded_in_mid_sampling_stays(service: Service) -> None:
    other = {name: value * 3 for name, value in service.unet.state_dict().items()}

    def sample() -> None:
        service.unet.load_state_dict(other)
        service.same_checkpoint = False

    with pytest.raises(ICLightError, match="mid-sampling"):
        service.relit(sample)
    assert all(torch.equal(value, other[name]) for name, value in service.unet.state_dict().items())
    service.same_checkpoint = True
    assert torch.allclose(service.relit(), service.expected(), atol=1e-5)


def test_another_generation_in_mid_sampling_is_refused(service: Service) -> None:
    plain = service.run()
    with pytest.raises(ICLightError, match="another"):
        service.relit(service.relit)
    service.concat = torch.zeros(4, 5, 1, 1)
    with pytest.raises(ICLightError, match="another generation"):
        service.relit()
    assert torch.equal(service.run(), plain)


def test_a_unet_with_other_layers_is_refused(service: Service) -> None:
    service.unet.out.append(torch.nn.Conv2d(4, 4, 1))
    with pytest.raises(ICLightError, match=r"out\.2"):
        service.relit()


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


class Sampler:
    """As the host's, up to where it calls the UNet."""

    def __init__(self, wrapper: Wrapper, x: torch.Tensor) -> None:
        self._wrapper, self._x = wrapper, x
        self.sampler_extra_args: dict[str, torch.Tensor] = {}

    def launch_sampling(self, steps: int, func: Callable[[], Any]) -> Any:
        return func()

    def sample(self) -> torch.Tensor:
        self.sampler_extra_args = {"image_cond": torch.zeros(4, 5, 1, 1)}
        return self.launch_sampling(1, lambda: self._wrapper(self._x, c_concat=[self.sampler_extra_args["image_cond"]]))


@pytest.fixture
def a1111(monkeypatch: pytest.MonkeyPatch, service: Service) -> Iterator[ModuleType]:
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
    monkeypatch.setitem(sys.modules, "networks", service.networks)
    monkeypatch.delitem(sys.modules, "lib_iclight.hosts.a1111", raising=False)
    yield importlib.import_module("lib_iclight.hosts.a1111")
    sys.modules.pop("lib_iclight.hosts.a1111")


class Processing(SimpleNamespace):
    __hash__ = object.__hash__


def processing(service: Service) -> Any:
    model = SimpleNamespace(
        is_sd1=True,
        model=service.wrapper,
        first_stage_model=Vae(),
        scale_factor=0.18215,
        sd_checkpoint_info=SimpleNamespace(name_for_extra="sd15"),
    )
    sampler = Sampler(service.wrapper, service.x)
    return Processing(sd_model=model, sampler=sampler, refiner_checkpoint_info=None, refiner_switch_at=None)


def test_the_adapter_lights_one_call_of_the_sampler(a1111: ModuleType, service: Service) -> None:
    host, p = a1111.connect(), processing(service)
    host.refuse(p)
    with torch.no_grad():
        plain = p.sampler.sample()
        host.apply(p, service.offset, service.concat)
        assert torch.allclose(p.sampler.sample(), service.expected(), atol=1e-5)
        assert torch.equal(p.sampler.sample(), plain)
    gone = weakref.ref(p.sampler)
    gc.disable()
    try:
        p.sampler = None
        assert gone() is None, "something refers in a circle"
    finally:
        gc.enable()


def test_the_adapter_encodes_the_mode(a1111: ModuleType, service: Service) -> None:
    host, p = a1111.connect(), processing(service)
    pixels = np.random.default_rng(0).random((2, 3, 16, 24), np.float32)
    stream = torch.get_rng_state()
    latents = host.encode(p, pixels)
    assert torch.equal(torch.get_rng_state(), stream)
    wanted = p.sd_model.first_stage_model.layer(torch.from_numpy(pixels)) * 0.18215
    assert torch.equal(latents, wanted)
    assert not latents.requires_grad


def test_what_was_encoded_goes_with_what_the_vae_holds(a1111: ModuleType, service: Service) -> None:
    host, p = a1111.connect(), processing(service)
    content = host.vae(p)
    assert host.vae(p) is content
    p.sd_model.first_stage_model.load_state_dict(Vae().state_dict())
    assert host.vae(p) is not content


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda p, module: setattr(p.sd_model, "is_sd1", False), "1.5"),
        (lambda p, module: setattr(p.sd_model.model.diffusion_model, "in_channels", 9), "9"),
        (lambda p, module: setattr(p, "refiner_checkpoint_info", SimpleNamespace(name_for_extra="other")), "other"),
        (lambda p, module: setattr(module.sd_unet, "current_unet", object()), "engine"),
    ],
    ids=["sdxl", "inpainting", "refiner", "tensorrt"],
)
def test_what_cannot_be_relit_is_refused(
    a1111: ModuleType, service: Service, change: Callable[[Any, ModuleType], None], word: str
) -> None:
    host, p = a1111.connect(), processing(service)
    change(p, a1111)
    with pytest.raises(ICLightError, match=word):
        host.refuse(p)


def test_what_was_made_from_the_host_is_not_it(a1111: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(a1111.importlib.util, "find_spec", lambda name: name)
    assert a1111.connect() is None
