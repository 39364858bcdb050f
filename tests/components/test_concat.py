"""The concat conditions where the UNet is asked at another size or batch than the latent's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib_iclight.errors import ICLightError
from lib_iclight.hosts.concat import follow

CONCAT = torch.randn(2, 8, 12, 10, generator=torch.Generator().manual_seed(0))


def test_what_fits_is_the_same_tensor() -> None:
    assert follow(CONCAT, torch.zeros(2, 4, 12, 10)) is CONCAT


def test_at_half_size_they_are_where_the_latents_elements_are() -> None:
    """Euler Dy takes the last of every two rows and columns."""
    assert torch.equal(follow(CONCAT, torch.zeros(2, 4, 6, 5)), CONCAT[..., 1::2, 1::2])


@pytest.mark.parametrize("size", [(15, 12), (6, 5), (13, 11), (1, 1), (24, 20)])
def test_they_are_scaled_as_the_latent_is(size: tuple[int, int]) -> None:
    wanted = torch.nn.functional.interpolate(CONCAT, size=size, mode="nearest-exact")
    assert torch.equal(follow(CONCAT, torch.zeros(2, 4, *size)), wanted)
    assert torch.equal(follow(CONCAT.half(), torch.zeros(2, 4, *size)), wanted.half())


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0.3, 2), st.booleans())
def test_every_scaled_size_is_taken(rows: int, columns: int, scale: float, up: bool) -> None:
    rounding = round if up else int
    high, wide = max(rounding(rows * scale), 1), max(rounding(columns * scale), 1)
    assert follow(torch.zeros(1, 4, rows, columns), torch.zeros(1, 4, high, wide)).shape == (1, 4, high, wide)


@pytest.mark.parametrize("size", [(12, 4), (4, 10), (24, 10)])
def test_a_part_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ICLightError, match="parts of the picture"):
        follow(CONCAT, torch.zeros(2, 4, *size))


def test_a_batch_twice_is_repeated_and_one_of_it_is_refused_unless_all_are_alike() -> None:
    assert torch.equal(follow(CONCAT, torch.zeros(4, 4, 12, 10)), torch.cat([CONCAT, CONCAT]))
    with pytest.raises(ICLightError, match="batch of 2"):
        follow(CONCAT, torch.zeros(1, 4, 12, 10))
    alike = CONCAT[:1].repeat(2, 1, 1, 1)
    assert torch.equal(follow(alike, torch.zeros(3, 4, 12, 10)), CONCAT[:1].repeat(3, 1, 1, 1))
