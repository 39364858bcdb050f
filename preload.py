"""Command-line flags of the extension, read by the WebUI before it starts."""

from __future__ import annotations

import argparse


def preload(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ic-light-models-path",
        action="append",
        metavar="FOLDER",
        help="a folder with IC-Light and matting models, besides models/ic-light; may be given several times",
    )
