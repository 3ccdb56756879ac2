"""Every case of the catalogue has a test or a reason, and docs/security.md says which."""

from __future__ import annotations

from pathlib import Path

from attacks.cases import answers, catalogue
from plants import PLANTS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"
BEGIN = "<!-- cases: written by python tests/attacks/test_catalogue.py -->\n"
END = "<!-- end of cases -->"
PRIORITIES = frozenset({"P0", "P1"})
ELSEWHERE = "elsewhere"
REASONS = ("absent", "later", "pending")
ROOT = DOCUMENT.parents[1]


def table() -> str:
    """Return the table of cases as the tests have it."""
    rows = ["| case | what is tried | test | bug that makes it fail |", "|---|---|---|---|"]
    for number, case in catalogue().items():
        told = [answer for answer in answers() if number in answer.cases]
        names = [answer.name for answer in told] or case.get("elsewhere", ())
        tests = "<br>".join(f"`{name}`" for name in names)
        tests = tests or "; ".join(f"*{word}*: {case[word]}" for word in REASONS if word in case)
        guards = dict.fromkeys(guard for answer in told for guard in answer.guards)
        proof = "<br>".join(f"`{guard}`" for guard in guards)
        proof = proof or "; ".join(answer.unguarded for answer in told)
        rows.append(f"| {number} | {case['title']} | {tests} | {proof} |")
    return "\n".join(rows) + "\n"


def summary() -> str:
    """Return how many cases are answered, and how."""
    given, told = catalogue(), [*answers()]
    tested = {number for answer in told for number in answer.cases}
    words = (ELSEWHERE, *REASONS)
    of = {word: sum(word in case for case in given.values()) for word in words}
    guards = {guard for answer in told for guard in answer.guards}
    waiting = f", {of['pending']} without a test yet" if of["pending"] else ""
    return (
        f"{len(given)} cases: {len(tested)} tried over HTTP, {of[ELSEWHERE]} by tests of other "
        f"parts (paths from the root, no bug put back), {of['absent']} about what does not exist "
        f"here, {of['later']} about what comes later{waiting}. {len(told)} tests in "
        f"`tests/attacks/`, {len(guards)} bugs put back.\n\n"
    )


def test_every_case_has_a_test_or_a_reason() -> None:
    tested = {number for answer in answers() for number in answer.cases}
    silent = [
        number
        for number, case in catalogue().items()
        if number not in tested and not any(case.get(word) for word in (ELSEWHERE, *REASONS))
    ]
    assert not silent, f"neither a test nor a reason: {silent}"


def test_no_case_has_both() -> None:
    tested = {number for answer in answers() for number in answer.cases}
    said = {ELSEWHERE, *REASONS}
    both = [number for number, case in catalogue().items() if number in tested and said & {*case}]
    assert not both, f"tested, so the reason is not true any more: {both}"


def test_tests_name_cases_and_bugs_that_there_are() -> None:
    known = catalogue()
    assert all(case["priority"] in PRIORITIES for case in known.values())
    for answer in answers():
        assert {*answer.cases} <= {*known}, answer.name
        assert {*answer.guards} <= {*PLANTS}, answer.name


def test_what_is_named_elsewhere_is_there() -> None:
    for number, case in catalogue().items():
        for name in case.get(ELSEWHERE, ()):
            path, test = name.split("::")
            assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), (number, name)


def test_the_table_is_fresh() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    written = text.split(BEGIN, 1)[1].split(END, 1)[0]
    assert written == summary() + table(), "run: python tests/attacks/test_catalogue.py"


if __name__ == "__main__":
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    DOCUMENT.write_text(before + BEGIN + summary() + table() + END + after, encoding="utf-8")
