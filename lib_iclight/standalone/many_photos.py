"""The commands that work on many pictures: ``relight`` and ``foreground``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.kinds import Whole, check_value
from lib_iclight.request import setups
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.recommended import TEXT
from lib_iclight.standalone import batch, bounds, inputs, table
from lib_iclight.standalone.asked import Asked, Run
from lib_iclight.standalone.cluster import Cluster
from lib_iclight.standalone.console import progress_bar, show_message
from lib_iclight.standalone.executors import Executor, Here, count_workers
from lib_iclight.standalone.flags import (
    BY_POSITION,
    DONE,
    FAILED,
    add_command,
    add_engine,
    add_options,
    add_ray,
    make_service,
    named_path,
    read_too,
    read_values,
    worker_settings,
)
from lib_iclight.standalone.job import Hires
from lib_iclight.standalone.mark import digest
from lib_iclight.standalone.orders import CutOut, Order, Relight, count_results
from lib_iclight.standalone.processes import Processes
from lib_iclight.standalone.report import ReportFile
from lib_iclight.standalone.service import Service
from lib_iclight.standalone.targets import Item, identities, place
from lib_iclight.standalone.worker import Worker
from lib_iclight.subject.prepare import CUT_BY

TO_START_FOR = 4
"""Pictures that a process is started for, which takes a second or two."""

JOBS = Whole(1, 1024)

RELIT_BY = [name for name in OPTIONS if name not in BY_POSITION]


def _add_photo_flags(command: argparse.ArgumentParser, help: str) -> None:
    command.add_argument("photo", type=named_path, nargs="+", metavar="PHOTO", help=help)
    command.add_argument("-o", "--out", type=named_path, required=True, help="a folder, or one .png")
    command.add_argument("--force", action="store_true", help="make again what is there already")
    command.add_argument("--recursive", action="store_true", help="folders in folders too; the results keep them")
    command.add_argument(
        "--jobs",
        type=int,
        metavar="NUMBER",
        help="processes that make pictures; without, one for each core, and for the diffusion engine one",
    )
    add_ray(command, "makes them")
    command.add_argument(
        "--report", type=named_path, metavar="FILE.jsonl", help="write what came of each picture, a line of JSON each"
    )


def add_relight(commands: Any) -> None:
    """The command ``relight``."""
    command = add_command(commands, "relight", _relight, "Relight one or many pictures, or a folder of them.")
    _add_photo_flags(command, "a picture, a folder with pictures, or a table (.jsonl, .csv) with a line for each")
    command.add_argument(
        "--setup",
        type=named_path,
        metavar="FILE",
        help="the light: of a set-up that was saved, or of a picture that was relit",
    )
    command.add_argument("--setup-name", metavar="NAME", help="which of several set-ups in that file")
    add_engine(command)
    add_options(command, RELIT_BY)
    _add_generation(command)


def _add_generation(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("generation (the diffusion engine; the classic one takes width and height)")
    group.add_argument("--prompt", default="", help="what the scene is")
    group.add_argument("--negative-prompt", default=TEXT.negative_prompt)
    group.add_argument("--seed", type=int, default=-1, help="-1: another one each time")
    group.add_argument("--steps", type=int, default=TEXT.steps)
    group.add_argument("--cfg-scale", type=float, default=TEXT.cfg_scale)
    group.add_argument("--width", type=int, help="of the result in pixels")
    group.add_argument("--height", type=int, help="of the result in pixels")
    group.add_argument(
        "--batch-size",
        type=int,
        metavar="NUMBER",
        help="pictures of one size that go through the model together; without, as many as come as they do alone",
    )
    group.add_argument("--sampler", default=TEXT.sampler, metavar="NAME")
    group.add_argument("--scheduler", default=TEXT.scheduler, metavar="NAME", help="the schedule type")
    group.add_argument("--hires-scale", type=float, metavar="NUMBER", help="a second stage, so much larger, as 1.5")
    group.add_argument(
        "--hires-denoise", type=float, default=Hires.denoising_strength, metavar="NUMBER", help="its denoising strength"
    )


def _relight(given: argparse.Namespace) -> int:
    lit = _read_setup(given) if given.setup else {}
    options = {**lit, **read_values(given, RELIT_BY)}
    # Each picture is seen once: nothing of it is worth keeping.
    service = make_service(given, cached_bytes=0)
    service.change_settings(backdrop=given.backdrop)
    asked = Asked(service, options, {name: getattr(given, name) for name in table.GENERATION}, given.checkpoint)
    run = Run(count_results(build(options)), [*read_too(given, RELIT_BY), *filter(None, [given.setup])])
    run.said.append(service.description)
    tables = [path for path in given.photo if table.is_table(path)]
    _add_photos(given, [path for path in given.photo if path not in tables], asked.order(), run)
    for path in tables:
        run.add_table(path, asked)
    return _do(given, run, Relight, service)


def _add_photos(given: argparse.Namespace, photos: Sequence[Path], order: Order, run: Run) -> None:
    """The pictures and folders of a command line."""
    found = inputs.collect(photos, given.out, given.recursive)
    run.items += [Item(source, lambda: order, folder) for source, folder in found.sources.items()]
    run.said += found.passed_over


def _read_setup(given: argparse.Namespace) -> Mapping[str, Any]:
    """The options of the set-up that the command line names."""
    data = inputs.read_bytes(given.setup)
    if (unplaced := setups.read_unplaced_light(data)) is not None:
        return unplaced
    found = {setup.name: setup for setup in setups.read_file(data, given.setup.stem[:60])}
    name = given.setup_name or (next(iter(found)) if len(found) == 1 else "")
    if name not in found:
        raise ICLightError(
            ErrorCode.SETUP_NOT_READABLE,
            f"{given.setup} holds {len(found)} set-ups, and --setup-name is {given.setup_name!r}: name one of "
            f"{', '.join(found) or 'another file'}.",
        )
    return found[name].options


def _do(given: argparse.Namespace, run: Run, kind: type[Order], service: Service) -> int:
    """Make the results of a run."""
    check_value(JOBS, 1 if given.jobs is None else given.jobs, "--jobs")
    together = service.engine.together
    if getattr(given, "batch_size", None) is not None:
        together = check_value(bounds.FIELDS["batch_size"], given.batch_size, "--batch-size")
    if given.ray and os.path.exists(given.ray):
        raise ICLightError(
            ErrorCode.CLUSTER_UNAVAILABLE, f"--ray is {given.ray!r}, which is a file: put --ray behind the photos."
        )
    tqdm = progress_bar()
    placed, refused = place(run.items, given.out, kind, run.count, run.read_too)
    for sentence in run.said:
        show_message(sentence)
    file = None
    with ExitStack() as stack:
        if given.report:
            read = identities([*(item.source for item in run.items), *run.read_too])
            file = stack.enter_context(ReportFile(given.report, read))
        early = [batch.Outcome.refused(one) for one in (*run.refused, *refused)]
        bar = stack.enter_context(tqdm(total=len(placed) + len(early), unit="picture"))
        report = batch.Report()

        def on_done(outcome: batch.Outcome) -> None:
            report.add(outcome)
            bar.update()
            if file:
                file.add(outcome)
            if outcome.made.error:
                where = outcome.at + (f" ({outcome.photo})" if outcome.photo else "") if outcome.at else outcome.photo
                bar.write(f"{where}: {outcome.made.error}", sys.stderr)

        for outcome in early:
            on_done(outcome)
        batch.run(placed, given.force, lambda count: _choose(given, service, count, together), on_done)
    lost = [str(file.error)] if file and file.error else []
    for sentence in [*report.sentences(), *lost]:
        show_message(sentence)
    return FAILED if report.states["failed"] or lost else DONE


def _choose(given: argparse.Namespace, service: Service, count: int, together: int) -> Executor:
    """Where so many pictures are made.

    :param together: how many of one kind at most.
    """
    is_classic = service.engine is service.classic
    # One model fills a machine by itself.
    wanted = given.jobs or (count_workers() if is_classic else 1)
    workers = min(wanted, -(-count // TO_START_FOR))
    settings = worker_settings(given, service)
    if given.ray and count:
        return Cluster(settings, given.ray, given.jobs, together)
    if workers > 1:
        return Processes(settings, workers, min(together, -(-count // workers)))
    return Here(Worker(service), together)


def add_foreground(commands: Any) -> None:
    """The command ``foreground``."""
    command = add_command(commands, "foreground", _foreground, "Cut out the subject of a picture, or of many.")
    _add_photo_flags(command, "a picture, or a folder with pictures")
    add_options(command, CUT_BY)


def _foreground(given: argparse.Namespace) -> int:
    values = read_values(given, CUT_BY)
    run = Run(1, read_too(given, CUT_BY))
    _add_photos(given, given.photo, CutOut(digest(build(values)), values), run)
    return _do(given, run, CutOut, make_service(given, cached_bytes=0))
