"""``python -m lib_iclight``: see ``standalone.cli``."""

import sys

from lib_iclight.standalone.cli import main

sys.exit(main(program="python -m lib_iclight"))
