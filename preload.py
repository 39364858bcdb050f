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
    parser.add_argument(
        "--ic-light-cache-memory",
        type=int,
        metavar="MB",
        help="how much IC-Light keeps of pictures and of what it has prepared, all together; 512 by itself",
    )
    parser.add_argument(
        "--ic-light-no-download",
        action="store_true",
        help="IC-Light downloads no model, not even when a person asks for it in the panel",
    )
