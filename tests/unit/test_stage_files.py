"""A basis in files, and what of others' files is refused."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_iclight.decoding import exr
from lib_iclight.errors import ICLightError
from lib_iclight.stage import exr_file, files
from lib_iclight.stage.basis import Basis, BasisLamp, from_pictures
from lib_iclight.stage.files import load, pack, save, unpack
from tests.unit.forms import disc, photo

LAMPS = tuple(BasisLamp(f"lamp {i}", {"kind": "side", "angle": 90.0 * i}) for i in range(2))
BASIS = from_pictures(
    [photo(20, 20, i) for i in range(2)],
    LAMPS,
    alpha=disc(20),
    unlit=photo(20, 20, 8),
    background=photo(20, 20, 9),
    meta={"model": "fc", "seed": 7},
)
PACKED = pack(BASIS)


def changed(files: dict[str, bytes | None] | None = None, **told: Any) -> bytes:
    """The archive with other files, and other values in its JSON."""
    with zipfile.ZipFile(io.BytesIO(PACKED)) as archive:
        content: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    content["basis.json"] = json.dumps({**json.loads(content["basis.json"] or b""), **told}).encode()
    content.update(files or {})
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            if part is not None:
                archive.writestr(name, part)
    return data.getvalue()


def test_it_is_read_back_to_the_bit(tmp_path: Path) -> None:
    save(BASIS, tmp_path / "stage")
    for back in (unpack(PACKED), load(tmp_path / "stage")):
        assert (back.pictures == BASIS.pictures).all()
        assert np.abs(back.alpha - BASIS.alpha).max() < 1e-5
        assert (back.unlit == BASIS.unlit).all()
        assert (back.background == BASIS.background).all()
        assert (back.lamps, back.meta) == (BASIS.lamps, BASIS.meta)
    assert unpack(pack(back)).name == back.name


def test_light_beyond_white_is_kept() -> None:
    light = np.random.default_rng(0).uniform(0, 7, (1, 9, 8, 3)).astype(np.float32)
    back = unpack(pack(Basis(light, LAMPS[:1])))
    assert np.abs(back.pictures - light).max() < 7 * 4e-5
    assert back.alpha is None


OTHER = pack(from_pictures([photo(21, 20)], LAMPS[:1]))
with zipfile.ZipFile(io.BytesIO(OTHER)) as _archive:
    LARGER = _archive.read("lamp0.png")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a zip"),
        (PACKED[:-40], "not a zip"),
        (changed({"basis.json": None}), "0 files basis.json"),
        (changed({"basis.json": b"[" * 100_000}), "no JSON"),
        (changed({"basis.json": b" " * (1 << 21)}), "more than 1,048,576 bytes"),
        (changed(version=2), "another version"),
        (changed(width=-1), "-1x20"),
        (changed(width=1 << 20, height=1 << 20), "make it smaller"),
        (changed(white=float("nan")), "nan as white"),
        (changed(lamps=[]), "0 lamps"),
        (changed(lamps=[{"name": "a", "light": {}, "file": "../a.png"}]), "no list of names"),
        (changed(alpha="/etc/passwd"), "other names"),
        (changed(meta=[]), "no object"),
        (changed({"lamp0.png": None}), "0 files lamp0.png"),
        (changed({"lamp0.png": LARGER}), "21x20 pixels"),
        (changed({"lamp0.png": b"GIF89a"}), "is no PNG"),
        (changed({"lamp0.png": b"\0" * 9_000_000}), "more than"),
        (changed({"lamp1.png": zipfile.ZipFile(io.BytesIO(PACKED)).read("lamp1.png")[:300]}), "cut off"),
        (changed({f"{i}.png": b"" for i in range(40)}), "more than 32"),
    ],
)
def test_what_is_no_basis_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ICLightError, match=said):
        unpack(data)


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    save(BASIS, tmp_path)
    (tmp_path / "lamp0.png").rename(tmp_path / "elsewhere.png")
    (tmp_path / "lamp0.png").symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(ICLightError, match="no file lamp0"):
        load(tmp_path)


def light_beyond() -> Basis:
    pictures = np.random.default_rng(1).uniform(0, 9, (2, 20, 20, 3)).astype(np.float32)
    return replace(BASIS, pictures=pictures)


@pytest.mark.skipif(not exr.is_available(), reason="the package OpenEXR is not installed")
class TestOpenEXR:
    def test_all_of_it_is_read_back(self) -> None:
        basis = light_beyond()
        back = exr_file.unpack(exr_file.pack(basis))
        assert (back.pictures == basis.pictures).all()
        for name in files.PLANES:
            assert (getattr(back, name) == getattr(basis, name)).all()
        assert (back.lamps, back.meta, back.name) == (basis.lamps, basis.meta, basis.name)

    @pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
    def test_a_file_that_is_cut_off_is_refused(self, share: float) -> None:
        data = exr_file.pack(light_beyond())
        with pytest.raises(ICLightError, match=r"cut off|damaged"):
            exr_file.unpack(data[: int(len(data) * share)])

    @pytest.mark.parametrize(
        ("parts", "told", "said"),
        [
            ({}, None, "no JSON"),
            ({}, {}, "another version"),
            ({}, {"coding": "srgb16"}, "another version"),
            ({}, {"width": 4}, "part alpha of 4x20"),
            ({"lamp1": np.ones((20, 20), np.float32)}, {"width": 20}, "lamp1 of 20x20 pixels and 3 channels"),
            ({"lamp1": np.full((20, 20, 3), np.nan, np.float32)}, {"width": 20}, "not finite"),
        ],
    )
    def test_another_file_is_refused(self, parts: dict[str, Any], told: dict[str, Any] | None, said: str) -> None:
        whole = files.describe(BASIS, ["lamp0", "lamp1"], {name: name for name in files.PLANES}, exr_file.CODING)
        planes = {"alpha": disc(20), **{name: np.ones((20, 20, 3), np.float32) for name in ("unlit", "background")}}
        given = {"lamp0": BASIS.pictures[0], "lamp1": BASIS.pictures[1], **planes, **parts}
        comments = "" if told is None else json.dumps({**whole, **told} if told else {})
        with pytest.raises(ICLightError, match=said):
            exr_file.unpack(exr.write(given, comments))


@given(st.lists(st.tuples(st.integers(0, len(PACKED) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_damaged_archives_are_read_or_refused(changes: list[tuple[int, int]]) -> None:
    damaged = bytearray(PACKED)
    for at, value in changes:
        damaged[at] = value
    with suppress(ICLightError):
        assert unpack(bytes(damaged)).pictures.shape == BASIS.pictures.shape
