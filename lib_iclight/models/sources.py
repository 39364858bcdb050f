"""Where model files come from: said where one is missing, and asked for where a person wants it downloaded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lib_iclight.models.unet_keys import FIRST_CONVOLUTION, LATENT, TENSORS

HUB = "https://huggingface.co"

HALF = 2
"""Bytes of a float16, in which IC-Light's files are published."""


@dataclass(frozen=True)
class Source:
    """A file that can be had.

    :param name: what the file is for: the role of an IC-Light model, or the name of a matting.
    :param repository: on the hub, as owner/name; or the address of a page that leads to it.
    :param file: its name there.
    :param target: the name that it gets in the models folder.
    :param size: its bytes, but for the header; for a person, as the hub itself is asked before a download.
    :param licence: as far as its publisher says.
    """

    name: str
    repository: str
    file: str
    target: str
    size: int
    licence: str

    @property
    def page(self) -> str:
        """Where a person reads about it."""
        return self.repository if not self.downloads else f"{HUB}/{self.repository}"

    @property
    def downloads(self) -> bool:
        """Whether it is on the hub, from which it can be fetched."""
        return "://" not in self.repository

    @property
    def terms(self) -> str:
        """Size, licence and page, for a sentence."""
        return f"{megabytes(self.size)} MB, licence: {self.licence}, {self.page}"


def megabytes(size: int) -> str:
    """Bytes as a person reads them."""
    return f"{size / 1e6:,.0f}"


def _ic_light(role: str, channels: int) -> Source:
    first = next(tensor.shape for tensor in TENSORS if tensor.ldm == FIRST_CONVOLUTION)
    more = math.prod(first) // LATENT * (channels - LATENT)
    size = HALF * (sum(math.prod(tensor.shape) for tensor in TENSORS) + more)
    file = f"iclight_sd15_{role}.safetensors"
    return Source(role, "lllyasviel/ic-light", file, file, size, "see its page")


IC_LIGHT = (_ic_light("fc", 2 * LATENT), _ic_light("fcon", 2 * LATENT), _ic_light("fbc", 3 * LATENT))
"""IC-Light's own models. Those of matting are declared with each matting."""

PAGE = IC_LIGHT[0].page
