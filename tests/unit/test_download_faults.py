"""What a hub gives that is not the model never gets its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib_iclight.models import download
from lib_iclight.models.download import Downloads
from tests.unit.downloading import LENGTH, THERE, content, get, names
from tests.unit.hub import Hub

pytest.importorskip("huggingface_hub")


def damaged() -> bytes:
    return content()[:8] + b"?" + content()[9:]


def longer() -> bytes:
    return content() + b"\0"


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        (damaged(), "tiny", "its header is damaged"),
        (b"<html>please log in to this network</html>", "tiny", "it is no safetensors file"),
        (content({"other.weight": [LENGTH]}), "tiny", "its tensors are not those of IC-Light"),
        (longer(), "tiny", "where its header promises"),
        (content(), "fc", "it is a model for tiny, not for fc"),
    ],
)
def test_what_is_not_the_model_never_gets_its_name(
    hub: Hub, downloads: Downloads, tmp_path: Path, given: bytes, name: str, said: str
) -> None:
    hub.files[THERE] = given
    state = get(downloads, tmp_path, name)
    assert state.phase == "failed"
    assert said in state.sentence
    assert "it is removed" in state.sentence
    assert not names(tmp_path)


def test_another_hash_than_the_promised_one(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    hub.etag = "0" * 64
    assert "its SHA-256 is not" in get(downloads, tmp_path).sentence
    assert not names(tmp_path)
    # Of a small file the hub promises git's hash, which says nothing that could be compared.
    hub.etag = "0" * 40
    assert get(downloads, tmp_path).phase == "done"


def test_longer_than_promised(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    hub.promised = len(hub.files[THERE]) - 10
    state = get(downloads, tmp_path)
    assert state.phase == "failed"
    assert "is removed" in state.sentence
    assert not names(tmp_path)


def test_shorter_than_promised(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    hub.promised = len(hub.files[THERE]) + 10
    assert "what has come is kept" in get(downloads, tmp_path).sentence
    # There is no more of it, as the hub says then.
    assert "is removed" in get(downloads, tmp_path).sentence
    assert not names(tmp_path)


# Some versions of the library try again for half a minute on 500, which is 501 to them but for that.
@pytest.mark.parametrize("method", ["HEAD", "GET"])
@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "HTTP 404"), (403, "set HF_TOKEN"), (401, "set HF_TOKEN"), (501, "(HTTP 501): try again")],
)
def test_the_hub_refuses(hub: Hub, downloads: Downloads, tmp_path: Path, method: str, status: int, said: str) -> None:
    hub.status[method] = status
    state = get(downloads, tmp_path)
    assert state.phase == "failed"
    assert said in state.sentence
    assert hub.url in state.sentence
    assert f"put the file from https://huggingface.co/someone/tiny into {tmp_path}" in state.sentence
    assert "Tiny.safetensors" not in names(tmp_path)


def test_the_connection_ends_in_the_middle(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    hub.stop_at, hub.hangs_up = 4_000_000, True
    hub.go_on.set()
    state = get(downloads, tmp_path)
    assert state.phase == "failed"
    assert "try again; what has come is kept" in state.sentence
    hub.stop_at, hub.hangs_up = None, False
    hub.log.clear()
    assert get(downloads, tmp_path).phase == "done"
    assert hub.ranges()[0] not in (None, "bytes=0-")
    assert (tmp_path / "Tiny.safetensors").read_bytes() == hub.files[THERE]


def test_its_process_ends(hub: Hub, downloads: Downloads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "CHILD", "raise SystemExit(3)")
    assert "its process ended with code 3" in get(downloads, tmp_path).sentence


def test_a_folder_that_cannot_be(hub: Hub, downloads: Downloads, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert "see to the folder" in get(downloads, tmp_path / "file" / "models").sentence
    assert not hub.ranges()


def test_the_process_that_fetches_finds_the_package() -> None:
    """Where ``sys.path`` has it no longer, as in A1111."""
    assert (Path(download.PACKAGE) / "lib_iclight" / "models" / "fetch.py").is_file()
