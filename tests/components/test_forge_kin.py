"""The concat conditions in Forge and its kin, where another extension stands between the sampler and the UNet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from lib_iclight.errors import ICLightError
from lib_iclight.hosts.forge_kin import _Concatenate

CONCAT = torch.randn(1, 4, 6, 8, generator=torch.Generator().manual_seed(0))
X = torch.zeros(1, 4, 6, 8)

Wrapper = Callable[[Callable[..., Any], dict[str, Any]], Any]


def unet(x: torch.Tensor, t: torch.Tensor, c_concat: torch.Tensor, c_crossattn: torch.Tensor) -> torch.Tensor:
    return torch.cat([x, c_concat], dim=1)


def sample(concat: torch.Tensor, wrapper: Wrapper | None, pictures: int = 3) -> Any:
    """As the hosts' sampling functions ask the UNet for a batch with several texts at once."""
    own = {} if wrapper is None else {"model_function_wrapper": wrapper}
    texts: list[dict[str, Any]] = [{"model_conds": {}} for _ in range(pictures)]
    modifier = _Concatenate(concat, lambda latent: latent)
    *_, options, _ = modifier(None, X.repeat(len(concat), 1, 1, 1), None, texts[:1], texts[1:], 2.0, own, 1)
    assert own == ({} if wrapper is None else {"model_function_wrapper": wrapper}), "the host's own stay"
    x = X.repeat(len(concat) * pictures, 1, 1, 1)
    c = {"c_concat": torch.cat([text["model_conds"]["c_concat"] for text in texts]), "c_crossattn": x}
    found = options.get("model_function_wrapper")
    return unet(x, x, **c) if found is None else found(unet, {"input": x, "timestep": x, "c": c})


def each(ask_unet: Callable[..., Any], given: dict[str, Any]) -> torch.Tensor:
    """Asks for one picture after the other, with the conditions of all."""
    return torch.cat([ask_unet(x[None], given["timestep"], **given["c"]) for x in given["input"]])


def test_an_extension_that_asks_for_some_of_the_pictures_gets_their_conditions() -> None:
    assert torch.equal(sample(CONCAT, each), sample(CONCAT, None))


def test_different_subjects_are_told_apart_or_refused() -> None:
    with pytest.raises(ICLightError, match="different subjects"):
        sample(torch.cat([CONCAT, CONCAT + 1]), each)


def test_an_extension_that_divides_conditions_too_is_left_alone() -> None:
    def half(ask_unet: Callable[..., Any], given: dict[str, Any]) -> torch.Tensor:
        c = {**given["c"], "c_concat": given["c"]["c_concat"][..., :4]}
        return ask_unet(given["input"][..., :4], given["timestep"], **c)

    assert torch.equal(sample(CONCAT, half), sample(CONCAT, None)[..., :4])


@pytest.mark.parametrize("part", [(6, 4), (3, 4)], ids=["half", "quarter"])
def test_a_part_without_its_conditions_is_refused_whatever_its_proportions(part: tuple[int, int]) -> None:
    def divide(ask_unet: Callable[..., Any], given: dict[str, Any]) -> torch.Tensor:
        return ask_unet(given["input"][..., : part[0], : part[1]], given["timestep"], **given["c"])

    with pytest.raises(ICLightError, match="parts of the picture"):
        sample(CONCAT, divide)
