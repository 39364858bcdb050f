"""Layers and the files that hold them; frames and the files that hold those."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from PIL import Image

from lib_iclight.decoding import exr
from lib_iclight.errors import ICLightError
from lib_iclight.light.panorama import from_light
from lib_iclight.light.tone import encode
from lib_iclight.stage import openraster, psd
from lib_iclight.stage.animation import write
from lib_iclight.stage.basis import BasisLamp, from_pictures
from lib_iclight.stage.directions import of_lights
from lib_iclight.stage.layers import layers_of, merge
from lib_iclight.stage.sweep import along, between, frames, orbit, turning
from tests.unit.forms import disc, photo

SIDE = 40
LAMPS = tuple(BasisLamp(f"lamp {i}", {"kind": "side", "angle": 90.0 * i}) for i in range(4))
BASIS = from_pictures(
    [photo(SIDE, SIDE, i) for i in range(4)],
    LAMPS,
    alpha=disc(SIDE),
    background=np.full((SIDE, SIDE, 3), 200, np.uint8),
)
LAYERS = layers_of(BASIS)
DIRECTIONS = of_lights(lamp.light for lamp in LAMPS)
SHOWN = list(frames(BASIS, along(orbit(12), DIRECTIONS)))


def test_layers_are_in_order() -> None:
    lamps = [lamp.name for lamp in LAMPS]
    named = [*(f"shading {name}" for name in lamps), *(f"light {name}" for name in lamps)]
    assert [layer.name for layer in LAYERS] == ["background", "shadow", "flat", *named, "line"]


def test_flat_times_shading_is_the_lamps_share() -> None:
    flat = replace(LAYERS[2], picture=np.dstack([encode(BASIS.ambient), np.full((SIDE, SIDE), 255, np.uint8)]))
    for index in range(4):
        shading = replace(LAYERS[3 + index], visible=True)
        inside = (BASIS.alpha if BASIS.alpha is not None else disc(SIDE)) == 1
        found = np.asarray(merge([flat, shading]))[..., :3][inside].astype(int)
        assert np.abs(found - encode(BASIS.pictures[index] / 4)[inside]).max() <= 1


def test_openraster_is_as_its_readers_want_it() -> None:
    data = openraster.write(LAYERS)
    assert data[30:54] == b"mimetypeimage/openraster"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
        stack = ElementTree.fromstring(archive.read("stack.xml"))
        layers = stack.findall("./stack/layer")
        assert [layer.get("name") for layer in layers] == [layer.name for layer in reversed(LAYERS)]
        for layer, own in zip(layers, reversed(LAYERS)):
            with Image.open(io.BytesIO(archive.read(str(layer.get("src"))))) as picture:
                assert (np.asarray(picture) == own.picture).all()
        with Image.open(io.BytesIO(archive.read("mergedimage.png"))) as picture:
            assert (np.asarray(picture) == np.asarray(merge(LAYERS))).all()
        assert "Thumbnails/thumbnail.png" in archive.namelist()


@pytest.mark.skipif(find_spec("pyora") is None, reason="the package pyora is not installed")
def test_pyora_opens_it(tmp_path: Path) -> None:
    from pyora import Project

    (tmp_path / "it.ora").write_bytes(openraster.write(LAYERS))
    project = Project.load(str(tmp_path / "it.ora"))
    found = list(project.children)
    assert {layer.name for layer in found} == {layer.name for layer in LAYERS}
    flat = next(layer for layer in found if layer.name == "flat")
    assert (np.asarray(flat.get_image_data().convert("RGBA")) == LAYERS[2].picture).all()
    ours, theirs = (np.asarray(image.convert("RGBA"), int) for image in (merge(LAYERS), project.get_image_data()))
    assert np.abs(ours - theirs).max() <= 2


@pytest.mark.skipif(not psd.is_available(), reason="the package psd-tools is not installed")
def test_photoshop_files_have_the_layers() -> None:
    from psd_tools import PSDImage

    found = list(PSDImage.open(io.BytesIO(psd.write(LAYERS))))
    assert [layer.name for layer in found] == [layer.name for layer in LAYERS]
    assert [layer.visible for layer in found] == [layer.visible for layer in LAYERS]
    assert (np.asarray(found[2].topil().convert("RGBA")) == LAYERS[2].picture)[disc(SIDE) == 1].all()


@pytest.mark.skipif(not exr.is_available(), reason="the package OpenEXR is not installed")
def test_openexr_has_a_part_for_each_lamp() -> None:
    parts = {lamp.name: picture for lamp, picture in zip(LAMPS, BASIS.pictures)}
    data = exr.write({**parts, "alpha": disc(SIDE)})
    found = exr.read(data, 10 * SIDE * SIDE, "it").parts
    assert all((found[name] == picture).all() for name, picture in parts.items())
    assert (found["alpha"][..., 0] == disc(SIDE)).all()
    with pytest.raises(ICLightError, match="pixels, more than"):
        exr.read(data, SIDE, "it")
    alone = exr.write({"it": BASIS.pictures[0]})
    with pytest.raises(ICLightError, match="cut off"):
        exr.read(alone[: len(alone) // 2], 10 * SIDE * SIDE, "it")


@pytest.mark.skipif(not exr.is_available(), reason="the package OpenEXR is not installed")
def test_openexr_is_read_by_another_than_wrote_it(tmp_path: Path) -> None:
    oiio = pytest.importorskip("OpenImageIO")
    parts = {"ambient": BASIS.ambient, **{lamp.name: picture for lamp, picture in zip(LAMPS, BASIS.pictures)}}
    file = tmp_path / "it.exr"
    file.write_bytes(exr.write({**parts, "alpha": disc(SIDE)}))
    opened = oiio.ImageInput.open(str(file))
    for at, (name, picture) in enumerate({**parts, "alpha": disc(SIDE)}.items()):
        assert opened.seek_subimage(at, 0)
        channels = opened.spec().nchannels
        assert opened.spec().getattribute("oiio:subimagename") == name
        assert (opened.read_image(at, 0, 0, channels, oiio.FLOAT).reshape(picture.shape) == picture).all()
    assert not opened.seek_subimage(len(parts) + 1, 0)


@pytest.mark.parametrize("form", ["webp", "gif"])
def test_animations_play_back(form: str) -> None:
    with Image.open(io.BytesIO(write(SHOWN, form, 20))) as played:
        assert played.n_frames == len(SHOWN)
        for index, frame in enumerate(SHOWN):
            played.seek(index)
            back = np.asarray(played.convert("RGB"), float)
            assert np.sqrt(((back - frame) ** 2).mean()) < 12
            assert played.info["duration"] == 50
            assert played.info["loop"] == 0


@pytest.mark.parametrize("form", ["webm", "mp4"])
def test_videos_play_back(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"it.{form}"
    try:
        path.write_bytes(write([frame[:, :-1] for frame in SHOWN], form))
    except ICLightError as error:
        pytest.skip(str(error))
    capture, back = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        back.append(read[1][..., ::-1].astype(float))
    assert len(back) == len(SHOWN)
    for frame, found in zip(SHOWN, back):
        assert found.shape == (SIDE, SIDE, 3)
        assert np.sqrt(((found[:, :-1] - frame[:, :-1]) ** 2).mean()) < 15


@pytest.mark.parametrize(("form", "rate", "said"), [("avi", 24, "webp, gif"), ("gif", 0, "from 1 to 60")])
def test_what_is_no_animation_is_refused(form: str, rate: float, said: str) -> None:
    with pytest.raises(ICLightError, match=said):
        write(SHOWN, form, rate)


def jumps(of: list[Any]) -> tuple[float, float]:
    """The change from the last to the first, and the largest between two others."""
    steps = [np.abs(a - b).max() for a, b in zip(of, [*of[1:], of[0]])]
    return steps[-1], max(steps[:-1])


def test_loops_do_not_jump() -> None:
    panorama = from_light(np.random.default_rng(1).gamma(0.3, 1, (16, 32, 3)))
    keys = [np.eye(4)[[i]].T.repeat(3, axis=1) for i in range(4)]
    for given in (along(orbit(36), DIRECTIONS), turning(panorama, DIRECTIONS, 36), between(keys, 36)):
        last, others = jumps(given)
        assert last <= 1.05 * others
    assert all(each.sum(axis=0) == pytest.approx(1) for each in along(orbit(36), DIRECTIONS))


@pytest.mark.parametrize("count", [1, 601])
def test_too_many_frames_are_refused(count: int) -> None:
    with pytest.raises(ICLightError, match="from 2 to 600"):
        orbit(count)
