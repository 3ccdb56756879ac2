"""An app with a field for every control, a record that fills it, and rules that hide a little."""

from __future__ import annotations

from typing import Any

from worlds.town import EVERYTHING

COLUMNS = {
    "part": {"kind": "text", "title": "部位"},
    "size": {"kind": "number", "title": "大きさ"},
    "proof": {"kind": "attachment", "title": "写し"},
}
FIELDS: dict[str, dict[str, Any]] = {
    "title": {"kind": "text", "title": "題", "maxLength": 20},
    "body": {"kind": "multiline", "title": "本文"},
    "html": {"kind": "rich_text", "title": "説明"},
    "count": {"kind": "number", "title": "人数", "minimum": 0, "unit": "人"},
    "day": {"kind": "date", "title": "日"},
    "at": {"kind": "datetime", "title": "日時"},
    "clock": {"kind": "time", "title": "時刻"},
    "how": {"kind": "radio", "title": "方法", "enum": ["訪問", "電話"]},
    "place": {"kind": "dropdown", "title": "場所", "enum": ["自宅", "学校"]},
    "marks": {"kind": "checkbox", "title": "印", "items": {"type": "string", "enum": ["い", "ろ"]}},
    "many": {"kind": "multi_select", "title": "複数", "items": {"enum": ["甲", "乙"]}},
    "told": {"kind": "yes_no", "title": "伝えた"},
    "who": {"kind": "users", "title": "だれ"},
    "scope": {"kind": "agencies", "title": "公開範囲"},
    "papers": {"kind": "attachment", "title": "書類"},
    "home": {"kind": "address", "title": "住所"},
    "log": {"kind": "timed_log", "title": "時刻つき"},
    "rows": {"kind": "table", "title": "表", "items": {"properties": COLUMNS}},
    "tel": {"kind": "phone", "title": "電話番号"},
    "sum": {"kind": "calculated", "title": "計", "expression": "count * 2"},
    "secret": {"kind": "text", "title": "ひみつの欄"},
    "later": {"kind": "text", "title": "あとで"},
}
FILLED: dict[str, Any] = {
    "title": "葛󠄀城 <b>",
    "body": "\n一行目\n\n  三行目\n",
    "html": "<p>a &lt; b</p>",
    "count": 3,
    "day": "2026-11-21",
    "at": "2026-11-21T06:05:09Z",
    "clock": "09:05",
    "how": "電話",
    "place": "学校",
    "marks": ["ろ"],
    "many": ["甲", "乙"],
    "told": False,
    "who": ["sato"],
    "scope": ["NURSERY", "HEALTH"],
    "home": {"prefecture": "京都府", "city": "南丹市", "code": "262137"},
    "log": [{"at": "09:05", "text": "入電"}, {"at": "09:10", "text": "【緊急】", "speaker": "母"}],
    "rows": [{"part": "腕", "size": 1.5}, {"part": "脚"}],
    "tel": "0771-68-0000",
}
RULES = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CARE/*"], "allow": [*EVERYTHING]},
        {"who": ["field:scope", "creator-agency"], "allow": ["view", "edit", "print"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["group:caseworkers"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
        {"fields": ["later"], "who": ["group:caseworkers"], "allow": "edit"},
        {"fields": ["later"], "where": 'title = "開"', "who": ["everyone"], "allow": "edit"},
        {"fields": ["later"], "who": ["everyone"], "allow": "view"},
    ],
}
