"""What cannot be done is refused in a sentence, soon, and leaves nothing behind. What only looks odd works."""

from __future__ import annotations

import base64
import io
import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image, ImageOps

from lib_iclight.errors import ErrorCode
from tests.webui import samples
from tests.webui.conftest import Models
from tests.webui.host import ANSWER_LIMIT, SMALL, TITLE, Host

TINY = {"width": 64, "height": 64, "steps": 1}
SUBJECT = samples.b64(samples.subject())
SECONDS = 5.0


@pytest.fixture(scope="module")
def plain(host: Host) -> np.ndarray:
    return host.generate(**TINY)[0]


def _refused(host: Host, plain: np.ndarray, answer: requests.Response, status: int, *words: str) -> None:
    """An error of that status whose sentence has all the words; and a plain generation is as it was."""
    assert answer.status_code == status, answer.text[:2000]
    sentence = answer.json()["detail"]
    assert isinstance(sentence, str)
    assert len(sentence.split()) >= 5
    assert ErrorCode[answer.json()["body"].upper()].status == status
    for word in words:
        assert word in sentence
    assert answer.elapsed.total_seconds() < SECONDS
    assert np.array_equal(host.generate(**TINY)[0], plain)


def test_a_host_that_cannot_do_it(host: Host, plain: np.ndarray) -> None:
    """Such as A1111 before 1.10, which has no hook before sampling."""
    if host.version()["host"] != "unknown":
        pytest.skip("this host can")
    _refused(host, plain, host.ask({"foreground": SUBJECT}, **TINY), 500, "1.10")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _black_png(width: int, height: int) -> str:
    """A small file with many pixels: black 8-bit grey."""
    packer = zlib.compressobj(9)
    row = bytes(width + 1)
    rows = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    return samples.b64(b"\x89PNG\r\n\x1a\n" + parts)


def _animation() -> str:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "lime", "blue")]
    return samples.b64(samples.png(frames[0], format="GIF", save_all=True, append_images=frames[1:]))


def _broken(picture: bytes) -> str:
    return samples.b64(picture[: len(picture) // 2])


PNG = samples.png(samples.subject())

BAD_ARGS = {
    "no-subject": ({}, ("subject",)),
    "no-subject-null": ({"foreground": None, "light": "left"}, ("subject",)),
    "unknown-key": ({"foreground": SUBJECT, "ligth": "left"}, ("ligth", "light")),
    "wrong-type-bool": ({"foreground": SUBJECT, "enabled": "yes"}, ("enabled", "yes")),
    "wrong-type-number": ({"foreground": SUBJECT, "light_x": "middle"}, ("light_x", "middle")),
    "wrong-type-picture": ({"foreground": 5}, ("foreground",)),
    "wrong-type-list": ({"foreground": [SUBJECT]}, ("foreground",)),
    "wrong-type-text": ({"foreground": SUBJECT, "light": 3}, ("light", "left")),
    "out-of-range-high": ({"foreground": SUBJECT, "lowres_denoise": 1.5}, ("lowres_denoise", "1.5")),
    "out-of-range-low": ({"foreground": SUBJECT, "light_intensity": -1}, ("light_intensity", "-1")),
    "unknown-choice": ({"foreground": SUBJECT, "light": "behind"}, ("light", "behind", "left")),
    "bad-colour": ({"foreground": SUBJECT, "light": "left", "light_color": "red"}, ("light_color", "red")),
    "unknown-model": ({"foreground": SUBJECT, "model": "fd"}, ("fd",)),
    "unknown-matting": ({"foreground": SUBJECT, "matting": "magic"}, ("matting", "magic")),
    "absent-matting": ({"foreground": SUBJECT, "matting": "rmbg-1.4"}, ()),
    "custom-without-map": ({"foreground": SUBJECT, "light": "custom"}, ("light_map",)),
    "fbc-without-background": ({"foreground": SUBJECT, "model": "fbc"}, ("background",)),
    "empty-text": ({"foreground": ""}, ("foreground",)),
    "not-a-picture": ({"foreground": base64.b64encode(b"words and words and words").decode()}, ("foreground",)),
    "not-base64": ({"foreground": "!!!"}, ("foreground",)),
    "path": ({"foreground": "/etc/passwd"}, ("foreground",)),
    "url": ({"foreground": "http://127.0.0.1:9/picture.png"}, ("foreground",)),
    "file-url": ({"foreground": "file:///etc/passwd"}, ("foreground",)),
    "url-as-background": (
        {"foreground": SUBJECT, "model": "fbc", "background": "https://example.com/b.png", "matting": "none"},
        ("background",),
    ),
    "truncated-png": ({"foreground": _broken(PNG)}, ("foreground",)),
    "animation": ({"foreground": _animation()}, ("foreground", "3")),
    "broken-mask": ({"foreground": SUBJECT, "foreground_mask": _broken(PNG)}, ("foreground_mask",)),
    "empty-mask": (
        {"foreground": SUBJECT, "foreground_mask": samples.b64(np.zeros((64, 64), np.uint8))},
        ("foreground",),
    ),
    # To cover the canvas it would become 64 x 6,400,000; only the hook before sampling knows the canvas.
    "sliver": ({"foreground": samples.b64(np.zeros((100000, 1, 3), np.uint8)), "matting": "none"}, ("subject",)),
}


@pytest.mark.parametrize(("args", "words"), BAD_ARGS.values(), ids=BAD_ARGS.keys())
def test_bad_request(host: Host, plain: np.ndarray, args: dict[str, Any], words: tuple[str, ...]) -> None:
    if args.get("matting") == "rmbg-1.4":
        matting = {m["name"]: m["installed"] for m in host.get("/ic-light/models").json()["matting"]}
        absent = [name for name, installed in matting.items() if not installed]
        if not absent:
            pytest.skip("every matting model is installed")
        args, words = {**args, "matting": absent[0]}, (absent[0],)
    _refused(host, plain, host.ask(args, **TINY), 422, *words)


@pytest.mark.parametrize(("width", "height"), [(30000, 30000), (200000, 5000)], ids=["900-megapixels", "wide"])
def test_bomb(host: Host, plain: np.ndarray, width: int, height: int) -> None:
    """A picture of a gigapixel from a file of a megabyte is refused before it is decoded."""
    before = host.peak_memory() if host.pid else 0
    answer = host.ask({"foreground": _black_png(width, height), "matting": "none"}, **TINY)
    _refused(host, plain, answer, 422, "foreground")
    if host.pid:
        assert host.peak_memory() - before < 500_000_000


def test_path_of_a_picture(own_host: Host, plain: np.ndarray, tmp_path: Path) -> None:
    """Not even one that exists."""
    file = tmp_path / "picture.png"
    file.write_bytes(PNG)
    for text in (str(file), file.as_uri()):
        _refused(own_host, plain, own_host.ask({"foreground": text}, **TINY), 422, "foreground")


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_not_finite(host: Host, plain: np.ndarray, word: str) -> None:
    """Python's JSON reads these words as numbers."""
    args = {"foreground": SUBJECT, "light": "left", "lowres_denoise": float(word)}
    body = {**SMALL, **TINY, "alwayson_scripts": {TITLE: {"args": [args]}}}
    headers = {"Content-Type": "application/json"}
    url = f"{host.base_url}/sdapi/v1/txt2img"
    answer = requests.post(url, data=json.dumps(body), headers=headers, timeout=ANSWER_LIMIT)
    _refused(host, plain, answer, 422, "lowres_denoise")


def test_img2img_is_refused_too(host: Host, plain: np.ndarray) -> None:
    answer = host.ask({"light": "behind"}, "img2img", init_images=[SUBJECT], **TINY)
    _refused(host, plain, answer, 422, "light", "behind")


def test_missing_model(own_host: Host, models: Models, plain: np.ndarray) -> None:
    """The installation's fault, and the sentence says which file and where it belongs."""
    with models.without("fbc"):
        answer = own_host.ask({"model": "fbc", "foreground": SUBJECT, "light": "left"}, **TINY)
    _refused(own_host, plain, answer, 500, "fbc", str(models.folder))


def test_truncated_model(own_host: Host, models: Models, plain: np.ndarray) -> None:
    with models.without("fbc") as place:
        with models.file("fbc").open("rb") as whole:
            place.write_bytes(whole.read(5_000_000))
        try:
            answer = own_host.ask({"model": "fbc", "foreground": SUBJECT, "light": "left"}, **TINY)
        finally:
            place.unlink()
    _refused(own_host, plain, answer, 500, place.name)


def _tensors(shapes: dict[str, list[int]]) -> bytes:
    """A safetensors file of zeros."""
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(end)


FOREIGN = {
    "another-network": _tensors({"layer.weight": [4, 4]}),
    "sdxl": _tensors({"conv_in.weight": [320, 8, 3, 3], "add_embedding.linear_1.weight": [4, 4]}),
    "noise": os.urandom(4096),
    "empty": b"",
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign_model(own_host: Host, models: Models, plain: np.ndarray, content: bytes) -> None:
    """Named by its file name."""
    file = models.folder / "foreign.safetensors"
    file.write_bytes(content)
    try:
        answer = own_host.ask({"model": file.name, "foreground": SUBJECT}, **TINY)
    finally:
        file.unlink()
    _refused(own_host, plain, answer, 500, file.name)


def _grey16() -> Image.Image:
    levels = np.linspace(0, 65535, 96 * 64).reshape(64, 96).astype(np.uint16)
    return Image.fromarray(levels)


def _palette() -> bytes:
    image = Image.fromarray(samples.subject(96, 64)).quantize(16)
    return samples.png(image, transparency=3)


ODD = {
    "cmyk": samples.png(Image.fromarray(samples.subject(96, 64)).convert("CMYK"), format="JPEG"),
    "grey": samples.png(samples.mask(96, 64)),
    "16-bit": samples.png(_grey16()),
    "palette": _palette(),
    "grey-alpha": samples.png(Image.fromarray(samples.subject(96, 64)).convert("LA")),
    "webp": samples.png(samples.subject(96, 64), format="WEBP"),
    "one-pixel": samples.png(np.full((1, 1, 3), 200, np.uint8)),
    "narrow": samples.png(samples.subject(3, 90)),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD.keys())
def test_odd_but_good(host: Host, data: bytes) -> None:
    (picture,) = host.generate({"foreground": samples.b64(data), "matting": "none"}, **TINY)
    assert picture.shape == (64, 64, 3)


def test_data_prefix(host: Host) -> None:
    args = {"foreground": SUBJECT, "matting": "none"}
    prefixed = {**args, "foreground": f"data:image/png;base64,{SUBJECT}"}
    assert np.array_equal(host.generate(args, **TINY)[0], host.generate(prefixed, **TINY)[0])


def test_turned_by_exif(host: Host) -> None:
    """A telephone's picture on its side is the upright one."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = samples.png(samples.subject(96, 64), format="JPEG", quality=95, exif=exif)
    stored = Image.open(io.BytesIO(data))
    upright, sideways = ImageOps.exif_transpose(stored), Image.fromarray(np.array(stored))

    def relit(picture: str) -> np.ndarray:
        return host.generate({"foreground": picture, "matting": "none"}, **TINY)[0]

    turned = relit(samples.b64(data))
    # Two decoders of JPEG may differ by a level.
    assert samples.psnr(turned, relit(samples.b64(upright))) >= 45
    assert samples.psnr(turned, relit(samples.b64(sideways))) < 45
