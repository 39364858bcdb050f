"""The program as a service: many clients, clients that go, and its end."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from PIL import Image

from lib_iclight import images
from tests.standalone.served import Served, serving

CLIENTS, EACH = 16, 10
WAIT = 20
"""Seconds after which a test gives up."""

RELIGHT, EACH_OF = "/sdapi/v1/txt2img", "/sdapi/v1/img2img"


def noise(number: int, side: int) -> Image.Image:
    """A picture that is like no other's."""
    return Image.fromarray(np.random.default_rng(number).integers(0, 255, (side, side, 3), np.uint8))


def body(number: int, side: int = 160) -> dict[str, Any]:
    """Asks for a picture that is like no other's."""
    options = {"foreground": images.to_base64(noise(number, side)), "matting": "none", "light": "left"}
    return {"width": side, "height": side, "alwayson_scripts": {"IC-Light": {"args": [options]}}}


def several(first: int, count: int, side: int = 512) -> dict[str, Any]:
    """Asks for many pictures in one job, whose files are short."""
    pictures = [noise(number, 16).resize((side, side), 0) for number in range(first, first + count)]
    given = {"init_images": [images.to_base64(picture) for picture in pictures], "width": side, "height": side}
    return {**given, "alwayson_scripts": {"IC-Light": {"args": [{"matting": "none", "light": "left"}]}}}


def count_prepared(served: Served) -> int:
    """How many pictures were lit since the start."""
    return int(requests.get(f"{served.url}/ic-light/version", timeout=WAIT).json()["counts"]["prepare"])


def ask_until_taken(served: Served, number: int) -> tuple[int, int]:
    """The status of a request that asks again where it is told to, and how often it was."""
    for again in range(100):
        answer = requests.post(served.url + RELIGHT, json=body(number), timeout=60)
        if answer.status_code != 429:
            return answer.status_code, again
        time.sleep(int(answer.headers["Retry-After"]))
    return 429, 100


def wait_for(served: Served, reached: Callable[[dict[str, int]], object]) -> dict[str, int]:
    """The queue of generations, once it is so."""
    deadline = time.monotonic() + WAIT
    while True:
        found = requests.get(f"{served.url}/ic-light/health", timeout=WAIT).json()["queues"]["generations"]
        if reached(found):
            return dict(found)
        assert time.monotonic() < deadline, found
        time.sleep(0.01)


@contextmanager
def asking(served: Served, path: str, asked: dict[str, Any], whole: bool = True) -> Iterator[None]:
    """A request that is sent, or half of it, until its client hangs up."""
    at = urlsplit(served.url)
    text = json.dumps(asked).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: {at.netloc}\r\nContent-Length: {len(text)}\r\n\r\n".encode()
    with socket.create_connection((str(at.hostname), at.port or 0)) as connection:
        connection.sendall(head + text[: None if whole else len(text) // 2])
        yield


def ask_and_go(served: Served, whole: bool) -> None:
    with asking(served, RELIGHT, body(1000 + whole), whole):
        time.sleep(0.02)


def test_none_is_lost_and_who_goes_leaves_nothing() -> None:
    with serving("--queue", "6") as served, ThreadPoolExecutor(CLIENTS) as clients:
        asked = [clients.submit(ask_until_taken, served, number) for number in range(CLIENTS * EACH)]
        for number in range(20):
            ask_and_go(served, whole=number % 2 == 0)
        answers = [one.result() for one in asked]
        assert {status for status, _ in answers} == {200}
        assert any(again for _, again in answers), "more came than may wait"
        queue = wait_for(served, lambda queue: not queue["running"])
        assert queue["waiting"] == 0
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(15) == 0
        assert served.said == [], "a client that goes is no fault of the program's"


def test_a_job_ends_with_its_client_and_no_other_does() -> None:
    many = 60
    with serving() as served, ThreadPoolExecutor(1) as clients:
        with asking(served, EACH_OF, several(0, many)):
            wait_for(served, lambda queue: queue["running"])
            others = clients.submit(requests.post, served.url + EACH_OF, json=several(100, 3), timeout=60)
            wait_for(served, lambda queue: queue["waiting"])
            while not count_prepared(served):
                time.sleep(0.01)
        assert len(others.result().json()["images"]) == 3
        assert 0 < count_prepared(served) - 3 < many, "the rest was not made"
        queue = wait_for(served, lambda queue: not queue["running"])
        assert queue["waiting"] == 0
        assert served.said == []


def test_told_to_stop_it_ends_what_it_does_and_refuses_what_waits() -> None:
    with serving() as served, ThreadPoolExecutor(5) as clients:
        asked = [
            clients.submit(requests.post, served.url + RELIGHT, json=body(number, 1024), timeout=60)
            for number in range(5)
        ]
        wait_for(served, lambda queue: queue["running"] and queue["waiting"])
        served.process.send_signal(signal.SIGTERM)
        answers = [one.result() for one in asked]
        assert {answer.status_code for answer in answers} == {200, 503}
        for answer in answers:
            known = answer.json()
            assert known["images"] if answer.status_code == 200 else known["code"] == "server_stopping"
        assert served.process.wait(15) == 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no such signals")
def test_a_second_signal_ends_it_at_once() -> None:
    with serving() as served, ThreadPoolExecutor(1) as clients:
        asked = clients.submit(requests.post, served.url + RELIGHT, json=body(0, 1536), timeout=60)
        wait_for(served, lambda queue: queue["running"])
        served.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + WAIT
        while not served.said and time.monotonic() < deadline:
            time.sleep(0.01)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(5) == -signal.SIGTERM
        with pytest.raises(requests.ConnectionError):
            asked.result()
