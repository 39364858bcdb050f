"""The concat conditions where a sampler asks the UNet at another size, or for other pictures, than the latent's."""

from __future__ import annotations

import torch

from lib_iclight.errors import ErrorCode, ICLightError


def follow(concat: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """The conditions for what the UNet is asked for.

    Samplers such as Euler SMEA Dy also ask for their latent at half or 1.25 times its size. They scale it by its
    nearest elements, so the conditions are scaled likewise and stay where the latent is.

    :param concat: of the whole latent, shape (batch, 4 or 8, height / 8, width / 8).
    :param x: what the UNet is asked for, shape (pictures, 4, rows, columns).
    :return: shape (pictures, 4 or 8, rows, columns); ``concat`` itself where it fits.
    :raises ICLightError: ``x`` has other proportions, so it is a part whose place is unknown; or it has some of the
        batch's pictures, which have different conditions.
    """
    (rows, columns), (high, wide) = concat.shape[-2:], x.shape[-2:]
    # Both sides of a scaled latent are rounded, each by less than one.
    is_scaled = abs(high - rows * wide / columns) <= max(1, rows / columns)
    if is_scaled and (rows, columns) != (high, wide):
        concat = concat[:, :, _nearest(rows, high)][..., _nearest(columns, wide)]
    return follow_pictures(concat, x)


def follow_pictures(concat: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """As ``follow``, for what has the size of the conditions: the same pictures more often, or some of them."""
    (rows, columns), (high, wide) = concat.shape[-2:], x.shape[-2:]
    if (rows, columns) != (high, wide):
        raise ICLightError(
            ErrorCode.CANNOT_COMBINE,
            f"IC-Light cannot be combined with what samples parts of the picture: the UNet was asked for "
            f"{wide * 8}x{high * 8} of {columns * 8}x{rows * 8} pixels, and which part is unknown: choose another "
            "sampler, or switch off what divides the picture.",
        )
    times, rest = divmod(len(x), len(concat))
    if not rest:
        return concat if times == 1 else concat.repeat(times, 1, 1, 1)
    if not torch.equal(concat, concat[:1].expand_as(concat)):
        raise ICLightError(
            ErrorCode.CANNOT_COMBINE,
            f"IC-Light cannot be combined with what samples {len(x)} pictures of a batch of {len(concat)} with "
            "different subjects: set the batch size to 1.",
        )
    return concat[:1].repeat(len(x), 1, 1, 1)


def _nearest(there: int, wanted: int) -> torch.Tensor:
    """Which elements of a side are nearest, as ``nearest-exact`` has it, which not every type and device can do."""
    return ((torch.arange(wanted) + 0.5) * (there / wanted)).long()
