"""What the documents say of the code is so."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import lib_iclight

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(path for pattern in ("*.md", "docs/*.md") for path in ROOT.glob(pattern))
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
MOST_TERMS = 30
LONGEST_README = 180


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next of its level."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def diagram() -> tuple[dict[str, str], list[list[set[str]]]]:
    """The floors that are drawn by their names in the drawing, and the chains of arrows between them."""
    drawn = ARCHITECTURE.partition("```mermaid\n")[2].partition("```")[0]
    nodes = dict(re.findall(r'^ +(\w+)\["<b>(\w+)/?</b><br>[^"]+"\]$', drawn, re.MULTILINE))
    arrows = [line.strip() for line in drawn.splitlines() if "-->" in line]
    return nodes, [[{*part.split(" & ")} for part in line.split(" --> ")] for line in arrows]


def layers() -> list[set[str]]:
    """As import-linter is told them."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    names = ast.literal_eval(re.search(r"^layers = (\[.*?^\])", text, re.MULTILINE | re.DOTALL)[1])  # type: ignore[index]
    return [{*name.split(" | ")} for name in names]


def test_every_floor_is_drawn() -> None:
    package = ROOT / "lib_iclight"
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    files = {path.stem for path in package.glob("*.py")} - {"__init__"}
    assert {*diagram()[0].values()} == folders | files
    for name in folders:
        assert f"<b>{name}/</b>" in ARCHITECTURE


def test_the_arrows_are_the_layers() -> None:
    nodes, chains = diagram()
    drawn = chains[0]
    for chain in chains[1:]:
        assert chain[0] == drawn[-1]
        drawn += chain[1:]
    assert [{nodes[name] for name in floor} for floor in drawn] == layers()


def test_the_glossary_is_short_and_names_what_is_there() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", section(ARCHITECTURE, "Glossary"), re.MULTILINE)[1:]
    assert 20 <= len(rows) <= MOST_TERMS
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "lib_iclight").rglob("*.py"))
    for name in re.findall(r"`(\w+)`", " ".join(term + said for term, said in rows)):
        assert re.search(rf"\b{name}\b", code), name


def test_one_requests_way_has_ten_lines_and_names_what_is_there() -> None:
    lines = re.findall(r"^\d+\. .*$", section(ARCHITECTURE, "One request's way in"), re.MULTILINE)
    assert len(lines) == 10
    code = "\n".join(
        path.read_text("utf-8") for folder in ("lib_iclight", "scripts") for path in (ROOT / folder).rglob("*.py")
    )
    for name in re.findall(r"`(?:[\w/]+\.)*(\w+)(?:\(.*?\))?`", "\n".join(lines)):
        if name != "py":
            assert re.search(rf"(def|class) {name}\b", code), name


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= LONGEST_README


def anchors(path: Path) -> set[str]:
    """Of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """What a document points to within the repository, and the heading in it."""
    prose = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if not re.match(r"[a-z]+:", target):
            name, _, anchor = target.partition("#")
            yield (path.parent / name if name else path), anchor


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target, anchor in links(path):
        assert target.exists(), target
        assert not anchor or anchor in anchors(target), f"{target}#{anchor}"


def test_every_document_is_found_from_the_readme() -> None:
    reached = {target.resolve() for target, _ in links(ROOT / "README.md")}
    assert {path for path in DOCUMENTS if path.name != "README.md"} <= reached


EXAMPLES = re.findall(
    r"^### (.+?)$(?:(?!^##).)*?^```diff\n(.*?)^```$",
    (ROOT / "CONTRIBUTING.md").read_text("utf-8"),
    re.MULTILINE | re.DOTALL,
)


def test_everything_that_can_be_added_has_an_example() -> None:
    (table,) = re.findall(
        r"^\| to add .*?\n\n", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(EXAMPLES) == len(table.splitlines()) - 3


@pytest.mark.parametrize(("name", "diff"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example_applies(name: str, diff: str) -> None:
    """Where it no longer does, do it anew."""
    ran = subprocess.run(
        ["git", "apply", "--check", "-"], cwd=ROOT, input=diff.encode(), capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()


def test_the_changelog_begins_with_this_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == lib_iclight.__version__
    assert len({*headings}) == len(headings)
