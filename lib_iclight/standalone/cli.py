"""The command line ``ic-light``. Every option of ``args.py`` is a flag, from the same declaration."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from lib_iclight import __version__, images
from lib_iclight.errors import ICLightError
from lib_iclight.kinds import Choice, Number, Picture, Switch, Whole, check_canvas
from lib_iclight.light import maps
from lib_iclight.matting import FILE_KINDS
from lib_iclight.models.library import sources_of
from lib_iclight.request import infotext
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.option import Option
from lib_iclight.request.recommended import TEXT
from lib_iclight.standalone import batch, inputs, model_files
from lib_iclight.standalone.console import prepare_console, progress_bar, show_message
from lib_iclight.standalone.job import Hires, Job, Result
from lib_iclight.standalone.mark import Mark, digest
from lib_iclight.standalone.service import ENGINES, Service
from lib_iclight.subject.compose import OWN
from lib_iclight.subject.prepare import CUT_BY

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all is done; something could not be done; the command line is at fault; Ctrl-C."""

MODELS = [Path("models")]
"""Where model files are, where no folder is given."""

BY_POSITION = ("enabled", "foreground")
"""The options that the command line says by what it is asked to do, and not by a flag."""

LIGHT = ("model", *maps.DRAWN_BY)

MOST_RESULTS = 3
"""Of one picture where pictures are appended: the relit one, the cut-out, the light map or background."""


def main(argv: Sequence[str] | None = None, program: str = "ic-light") -> int:
    """Run a command line.

    :param program: what a person calls it by.
    :return: the exit code.
    """
    with prepare_console():
        given = _parser(program).parse_args(argv)
        try:
            code: int = given.run(given)
            return code
        except ICLightError as error:
            show_message(str(error))
            return MISUSED if error.status_code == 422 else FAILED
        except KeyboardInterrupt:
            show_message("Interrupted: what is made is kept, and the same command goes on from there.")
            return INTERRUPTED


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(program, description="Relight photographs, without a WebUI.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_relight(commands)
    _add_serve(commands)
    _add_light_map(commands)
    _add_foreground(commands)
    _add_models(commands)
    return parser


def _add_command(commands: Any, name: str, run: Any, help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.set_defaults(run=run)
    command.add_argument(
        "--models-path",
        type=Path,
        action="append",
        metavar="FOLDER",
        help="where model files are; may be given several times; without, the folder 'models' here",
    )
    return command


def _add_photos(command: argparse.ArgumentParser) -> None:
    command.add_argument("photo", type=Path, nargs="+", metavar="PHOTO", help="a picture, or a folder with pictures")
    command.add_argument("-o", "--out", type=Path, required=True, help="a folder, or one .png")
    command.add_argument("--force", action="store_true", help="make again what is there already")


def _add_engine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--engine", choices=ENGINES, default="auto", help="auto: diffusion where its models are there")
    command.add_argument("--checkpoint", default="", metavar="NAME", help="the checkpoint's file; else the first found")
    command.add_argument("--backdrop", default=OWN, metavar="own|#rrggbb", help="behind the subject (classic engine)")


def _add_options(command: argparse.ArgumentParser, names: Sequence[str]) -> None:
    group = command.add_argument_group("IC-Light")
    for name in names:
        option = OPTIONS[name]
        flag = f"--{name.replace('_', '-')}"
        # Not given means absent, so that the declared default is the one that counts.
        group.add_argument(flag, default=argparse.SUPPRESS, help=_help(option), **_argument(option))


def _argument(option: Option) -> dict[str, Any]:
    """How the command line takes an option's value; what it may be is checked where requests are."""
    kind = option.kind
    if isinstance(kind, Switch):
        return {"action": argparse.BooleanOptionalAction}
    if isinstance(kind, Picture):
        return {"type": Path, "metavar": "FILE"}
    if isinstance(kind, (Number, Whole)):
        return {"type": float, "metavar": "NUMBER"}
    return {"metavar": "|".join(kind.names) if isinstance(kind, Choice) and len(kind.names) < 5 else "NAME"}


def _help(option: Option) -> str:
    allowed = "" if isinstance(option.kind, (Switch, Picture)) else f"{option.kind.allowed}; "
    default = "none" if option.default is None else option.kind.to_text(option.default).lower()
    return f"{option.help} ({allowed}default: {default})".replace("%", "%%")


def _values(given: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """The options that are given, pictures read from their files."""
    values = {name: getattr(given, name) for name in names if hasattr(given, name)}
    values = {name: inputs.read(v) if isinstance(v, Path) else v for name, v in values.items()}
    build(values)
    return values


def _service(given: argparse.Namespace, **settings: Any) -> Service:
    engine = getattr(given, "engine", "classic")
    return Service(given.models_path or MODELS, engine, checkpoint=getattr(given, "checkpoint", ""), **settings)


def _add_relight(commands: Any) -> None:
    command = _add_command(commands, "relight", _relight, "Relight one or many pictures, or a folder of them.")
    _add_photos(command)
    _add_engine(command)
    _add_options(command, [name for name in OPTIONS if name not in BY_POSITION])
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
    group.add_argument("--sampler", default=TEXT.sampler, metavar="NAME")
    group.add_argument("--scheduler", default=TEXT.scheduler, metavar="NAME", help="the schedule type")
    group.add_argument("--hires-scale", type=float, metavar="NUMBER", help="a second stage, so much larger, as 1.5")
    group.add_argument(
        "--hires-denoise", type=float, default=Hires.denoising_strength, metavar="NUMBER", help="its denoising strength"
    )


def _relight(given: argparse.Namespace) -> int:
    names = [name for name in OPTIONS if name not in BY_POSITION]
    values = _values(given, names)
    # Each picture is seen once: nothing of it is worth keeping.
    service = _service(given, cached_bytes=0)
    service.change_settings(backdrop=given.backdrop)
    job = service.check(_job(given, values))
    request = build(values)
    work = batch.Work(
        "relight",
        "relit",
        digest([service.engine.name, given.checkpoint, request, replace(job, args=())]),
        lambda picture: service.generate(replace(job, args=[{**values, "foreground": picture}])),
        lambda text: infotext.differences(request, text),
    )
    return _run(given, names, work, MOST_RESULTS if request.append_images else 1, service.description)


def _job(given: argparse.Namespace, values: dict[str, Any]) -> Job:
    """What is asked for of each picture."""
    scale = given.hires_scale
    return Job(
        [values],
        prompt=given.prompt,
        negative_prompt=given.negative_prompt,
        seed=given.seed,
        steps=given.steps,
        cfg_scale=given.cfg_scale,
        width=given.width,
        height=given.height,
        sampler=given.sampler,
        scheduler=given.scheduler,
        hires=None if scale is None else Hires(scale, denoising_strength=given.hires_denoise),
        backdrop=given.backdrop,
    )


def _run(given: argparse.Namespace, names: Sequence[str], work: batch.Work, count: int, first: str = "") -> int:
    """Do the work for every photo.

    :param names: the options that pictures are read for.
    :param count: how many results a picture can have.
    :param first: what is said before.
    """
    tqdm = progress_bar()
    found = inputs.collect(given.photo, given.out)
    places = batch.targets(found.sources, given.out, work, count, _read_too(given, names))
    for sentence in filter(None, (first, *found.passed_over)):
        show_message(sentence)
    with tqdm(total=len(places), unit="picture") as bar:

        def on_done(source: Path, error: str) -> None:
            bar.update()
            if error:
                bar.write(f"{source}: {error}", sys.stderr)

        report = batch.run(places, work, given.force, on_done)
    for sentence in report.sentences():
        show_message(sentence)
    return FAILED if report.failed else DONE


def _read_too(given: argparse.Namespace, names: Sequence[str]) -> list[Path]:
    """The files of the options that are pictures."""
    return [path for path in (getattr(given, name, None) for name in names) if isinstance(path, Path)]


def _add_serve(commands: Any) -> None:
    command = _add_command(commands, "serve", _serve, "The page and the HTTP API, on this machine alone.")
    command.add_argument("--host", default="127.0.0.1", help="the address to listen on; others than loopback are open")
    command.add_argument("--port", type=int, default=7860, help="0: any that is free")
    command.add_argument(
        "--api-auth", metavar="USER:PASSWORD", help="asked for by the HTTP API; several between commas"
    )
    command.add_argument(
        "--root-path",
        default="",
        metavar="/PATH",
        help="the path that a reverse proxy has this under, such as /relight",
    )
    command.add_argument("--open", action="store_true", help="open the page in the browser")
    _add_engine(command)


def _serve(given: argparse.Namespace) -> int:
    from lib_iclight.standalone import app

    service = _service(given)
    service.change_settings(backdrop=given.backdrop)
    show_message(service.description)
    app.serve(service, given.host, given.port, given.api_auth, given.open, given.root_path)
    return DONE


def _add_light_map(commands: Any) -> None:
    command = _add_command(commands, "light-map", _light_map, "Draw the light map that a generation starts from.")
    command.add_argument("-o", "--out", type=Path, required=True, help="a .png")
    command.add_argument("--width", type=int, default=TEXT.width)
    command.add_argument("--height", type=int, default=TEXT.height)
    _add_options(command, (*LIGHT, "light_map"))


def _light_map(given: argparse.Namespace) -> int:
    names = (*LIGHT, "light_map")
    request = build(_values(given, names))
    width, height = check_canvas(given.width, given.height)
    batch.refuse_target(given.out, batch.identities(_read_too(given, names)), "light-map")
    drawn = _service(given).runtime.preparer.light_map(request, width, height)
    batch.write(Image.fromarray(drawn), given.out, Mark("light-map", digest(request)))
    return DONE


def _add_foreground(commands: Any) -> None:
    command = _add_command(commands, "foreground", _foreground, "Cut out the subject of a picture, or of many.")
    _add_photos(command)
    _add_options(command, CUT_BY)


def _foreground(given: argparse.Namespace) -> int:
    values = _values(given, CUT_BY)
    preparer = _service(given, cached_bytes=0).runtime.preparer

    def make(picture: str) -> Result:
        request = build({**values, "foreground": picture})
        subject = preparer.subject(request.foreground, request)
        return Result([images.cut_out(subject.foreground, subject.alpha)], [""])

    work = batch.Work("foreground", "foreground", digest(build(values)), make)
    return _run(given, CUT_BY, work, 1)


def _add_models(commands: Any) -> None:
    command = _add_command(
        commands, "models", _models, "Which model files are found, what is wrong, and where to get others."
    )
    command.add_argument(
        "--get",
        choices=[source.name for source in sources_of(FILE_KINDS)],
        action="append",
        default=[],
        metavar="|".join(source.name for source in sources_of(FILE_KINDS)),
        help="download one into the first folder; may be given several times; goes on where it was interrupted",
    )


def _models(given: argparse.Namespace) -> int:
    for name in given.get:
        model_files.download(name, given.models_path or MODELS)
    service = _service(given)
    sys.stdout.write("\n".join([*model_files.describe(service), service.description]) + "\n")
    return DONE
