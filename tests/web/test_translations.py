"""Every sentence for people has an English one with the same places in it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tsuzuri import resources
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import Field

ROOT = Path(__file__).resolve().parents[2]
PLACE = re.compile(r"%\((\w+)\)s|\{(\w+)\}")
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
# Words that English text names: examples of what may be typed, and names of encodings.
QUOTED = re.compile("高橋|髙橋")


@pytest.fixture(scope="module")
def sentences(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Extract what code and templates say now, exactly as ``make messages`` does."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    keywords = shlex.split(re.findall(r"^SENTENCES := (.*)$", makefile, re.MULTILINE)[0])
    target = tmp_path_factory.mktemp("messages") / "messages.pot"
    command = [sys.executable, "-W", "ignore", "-m", "babel.messages.frontend", "--quiet"]
    subprocess.run(
        [*command, "extract", "--mapping", "babel.cfg", *keywords, "--output", str(target), "."],
        cwd=ROOT,
        check=True,
    )
    with target.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def english() -> dict[str, str]:
    with (resources.TRANSLATIONS / "en/LC_MESSAGES/messages.po").open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file) if one.id}


def spoken(sentences: Catalog) -> list[str]:
    return [str(one.id) for one in sentences if one.id]


def test_every_sentence_is_translated(sentences: Catalog, english: dict[str, str]) -> None:
    missing = [one for one in spoken(sentences) if not english.get(one)]
    assert not missing, "run `make messages` and fill them in"


def test_nothing_is_translated_that_nobody_says(
    sentences: Catalog, english: dict[str, str]
) -> None:
    assert set(english) == set(spoken(sentences))


def test_both_languages_have_the_same_places(english: dict[str, str]) -> None:
    different = {
        one: other
        for one, other in english.items()
        if sorted(PLACE.findall(one)) != sorted(set(PLACE.findall(other)))
        and set(PLACE.findall(one)) != set(PLACE.findall(other))
    }
    assert not different


def test_english_is_english(english: dict[str, str]) -> None:
    assert not [text for text in english.values() if JAPANESE.search(QUOTED.sub("", text))]


def test_the_parts_of_controls_are_known_to_the_catalogue(english: dict[str, str]) -> None:
    for kind in KINDS.values():
        schema = {"kind": kind.name, **(kind.samples[0].options if kind.samples else {})}
        for _, label in kind.widget(Field(code="x", kind=kind, schema=schema)).parts:
            assert label in english, kind.name
