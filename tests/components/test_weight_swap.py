"""Weights and channels for the time of one sampling, exchanged and put back."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch

from lib_iclight.errors import ICLightError
from tests.components.small_a1111 import Sampling, merges, offset_of


@pytest.mark.parametrize("padding_mode", ["zeros", "circular"])
def test_it_is_the_unet_with_a_grown_convolution(sampling: Sampling, padding_mode: str) -> None:
    sampling.unet.input_blocks[0][0].padding_mode = padding_mode
    sampling.unet.input_blocks[0][0]._reversed_padding_repeated_twice = [1] * 4
    assert torch.allclose(sampling.relit(), sampling.expected(), atol=1e-5)


def test_the_weights_themselves_come_back(sampling: Sampling) -> None:
    before = {name: (p, p.data_ptr(), p.detach().clone()) for name, p in sampling.unet.named_parameters()}
    plain = sampling.run()
    assert not torch.allclose(sampling.relit(), plain)
    with pytest.raises(ZeroDivisionError):
        sampling.relit(lambda: 1 / 0)
    for name, parameter in sampling.unet.named_parameters():
        same, address, value = before[name]
        assert parameter is same
        assert parameter.data_ptr() == address
        assert torch.equal(parameter, value)
    assert torch.equal(sampling.run(), plain)
    assert not sampling.wrapper._forward_pre_hooks
    assert not sampling.unet.input_blocks[0][0]._forward_hooks


def test_the_same_again_merges_nothing(sampling: Sampling) -> None:
    first, before = sampling.relit(), merges()
    assert torch.equal(sampling.relit(), first)
    sampling.run()
    assert torch.equal(sampling.relit(), first)
    assert merges() == before


def test_another_file_or_checkpoint_merges_anew(sampling: Sampling) -> None:
    first, before = sampling.relit(), merges()
    sampling.offset = offset_of(sampling.unet, seed=2)
    assert not torch.allclose(sampling.relit(), first)
    assert merges() == before + 1
    sampling.unet.load_state_dict({name: value * 2 for name, value in sampling.unet.state_dict().items()})
    assert torch.allclose(sampling.relit(), sampling.expected(), atol=1e-5)
    assert merges() == before + 2


def test_only_one_merged_unet_is_kept(sampling: Sampling) -> None:
    sampling.relit()
    (kept,) = (weakref.ref(merged.tensors["out.1.weight"]) for merged in sampling.swapper._merged.values())
    sampling.offset = offset_of(sampling.unet, seed=2)
    sampling.relit()
    gc.collect()
    assert kept() is None
    assert len(sampling.swapper._merged) == 1


def test_half_precision_is_rounded_once(sampling: Sampling) -> None:
    sampling.unet.half()
    name = "out.1.weight"
    parameter = dict(sampling.unet.named_parameters())[name]
    wanted = (parameter.detach().float() + sampling.offset.tensors[name].float()).half()
    assert torch.equal(sampling.relit(lambda: parameter.detach().clone()), wanted)


def test_a_lora_before_with_and_after(sampling: Sampling) -> None:
    checkpoint = {name: value.clone() for name, value in sampling.unet.state_dict().items()}
    plain, relit = sampling.run(), sampling.relit()
    sampling.networks.loaded_networks = [("one", 0.25)]
    relit_lora = sampling.relit()
    plain_lora = sampling.run()
    assert torch.allclose(relit_lora, sampling.expected(), atol=1e-5)
    assert not torch.allclose(relit_lora, relit)
    for layer in (sampling.unet.input_blocks[0][0], sampling.unet.out[1]):
        assert any(torch.equal(layer.network_weights_backup, value) for value in checkpoint.values())
    before = merges()
    assert torch.equal(sampling.relit(), relit_lora)
    assert merges() == before
    sampling.networks.loaded_networks = [("two", 0.5)]
    assert torch.allclose(sampling.relit(), sampling.expected(), atol=1e-5)
    sampling.networks.loaded_networks = [("one", 0.25)]
    assert torch.equal(sampling.run(), plain_lora)
    sampling.networks.loaded_networks = []
    assert torch.equal(sampling.relit(), relit)
    assert torch.equal(sampling.run(), plain)


def test_loras_beside_the_layers_leave_the_offset_alone(sampling: Sampling) -> None:
    relit = sampling.relit()
    sampling.networks.loaded_networks = [("one", 0.25)]
    sampling.run()

    def functional() -> torch.Tensor:
        for layer in (sampling.unet.input_blocks[0][0], sampling.unet.out[1]):
            sampling.networks.network_restore_weights_from_backup(layer)
            sampling.networks.network_reset_cached_weight(layer)
        sampling.networks.loaded_networks = []
        return sampling.run()

    assert torch.equal(sampling.relit(functional, functional=True), relit)


def test_a_lora_that_changes_in_mid_sampling_is_refused(sampling: Sampling) -> None:
    plain, relit = sampling.run(), sampling.relit()

    def sample() -> None:
        sampling.networks.loaded_networks = [("one", 0.25)]
        sampling.run()

    with pytest.raises(ICLightError, match="mid-sampling"):
        sampling.relit(sample)
    sampling.networks.loaded_networks = []
    assert torch.equal(sampling.run(), plain)
    assert torch.equal(sampling.relit(), relit)


def test_a_checkpoint_that_is_loaded_in_mid_sampling_stays(sampling: Sampling) -> None:
    other = {name: value * 3 for name, value in sampling.unet.state_dict().items()}

    def sample() -> None:
        sampling.unet.load_state_dict(other)
        sampling.same_checkpoint = False

    with pytest.raises(ICLightError, match="mid-sampling"):
        sampling.relit(sample)
    assert all(torch.equal(value, other[name]) for name, value in sampling.unet.state_dict().items())
    sampling.same_checkpoint = True
    assert torch.allclose(sampling.relit(), sampling.expected(), atol=1e-5)


def test_another_generation_in_mid_sampling_is_refused(sampling: Sampling) -> None:
    plain = sampling.run()
    with pytest.raises(ICLightError, match="another"):
        sampling.relit(sampling.relit)
    sampling.concat = torch.zeros(4, 5, 1, 1)
    with pytest.raises(ICLightError, match="another generation"):
        sampling.relit()
    assert torch.equal(sampling.run(), plain)


def test_a_part_without_its_conditions_is_refused(sampling: Sampling) -> None:
    plain = sampling.run()
    whole, sampling.x = sampling.x, sampling.x[..., :3]
    with pytest.raises(ICLightError, match="tiles"):
        sampling.relit()
    sampling.x = whole
    assert torch.equal(sampling.run(), plain)


def test_a_unet_with_other_layers_is_refused(sampling: Sampling) -> None:
    sampling.unet.out.append(torch.nn.Conv2d(4, 4, 1))
    with pytest.raises(ICLightError, match=r"out\.2"):
        sampling.relit()
