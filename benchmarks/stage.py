"""What the light stage costs, and how exact it is: mixing, additivity, lobes and normals.

PYTHONPATH=. python benchmarks/stage.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lib_iclight.images import opaque
from lib_iclight.light.panorama import from_light
from lib_iclight.light.tone import encode
from lib_iclight.request.args import build
from lib_iclight.request.infotext import BASIS_KEY, parse_parameters
from lib_iclight.shading import PREPARE, Form, Lighting, at_working_size, lighting_of
from lib_iclight.stage import model_free
from lib_iclight.stage.basis import Basis, BasisLamp
from lib_iclight.stage.directions import from_angles, of_lights
from lib_iclight.stage.mix import start, weights
from lib_iclight.stage.mixing import combine, mix
from lib_iclight.stage.normals import four_sides, least_squares
from lib_iclight.stage.panorama import lobes
from lib_iclight.stage.rendered import mix_of
from lib_iclight.subject.prepared import Subject
from tests import reference
from tests.components.small_diffusion import SmallDiffusion

PHOTO = Path(__file__).parents[1] / "docs" / "astronaut.jpg"
LAMPS = "side angle 180 color #ffb35c + side color #4060ff + point x 0.3 y 0.2 + point x 0.7 y 0.8 depth -1"

FAINT = "side angle 180 intensity 0.5 + side intensity 0.4 + side angle 90 intensity 0.3"
"""Lamps whose light map is nowhere beyond white."""

SIDE = 1024
MODEL_SIDE = 256
ROUNDS = 15
SPHERE = 256


def median(work: Callable[[], Any]) -> float:
    """Milliseconds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return 1000 * statistics.median(times)


def basis(count: int) -> Basis:
    light = np.random.default_rng(0).random((count, SIDE, SIDE, 3), np.float32)
    return Basis(light, tuple(BasisLamp(f"{i}", {"kind": "side", "angle": 360.0 * i / count}) for i in range(count)))


def print_times() -> None:
    mix(basis(2), start(["a", "b"]))
    for count in (4, 8):
        made, settings = basis(count), start([str(i) for i in range(count)])
        plain, filmic = partial(mix, made, settings), partial(combine, made, weights(settings), "filmic")
        print(f"{count} lamps at {SIDE}^2: mix {median(plain):.1f} ms, filmic {median(filmic):.1f} ms")
    panorama = from_light(np.random.default_rng(0).gamma(0.3, 1, (512, 1024, 3)))
    directions = of_lights(lamp.light for lamp in made.lamps)
    print(f"lobes of a panorama of 1024x512: {median(lambda: lobes(panorama, directions)):.1f} ms")


def print_additivity() -> None:
    """Lamps alone, mixed, against all of them rendered together without models, before tone mapping."""
    with Image.open(PHOTO) as opened:
        rgb = np.asarray(opened.convert("RGB").resize((512, 512)))
    subject = Subject("photo", rgb, opaque(rgb), rgb, "none", rgb)
    lighting = lighting_of(build({"light": "lamps", "lamps": LAMPS}))
    assert isinstance(lighting, Lighting)
    form = PREPARE["form"](at_working_size(subject))
    assert isinstance(form, Form)
    together, made = form.radiance(lighting), model_free.render(subject, lighting)
    for share in (1.0, 0.25):
        found = combine(made, np.full((len(made.lamps), 3), share))
        error = np.abs(found.astype(int) - encode(together * np.float32(share))).max()
        print(f"lamps mixed at {share:g}, against lamps together: {error} of 255 at most")


def print_model_additivity() -> None:
    """Lamps alone, rendered by one batch and mixed, against all of them in one rendering of the same seed.

    By the real networks' architecture with few channels and random weights: it says what the way through latents and
    steps costs, not how well trained weights keep to it.
    """
    channels = {"fc": 8, "fbc": 12}
    unet = reference.tiny(0).unet
    engine = SmallDiffusion(
        {role: reference.random_offset(unet, count, seed) for seed, (role, count) in enumerate(channels.items())}
    )
    size: dict[str, Any] = {"width": MODEL_SIDE, "height": MODEL_SIDE, "steps": 8}
    with Image.open(PHOTO) as opened:
        subject = opened.convert("RGB").resize((MODEL_SIDE, MODEL_SIDE))
    for model in channels:
        given = {"foreground": subject, "matting": "none", "model": model, "light": "lamps", "lamps": FAINT}
        (together,) = engine.generate(given, **size).images
        found = engine.generate({**given, "stage": "lamps"}, **size)
        made = engine.runtime.bases.basis(parse_parameters(found.infotexts[0])[BASIS_KEY])
        for name, picture in (("mixed", mix(made, mix_of(made))), ("the brightest alone", brightest(made))):
            off = np.abs(picture.astype(int) - np.asarray(together))
            print(
                f"{model}, random weights, {name} against lamps together: mean {off.mean():.1f}, max {off.max()} of 255"
            )


def brightest(basis: Basis) -> np.ndarray:
    """One lamp's picture, to compare with."""
    settings = mix_of(basis)
    most = max(lamp.intensity for lamp in settings.lamps)
    lamps = tuple(replace(lamp, on=lamp.intensity == most) for lamp in settings.lamps)
    return mix(basis, replace(settings, lamps=lamps))


def print_normals() -> None:
    """Medians of the angles on a Lambertian sphere."""
    y, x = (np.mgrid[:SPHERE, :SPHERE] + 0.5) / SPHERE * 2.2 - 1.1
    inside = x * x + y * y < 1
    truth = np.stack([x, -y, np.sqrt(np.maximum(1 - x * x - y * y, 0))], -1)
    sides = np.array([from_angles(angle, 30) for angle in (180, 0, 270, 90)])
    lit = (np.maximum(np.einsum("ijk,nk->nij", truth, sides), 0) * inside)[..., None].repeat(3, 3) * 0.7
    pictures = lit.astype(np.float32)
    found = {
        "authors' formula": four_sides(*(encode(picture) for picture in pictures), inside.astype(np.float32)),
        "least squares": least_squares(pictures, sides),
    }
    for name, normals in found.items():
        angle = np.degrees(np.arccos((normals * truth).sum(-1).clip(-1, 1)))[inside]
        print(f"{name}: {np.median(angle):.2f} degrees at the median")


if __name__ == "__main__":
    print_times()
    print_additivity()
    print_model_additivity()
    print_normals()
