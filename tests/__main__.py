"""``python -m tests``: format, lint, floors, types, then the rings that need no host, with their coverage."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("lint-imports",),
    ("mypy",),
    ("pytest", "-n", "auto", "-m", "not timed", "--cov", "--cov-report=", "--cov-fail-under=0"),
    ("pytest", "-m", "timed", "--cov", "--cov-append"),
)

for name, *arguments in CHECKS:
    if code := subprocess.call([str(Path(sys.executable).with_name(name)), *arguments]):
        sys.exit(code)
