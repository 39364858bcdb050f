"""Downloads a model file where a person asks for it; nothing else here asks the network for anything.

A file gets its name when its length, its header, its tensors and its hash are right, and not before. Until then it is
a ``.part`` beside it, which the next download goes on with.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lib_iclight.errors import ErrorCode, ICLightError
from lib_iclight.models import library
from lib_iclight.models.library import FileKind, sources_of
from lib_iclight.models.progress import State
from lib_iclight.models.sources import HUB, Source, megabytes

MARGIN = 200_000_000
"""Bytes of the disk that stay free."""

CHILD = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); "
    "from lib_iclight.models.fetch import main; main()"
)
"""A WebUI knows this package by ``sys.path`` alone, and so has the process to."""

PACKAGE = str(Path(__file__).resolve().parents[2])
"""A1111 has it in ``sys.path`` only while it loads the extension."""

ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    # It cannot go on with a part of a file.
    "HF_HUB_ENABLE_HF_TRANSFER": "0",
}

_at_work = threading.Lock()


class Downloads:
    """Downloads one file at a time, in the whole process.

    :param allowed: whether it may download at all.
    :param kinds: what there is to be had besides IC-Light's own files.
    :param sources: all that there is to be had; by default, those of ``library.sources_of``.
    """

    def __init__(
        self, allowed: bool = True, kinds: Sequence[FileKind] = (), sources: Sequence[Source] | None = None
    ) -> None:
        self.allowed = allowed
        self._kinds = kinds
        self._sources = {source.name: source for source in sources or sources_of(kinds)}
        self._last: _Download | None = None

    @property
    def state(self) -> State:
        """Of the download under way, or the last one."""
        return self._last.state if self._last else State()

    def start(self, name: str, folder: Path) -> None:
        """Begin, or go on with, the download of a source into a folder, and return at once.

        :param folder: made where it does not exist.
        :raises ICLightError: it is not to be, and nothing was asked of the network.
        """
        source = self._sources.get(name)
        if source is None:
            names = ", ".join(self._sources)
            raise ICLightError(
                ErrorCode.MODEL_UNKNOWN, f"IC-Light has no model {name[:60]!r} to download: it has {names}."
            )
        by_hand = f"put {source.file} from {source.page} into {folder} by hand"
        if not self.allowed:
            raise ICLightError(ErrorCode.DOWNLOADS_OFF, f"IC-Light was started with --ic-light-no-download: {by_hand}.")
        if (folder / source.target).exists():
            raise _there_already(folder / source.target)
        if variable := _offline():
            raise ICLightError(
                ErrorCode.DOWNLOADS_OFF, f"IC-Light downloads nothing while {variable} is set: unset it, or {by_hand}."
            )
        if importlib.util.find_spec("huggingface_hub") is None:
            raise ICLightError(
                ErrorCode.INSTALLATION_INCOMPLETE,
                f"IC-Light needs the package huggingface_hub to download: install it, or {by_hand}.",
            )
        if not _at_work.acquire(blocking=False):
            raise ICLightError(
                ErrorCode.DOWNLOAD_BUSY,
                f"IC-Light downloads one file at a time, and another is under way: wait for it or cancel it, then ask "
                f"for {name} again.",
            )
        self._last = _Download(source, folder, self._kinds)
        self._last.thread.start()

    def cancel(self) -> None:
        """End the download under way, if there is one; what has come stays for the next."""
        if self._last:
            self._last.cancel()

    def follow(self, every: float = 0.25) -> Iterator[State]:
        """The state again and again until the download is at its end; the last is the end.

        :param every: seconds.
        """
        while self._last and self._last.thread.is_alive():
            yield self.state
            self._last.thread.join(every)
        yield self.state


def _offline() -> str:
    """The variable that says so, as huggingface_hub reads it; empty where none does."""
    for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        if value := os.environ.get(variable):
            return variable if value.upper() in ("1", "ON", "YES", "TRUE") else ""
    return ""


def _there_already(path: Path) -> ICLightError:
    return ICLightError(ErrorCode.DOWNLOAD_EXISTS, f"IC-Light: {path} is there already: remove it to download it anew.")


class _Cancelled(Exception):  # noqa: N818
    """A person does not want it any more."""


class _Download:
    """One file on its way.

    :ivar thread: does it, once started.
    """

    def __init__(self, source: Source, folder: Path, kinds: Sequence[FileKind]) -> None:
        self._source = source
        self._kinds = kinds
        self._folder = folder
        self._what = f"{source.file} of {source.repository}"
        self._hub = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
        self._lock = threading.Lock()
        self._cancelled = False
        self._child: subprocess.Popen[bytes] | None = None
        self._part: Path | None = None
        self._total = 0
        self._phase = "asking"
        self._sentence = f"Asking {self._hub} for {self._what}."
        self.thread = threading.Thread(target=self._work, name="ic-light download", daemon=True)

    @property
    def state(self) -> State:
        with self._lock:
            phase, sentence, total = self._phase, self._sentence, self._total
        done = total if phase in ("checking", "done") else _length(self._part)
        if phase == "fetching":
            sentence = f"{self._what}: {megabytes(done)} of {megabytes(total)} MB."
        return State(self._source.name, phase, done, total, sentence)

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._child:
                self._child.terminate()

    def _to(self, phase: str, sentence: str) -> None:
        with self._lock:
            self._phase, self._sentence = phase, sentence

    def _work(self) -> None:
        phase, sentence = "failed", f"IC-Light: the download of {self._what} failed; the log says why."
        try:
            path = self._fetch()
            phase, sentence = "done", f"{path} is there."
        except _Cancelled:
            kept = f"; the {megabytes(done)} MB that have come are kept" if (done := _length(self._part)) else ""
            phase, sentence = "cancelled", f"The download of {self._what} was cancelled{kept}."
        except ICLightError as error:
            sentence = error.detail
        except OSError as error:
            sentence = f"IC-Light could not write {self._what} to {self._folder} ({error}): see to the folder."
        finally:
            # First, so that whoever sees the end can begin the next.
            _at_work.release()
            self._to(phase, sentence)

    def _fetch(self) -> Path:
        with self._begin() as child:
            self._tell(child, [PACKAGE, *sys.path])
            self._tell(child, [self._source.repository, self._source.file])
            about = self._answer(child)
            part = self._make_room(about)
            self._to("fetching", "")
            self._tell(child, str(part))
            self._answer(child)
        self._to("checking", f"Checking {self._what}.")
        self._check(part, about["etag"])
        self._heed()
        target = self._folder / self._source.target
        if target.exists():
            raise _there_already(target)
        os.replace(part, target)
        return target

    def _begin(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._cancelled:
                raise _Cancelled
            self._child = subprocess.Popen(
                [sys.executable, "-c", CHILD],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**os.environ, **ENVIRONMENT},
                # Ctrl-C is for this process, which ends that one.
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        return self._child

    def _heed(self) -> None:
        with self._lock:
            if self._cancelled:
                raise _Cancelled

    def _tell(self, child: subprocess.Popen[bytes], what: Any) -> None:
        assert child.stdin
        # Where it has ended already, what it said last is the answer, which is read next.
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps(what).encode() + b"\n")

    def _answer(self, child: subprocess.Popen[bytes]) -> dict[str, Any]:
        assert child.stdout
        line = child.stdout.readline()
        self._heed()
        if not line:
            raise self._explain(None, f"its process ended with code {child.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise self._explain(answer["status"], answer["error"])
        return answer

    def _make_room(self, about: dict[str, Any]) -> Path:
        """The file to go on with, on a disk that has room for the rest."""
        if not about["size"] or not about["etag"]:
            raise ICLightError(
                ErrorCode.DOWNLOAD_FAILED,
                f"IC-Light: {self._hub} does not say the length and hash of {self._what}: {self._other}.",
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        # Published anew, it is another file.
        version = hashlib.sha256(about["etag"].encode()).hexdigest()[:8]
        part = self._folder / f"{self._source.target}.{version}.part"
        for old in self._folder.glob(f"{glob.escape(self._source.target)}.*.part"):
            if old != part or _length(old) > about["size"]:
                old.unlink()
        needed = about["size"] - _length(part) + MARGIN
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise ICLightError(
                ErrorCode.DISK_FULL,
                f"IC-Light needs {megabytes(needed)} MB for {self._what}, and {self._folder} has {megabytes(free)} MB "
                "free: make room, or name another folder.",
            )
        with self._lock:
            self._part, self._total = part, about["size"]
        return part

    def _check(self, part: Path, etag: str) -> None:
        """Whether it is what was asked for; what is not is removed."""
        try:
            self._wrong(part, etag)
        except ValueError as error:
            part.unlink()
            raise ICLightError(
                ErrorCode.DOWNLOAD_FAILED,
                f"IC-Light does not take what {self._hub} gives as {self._what}: {error}; it is removed.",
            ) from None

    def _wrong(self, part: Path, etag: str) -> None:
        size = _length(part)
        if size != self._total:
            raise ValueError(f"it has {size:,} bytes, and {self._total:,} were promised")
        role, _ = library.role_of(Path(self._source.target).stem, library.read_header(part, size), self._kinds)
        if role != self._source.name:
            raise ValueError(f"it is a model for {role}, not for {self._source.name}")
        if re.fullmatch("[0-9a-f]{64}", etag) and library.file_sha256(part) != etag:
            raise ValueError("its SHA-256 is not the one that was promised")

    @property
    def _other(self) -> str:
        return f"put the file from {self._source.page} into {self._folder} by hand"

    def _explain(self, status: int | None, why: str) -> ICLightError:
        """The error that the hub does not give it."""
        if status in (401, 403):
            do = f"accept its terms at {self._source.page} and set HF_TOKEN, or {self._other}"
            return ICLightError(
                ErrorCode.DOWNLOAD_DENIED,
                f"IC-Light: {self._hub} does not give {self._what} to you (HTTP {status}): {do}.",
            )
        if status == 404:
            return ICLightError(
                ErrorCode.DOWNLOAD_FAILED, f"IC-Light: {self._hub} has no {self._what} (HTTP 404): {self._other}."
            )
        kept = "; what has come is kept" if _length(self._part) else ""
        if self._part and (status == 416 or _length(self._part) > self._total):
            self._part.unlink(missing_ok=True)
            kept = "; what has come did not fit and is removed"
        why = f"HTTP {status}" if status else why
        return ICLightError(
            ErrorCode.DOWNLOAD_FAILED,
            f"IC-Light could not fetch {self._what} from {self._hub} ({why}): try again{kept}, or {self._other}.",
        )


def _length(path: Path | None) -> int:
    try:
        return path.stat().st_size if path else 0
    except FileNotFoundError:
        return 0
