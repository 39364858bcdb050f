"""The mixer's algebra, and the additivity that it stands on."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_iclight.errors import ICLightError
from lib_iclight.kinds import Choice, Number, Switch
from lib_iclight.light.tone import encode
from lib_iclight.shading import Form
from lib_iclight.stage import mix as mixes
from lib_iclight.stage import model_free
from lib_iclight.stage.basis import Basis, BasisLamp, from_pictures
from lib_iclight.stage.mix import LampMix, Mix, change, from_plain, from_weights, start, to_plain, weights
from lib_iclight.stage.mixing import combine, mix, radiance
from lib_iclight.subject.prepared import Subject
from tests.unit.forms import disc, lamps, photo, prepared

COUNT = 3
RENDERED = [photo(24, 18, seed) for seed in range(COUNT)]
LAMPS = tuple(BasisLamp(f"lamp {i}", {"angle": 120 * i, "elevation": 20}) for i in range(COUNT))
BASIS = from_pictures(RENDERED, LAMPS)


def _values(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, Switch):
        return st.booleans()
    if isinstance(kind, Number):
        return st.floats(kind.low, kind.high)
    return st.sampled_from(kind.names) if isinstance(kind, Choice) else st.text(max_size=5)


PLAIN = {name: _values(kind) for name, kind in mixes.LAMP_KINDS.items() if name not in ("color", "gel", "kelvin")}
COLOUR = st.fixed_dictionaries({"color": st.integers(0, 0xFFFFFF).map("#{:06x}".format)}) | st.fixed_dictionaries(
    {"kelvin": st.floats(1800, 12000)}
)
LAMP = st.tuples(st.fixed_dictionaries(PLAIN), COLOUR | st.just({})).map(lambda parts: {**parts[0], **parts[1]})
A_MIX = st.fixed_dictionaries(
    {"lamps": st.lists(LAMP, min_size=COUNT, max_size=COUNT), **{n: _values(k) for n, k in mixes.KINDS.items()}}
).map(from_plain)
WEIGHTS = st.lists(st.floats(0, 4), min_size=3 * COUNT, max_size=3 * COUNT).map(lambda v: np.array(v).reshape(-1, 3))


@pytest.mark.parametrize("index", range(COUNT))
def test_a_single_lamp_is_its_picture(index: int) -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 256, 3)
    for pictures in (RENDERED, [levels] * COUNT):
        alone = Mix(tuple(LampMix(on=i == index) for i in range(COUNT)))
        basis = from_pictures(pictures, LAMPS)
        assert (mix(basis, alone) == pictures[index]).all()
        solo = Mix(tuple(LampMix(solo=i == index) for i in range(COUNT)))
        assert (mix(basis, solo) == pictures[index]).all()


@given(WEIGHTS, WEIGHTS, st.floats(0, 2))
def test_it_is_linear(one: Any, other: Any, factor: float) -> None:
    together = radiance(BASIS, one + factor * other)
    apart = radiance(BASIS, one) + np.float32(factor) * radiance(BASIS, other)
    assert np.allclose(together, apart, rtol=1e-5, atol=1e-5)


@given(A_MIX, st.permutations(range(COUNT)))
def test_it_is_free_of_order(settings_of: Mix, order: list[int]) -> None:
    turned = Basis(BASIS.pictures[order], tuple(LAMPS[i] for i in order))
    other = replace(settings_of, lamps=tuple(settings_of.lamps[i] for i in order))
    assert np.abs(mix(BASIS, settings_of).astype(int) - mix(turned, other)).max() <= 1


@given(A_MIX)
def test_a_mix_is_plain_and_back(settings_of: Mix) -> None:
    assert from_plain(to_plain(settings_of)) == settings_of
    assert weights(settings_of).shape == (COUNT, 3)
    assert (weights(settings_of) >= 0).all()


def test_all_at_one_nth_is_the_ambient_picture() -> None:
    assert np.abs(mix(BASIS, start("abc")).astype(int) - encode(BASIS.ambient)).max() <= 1


@given(WEIGHTS)
def test_weights_become_a_mix(given_weights: Any) -> None:
    back = weights(from_weights(given_weights, "abc"))
    assert np.abs(back - given_weights).max() <= 0.005 * max(given_weights.max(), 1e-9) + 1e-12


def test_what_is_locked_stays() -> None:
    first = Mix((LampMix(lock=True), LampMix(group="back", gel="orange"), LampMix()))
    assert [lamp.on for lamp in change(first, on=False).lamps] == [True, False, False]
    assert [lamp.kelvin for lamp in change(first, "back", kelvin=3200).lamps] == [6504, 3200, 6504]


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        (3, "list of lamps"),
        ({"lamps": []}, "0 lamps"),
        ({"lamps": [{"on": 1}]}, "lamps\\[0\\].on is 1"),
        ({"lamps": [{"onn": True}]}, "did you mean 'on'"),
        ({"lamps": [{"color": "#ff0000", "kelvin": 3000}]}, "color and kelvin"),
        ({"lamps": [[]]}, "must be an object"),
        ({"lamps": [{}], "curve": "aces"}, "none, filmic"),
        ({"lamps": [{}], "exposure": float("nan")}, "from -8 to 8"),
    ],
)
def test_what_is_no_mix_is_refused(plain: Any, said: str) -> None:
    with pytest.raises(ICLightError, match=said):
        from_plain(plain)


def test_a_mix_of_other_lamps_is_refused() -> None:
    with pytest.raises(ICLightError, match="2 lamps but the basis has 3"):
        mix(BASIS, start("ab"))


def test_filmic_rises_and_keeps_black() -> None:
    ramp = np.linspace(0, 9, 500, dtype=np.float32).repeat(3).reshape(1, 1, 500, 3)
    seen = combine(Basis(ramp, LAMPS[:1]), np.ones((1, 3)), "filmic")[0, :, 0].astype(int)
    assert seen[0] == 0
    assert seen[-1] == 255
    assert (np.diff(seen) >= 0).all()


def test_white_balance_makes_its_light_white() -> None:
    lamp = Mix((LampMix(kelvin=3200),), white_kelvin=3200)
    assert np.ptp(weights(lamp)) < 1e-9


def test_lamps_alone_are_lamps_together() -> None:
    """``benchmarks/stage.py`` prints the error."""
    rgb, alpha = photo(), disc()
    lighting = lamps("side angle 180 color #ffb35c + side intensity 0.4 + point x 0.3 y 0.2 + point depth -1")
    basis = model_free.render(Subject("a", rgb, alpha, rgb, "mask", rgb), lighting)
    form: Form = prepared(rgb=basis.unlit, alpha=basis.alpha)
    for share in (1.0, 0.25):
        together = encode(form.radiance(lighting) * np.float32(share))
        error = np.abs(mix(basis, change(start("abcd"), intensity=share)).astype(int) - together).max()
        assert error <= 1


def test_a_basis_is_named_by_its_content() -> None:
    assert BASIS.name == from_pictures(RENDERED, LAMPS).name
    assert BASIS.name != from_pictures(RENDERED, LAMPS, meta={"seed": 1}).name
    assert BASIS.name != from_pictures(RENDERED[::-1], LAMPS).name


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_basis_has_light_only(wrong: float) -> None:
    pictures = BASIS.pictures.copy()
    pictures[0, 0, 0, 0] = wrong
    with pytest.raises(ICLightError, match="not finite"):
        Basis(pictures, LAMPS)


@pytest.mark.timed
def test_four_lamps_of_a_megapixel_are_mixed_in_50_ms() -> None:
    """The quickest of some, as the machine has other work too."""
    light = np.random.default_rng(0).random((4, 1024, 1024, 3), np.float32)
    basis = Basis(light, tuple(BasisLamp(name, {"angle": 0, "elevation": 0}) for name in "abcd"))
    took = []
    for _ in range(7):
        begun = time.perf_counter()
        mix(basis, start([*"abcd"]))
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.05
