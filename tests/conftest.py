from __future__ import annotations

import os
import tempfile

from hypothesis import settings

# What rembg has fetched for whoever runs the tests is not to be found by them.
os.environ["U2NET_HOME"] = os.path.join(tempfile.gettempdir(), "ic-light-tests-without-rembg")

# Beside other workers on the same cores, threads of torch wait for one another: on two cores a seventh of the speed.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A machine that is busy with something else is no defect.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
