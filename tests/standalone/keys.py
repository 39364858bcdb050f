"""The documents' table of keys and gestures, from what the JavaScript itself has: ``python -m tests.standalone.keys``
writes it where its mark is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.browser import find_browser

ROOT = Path(__file__).parents[2]
MARK = "<!-- made by: python -m tests.standalone.keys -->\n"


def read(page: Page) -> list[dict[str, Any]]:
    """What stands in javascript/ic_light_actions.js, loaded in a page: ``list`` of its end."""
    return page.evaluate("ICLight.actions.list()")


def table(sections: list[dict[str, Any]]) -> str:
    """As Markdown."""
    rows = ["| | by hand | by key |", "|---|---|---|"]
    for section in sections:
        rows.append(f"| **{section['heading']}** | | |")
        for action in section["actions"]:
            keys = ", ".join("+".join(f"<kbd>{part}</kbd>" for part in parts) for parts in action["keys"])
            rows.append(f"| {action['title']} | {action['gesture']} | {keys} |")
    return "\n".join(rows) + "\n"


def documents() -> Iterator[tuple[Path, str]]:
    """Those with the mark, and the table that stands below it."""
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        _, mark, below = path.read_text("utf-8").partition(MARK)
        if mark:
            yield path, re.match(r"(\|.*\n)*", below)[0]  # type: ignore[index]


def main() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser())
        page = browser.new_page()
        for path in sorted((ROOT / "javascript").glob("*.js"), reverse=True):
            page.add_script_tag(path=path)
        new = table(read(page))
    for path, old in documents():
        path.write_text(path.read_text("utf-8").replace(MARK + old, MARK + new), "utf-8")


if __name__ == "__main__":
    main()
