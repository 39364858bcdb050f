"""What GitHub and pre-commit read is what they understand, and runs what CI runs."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted(set((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) - {ROOT / ".github/ISSUE_TEMPLATE/config.yml"})
SCHEMAS = [
    *((path, "github-workflows") for path in WORKFLOWS),
    *((path, "github-issue-forms") for path in FORMS),
    (ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml", "github-issue-config"),
]


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.mark.skipif(importlib.util.find_spec("check_jsonschema") is None, reason="of the extra dev, not of test")
@pytest.mark.parametrize(("path", "schema"), SCHEMAS, ids=lambda value: getattr(value, "name", None))
def test_a_file_is_what_its_reader_understands(path: Path, schema: str) -> None:
    """By the schemas that come with check-jsonschema; nothing is fetched."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout.decode()


def test_the_workflow_runs_ci_on_every_python_that_is_supported() -> None:
    (path,) = WORKFLOWS
    job = read(path)["jobs"]["tests"]
    assert job["steps"][-1]["run"] == "bash .ci/run"
    assert job["strategy"]["matrix"]["python"] == ["3.10", "3.11", "3.12", "3.13"]
    assert "Python 3.10 to 3.13" in (ROOT / "README.md").read_text("utf-8")


def test_the_hooks_run_what_ci_runs() -> None:
    tree = ast.parse((ROOT / "tests" / "__main__.py").read_text("utf-8"))
    checks = next(ast.literal_eval(n.value) for n in tree.body if isinstance(n, ast.Assign))
    (repository,) = read(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert all(hook["language"] == "system" for hook in repository["hooks"])
    hooks = [hook["entry"].removesuffix(" --force-exclude") for hook in repository["hooks"]]
    before_the_tests = [
        " ".join(a for a in check if a not in (".", "--check")) for check in checks if check[0] != "pytest"
    ]
    assert hooks == before_the_tests


def test_the_forms_ask_for_what_is_needed() -> None:
    for path in FORMS:
        text = path.read_text("utf-8")
        assert {"host", "answer"} <= {part.get("id") for part in read(path)["body"]}
        assert "/ic-light/version" in text
        assert "code" in text
