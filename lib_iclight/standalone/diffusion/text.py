"""From a prompt to its conditioning, as the WebUIs do it for Stable Diffusion 1.5 at Clip skip 1."""

from __future__ import annotations

import functools
import gzip
import re
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE
from transformers import CLIPTextModel

from lib_iclight.errors import ErrorCode, ICLightError

START, END = 49406, 49407
CHUNK = 75
"""Tokens of a prompt that CLIP sees at once, between start and end."""

COMMA = 267
LOOK_BACK = 20
"""As many tokens after a comma go to the next chunk together. Source: the WebUIs' ``comma_padding_backtrack``."""

VOCABULARY = Path(__file__).with_name("bpe_simple_vocab_16e6.txt.gz")
"""What OpenAI published with CLIP: see NOTICE."""

_ESCAPE = re.compile(r"\\([()\[\]\\])")
_UNESCAPED_BRACKET = re.compile(r"(?<!\\)(?:\\\\)*[(\[\])]")
_EXTRA_NETWORK = re.compile(r"<\w+:[^>]+>")
_TOGETHER = re.compile(r"\bAND\b")
_BREAK = re.compile(r"\s*\bBREAK\b\s*")


@functools.cache
def tokenizer() -> Tokenizer:
    """CLIP's byte-pair encoding, without start and end. Source: openai/CLIP ``simple_tokenizer.py``."""
    with gzip.open(VOCABULARY, "rt", encoding="utf-8") as stream:
        lines = stream.read().split("\n")[1 : START - 2 * 256 + 1]
    merges = [(first, second) for first, second in map(str.split, lines)]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    entries = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges)]
    vocabulary = {entry: number for number, entry in enumerate(entries)}
    result = Tokenizer(BPE(vocabulary, merges, continuing_subword_prefix="", end_of_word_suffix="</w>"))
    spaces = normalizers.Replace(Regex(r"\s+"), " ")
    result.normalizer = normalizers.Sequence([normalizers.NFC(), spaces, normalizers.Lowercase()])
    words = Regex(r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+""")
    result.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return result


def chunks(prompt: str) -> list[list[int]]:
    """A prompt's tokens, 77 in each chunk: start, at most 75, and the end repeated. ``BREAK`` begins a new chunk.

    Source: ``sd_hijack_clip.py`` of the WebUI.

    :raises ICLightError: the prompt uses what the WebUIs write into prompts and this engine does not do.
    """
    _refuse(prompt)
    parts = _BREAK.split(prompt)
    if not parts[-1] and len(parts) > 1:
        parts.pop()
    found: list[list[int]] = []
    for part in parts:
        found.extend(_cut(tokenizer().encode(_ESCAPE.sub(r"\1", part)).ids))
    return [[START, *tokens, *[END] * (CHUNK - len(tokens)), END] for tokens in found]


def _cut(tokens: list[int]) -> list[list[int]]:
    found = []
    while len(tokens) > CHUNK:
        end = CHUNK
        if COMMA in tokens[CHUNK - LOOK_BACK : CHUNK] and tokens[CHUNK] != COMMA:
            end = CHUNK - tokens[CHUNK - LOOK_BACK : CHUNK][::-1].index(COMMA)
        found.append(tokens[:end])
        tokens = tokens[end:]
    return [*found, tokens]


def _refuse(prompt: str) -> None:
    for pattern, what, instead in (
        (_EXTRA_NETWORK, "an extra network", "take it out, or use the extension in a WebUI"),
        (_UNESCAPED_BRACKET, "a bracket, which in a WebUI weighs words", r"write \( or \[ for the bracket itself"),
        (_TOGETHER, "AND, which in a WebUI combines prompts", "write it in small letters"),
    ):
        if found := pattern.search(prompt):
            shown = prompt[found.start() : found.start() + 30]
            raise ICLightError(
                ErrorCode.NOT_SUPPORTED,
                f"The prompt has {what} ({shown!r}), and this engine does not do that: {instead}.",
            )


class TextEncoder:
    """CLIP's text encoder over chunks."""

    def __init__(self, model: CLIPTextModel) -> None:
        self._model = model

    def __call__(self, prompt: str) -> torch.Tensor:
        """The last hidden state after the final norm, chunk after chunk: shape (1, 77 * chunks, 768).

        :raises ICLightError: as ``chunks``.
        """
        tokens = torch.tensor(chunks(prompt), device=self._model.device)
        states = self._model(input_ids=tokens).last_hidden_state
        return states.reshape(1, -1, states.shape[-1])
