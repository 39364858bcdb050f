"""A picture before and after, with a slider between them: HTML and CSS (page.css) of its own."""

from __future__ import annotations

import base64
import html
import io

import numpy as np
from PIL import Image

from lib_iclight import images
from lib_iclight.subject.prepared import Subject

LONGEST_SIDE = 1280
"""Of what is shown, in pixels; the pictures themselves are given beside it."""

QUALITY = 90

SLIDER = (
    '<div class="ic-compare" style="--at: 50%; --proportion: {proportion:.6g}">'
    '<img class="ic-after" alt="After" src="{after}"><img class="ic-before" alt="Before" src="{before}">'
    "<span>Before</span><span>After &middot; {engine}</span>"
    '<input type="range" min="0" max="100" step="any" value="50" aria-label="How much of the picture is shown as it '
    "was before\" oninput=\"this.parentElement.style.setProperty('--at', this.value + '%')\"></div>"
)


def compare(subject: Subject, after: Image.Image, engine: str) -> str:
    """HTML that shows a subject's picture, fitted as the relit one, over the relit one up to a slider.

    :param engine: who made it; said on the picture.
    """
    after = after.copy()
    after.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    was = images.cut_out(subject.rgb, subject.alpha) if subject.method == "alpha" else Image.fromarray(subject.rgb)
    before = Image.fromarray(images.cover(np.asarray(was), after.width, after.height, "the subject"))
    shown = {"before": _to_data_uri(before), "after": _to_data_uri(after)}
    return SLIDER.format(**shown, engine=html.escape(engine), proportion=after.width / after.height)


def _to_data_uri(picture: Image.Image) -> str:
    data = io.BytesIO()
    picture.save(data, "WEBP", quality=QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(data.getvalue()).decode()}"
