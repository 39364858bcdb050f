"""Prompts to tokens, against transformers' CLIP tokenizer, which the WebUIs use; the text encoder's spellings."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from lib_iclight.errors import ICLightError
from lib_iclight.standalone.diffusion import model, text
from lib_iclight.standalone.diffusion.checkpoint import TEXT
from tests.reference.text import WORDS, token_ids

PROMPTS = (
    "beautiful woman, detailed face, sunset over sea",
    "sci-fi RGB glowing, cyberpunk",
    "neon, Wong Kar-wai, warm",
    "Kodak's 1234 très   chic!!\n don't",
    "best quality 8k, f/1.8; it's 50% off :-]".replace("]", ""),
    "",
)
WORD = "cat"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    folder: Path = tmp_path_factory.mktemp("clip")
    parts = json.loads(text.tokenizer().to_str())["model"]
    ends = {"<|startoftext|>": text.START, "<|endoftext|>": text.END}
    (folder / "vocab.json").write_text(json.dumps({**parts["vocab"], **ends}))
    (folder / "merges.txt").write_text("\n".join(["#version", *(" ".join(pair) for pair in parts["merges"])]))
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))


@pytest.mark.parametrize("prompt", PROMPTS)
def test_tokens(published: CLIPTokenizer, prompt: str) -> None:
    tokens = published(prompt, add_special_tokens=False)["input_ids"]
    (found,) = text.chunks(prompt)
    assert found == [text.START, *tokens, *[text.END] * (76 - len(tokens))]


def test_the_vocabulary_is_openais_and_the_notice_says_so() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert text.VOCABULARY.relative_to(ROOT).as_posix() in notice
    assert hashlib.sha256(text.VOCABULARY.read_bytes()).hexdigest() in notice
    assert "Copyright (c) 2021 OpenAI" in notice


def test_known_numbers() -> None:
    assert text.tokenizer().get_vocab_size() == text.START
    assert text.chunks(" ".join(WORDS)) == token_ids(" ".join(WORDS)).tolist()


def words(count: int) -> str:
    return " ".join([WORD] * count)


@pytest.mark.parametrize(
    ("prompt", "lengths"),
    [
        (words(75), [75]),
        (words(76), [75, 1]),
        (words(160), [75, 75, 10]),
        # A comma among the last twenty: what follows it goes on together.
        (f"{words(60)}, {words(20)}", [61, 20]),
        (f"{words(40)}, {words(40)}", [75, 6]),
        (f"{words(74)}, {words(3)}", [75, 3]),
        (f"{words(75)}, {words(3)}", [75, 4]),
        ("cat BREAK cat cat", [1, 2]),
        ("cat BREAK", [1]),
        ("BREAK cat", [0, 1]),
    ],
)
def test_chunks(prompt: str, lengths: list[int]) -> None:
    found = text.chunks(prompt)
    assert all(len(chunk) == 77 and chunk[0] == text.START for chunk in found)
    assert [chunk.index(text.END) - 1 for chunk in found] == lengths


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a (cat:1.2)", r"a bracket, which in a WebUI weighs words \('\(cat:1.2\)'\)"),
        ("[bad] light", "a bracket"),
        ("smile :)", "a bracket"),
        (r"a \\(cat", "a bracket"),
        ("a cat <lora:light:0.8>", "an extra network"),
        ("cat AND dog", "AND"),
    ],
)
def test_what_only_a_webui_does_is_refused(prompt: str, said: str) -> None:
    with pytest.raises(ICLightError, match=said):
        text.chunks(prompt)


def test_escaped_brackets_are_brackets(published: CLIPTokenizer) -> None:
    tokens = published("a cat (dog) [x]", add_special_tokens=False)["input_ids"]
    assert text.chunks(r"a cat \(dog\) \[x\]")[0][1 : len(tokens) + 1] == tokens


SMALL: dict[str, Any] = {
    **model.TEXT_CONFIG,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
}


@pytest.mark.parametrize("prefix", ["", "text_model."])
@pytest.mark.parametrize("positions", [True, False])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_the_text_encoders_spellings(
    monkeypatch: pytest.MonkeyPatch, prefix: str, positions: bool, dtype: torch.dtype
) -> None:
    monkeypatch.setattr(model, "TEXT_CONFIG", SMALL)
    clip = CLIPTextModel(CLIPTextConfig(**SMALL)).eval()
    clip.load_state_dict({name: tensor.to(dtype).float() for name, tensor in clip.state_dict().items()})
    part = {f"{TEXT}{prefix}{k.removeprefix('text_model.')}": v.to(dtype) for k, v in clip.state_dict().items()}
    if positions:
        part[f"{TEXT}{prefix}embeddings.position_ids"] = torch.arange(77)[None]
    encoder = text.TextEncoder(model._text_model(part, torch.device("cpu"), torch.float32))
    with torch.inference_mode():
        wanted = clip(input_ids=token_ids("cat dog")).last_hidden_state
        assert torch.equal(encoder("cat dog"), wanted)
        assert encoder(words(76)).shape == (1, 154, 16)
