"""Where the gradios differ: 3.41 and 4.40 in the WebUIs, 6 without one."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import gradio as gr

from lib_iclight.errors import ErrorCode, ICLightError, mention
from lib_iclight.request.sentences import sentence_of

MAJOR = int(gr.__version__.partition(".")[0])
OLD = MAJOR == 3

QUIET: dict[str, Any] = {"show_progress": "hidden", "queue": False}
"""Events that a person is not to notice."""

EACH: dict[str, Any] = {} if OLD else {"trigger_mode": "multiple"}
"""Events of which none is left out: by itself gradio leaves out what comes while an earlier one is answered."""

UNLISTED: dict[str, Any] = {"api_name": False} if MAJOR < 6 else {"api_visibility": "private"}
"""Events that are no part of an API."""

COPIED: dict[str, Any] = {"show_copy_button": True} if MAJOR < 6 else {"buttons": ["copy"]}
"""A text box with a button that copies its text."""

LOSSLESS: dict[str, Any] = {} if OLD else {"format": "png"}
"""A picture that travels as it is."""


def page(look: dict[str, Any], **more: Any) -> gr.Blocks:
    """A page to be built and then given to ``mount``.

    :param look: theme, css and head.
    """
    return gr.Blocks(**more, **(look if MAJOR < 6 else {}))


def mount(app: Any, page: gr.Blocks, look: dict[str, Any], prefix: str = "") -> Any:
    """FastAPI's application with a page at its root.

    :param look: that of the page.
    :param prefix: the path that a reverse proxy has the application under.
    """
    # By itself gradio 6 keeps every picture that was made in the browser, and offers to send them to a bucket.
    new = {"footer_links": [], "run_history": False}
    more = {} if MAJOR < 6 else {**look, **new}
    return gr.mount_gradio_app(app, page, path="/", **more, **({"root_path": prefix} if prefix else {}))


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Let the page show the sentence of what is refused."""
    try:
        yield
    except ICLightError as error:
        raise gr.Error(sentence_of(error)) from error


def require_subject(foreground: Any) -> None:
    """:raises ICLightError: there is no picture in the box for the subject."""
    if foreground is None:
        raise ICLightError(ErrorCode.NO_SUBJECT, f"IC-Light has no subject: give a picture as {mention('foreground')}.")


def js(code: str) -> dict[str, str]:
    """The keyword of an event for a function of the page's own."""
    return {"_js" if OLD else "js": code}


def source() -> dict[str, Any]:
    """Where a picture may come from."""
    return {"source": "upload"} if OLD else {"sources": ["upload", "clipboard"]}


def to_base64_file(value: Any) -> str | None:
    """The picture's own file in base64, as the API takes it.

    Extensions that hand a generation to another process send its scripts' arguments as JSON.
    """
    if value is None or isinstance(value, str):
        # Gradio 3 has the file in a data URL.
        return value
    if value.path is None:
        # gradio has a vector drawing in its address alone.
        return b64encode(unquote_to_bytes(value.url.partition(",")[2])).decode()
    return read_base64(value.path)


def upload(**more: Any) -> Any:
    """A field for files that a browser shows nothing of; it hands over the file in base64, as ``to_base64_file``.

    It is not to be updated: gradio then makes another, without what it was given beside. Its frame can be.
    """
    control = gr.File(**more)
    read = control.preprocess
    control.preprocess = (lambda file: file and read_base64(read(file))) if OLD else to_base64_file
    return control


def path_of(file: Any) -> Path:
    """Where an uploaded file is, which gradio names by its path or by an object with one."""
    return Path(str(getattr(file, "name", file)))


def read_base64(file: Any) -> str:
    """An uploaded file's content."""
    return b64encode(path_of(file).read_bytes()).decode()


def elem_id(tab: str, name: str) -> str:
    return f"script_{tab}_ic_light_{name}"


def dropdown(labels: Mapping[str, str], **more: Any) -> Any:
    """A dropdown that shows labels and hands over keys.

    Only the page is sent the labels: of a dropdown that has pairs hosts take the labels for its values, in
    ui-config.json and in script-info.

    :param labels: by key.
    """
    control = gr.Dropdown(list(labels), **more)
    own = control.get_config

    def get_config(*args: Any, **kwargs: Any) -> dict[str, Any]:
        config: dict[str, Any] = own(*args, **kwargs)
        if OLD:
            return {**config, "choices": [*labels.values()], "value": labels.get(control.value, control.value)}
        return {**config, "choices": [(label, key) for key, label in labels.items()]}

    control.get_config = get_config
    if OLD:
        # In the page gradio 3 has labels alone, for which ``js_of_keys`` is.
        keys = {label: key for key, label in labels.items()}
        control.preprocess = lambda shown: keys.get(shown, shown)
        control.postprocess = lambda key: labels.get(key, key)
    return control


def js_of_keys(function: str, labels: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """As ``js``, for a function that is given keys where dropdowns show labels.

    :param labels: of the dropdowns, by key.
    """
    if not OLD:
        return js(function)
    keys = json.dumps({label: key for some in labels for key, label in some.items()})
    return js(f"(...values) => {{ const keys = {keys}; return ({function})(...values.map((v) => keys[v] ?? v)); }}")


def unseen_upload(tab: str, name: str, label: str) -> Any:
    """A field that takes a file from the page's program, by which it finds it as ``name``; a person sees none of it."""
    # Gradio 3 has the field that takes a file beside its button, and not in it.
    with gr.Group(elem_id=elem_id(tab, name), elem_classes="ic-light-unseen"):
        return gr.UploadButton(label, elem_classes="ic-light-unseen")


def add_tooltip(control: Any, tooltip: str) -> Any:
    """The control with a tooltip, which the WebUIs take from this attribute; gradio alone shows none."""
    control.webui_tooltip = tooltip
    return control
