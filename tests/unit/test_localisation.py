"""What the panel shows a person is what the dictionaries that hosts look it up in have: all of it, and nothing else.

What the light editor shows is read from the page itself in ``tests/standalone/test_localisation.py``.
"""

from __future__ import annotations

import ast
import json
import re
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from lib_iclight import ui
from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.hosts import annotators
from lib_iclight.light.gels import GELS
from lib_iclight.light.maps import LIGHTS
from lib_iclight.light.presets import PRESETS
from lib_iclight.matting import FILE_KINDS
from lib_iclight.models.library import sources_of
from lib_iclight.request.args import OPTIONS, build
from lib_iclight.request.option import TITLE
from lib_iclight.request.sentences import sentence_of
from lib_iclight.standalone.service import Service
from lib_iclight.ui import model_notices, tools
from lib_iclight.ui.context import PanelContext
from lib_iclight.ui.tab_panel import TabPanel
from tests.unit.test_ui import NOTICES, folder
from tests.unit.troubleshooting import read_mention

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "localizations").glob("*.json"))
EDITOR = sorted((ROOT / "javascript").glob("*.js"))

NAMES = {TITLE, "RMBG-1.4", "RMBG-2.0", "BEN2", "Silueta", "U^2-Net", "U^2-Net (ONNX)", "U^2-Netp (ONNX)"}
NAMES |= {"Apache-2.0", "MIT", *annotators.KNOWN}
"""Said in every language as they are."""

SAID_BY = (
    ("lib_iclight/ui", "Error", 0),
    ("lib_iclight/ui", "ICLightError", 1),
    ("lib_iclight/subject/prepare.py", "ICLightError", 1),
    ("lib_iclight/light/lamps.py", "ICLightError", 1),
    ("lib_iclight/web/live.py", "ICLightError", 1),
    ("lib_iclight/matting", "ICLightError", 1),
    ("lib_iclight/hosts/settings.py", "OptionInfo", 1),
)
"""Where a call brings a whole sentence onto the page, and by which of its arguments.

With values in it, it is another sentence for each, which no dictionary has: such errors stay as they are.
"""


def dictionary(path: Path) -> dict[str, str]:
    return json.loads(path.read_text("utf-8"))


def is_word(text: str) -> bool:
    """Not what is the same in every language: numbers with their units, signs, files, addresses, names."""
    text = re.sub(r"https?://\S+|\S+\.safetensors|[\d.,]+ MB\b", "", text)
    return text not in NAMES and bool(re.search(r"[A-Za-z]", text))


class Words(HTMLParser):
    """What hosts see of HTML: whole texts, and titles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.found.add(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if value and name in ("title", "placeholder")}


@pytest.fixture(params=["txt2img", "img2img"])
def page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> gr.Blocks:
    """A tab's panel, where no model is installed, and a host has a network for normals."""
    monkeypatch.setattr(annotators, "installed", lambda: ("normalbae",))
    service = Service([], "classic")
    context = PanelContext(lambda: service.runtime, lambda: service.live, threading.Lock())
    with gr.Blocks() as built:
        TabPanel(request.param, context, NOTICES, lambda: 512 * 640, lambda *_: None).place(folder)
    return built


def shown(page: gr.Blocks) -> set[str]:
    """The texts of a page's parts, the labels of choices among them."""
    texts: set[str] = set()
    for part in page.blocks.values():
        if "ic-light-unseen" in (getattr(part, "elem_classes", None) or []):
            continue
        texts |= {getattr(part, name, None) or "" for name in ("label", "info", "placeholder", "webui_tooltip")}
        if isinstance(part, (gr.Button, gr.UploadButton)):
            texts.add(part.value if isinstance(part, gr.Button) else part.label)
        texts |= labels(part)
        if isinstance(part, gr.HTML):
            texts |= Words(part.value).found
    return {text for text in texts if is_word(text)}


def labels(part: Any) -> set[str]:
    """Of the choices of a dropdown."""
    return {label for label, _ in part.get_config()["choices"]} if isinstance(part, gr.Dropdown) else set()


def constants() -> Iterator[str]:
    """Whole sentences that are said by calls, and the tooltip of the button beside galleries."""
    for where, call, at in SAID_BY:
        path = ROOT / where
        for file in [path] if path.is_file() else path.glob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == call:
                    yield from _constant(node.args[at])
    for node in ast.walk(ast.parse((ROOT / "scripts" / "ic_light.py").read_text("utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "tooltip":
            yield from _constant(node.value)


def _constant(node: ast.expr) -> Iterator[str]:
    """A sentence that is the same each time, as the page says it."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    mentioned = [[str(part.value)] if isinstance(part, ast.Constant) else read_mention(part) for part in parts]
    if not any(not keys or "…" in keys for keys in mentioned):
        said = [keys[0] if isinstance(part, ast.Constant) else mention(*keys) for part, keys in zip(parts, mentioned)]
        yield sentence_of(ICLightError(ErrorCode.NO_SUBJECT, "".join(said)))


def declared() -> set[str]:
    """What is shown only now and then."""
    said = {*constants(), *(source.licence for source in sources_of(FILE_KINDS))}
    labels = {entry.label for entry in (*PRESETS, *GELS)}
    needs = {word for light in ("none", "left") for word in Words(ui._needs(build({"light": light}))).found}
    return (said - NAMES) | labels | needs | {*model_notices.PHASES.values(), tools.LEFT, tools.OWN_SUBJECT}


def of_the_editor(key: str) -> bool:
    return any(json.dumps(key, ensure_ascii=False) in path.read_text("utf-8") for path in EDITOR)


def test_there_is_chinese() -> None:
    assert [path.name for path in FILES] == ["zh_CN.json"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everything_that_is_shown_is_translated(path: Path, page: gr.Blocks) -> None:
    assert not (shown(page) | declared()) - dictionary(path).keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_nothing_is_translated_that_nobody_sees(path: Path, page: gr.Blocks) -> None:
    seen = shown(page) | declared()
    assert not [key for key in dictionary(path) if key not in seen and not of_the_editor(key)]


def test_texts_are_found_wherever_they_stand(page: gr.Blocks) -> None:
    found = shown(page) | declared()
    assert {
        "Subject",
        "Where the light comes from.",
        "Relight again",
        "Light from a picture",
        "More",
        "licence:",
        "is not installed.",
        "Download",
        "sunshine from window",
        "Megapixels of the recommended size",
        "Send image to IC-Light's subject.",
        "IC-Light has no subject: give a picture as Subject.",
        "Golden hour",
    } <= found
    assert not found & {"Picked", "Look again", "left", "fc", TITLE}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_translations_are_whole(path: Path) -> None:
    text = path.read_text("utf-8")
    pairs: list[tuple[str, Any]] = json.loads(text, object_pairs_hook=list)
    keys = [key for key, _ in pairs]
    assert len(set(keys)) == len(keys), "one translation for each"
    assert "\\u" not in text, "readable as it is"
    for key, said in pairs:
        assert key == key.strip(), "hosts look up texts without the space around them"
        assert said.strip() == said != "", key
        assert re.search(r"[一-鿿]", said), key
        assert not re.search(r"[一-鿿][,;:?!]", said), f"{key}: Chinese has signs of its own"
        assert set(re.findall(r"\d+(?:\.\d+)?", key)) <= set(re.findall(r"\d+(?:\.\d+)?", said)), key


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_values_that_are_chosen_are_explained(path: Path, page: gr.Blocks) -> None:
    """A box keeps what was chosen in English: hosts translate texts, and not values of fields."""
    said = dictionary(path)
    for part in page.blocks.values():
        for label in labels(part):
            if f"{label}: " in part.info:
                assert f"{label}：" in said[part.info]
    lights = said[OPTIONS["light"].help]
    assert not [light.label for light in LIGHTS if f"{light.label}：" not in lights]
