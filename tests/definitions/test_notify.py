"""What an app may tell people of, and the sentences that refuse the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tsuzuri.errors import Invalid
from tsuzuri.services.definitions import check_document

FIELDS = {
    "title": {"kind": "text", "title": "題"},
    "due": {"kind": "date", "title": "期限"},
    "begins": {"kind": "datetime", "title": "日時"},
    "clock": {"kind": "time", "title": "時刻"},
    "who": {"kind": "users", "title": "担当"},
    "rows": {
        "kind": "table",
        "title": "表",
        "items": {"properties": {"day": {"kind": "date", "title": "日"}}},
    },
}
REMINDER = {
    "code": "due",
    "title": "期限です",
    "field": "due",
    "days": -3,
    "at": "08:30",
    "to": ["field:who", "agency:CARE/*", "creator"],
    "when": 'title like "急"',
}


def refusals(notify: Any) -> dict[str, str]:
    """Return the sentence at each place of a ``notify``."""
    record = {"type": "object", "properties": FIELDS}
    document = {"app": "notes", "name": "記録", "record": record, "notify": notify}
    try:
        check_document(document)
    except Invalid as refused:
        return {one.pointer: str(one.message) for one in refused.problems}
    return {}


def test_rules_reminders_and_what_is_urgent_can_be_said() -> None:
    rule = {"on": ["added", "commented", "imported"], "to": ["everyone"], "when": "due <= TODAY()"}
    begins = {**REMINDER, "code": "begins", "field": "begins", "days": 0, "when": ""}
    made = {**REMINDER, "code": "made", "field": "$created", "days": 30}
    assert not refusals(
        {
            "rules": [rule],
            "reminders": [REMINDER, begins, made],
            "urgent": {"when": 'title in ("緊急")', "to": ["group:heads", "field:who"]},
        }
    )
    assert not refusals({})


@pytest.mark.parametrize(
    ("notify", "place", "sentence"),
    [
        ([], "/notify", "組で入力してください。"),
        (
            {"rules": [{"on": ["added"], "to": ["field:nobody"]}]},
            "/notify/rules/0/to/0",
            "「nobody」というフィールドはありません。",
        ),
        (
            {"rules": [{"on": ["added"], "to": ["field:title"]}]},
            "/notify/rules/0/to/0",
            "「title」は人・所属・グループを選ぶフィールドではありません。",
        ),
        (
            {"rules": [{"on": ["added"], "to": ["mori"]}]},
            "/notify/rules/0/to/0",
            "決められた書き方と違います。",
        ),
        (
            {"rules": [{"on": ["added"], "to": []}]},
            "/notify/rules/0/to",
            "1個以上にしてください。",
        ),
        (
            {"rules": [{"on": ["status"], "to": ["creator"]}]},
            "/notify/rules/0/on",
            "プロセスのないアプリには、状態の変更がありません。",
        ),
        (
            {"rules": [{"on": ["added"], "to": ["creator"], "when": "nothing = 3"}]},
            "/notify/rules/0/when",
            "「nothing」というフィールドはありません。",
        ),
        (
            {"reminders": [{**REMINDER, "field": "clock"}]},
            "/notify/reminders/0/field",
            "「clock」は日付のフィールドではありません。",
        ),
        (
            {"reminders": [{**REMINDER, "field": "day"}]},
            "/notify/reminders/0/field",
            "「day」は日付のフィールドではありません。",
        ),
        (
            {"reminders": [{**REMINDER, "field": "gone"}]},
            "/notify/reminders/0/field",
            "「gone」というフィールドはありません。",
        ),
        (
            {"reminders": [REMINDER, REMINDER]},
            "/notify/reminders/1/code",
            "「due」が二度あります。",
        ),
        (
            {"reminders": [{**REMINDER, "at": "24:00"}]},
            "/notify/reminders/0/at",
            "決められた書き方と違います。",
        ),
        (
            {"urgent": {"when": "title", "to": ["field:due"]}},
            "/notify/urgent/to/0",
            "「due」は人・所属・グループを選ぶフィールドではありません。",
        ),
        ({"urgent": {}}, "/notify/urgent/when", "入力してください。"),
    ],
)
def test_what_cannot_be_told_is_refused(notify: Any, place: str, sentence: str) -> None:
    assert refusals(notify).get(place) == sentence


def test_a_condition_that_cannot_be_read_is_refused_at_its_place() -> None:
    for notify in (
        {"rules": [{"on": ["added"], "to": ["creator"], "when": "title ="}]},
        {"reminders": [{**REMINDER, "when": "title ="}]},
        {"urgent": {"when": "title ="}},
    ):
        (place,) = refusals(notify)
        assert place.endswith("/when")
