"""docs/troubleshooting.md from the list of codes and the sentences in the code: ``python -m
tests.unit.troubleshooting`` writes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lib_iclight.errors import ErrorCode

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "troubleshooting.md"
ERRORS = {"ICLightError": "{}", "FileError": "IC-Light: … cannot be used: {}."}
"""What is made of a code and a sentence, and where a person reads the sentence."""

SECTIONS = {
    "UNKNOWN_OPTION": "The request",
    "NO_SUBJECT": "The subject and the light",
    "PICTURE_NOT_DECODABLE": "Pictures",
    "MATTING_MODEL_MISSING": "Model files",
    "NOT_SD15": "Checkpoints",
    "HOST_NOT_SUPPORTED": "The WebUI and other extensions",
    "DOWNLOADS_OFF": "Downloads",
    "INSTALLATION_INCOMPLETE": "Without a WebUI",
}
"""The headings, each by the code that it stands before."""

START = """\
# Troubleshooting

What cannot be done is refused with one sentence: in the page, in the log, on the command line, and over HTTP as
`detail`. Beside it stands a `code`, which stays the same where words change. Routes of a WebUI's own (`/sdapi/v1/txt2img`, ...)
answer with what the WebUI takes from an error; there the code is the field `body`.

## By symptom

| what you see | what it is, and what to do |
|---|---|
| IC-Light is not in the page | The extension is switched off (*Extensions* > *Installed*), or failed as it was loaded: the WebUI's console says why. Restart the WebUI after it was installed. |
| A picture without new light, and no message | IC-Light was off. *PNG Info* shows `IC-Light: True` where it was on. What ADetailer repaints is never relit. |
| A black picture | Generate it with IC-Light off. Black too: it is not the light, and mostly the VAE, which overflows in half precision; start the WebUI with `--no-half-vae` where it has that flag. |
| The subject is cut out badly | The network that comes along sees 320x320 pixels and takes what stands out most: give a mask, or install RMBG-1.4, which is finer. *Append images* shows what was cut out. |
| No *Download* button | What is chosen is there, or the WebUI was started with `--ic-light-no-download`. |
| A download ends at once | See [Downloads](#downloads). |
| `/ic-light/version` answers 404 | The WebUI serves its API, and with it these routes, only with `--api`. |
| `/ic-light/version` answers 401 | They ask for the user and password of `--api-auth`. |

The rest is by code. `…` stands for a value.
"""  # noqa: E501


@dataclass(frozen=True)
class Site:
    """Where an error is made.

    :ivar codes: the names of its codes; none where it hands on another error's.
    :ivar hands_on: whether it does.
    :ivar sentence: with … for values; the expression where it is no text.
    """

    where: str
    codes: tuple[str, ...]
    hands_on: bool
    sentence: str
    is_text: bool


def sites() -> Iterator[Site]:
    """All in lib_iclight/ and scripts/."""
    for path in sorted(path for folder in ("lib_iclight", "scripts") for path in (ROOT / folder).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and (frame := _frame(call)):
                code, sentence = call.args
                yield Site(
                    f"{path.relative_to(ROOT)}:{call.lineno}",
                    tuple(
                        part.attr for part in ast.walk(code) if isinstance(part, ast.Attribute) and _is_code(part.value)
                    ),
                    isinstance(code, ast.Attribute) and code.attr == "code",
                    frame.format(_pattern(sentence)),
                    isinstance(sentence, ast.JoinedStr | ast.Constant),
                )


def _frame(call: ast.Call) -> str | None:
    """What is made of the sentence in a call; None where it makes no error. A kind of error may give its own code."""
    is_own = _name(call.func) == "__init__" and bool(call.args) and _is_code(getattr(call.args[0], "value", None))
    return "{}" if is_own else ERRORS.get(_name(call.func))


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_code(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Name) and value.id == ErrorCode.__name__


def _pattern(sentence: ast.expr) -> str:
    if isinstance(sentence, ast.Constant):
        return str(sentence.value)
    if not isinstance(sentence, ast.JoinedStr):
        return ast.unparse(sentence)
    parts = [str(part.value) if isinstance(part, ast.Constant) else _say(part) for part in sentence.values]
    return re.sub("…+", "…", "".join(parts))


def _say(part: ast.expr) -> str:
    """What stands for a value in a sentence, which of the mention of an option is its key."""
    keys = read_mention(part)
    return "…" if not keys else f"'{keys[1]}'" if len(keys) > 1 else keys[0]


def read_mention(part: ast.expr) -> list[str]:
    """The keys in a mention; none where a part of a sentence is no mention."""
    call = getattr(part, "value", None)
    if not isinstance(call, ast.Call) or _name(call.func) != "mention":
        return []
    return [str(key.value) if isinstance(key, ast.Constant) else "…" for key in call.args]


def render() -> str:
    """The document."""
    found = list(sites())
    lines = [START]
    for code in ErrorCode:
        if code.name in SECTIONS:
            lines.append(f"## {SECTIONS[code.name]}\n")
        said = sorted({site.sentence for site in found if code.name in site.codes and site.is_text})
        lines += [f"### `{code.name.lower()}` ({code.status})\n", f"{code.meaning} {code.remedy}\n"]
        lines += [*(f"- ``{sentence}``" for sentence in said), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(render(), "utf-8")
