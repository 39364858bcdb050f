"""``python -m tests``: format, lint, types, then the rings that need no host."""

from __future__ import annotations

import subprocess
import sys

CHECKS = (
    ("ruff", "format", "--check", "."),
    ("ruff", "check", "."),
    ("mypy",),
    ("pytest",),
)

for check in CHECKS:
    if code := subprocess.call([sys.executable, "-m", *check]):
        sys.exit(code)
