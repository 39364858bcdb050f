"""axe-core's findings in a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OURS = ("[class*='ic-']", "[id^='ic_light_']", ".ic-light-editor *", "[id^='script_'][id*='_ic_light_editor'] *")
"""What is drawn by this project. All else on the page is gradio's."""

RULES = {"target-size": {"enabled": True}}
"""Beside those that axe has on: targets of 24 pixels (WCAG 2.2, 2.5.8)."""

SCREEN = {"document-title", "html-has-lang", "landmark-one-main", "page-has-heading-one", "bypass", "region"}
"""Of a whole page: who builds the page answers for them."""

FOCUSED = """() => {
    const at = document.activeElement;
    const {outlineStyle, outlineWidth, outlineColor} = getComputedStyle(at);
    return {name: at.getAttribute("aria-label") || at.closest("label")?.innerText || at.textContent || at.title,
            role: at.getAttribute("role") || at.localName, inside: Boolean(at.closest(".ic-light-editor")),
            ring: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2, color: outlineColor};
}"""
"""What has the focus, and whether that is seen."""


@dataclass(frozen=True)
class Finding:
    """One element that breaks one rule.

    :ivar ours: whether it is drawn by this project.
    """

    rule: str
    element: str
    why: str
    ours: bool


def find_faults(page: Page, is_own_page: bool = True) -> list[Finding]:
    """What axe finds wrong.

    :param is_own_page: whether the page around the editor is the project's too.
    """
    found = Axe().run(page, None, {"resultTypes": ["violations"], "rules": RULES}).response["violations"]
    return [
        Finding(rule["id"], node["html"][:200], node["failureSummary"], is_ours(page, node, is_own_page))
        for rule in found
        for node in rule["nodes"]
        if is_own_page or rule["id"] not in SCREEN
    ]


def is_ours(page: Page, node: dict[str, Any], is_own_page: bool) -> bool:
    (query,) = node["target"]
    matches = "([query, ours]) => document.querySelector(query).matches(ours)"
    return (is_own_page and query == "html") or page.evaluate(matches, [query, ", ".join(OURS)])
