"""What the documents say is there is there, and what is there is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tsuzuri.cli import main
from tsuzuri.definitions.model import ACTIONS, LEVELS, SYSTEM_COLUMNS
from tsuzuri.fields import KINDS
from tsuzuri.query.parse import FUNCTIONS

ROOT = Path(__file__).resolve().parent.parent
DEFINITIONS = ROOT / "docs" / "definitions.md"
OPERATIONS = ROOT / "docs" / "operations.md"
BEGIN = "<!-- kinds: written by tests/test_docs.py from the registry -->\n"
END = "<!-- end of kinds -->"


def kinds_table() -> str:
    """Return the table of kinds as the registry has it."""
    rows = ["| kind | what | conditions |", "|---|---|---|"]
    for name, kind in KINDS.items():
        says = (type(kind).__doc__ or "").split("\n", 1)[0]
        operators = " ".join(f"`{one}`" for one in sorted(kind.operators)) or "none"
        rows.append(f"| `{name}` | {says} | {operators} |")
    return "\n".join(rows) + "\n"


def test_the_table_of_kinds_is_fresh() -> None:
    text = DEFINITIONS.read_text(encoding="utf-8")
    written = text.split(BEGIN, 1)[1].split(END, 1)[0]
    assert written == kinds_table(), "run: python tests/test_docs.py"


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_described(command: str) -> None:
    assert f"`tsuzuri {command}" in OPERATIONS.read_text(encoding="utf-8")


def test_every_setting_is_described() -> None:
    source = (ROOT / "platform" / "tsuzuri" / "config.py").read_text(encoding="utf-8")
    wanted = set(re.findall(r'"(TSUZURI_[A-Z_]+)"', source))
    assert wanted == set(re.findall(r"`(TSUZURI_[A-Z_]+)`", OPERATIONS.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "word", [*ACTIONS, *LEVELS, *(code for code, *_ in SYSTEM_COLUMNS), *sorted(FUNCTIONS)]
)
def test_every_word_of_rules_and_conditions_is_described(word: str) -> None:
    text = DEFINITIONS.read_text(encoding="utf-8")
    assert f"`{word}" in text


def test_the_example_of_the_readme_is_a_working_definition() -> None:
    from tsuzuri.services.definitions import check  # noqa: PLC0415  beside its one use

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert example is not None
    assert check(example[1]).code == "home-visit"


def test_links_between_documents_lead_somewhere() -> None:
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name} points to {target}"


if __name__ == "__main__":
    before, rest = DEFINITIONS.read_text(encoding="utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    DEFINITIONS.write_text(before + BEGIN + kinds_table() + END + after, encoding="utf-8")
