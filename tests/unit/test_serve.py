"""Where the server listens, and what it says of it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lib_iclight.standalone import app
from lib_iclight.standalone.cli import DONE, FAILED, MISUSED, main

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--api-auth", "secret"], "--api-auth must be user:password"),
        (["--port", "99999"], "--port is 99999 but must be a whole number from 0 to 65535"),
        (["--port", "-1"], "--port is -1"),
        (["--port", "65536"], "--port is 65536"),
        (["--host", "no.such.host.invalid"], "--host is 'no.such.host.invalid', which is no address"),
        (["--host", "x" * 300], "--host is 'xxx"),
        (["--host", "1.2.3.4.5"], "--host is '1.2.3.4.5'"),
        (["--host", "http://127.0.0.1"], "--host is"),
        (["--host", ""], "--host is ''"),
        (["--host", "a..b"], "--host is 'a..b'"),
        (["--host", "zero\0inside"], "--host is"),
        # Of the block for documents, which no machine has.
        (["--host", "192.0.2.1"], "--host is '192.0.2.1'"),
    ],
)
def test_slips_are_sentences(args: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--engine", "classic", "--port", "0", *args]) == MISUSED
    assert sentence in capsys.readouterr().err


def test_a_port_that_is_taken_is_no_slip(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", "--engine", "classic", "--port", str(taken.getsockname()[1])]) == FAILED
    assert "choose another with --port" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::1", "[::1]", "::"])
def test_the_link_is_live(host: str) -> None:
    if ":" in host and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with app.bind(host, 0) as bound:
        where = urlsplit(app.link(*bound.getsockname()[:2]))
        assert where.port == bound.getsockname()[1]
        bound.settimeout(5)
        client = http.client.HTTPConnection(str(where.hostname), where.port, timeout=5)
        client.connect()
        bound.accept()[0].close()
        client.close()
    assert where.hostname not in ("0.0.0.0", "::")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize("args", [["models"], ["--help"], ["relight", "--help"], ["relight", "图.png", "-o", "出"]])
def test_consoles_without_the_letters(tmp_path: Path, encoding: str, args: list[str]) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "模型 é.safetensors").write_bytes(b"?")
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "lib_iclight", *args]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    said = done.stdout + done.stderr
    assert b"Traceback" not in said
    assert done.returncode == (MISUSED if "-o" in args else DONE)
    if args == ["models"]:
        assert b"\\u6a21\\u578b" in done.stdout
    if "-o" in args:
        assert b"\\u56fe.png does not exist" in said
