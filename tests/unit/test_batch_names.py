"""The names of a run's results: each its own on every disk, and the same again."""

from __future__ import annotations

import os
import unicodedata
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib_iclight.standalone.names import LONGEST, decide

FOLDER = Path("/photos")


def names(*given: str, count: int = 1) -> list[str]:
    sources = [FOLDER / name for name in given]
    decided = decide(sources, count)
    return [name.as_posix() for source in sources for name in decided[source]]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["a.jpg"], ["a.png"]),
        (["a.jpg", "b.jpg"], ["a.png", "b.png"]),
        (["a.jpg", "a.png"], ["a-jpg.png", "a-png.png"]),
        (["a.jpg", "a.png", "a-jpg.jpg"], ["a-jpg.png", "a-png.png", "a-jpg-jpg.png"]),
        (["1/a.jpg", "2/a.jpg"], ["1/a.png", "2/a.png"]),
        (["1/a.jpg", "2/A.JPG", "2/b.jpg"], ["1/a.png", "2/A.png", "b.png"]),
        (["1/x/a.jpg", "2/x/a.jpg"], ["1/x/a.png", "2/x/a.png"]),
        (["a.jpg", "2/a.jpg"], ["a.png", "2/a.png"]),
        (["1/a.jpg", "1/a.png", "2/a.jpg"], ["1/a-jpg.png", "1/a-png.png", "2/a.png"]),
        (["a.tar.jpg", "a.jpg"], ["a.tar.png", "a.png"]),
        (["a", ".a"], ["a.png", ".a.png"]),
    ],
)
def test_a_name_stays_its_own_as_long_as_it_can(sources: list[str], expected: list[str]) -> None:
    assert names(*sources) == expected


def test_appended_pictures_have_names_too() -> None:
    assert names("photo.jpg", count=3) == ["photo.png", "photo-2.png", "photo-3.png"]
    assert names("photo.jpg", "photo-2.jpg", count=2) == [
        *("photo-jpg.png", "photo-jpg-2.png"),
        *("photo-2-jpg.png", "photo-2-jpg-2.png"),
    ]


def test_a_folder_of_that_name_is_no_place_for_a_picture() -> None:
    found = names("x.jpg", "x.png/a.jpg", "b/a.jpg")
    assert found[1:] == ["x.png/a.png", "b/a.png"]
    assert found[0] != "x.png"


def test_what_is_taken_on_the_disk_is_passed_by() -> None:
    taken = {Path("a.png"), Path("a-relit.png"), Path("a-jpg.png")}
    source = FOLDER / "a.jpg"
    for _ in range(20):
        ((name,),) = decide([source], is_taken=lambda source, name: name in taken).values()
        assert name not in taken
        taken.add(name)
    assert decide([source], label="cut", is_taken=lambda source, name: name == Path("a.png")) == {
        source: (Path("a-cut.png"),)
    }


LETTERS = st.text(st.sampled_from("aAéÉe\u0301ß汉𠀀ſsS.-2 İiıﬁf"), min_size=1, max_size=6)
LONG = st.tuples(st.sampled_from("a汉é𠀀"), st.integers(40, 250), st.sampled_from(["", "x", "y", "-2"])).map(
    lambda parts: (parts[0] * parts[1]).encode()[: 250 - len(parts[2])].decode(errors="ignore") + parts[2]
)
FOLDERS = st.sampled_from(["", "1/", "2/", "A/", "a/", "é/", "e\u0301/", "a.png/", "1/2/"])
ENDINGS = st.sampled_from([".jpg", ".JPG", ".png", ".PNG", ".jpeg", ""])
SOURCES = st.lists(
    st.builds("{}{}{}".format, FOLDERS, LETTERS.filter(lambda name: name.strip(".")) | LONG, ENDINGS), max_size=12
)


def lowest_common(name: Path) -> str:
    """As the least discerning disk keeps it."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFC", str(name)).casefold())


@given(SOURCES, st.integers(1, 3))
@example(["a" * 250 + ".jpg", "a" * 250 + ".png", "a" * 249 + "b.jpg"], 3)
@example(["1/é.jpg", "1/e\u0301.jpg", "1/É.jpg", "1/E\u0301.JPG"], 2)
@example(["ß.jpg", "ss.jpg", "SS.jpg", "ẞ.jpg"], 2)
@example(["汉" * 83 + ".jpg", "汉" * 83 + ".png"], 3)
@example(["a-jpg.jpg", "a-jpg.png", "a.jpg", "a.png", "a-jpg-jpg.jpg", "a-2.jpg", "a-relit.png"], 3)
def test_names_differ_on_every_disk_fit_and_do_not_depend_on_the_order(given: list[str], count: int) -> None:
    sources = list(dict.fromkeys(FOLDER / name for name in given))
    decided = decide(sources, count)
    assert decided.keys() == set(sources)
    every = list(chain.from_iterable(decided.values()))
    assert len(every) == count * len(sources)
    assert len({lowest_common(name) for name in every}) == len(every)
    folders = {lowest_common(folder) for name in every for folder in name.parents}
    for name in every:
        assert name.suffix == ".png"
        assert len(os.fsencode(name.name)) <= LONGEST
        assert not name.is_absolute()
        assert ".." not in name.parts
        assert lowest_common(name) not in folders
    assert decide(sources[::-1], count) == decided


@given(st.text("e\u0301汉a\u0327\u0302", min_size=100, max_size=240))
def test_long_names_are_cut_between_letters(stem: str) -> None:
    source = FOLDER / f"{stem}.jpg"
    first, second = decide([source], 2)[source]
    for name, end in ((first, ".png"), (second, "-2.png")):
        kept = name.name.removesuffix(end)
        assert stem.startswith(kept)
        assert kept == stem or not unicodedata.combining(stem[len(kept)])
        assert len(os.fsencode(name.name)) <= LONGEST


def test_names_that_are_no_text() -> None:
    raw = [os.fsdecode(name) for name in (b"\xff.jpg", b"\xfe.jpg", b"\xff.png")]
    assert len(set(names(*raw))) == 3
