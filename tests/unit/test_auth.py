"""Who is let in, whatever their names and passwords are written in."""

from __future__ import annotations

import base64

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from lib_iclight.errors import ICLightError
from lib_iclight.web.auth import require_auth

PAIRS = [("me", "secret"), ("Jürgen", "pässwört"), ("用户", "密码"), ("a", ""), ("b", "with:colon"), ("é", "\u0153")]


@pytest.fixture(scope="module")
def client() -> TestClient:
    routes = APIRouter(dependencies=require_auth(",".join(map(":".join, PAIRS))))
    routes.get("/")(lambda: "in")
    app = FastAPI()
    app.include_router(routes)
    return TestClient(app)


def ask(client: TestClient, sent: bytes, scheme: str = "Basic") -> int:
    header = f"{scheme} {base64.b64encode(sent).decode()}"
    return client.get("/", headers={"Authorization": header}).status_code


@pytest.mark.parametrize("pair", PAIRS)
def test_the_right_password_in_either_encoding(client: TestClient, pair: tuple[str, str]) -> None:
    text = ":".join(pair)
    assert ask(client, text.encode()) == 200
    assert ask(client, text.encode(), "basic") == 200
    assert ask(client, f"{text}x".encode()) == 401
    if all(ord(letter) < 256 for letter in text):
        assert ask(client, text.encode("latin-1")) == 200


@pytest.mark.parametrize("sent", [b"", b":", b"me", b"me:", b"me:secre", b"secret:me", b"me:pass", b"\xff\xfe:\xff"])
def test_others_are_asked(client: TestClient, sent: bytes) -> None:
    assert ask(client, sent) == 401


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic ", "Basic !!!", "Basic é", "Bearer bWU6c2VjcmV0", "Basic bWU6c2"]
)
def test_damaged_headers(client: TestClient, header: str) -> None:
    answer = client.get("/", headers={"Authorization": header.encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_what_the_command_line_could_not_decode() -> None:
    app = FastAPI(dependencies=require_auth(b"a:\xe4".decode("utf-8", "surrogateescape")))
    app.get("/")(lambda: "in")
    assert ask(TestClient(app), b"a:\xe4") == 200


@pytest.mark.parametrize("given", ["secret", "a:b,", ",", ":", ":b", "a:b,c", "a:b,c:d,with,comma:"])
def test_what_is_no_pair_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(ICLightError, match="must be user:password") as caught:
        require_auth(given)
    assert caught.value.status_code == 422
    assert "secret" not in str(caught.value)
