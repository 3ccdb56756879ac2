"""Every case of the catalogue has a test or a reason, and docs/security.md says which."""

from __future__ import annotations

from pathlib import Path

from attacks.cases import answers, catalogue
from plants import PLANTS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"
BEGIN = "<!-- cases: written by python tests/attacks/test_catalogue.py -->\n"
END = "<!-- end of cases -->"
PRIORITIES = frozenset({"P0", "P1"})
REASONS = ("absent", "later", "pending")


def table() -> str:
    """Return the table of cases as the tests have it."""
    rows = ["| case | what is tried | test | bug that makes it fail |", "|---|---|---|---|"]
    for number, case in catalogue().items():
        told = [answer for answer in answers() if number in answer.cases]
        tests = "<br>".join(f"`{answer.name}`" for answer in told)
        if not told:
            tests = "; ".join(f"*{word}*: {case[word]}" for word in REASONS if word in case)
        guards = dict.fromkeys(guard for answer in told for guard in answer.guards)
        proof = "<br>".join(f"`{guard}`" for guard in guards)
        proof = proof or "; ".join(answer.unguarded for answer in told)
        rows.append(f"| {number} | {case['title']} | {tests} | {proof} |")
    return "\n".join(rows) + "\n"


def summary() -> str:
    """Return how many cases are answered, and how."""
    given = catalogue()
    tested = {number for answer in answers() for number in answer.cases}
    later = [number for number, case in given.items() if "later" in case and number not in tested]
    absent = [number for number, case in given.items() if "absent" in case and number not in tested]
    guards = {guard for answer in answers() for guard in answer.guards}
    pending = len(given) - len(tested) - len(absent) - len(later)
    return (
        f"{len(given)} cases: {len(tested)} tested, {len(absent)} about what does not exist here, "
        f"{len(later)} about what comes later, {pending} without a test of their own yet. "
        f"{len([*answers()])} tests, {len(guards)} bugs put back.\n\n"
    )


def test_every_case_has_a_test_or_a_reason() -> None:
    tested = {number for answer in answers() for number in answer.cases}
    silent = [
        number
        for number, case in catalogue().items()
        if number not in tested and not any(case.get(word) for word in REASONS)
    ]
    assert not silent, f"neither a test nor a reason: {silent}"


def test_no_case_has_both() -> None:
    tested = {number for answer in answers() for number in answer.cases}
    both = [n for n, case in catalogue().items() if n in tested and any(w in case for w in REASONS)]
    assert not both, f"tested, so the reason is not true any more: {both}"


def test_tests_name_cases_and_bugs_that_there_are() -> None:
    known = catalogue()
    assert all(case["priority"] in PRIORITIES for case in known.values())
    for answer in answers():
        assert {*answer.cases} <= {*known}, answer.name
        assert {*answer.guards} <= {*PLANTS}, answer.name


def test_the_table_is_fresh() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    written = text.split(BEGIN, 1)[1].split(END, 1)[0]
    assert written == summary() + table(), "run: python tests/attacks/test_catalogue.py"


if __name__ == "__main__":
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    DOCUMENT.write_text(before + BEGIN + summary() + table() + END + after, encoding="utf-8")
