from __future__ import annotations

import base64
from types import SimpleNamespace

from lib_iclight.ui.gradios import to_base64_file


def test_a_drawing_that_gradio_has_in_its_address_is_read() -> None:
    """So that the sentence is about what was given, where nothing was said."""
    found = to_base64_file(SimpleNamespace(path=None, url="data:image/svg+xml,%3Csvg%20a%3D%22b%22/%3E"))
    assert found is not None
    assert base64.b64decode(found) == b'<svg a="b"/>'
