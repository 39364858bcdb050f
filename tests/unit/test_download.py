"""Downloads from a hub on this machine: what is asked for, and what is kept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from lib_iclight.errors import ICLightError
from lib_iclight.matting import FILE_KINDS
from lib_iclight.models import download
from lib_iclight.models.download import Downloads
from lib_iclight.models.library import Library, sources_of
from lib_iclight.models.progress import State
from tests.unit.downloading import KINDS, ROOT, THERE, TINY, end, get, names, until
from tests.unit.hub import COMMIT, Hub

pytest.importorskip("huggingface_hub")


def test_a_file_comes_and_is_known(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    assert downloads.state == State()
    folder = tmp_path / "models" / "ic-light"
    state = get(downloads, folder)
    assert (state.phase, state.name, state.done, state.share) == ("done", "tiny", len(hub.files[THERE]), 1)
    assert str(folder / "Tiny.safetensors") in state.sentence
    assert names(folder) == ["Tiny.safetensors"]
    assert (folder / "Tiny.safetensors").read_bytes() == hub.files[THERE]
    assert [file.role for file in Library(lambda: [folder], KINDS).files()] == ["tiny"]
    # The address of HF_ENDPOINT, nothing else, and the file of the commit that was asked about.
    assert [(method, path) for method, path, _ in hub.log] == [
        ("HEAD", "/someone/tiny/resolve/main/model.safetensors"),
        ("GET", f"/someone/tiny/resolve/{COMMIT}/model.safetensors"),
    ]


def test_cancelled_in_the_middle_it_goes_on_from_there(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    hub.stop_at = 4_000_000
    downloads.start("tiny", tmp_path)
    until(lambda: downloads.state.done >= 3_000_000)
    state = downloads.state
    assert (state.phase, state.total) == ("fetching", len(hub.files[THERE]))
    assert 0 < state.share < 1
    assert " of 6 MB" in state.sentence
    assert not Library(lambda: [tmp_path], KINDS).files()
    downloads.cancel()
    state = end(downloads)
    assert state.phase == "cancelled"
    assert "are kept" in state.sentence
    (part,) = names(tmp_path)
    assert re.fullmatch(r"Tiny\.safetensors\.[0-9a-f]{8}\.part", part)
    length = (tmp_path / part).stat().st_size
    assert 3_000_000 <= length <= 4_000_000
    hub.stop_at = None
    hub.go_on.set()
    assert get(downloads, tmp_path).phase == "done"
    assert hub.ranges() == [None, f"bytes={length}-"]
    assert (tmp_path / "Tiny.safetensors").read_bytes() == hub.files[THERE]
    assert names(tmp_path) == ["Tiny.safetensors"]


def test_large_files_lie_elsewhere(
    hub: Hub, downloads: Downloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    hub.elsewhere = hub.url.replace("127.0.0.1", "localhost")
    hub.stop_at = 4_000_000
    downloads.start("tiny", tmp_path)
    until(lambda: downloads.state.done >= 3_000_000)
    downloads.cancel()
    length = end(downloads).done
    hub.stop_at = None
    assert get(downloads, tmp_path).phase == "done"
    assert hub.ranges() == [None, None, f"bytes={length}-", f"bytes={length}-"]
    assert (tmp_path / "Tiny.safetensors").read_bytes() == hub.files[THERE]
    # Twice two requests to the hub itself; the token is nobody else's.
    assert len(hub.known_at) == 4


def test_what_came_of_another_version_is_not_gone_on_with(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    (tmp_path / "Tiny.safetensors.01234567.part").write_bytes(b"old")
    (tmp_path / "Other.safetensors.01234567.part").write_bytes(b"of another file")
    assert get(downloads, tmp_path).phase == "done"
    assert hub.ranges() == [None]
    assert names(tmp_path) == ["Other.safetensors.01234567.part", "Tiny.safetensors"]


def test_one_at_a_time(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    hub.stop_at = 2_000_000
    downloads.start("tiny", tmp_path)
    for other in (downloads, Downloads(kinds=KINDS, sources=(TINY,))):
        with pytest.raises(ICLightError, match="one file at a time"):
            other.start("tiny", tmp_path / "elsewhere")
    assert downloads.state.running
    hub.go_on.set()
    assert end(downloads).phase == "done"
    assert get(Downloads(kinds=KINDS, sources=(TINY,)), tmp_path / "elsewhere").phase == "done"


def test_cancelled_at_once_or_twice_or_with_nothing_to_cancel(downloads: Downloads, tmp_path: Path) -> None:
    downloads.cancel()
    downloads.start("tiny", tmp_path)
    downloads.cancel()
    downloads.cancel()
    assert end(downloads).phase == "cancelled"
    downloads.cancel()
    assert get(downloads, tmp_path).phase == "done"


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline(
    variable: str, hub: Hub, downloads: Downloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(ICLightError, match=f"while {variable} is set"):
        downloads.start("tiny", tmp_path)
    assert not hub.log
    assert not downloads.state.running


def test_refused_without_a_request(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ICLightError, match=r"--ic-light-no-download: put model.safetensors from https://"):
        Downloads(False, sources=(TINY,)).start("tiny", tmp_path)
    with pytest.raises(ICLightError, match="no model 'sdxl' to download: it has tiny"):
        Downloads(True, sources=(TINY,)).start("sdxl", tmp_path)
    (tmp_path / "Tiny.safetensors").write_bytes(b"mine")
    with pytest.raises(ICLightError, match="is there already"):
        Downloads(True, sources=(TINY,)).start("tiny", tmp_path)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ICLightError, match="package huggingface_hub"):
        Downloads(True, sources=(TINY,)).start("tiny", tmp_path / "empty")
    assert not hub.log
    assert names(tmp_path) == ["Tiny.safetensors"]
    assert (tmp_path / "Tiny.safetensors").read_bytes() == b"mine"


def test_no_room(hub: Hub, downloads: Downloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = len(hub.files[THERE]) + download.MARGIN
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=room - 1))
    state = get(downloads, tmp_path)
    assert state.phase == "failed"
    assert "needs 206 MB" in state.sentence
    assert not hub.ranges()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=room))
    assert get(downloads, tmp_path).phase == "done"


def test_what_is_there_needs_no_room(
    hub: Hub, downloads: Downloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.stop_at = 4_000_000
    downloads.start("tiny", tmp_path)
    until(lambda: downloads.state.done >= 3_000_000)
    downloads.cancel()
    end(downloads)
    hub.stop_at = None
    room = len(hub.files[THERE]) - 3_000_000 + download.MARGIN
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=room))
    assert get(downloads, tmp_path).phase == "done"


def test_nobody_is_asked_by_import_or_start(hub: Hub, tmp_path: Path) -> None:
    code = """
import pathlib, sys

def refuse(event, args):
    assert event not in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen"), event

sys.addaudithook(refuse)
from lib_iclight.models.download import Downloads
from lib_iclight.matting import FILE_KINDS
from lib_iclight.models.library import Library

downloads = Downloads()
assert len(Library(lambda: [pathlib.Path(sys.argv[1])], FILE_KINDS).missing()) == 23
downloads.cancel()
assert not downloads.state.running
assert "huggingface_hub" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True)
    assert not hub.log


@pytest.mark.skipif(sys.platform == "win32", reason="asks /proc or kill whether a process is there")
def test_it_ends_with_the_program(hub: Hub, tmp_path: Path) -> None:
    hub.stop_at = 4_000_000
    code = """
import pathlib, sys, time
from lib_iclight.models.download import Downloads
from lib_iclight.models.sources import Source

downloads = Downloads(sources=[Source("tiny", "someone/tiny", "model.safetensors", "Tiny.safetensors", 1, "")])
downloads.start("tiny", pathlib.Path(sys.argv[1]))
while downloads.state.done < 3_000_000:
    time.sleep(0.01)
sys.stdout.write(f"{downloads._last._child.pid}\\n")
sys.stdout.flush()
time.sleep(60)
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout
        child = int(program.stdout.readline())
        program.kill()
    until(lambda: not is_running(child))
    (part,) = names(tmp_path)
    assert part.endswith(".part")


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    # Dead, and not yet collected by whoever is to.
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_the_sources_are_what_the_documents_say() -> None:
    text = "".join((ROOT / name).read_text("utf-8") for name in ("README.md", "docs/matting.md"))
    for source in sources_of(FILE_KINDS):
        assert source.file in text
        assert source.page in text
        assert source.target in text


@pytest.mark.parametrize("name", ["fc", "fcon", "fbc"])
def test_the_names_of_offsets_decide_between_them(name: str) -> None:
    (source,) = (source for source in sources_of(FILE_KINDS) if source.name == name)
    assert ("fcon" in source.target) == (name == "fcon")
    assert 1_719_000_000 < source.size < 1_720_000_000


def test_the_package_is_found_where_the_host_has_forgotten_it(
    hub: Hub, downloads: Downloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A1111 takes an extension's folder out of sys.path once it is loaded."""
    child = "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); print(json.dumps({'error': sys.path[0], "
    monkeypatch.setattr(download, "CHILD", child + "'status': None}))")
    assert str(ROOT) in get(downloads, tmp_path).sentence
