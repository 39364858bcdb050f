"""Several pictures at once: each as it is alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.hosts import memory
from lib_iclight.standalone import flags
from lib_iclight.standalone.cli import FAILED, MISUSED, main
from lib_iclight.standalone.diffusion.model import _EachPicture
from lib_iclight.standalone.diffusion.sampling import KINDS
from lib_iclight.standalone.diffusion.together import Generation, Question, run
from lib_iclight.standalone.job import Hires, Job, Result, StopError
from lib_iclight.standalone.service import Service
from tests import reference
from tests.components.small_diffusion import SmallDiffusion

RNG = np.random.default_rng(11)
SUBJECTS = [Image.fromarray(RNG.integers(0, 256, (70 + n, 50, 3), np.uint8)) for n in range(3)]
BACKGROUND = Image.fromarray(RNG.integers(0, 256, (40, 40, 3), np.uint8))
LIGHTS = ("left", "none", "top")
MOST = 2048 * 2048


class Counted:
    """A UNet that tells how many pictures it is asked for at once."""

    def __init__(self, unet: Any) -> None:
        self.unet, self.rows, self.fails_at = unet, [], 10**9

    def __call__(self, latents: torch.Tensor, *args: Any, **more: Any) -> Any:
        self.rows.append(len(latents))
        if len(latents) >= self.fails_at:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory")
        return self.unet(latents, *args, **more)


@pytest.fixture(scope="module")
def engine() -> SmallDiffusion:
    unet = reference.tiny(0).unet
    return SmallDiffusion(
        {role: reference.random_offset(unet, channels, seed) for seed, (role, channels) in enumerate(CHANNELS.items())}
    )


CHANNELS = {"fc": 8, "fbc": 12}


@pytest.fixture
def counted(engine: SmallDiffusion, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Counted]]:
    """What stands for the UNet with an offset, one for each that is merged."""
    made: list[Counted] = []
    build = engine.model.unet_with

    def unet_with(weights: Any) -> Counted:
        made.append(Counted(build(weights)))
        return made[-1]

    monkeypatch.setattr(engine.model, "merged", None)
    monkeypatch.setattr(engine.model, "unet_with", unet_with)
    yield made
    engine.model.merged = None


def jobs(model: str = "fc", **asked: Any) -> list[Job]:
    """Three, each with its own picture, light, prompt and seed."""
    common = {"width": 64, "height": 72, "steps": 3, "cfg_scale": 2.0, "negative_prompt": "bad", **asked}
    more: dict[str, Any] = {"background": BACKGROUND} if model == "fbc" else {}
    return [
        Job(
            args=[{"foreground": subject, "matting": "none", "model": model, "light": light, **more}],
            prompt=f"cat {number}",
            seed=5 * number,
            **common,
        )
        for number, (subject, light) in enumerate(zip(SUBJECTS, LIGHTS))
    ]


def results(found: list[Result | Exception]) -> list[Result]:
    assert all(isinstance(one, Result) for one in found), found
    return found  # type: ignore[return-value]


def check_same(found: Result, alone: Result) -> None:
    """To the byte."""
    assert (found.infotexts, found.seeds) == (alone.infotexts, alone.seeds)
    assert [picture.tobytes() for picture in found.images] == [picture.tobytes() for picture in alone.images]


@pytest.mark.parametrize("hires", [None, Hires(steps=2)])
@pytest.mark.parametrize("model", CHANNELS)
def test_a_batch_is_as_single_runs(
    engine: SmallDiffusion, counted: list[Counted], model: str, hires: Hires | None
) -> None:
    asked = jobs(model, hires=hires)
    found = results(engine.engine.generate_all(asked))
    assert counted[0].rows == [6] * (3 if hires is None else 5)
    for one, job in zip(found, asked):
        check_same(one, engine.engine.generate(job))


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 2, 7, 16, 77, 160])
def test_a_product_is_the_same_whatever_the_batch(rows: int, count: int) -> None:
    """The UNet's, of full size: widths of few channels round alike anyway."""
    layer = _EachPicture(768, 320)
    pictures = torch.randn(count, 2, rows, 768, generator=torch.Generator().manual_seed(0))
    together = layer(pictures.flatten(0, 1)).unflatten(0, (count, 2))
    for found, alone in zip(together, pictures):
        assert torch.equal(found, layer(alone))
    flat = pictures[:, :, 0].flatten(0, 1)
    assert torch.equal(layer(flat)[:2], layer(flat[:2]))


@pytest.mark.parametrize("size", [(64, 64), (96, 104), (200, 136)])
def test_whatever_the_size(engine: SmallDiffusion, size: tuple[int, int]) -> None:
    asked = jobs(width=size[0], height=size[1], steps=1)
    for one, job in zip(results(engine.engine.generate_all(asked)), asked):
        check_same(one, engine.engine.generate(job))


@pytest.mark.parametrize("sampler", KINDS)
def test_with_noise_of_each_step(engine: SmallDiffusion, sampler: str) -> None:
    asked = jobs(sampler=sampler)
    for one, job in zip(results(engine.engine.generate_all(asked)), asked):
        check_same(one, engine.engine.generate(job))


@pytest.mark.parametrize("broken", range(3))
def test_one_that_is_refused_leaves_the_others_alone(engine: SmallDiffusion, broken: int) -> None:
    asked = jobs()
    asked[broken] = replace(asked[broken], args=[{"light": "left"}])
    found = engine.engine.generate_all(asked)
    refused = found[broken]
    assert isinstance(refused, ICLightError)
    assert refused.code == ErrorCode.NO_SUBJECT.name.lower()
    for number in {0, 1, 2} - {broken}:
        check_same(results(found[number : number + 1])[0], engine.engine.generate(asked[number]))


def test_of_several_sizes_those_of_one_go_together(engine: SmallDiffusion, counted: list[Counted]) -> None:
    asked = jobs()
    asked[1] = replace(asked[1], width=80)
    found = results(engine.engine.generate_all(asked))
    assert counted[0].rows == [4, 2] * 3
    for one, job in zip(found, asked):
        check_same(one, engine.engine.generate(job))


def test_a_stage_goes_with_others(engine: SmallDiffusion, counted: list[Counted]) -> None:
    asked = jobs()
    asked[1] = replace(asked[1], args=[{**asked[1].args[0], "stage": "directions"}])
    found = results(engine.engine.generate_all(asked))
    assert counted[0].rows == [12] * 3
    assert len(found[1].images) == 4
    check_same(found[2], engine.engine.generate(asked[2]))


@pytest.mark.parametrize("fails_at", [6, 4, 2])
def test_fewer_at_once_where_memory_is_not_there(
    engine: SmallDiffusion, counted: list[Counted], fails_at: int, caplog: pytest.LogCaptureFixture
) -> None:
    asked = jobs()
    alone = [engine.engine.generate(job) for job in asked]
    counted[0].rows.clear()
    counted[0].fails_at = fails_at
    found = engine.engine.generate_all(asked)
    if fails_at == 2:
        assert [type(one) for one in found] == [RuntimeError] * 3
        return
    assert counted[0].rows == [6, *[2] * 9]
    assert caplog.text.count("3 pictures do not go through the UNet together (RuntimeError: [enforce fail") == 1
    for one, other in zip(results(found), alone):
        assert one.images[0].tobytes() == other.images[0].tobytes()


def test_as_many_at_once_as_memory_is_free_for(
    engine: SmallDiffusion, counted: list[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "pictures_at_once", lambda pixels: 2)
    results(engine.engine.generate_all(jobs()))
    assert counted[0].rows == [4, 2] * 3


def test_who_interrupts_all_stops_all(engine: SmallDiffusion) -> None:
    shares: list[float] = []

    def stop(share: float) -> None:
        shares.append(share)
        if len(shares) > 4:
            raise StopError(everything=True)

    found = engine.engine.generate_all(jobs(), stop)
    assert [getattr(one, "code", "") for one in found] == [ErrorCode.STOPPED.name.lower()] * 3
    assert len(shares) == 7
    assert shares == sorted(shares)


def test_what_is_left_in_the_midst_is_closed() -> None:
    closed = []

    class Interrupts:
        def __call__(self, *args: Any, **more: Any) -> Any:
            raise KeyboardInterrupt

    def ask(number: int) -> Generation[int]:
        try:
            yield Question(Interrupts(), torch.zeros(2, 4, 1, 1), torch.tensor(1.0), torch.zeros(2, 1, 1))
        finally:
            closed.append(number)
        return number

    with pytest.raises(KeyboardInterrupt):
        run([ask(0), ask(1)], MOST)
    assert closed == [0, 1]


class OfThisEngine(Service):
    """Does with the small engine what it is asked to do with the diffusion engine."""

    small: SmallDiffusion

    def __init__(self, folders: Sequence[Path], engine: str, **more: Any) -> None:
        super().__init__(folders, "classic", **more)
        self.engine = self._here.engine = self.small.engine


def write_table(folder: Path) -> Path:
    """Five lines, of which one is of another size and one is no picture."""
    lines = []
    for number in range(5):
        photo = folder / f"{number}.png"
        SUBJECTS[number % 3].save(photo)
        if number == 2:
            photo.write_bytes(b"\x89PNG no picture")
        size = {"width": 80} if number == 1 else {}
        asked = {"photo": photo.name, "light": LIGHTS[number % 3], "prompt": f"cat {number}", "seed": 7 - number}
        lines.append(json.dumps({**asked, **size}))
    table = folder / "jobs.jsonl"
    table.write_text("\n".join(lines))
    return table


def test_files_and_their_report_do_not_depend_on_the_batch(
    engine: SmallDiffusion, counted: list[Counted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flags, "Service", type("Small", (OfThisEngine,), {"small": engine}))
    table, reports = write_table(tmp_path), []
    common = ("--width", 64, "--height", 72, "--steps", 2, "--matting", "none", "--engine", "diffusion")
    for size, rows in ((1, [2] * 8), (3, [4] * 2 + [2] * 4), (None, [6] * 2 + [2] * 2)):
        # The same for all, as what is there must be nobody else's.
        out, report = tmp_path / "out", tmp_path / "report.jsonl"
        own = () if size is None else ("--batch-size", size)
        command = ["relight", table, "-o", out, "--report", report, "--append-images", *common, *own]
        for one in counted:
            one.rows.clear()
        assert main([*map(str, command)]) == FAILED
        assert [row for one in counted for row in one.rows] == rows
        told = [json.loads(line) for line in report.read_text().splitlines()]
        assert all(line["seconds"] > 0 for line in told if line["state"] == "made")
        files = {path.name: path.read_bytes() for path in out.iterdir()}
        reports.append(([{**line, "seconds": 0} for line in told], files))
        # What is there is kept, whatever the batch.
        assert main([*map(str, command), "--batch-size", "5"]) == FAILED
        states = [json.loads(line)["state"] for line in report.read_text().splitlines()]
        assert sorted(states) == ["failed", "kept", "kept", "kept", "kept"]
        shutil.rmtree(out)
    assert [line["seeds"] for line in reports[0][0]] == [[7], [6], [], [4], [3]]
    assert reports[0][0][2]["code"] == ErrorCode.PICTURE_NOT_DECODABLE.name.lower()
    assert reports[0] == reports[1] == reports[2]


@pytest.mark.parametrize("size", [0, 65])
def test_a_batch_size_that_cannot_be(tmp_path: Path, size: int, capsys: pytest.CaptureFixture[str]) -> None:
    SUBJECTS[0].save(tmp_path / "a.png")
    command = ["relight", tmp_path / "a.png", "-o", tmp_path / "out", "--engine", "classic", "--batch-size", size]
    assert main([*map(str, command)]) == MISUSED
    assert f"--batch-size is {size}" in capsys.readouterr().err
