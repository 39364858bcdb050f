"""The flags that commands have in common. Every option of ``args.py`` is one, from the same declaration."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lib_iclight.kinds import Choice, Number, Picture, Switch, Whole
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.option import Option
from lib_iclight.standalone import inputs
from lib_iclight.standalone.actors import LOCAL
from lib_iclight.standalone.remote import ServiceSettings
from lib_iclight.standalone.service import ENGINES, Service
from lib_iclight.subject.compose import OWN

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: all is done; something could not be done; the command line is at fault; Ctrl-C."""

MODELS = [Path("models")]
"""Where model files are, where no folder is given."""

BY_POSITION = ("enabled", "foreground")
"""The options that the command line says by what it is asked to do, and not by a flag."""


def named_path(text: str) -> Path:
    """A path of a command line. An empty one, as of a variable that is not set, would be the folder that one is in."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty: name a file or a folder")
    return Path(text)


def add_command(commands: Any, name: str, run: Any, help: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=help, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    command.set_defaults(run=run)
    command.add_argument(
        "--models-path",
        type=named_path,
        action="append",
        metavar="FOLDER",
        help="where model files are; may be given several times; without, the folder 'models' here",
    )
    return command


def add_engine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--engine", choices=ENGINES, default="auto", help="auto: diffusion where its models are there")
    command.add_argument("--checkpoint", default="", metavar="NAME", help="the checkpoint's file; else the first found")
    command.add_argument("--backdrop", default=OWN, metavar="own|#rrggbb", help="behind the subject (classic engine)")


def add_ray(command: argparse.ArgumentParser, what: str) -> None:
    """:param what: what the cluster does, for ``--help``."""
    command.add_argument(
        "--ray",
        nargs="?",
        const=LOCAL,
        metavar="ADDRESS",
        help=f"a Ray cluster {what}: auto, host:port or ray://host:port; without an address one on this machine",
    )


def add_options(command: argparse.ArgumentParser, names: Sequence[str]) -> None:
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
        return {"type": named_path, "metavar": "FILE"}
    if isinstance(kind, (Number, Whole)):
        return {"type": float, "metavar": "NUMBER"}
    return {"metavar": "|".join(kind.names) if isinstance(kind, Choice) and len(kind.names) < 5 else "NAME"}


def _help(option: Option) -> str:
    allowed = "" if isinstance(option.kind, (Switch, Picture)) else f"{option.kind.allowed}; "
    default = "none" if option.default is None else option.kind.to_text(option.default).lower()
    return f"{option.help} ({allowed}default: {default})".replace("%", "%%")


def read_values(given: argparse.Namespace, names: Sequence[str]) -> dict[str, Any]:
    """The options that are given, pictures read from their files."""
    values = {name: getattr(given, name) for name in names if hasattr(given, name)}
    values = {name: inputs.read(v) if isinstance(v, Path) else v for name, v in values.items()}
    build(values)
    return values


def make_service(given: argparse.Namespace, **settings: Any) -> Service:
    engine = getattr(given, "engine", "classic")
    return Service(given.models_path or MODELS, engine, checkpoint=getattr(given, "checkpoint", ""), **settings)


def worker_settings(given: argparse.Namespace, service: Service, cached_bytes: int = 0) -> ServiceSettings:
    """What workers elsewhere are made of, to do as the service here."""
    folders = [path.absolute() for path in given.models_path or MODELS]
    engine = "classic" if service.engine is service.classic else "diffusion"
    return ServiceSettings(folders, engine, service.settings.checkpoint, cached_bytes)


def read_too(given: argparse.Namespace, names: Sequence[str]) -> list[Path]:
    """The files of the options that are pictures."""
    return [path for path in (getattr(given, name, None) for name in names) if isinstance(path, Path)]
