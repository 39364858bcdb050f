"""A WebUI over HTTP, and one that is started for the ring and stopped after it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import requests

from tests.webui import samples

TITLE = "IC-Light"
EXTENSION = Path(__file__).resolve().parents[2]
RING = Path(__file__).resolve().parent / "ring_extension"
CPU_FLAGS = {
    "--always-cpu": "--always-cpu --all-in-fp32",
    "--cpu": "--cpu --all-in-fp32",
    "--use-cpu": "--use-cpu all --no-half --precision full",
}
"""By the flag that a host knows, the first that fits: everything on the CPU in float32."""

FLAG_FILES = ("backend/args.py", "ldm_patched/modules/args_parser.py", "modules/cmd_args.py")
SETTINGS = {
    "CLIP_stop_at_last_layers": 1,
    # At 0 Classic runs the first step without CFG.
    "skip_early_cond": -1,
}
"""Where hosts differ in what they begin with."""

MORE_SETTINGS: dict[str, Any] = json.loads(os.environ.get("ICLIGHT_SETTINGS", "{}"))
"""What is to be other than a host begins with."""

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    # Hosts differ in the flags that they know.
    "IGNORE_CMD_ARGS_ERRORS": "1",
}
START_LIMIT = 300.0
ANSWER_LIMIT = 1800.0

SIDE = int(os.environ.get("ICLIGHT_SIDE", "128"))
"""Of the pictures of most tests, in pixels."""

SMALL = {
    "prompt": "a cat portrait",
    "negative_prompt": "bad dog",
    "seed": 1,
    "steps": 2,
    "cfg_scale": 2,
    "width": SIDE,
    "height": SIDE,
    "sampler_name": "Euler",
    "scheduler": "Automatic",
    "hr_additional_modules": ["Use same choices"],
    "hr_cfg": 2,
}


@dataclass
class Host:
    """A WebUI that answers.

    ``pid``, ``log_file`` and ``data`` are None for one that was not started here. ``data`` is its data folder,
    ``flags`` what it was started with, and ``plain_peak`` its largest resident set in bytes before anything was relit.
    """

    base_url: str
    pid: int | None = None
    log_file: Path | None = None
    data: Path | None = None
    flags: str = ""
    plain_peak: int = 0

    def get(self, path: str) -> requests.Response:
        return requests.get(self.base_url + path, timeout=ANSWER_LIMIT)

    def post(self, path: str, body: dict[str, Any] | None = None) -> requests.Response:
        return requests.post(self.base_url + path, json=body or {}, timeout=ANSWER_LIMIT)

    def ask(
        self,
        args: dict[str, Any] | None = None,
        tab: str = "txt2img",
        company: dict[str, list[Any]] | None = None,
        **changes: Any,
    ) -> requests.Response:
        """Ask for a generation: ``SMALL`` with changes, relit where there are ``args``.

        :param company: other scripts' arguments, by their titles.
        """
        given = {**({} if args is None else {TITLE: [args]}), **(company or {})}
        scripts = {title: {"args": arguments} for title, arguments in given.items()}
        return self.post(f"/sdapi/v1/{tab}", {**SMALL, "alwayson_scripts": scripts, **changes})

    def generate(
        self,
        args: dict[str, Any] | None = None,
        tab: str = "txt2img",
        company: dict[str, list[Any]] | None = None,
        **changes: Any,
    ) -> list[np.ndarray]:
        """The pictures of a generation that is asked for as by ``ask``, uint8 (H, W, 3)."""
        answer = self.ask(args, tab, company, **changes)
        assert answer.status_code == 200, answer.text[:2000]
        return [samples.decoded(image) for image in answer.json()["images"]]

    def version(self) -> dict[str, Any]:
        answer = self.get("/ic-light/version")
        assert answer.status_code == 200, answer.text[:2000]
        return answer.json()

    def counts(self) -> dict[str, int]:
        """How often costly work was done since the host's start."""
        return self.version()["counts"]

    def wait_for_restart(self) -> None:
        """Until it is gone, as it was asked to be, and answers again."""
        deadline = time.monotonic() + START_LIMIT
        for there in (False, True):
            while _answers(self.base_url + "/ic-light/version") != there:
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"the WebUI did not start again within {START_LIMIT:g} s")
                time.sleep(0.1)

    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace") if self.log_file else ""

    def peak_memory(self) -> int:
        """The process' largest resident set since its start, in bytes."""
        return self._status("VmHWM")

    def anonymous_memory(self) -> int:
        """What the process holds in memory that is no file's, in bytes."""
        return self._status("RssAnon")

    def maps_of(self, path: str) -> int:
        """How often the process has a file mapped.

        :param path: the real one.
        """
        maps = Path(f"/proc/{self.pid}/maps").read_text("utf-8", "replace")
        return sum(line.endswith(f" {path}") for line in maps.splitlines())

    def _status(self, field: str) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(field))


def cpu_flags(folder: Path) -> str:
    """What makes an installed host work without a GPU."""
    known = "".join((folder / file).read_text("utf-8") for file in FLAG_FILES if (folder / file).exists())
    return next(flags for flag, flags in CPU_FLAGS.items() if f'"{flag}"' in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=30).status_code == 200
    except requests.RequestException:
        return False


def _wait(host: Host, process: subprocess.Popen[bytes]) -> None:
    """Until the API answers and the extension's routes had a while to follow it."""
    deadline = time.monotonic() + START_LIMIT
    waits: tuple[tuple[Callable[[], bool], float], ...] = (
        # A1111 ends at a request that comes between its page and its API; afterwards all hosts say how long it took.
        (lambda: "Startup time" in host.log(), START_LIMIT),
        (lambda: _answers(host.base_url + "/sdapi/v1/sd-models"), START_LIMIT),
        (lambda: _answers(host.base_url + "/ic-light/version"), 20.0),
    )
    for there, patience in waits:
        until = min(deadline, time.monotonic() + patience)
        while not there() and time.monotonic() < until:
            if process.poll() is not None:
                raise RuntimeError(f"the WebUI ended with {process.returncode}:\n{host.log()[-4000:]}")
            time.sleep(1)
    if time.monotonic() >= deadline:
        raise TimeoutError(f"the WebUI did not answer within {START_LIMIT:g} s:\n{host.log()[-4000:]}")


@contextlib.contextmanager
def started(
    folder: Path, python: Path, models: Path, scratch: Path, company: Sequence[Path] = (), more: Sequence[str] = ()
) -> Iterator[Host]:
    """Run an installed WebUI with the checkout as its extension, on a free port.

    The installation stays as it is: extensions, checkpoint and IC-Light's models are linked into a data folder of
    the ring's own, where the host keeps its settings too.

    :param scratch: for that folder and the log; IC-Light's models are in its ``ic-light``.
    :param company: folders of other people's extensions, to run beside.
    :param more: further flags, of those extensions.
    """
    # The host knows its own files by their real path, and lets the page have no others.
    folder = folder.resolve()
    data = scratch / "data"
    for part in ("extensions", "models/Stable-diffusion", "models/Lora", "tmp"):
        (data / part).mkdir(parents=True)
    (data / "extensions" / "ic-light").symlink_to(EXTENSION, target_is_directory=True)
    (data / "extensions" / "ring").symlink_to(RING, target_is_directory=True)
    for extension in company:
        (data / "extensions" / extension.name).symlink_to(extension.resolve(), target_is_directory=True)
    (data / "models" / "Stable-diffusion" / "sd15.safetensors").symlink_to(models / "sd15_random.safetensors")
    # Live previews would fetch the one, ADetailer knows the other's detectors.
    for part in (folder / "models" / "VAE-approx", models / "adetailer"):
        if part.is_dir():
            (data / "models" / part.name).symlink_to(part, target_is_directory=True)
    port = _free_port()
    flags = os.environ.get("ICLIGHT_FLAGS") or cpu_flags(folder)
    host = Host(f"http://127.0.0.1:{port}", log_file=scratch / "host.log", data=data, flags=flags)
    command = [
        *(str(python), "launch.py", "--api", "--port", str(port), "--data-dir", str(data)),
        *("--ic-light-models-path", str(scratch / "ic-light")),
        *("--gradio-allowed-path", str(folder)),
        *("--skip-prepare-environment", "--skip-torch-cuda-test", "--skip-version-check"),
        *("--skip-python-version-check", "--no-download-sd-model", "--no-hashing", "--do-not-download-clip"),
        *shlex.split(flags),
        *more,
    ]
    with (scratch / "host.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | OFFLINE, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        host.pid = process.pid
        try:
            _wait(host, process)
            host.post("/sdapi/v1/options", SETTINGS | MORE_SETTINGS)
            yield host
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
