"""The command line ``ic-light``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from PIL import Image

from lib_iclight import __version__
from lib_iclight.cache import CACHED_BYTES, MEGABYTE
from lib_iclight.errors import ICLightError
from lib_iclight.kinds import check_canvas
from lib_iclight.light import maps
from lib_iclight.light.panorama import GIVEN_BY
from lib_iclight.matting import FILE_KINDS
from lib_iclight.models.library import sources_of
from lib_iclight.request.args import build
from lib_iclight.request.recommended import TEXT
from lib_iclight.standalone import batch, many_photos, model_files, targets
from lib_iclight.standalone.cluster_runner import ClusterRunner
from lib_iclight.standalone.console import prepare_console, show_message
from lib_iclight.standalone.flags import (
    DONE,
    FAILED,
    INTERRUPTED,
    MISUSED,
    MODELS,
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
from lib_iclight.standalone.mark import Mark, digest
from lib_iclight.standalone.worker import encode

LIGHT = ("model", *maps.DRAWN_BY, "light_map", *GIVEN_BY)


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
    many_photos.add_relight(commands)
    _add_serve(commands)
    _add_light_map(commands)
    many_photos.add_foreground(commands)
    _add_models(commands)
    return parser


def _add_serve(commands: Any) -> None:
    command = add_command(commands, "serve", _serve, "The page and the HTTP API, on this machine alone.")
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
    command.add_argument(
        "--cache-memory",
        type=int,
        default=CACHED_BYTES // MEGABYTE,
        metavar="MB",
        help="how much is kept of pictures and of what is prepared, all together; %(default)s by itself",
    )
    command.add_argument(
        "--queue",
        type=int,
        default=None,
        metavar="N",
        help="how many requests may wait, before others are refused with 429; 100 by itself",
    )
    add_ray(command, "does the generations, as many at a time as it has GPUs or cores")
    add_engine(command)


def _serve(given: argparse.Namespace) -> int:
    from lib_iclight.standalone import app

    cached_bytes = max(given.cache_memory, 0) * MEGABYTE
    service = make_service(given, cached_bytes=cached_bytes)
    service.change_settings(backdrop=given.backdrop)
    show_message(service.description)
    if given.ray:
        settings = worker_settings(given, service, cached_bytes)
        service.runner = ClusterRunner(settings, service.runtime.bases, given.ray)
    try:
        app.serve(service, given.host, given.port, given.api_auth, given.open, given.root_path, given.queue)
    finally:
        service.runner.close()
    return DONE


def _add_light_map(commands: Any) -> None:
    command = add_command(commands, "light-map", _light_map, "Draw the light map that a generation starts from.")
    command.add_argument("-o", "--out", type=named_path, required=True, help="a .png")
    command.add_argument("--width", type=int, default=TEXT.width)
    command.add_argument("--height", type=int, default=TEXT.height)
    add_options(command, LIGHT)


def _light_map(given: argparse.Namespace) -> int:
    request = build(read_values(given, LIGHT))
    width, height = check_canvas(given.width, given.height)
    targets.refuse_target(given.out, targets.identities(read_too(given, LIGHT)), "light-map")
    drawn = make_service(given).runtime.preparer.light_map(request, width, height)
    batch.write(encode(Image.fromarray(drawn), Mark("light-map", digest(request))), given.out)
    return DONE


def _add_models(commands: Any) -> None:
    command = add_command(
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
    service = make_service(given)
    sys.stdout.write("\n".join([*model_files.describe(service), service.description]) + "\n")
    return DONE
