"""What a file would change, and every bad cell of it, on both databases."""

from __future__ import annotations

import pytest

from tsuzuri.services import history, importing, records
from worlds.town import World
from worlds.transfers import Town, counts, export, ruled, seen, send, stored, told


@pytest.fixture
def town(world: World) -> Town:
    """Open an app with rules, as two people know it."""
    return ruled(world)


def test_every_bad_cell_is_shown_with_its_place(town: Town) -> None:
    world, app, abe, _ = town
    world.put(app, {"name": "先", "no": "N1"})
    data = (
        "氏名,年齢,日,番号,担当\r\n"
        "山田,12,R8.11.21,A1,sato\r\n"
        ",200,昨日,A2,\r\n"
        "佐藤\0,x,2026-02-30,A1,nobody\r\n"
        '"三\r\n行","１２",,N1,"sato\r\nmori"\r\n'
        "多い,1,,,,余り\r\n"
        "少ない,1\r\n"
    )
    found = seen(world, abe, send(world, abe, data))
    assert told(found) == [
        (3, 1, "", "入力してください。"),
        (3, 2, "200", "130以下にしてください。"),
        (3, 3, "昨日", "日付として読めません。例: 2026-11-21、R8.11.21"),
        (4, 1, "佐藤\ufffd", "保存できない文字が含まれています。"),
        (4, 2, "x", "数値で入力してください。"),
        (4, 3, "2026-02-30", "日付として読めません。例: 2026-11-21、R8.11.21"),
        (4, 5, "nobody", "「nobody」は名簿にありません。"),
        (5, 4, "N1", "この値は使えません。別の値にしてください。"),
        (6, 0, "", "列の数(6)が見出し(5)と違います。"),
        (7, 0, "", "列の数(2)が見出し(5)と違います。"),
    ]
    assert found.job.state == "refused"
    importing.start(world.platform, abe, found.job.id)
    assert seen(world, abe, found.job.id).job.state == "refused"
    assert len(stored(world, app)) == 1


def test_a_value_that_must_be_unique_may_not_come_twice(town: Town) -> None:
    world, _, abe, _ = town
    found = seen(world, abe, send(world, abe, "氏名,番号\na,1\nb,2\nc,1\n"))
    assert told(found) == [(4, 2, "1", "2行目と同じ値です。")]


def test_a_required_column_that_is_missing_is_one_problem(town: Town) -> None:
    world, _, abe, _ = town
    found = seen(world, abe, send(world, abe, "番号\n1\n2\n3\n"))
    assert told(found) == [(2, 0, "", "必須のフィールドですが、列がありません。")]


def test_a_hidden_column_and_one_that_never_was_are_one_answer(town: Town) -> None:
    world, app, _, other = town
    world.put(app, {"name": "先", "secret": "ひみつ", "scope": ["NURSERY"]})
    for name in ("秘密", "secret", "秘宝"):
        found = seen(world, other, send(world, other, f"氏名,{name}\n山田,x\n"))
        assert told(found) == [(1, 2, "", f"「{name}」というフィールドはありません。")]
    assert "秘" not in export(world, other).decode("utf-8-sig")


def test_records_are_changed_by_number_and_by_key(town: Town) -> None:
    world, app, abe, _ = town
    first, second = world.put(app, {"name": "甲", "no": "1", "age": 3}, {"name": "乙", "no": "2"})
    data = f"レコード番号,氏名,年齢\n{first},甲の改,\n"
    job = send(world, abe, data)
    importing.start(world.platform, abe, job)
    assert counts(seen(world, abe, job)) == ("done", 0, 1, 0)
    job = send(world, abe, "番号,氏名\n2,乙の改\n3,丙\n1,甲の改\n", match="no")
    importing.start(world.platform, abe, job)
    assert counts(seen(world, abe, job)) == ("done", 1, 1, 1)
    values = stored(world, app)
    assert values[first] == {"name": "甲の改", "no": "1", "twice": 0}
    assert values[second] == {"name": "乙の改", "no": "2", "twice": 0}
    entry = history.changes(world.platform, abe, second)[0]
    assert (entry.action, entry.revision, entry.by) == ("import", 2, "abe")
    new = next(key for key in values if key not in {first, second})
    assert history.changes(world.platform, abe, new)[0].action == "import"


def test_a_record_is_named_once_and_must_be_there(town: Town) -> None:
    world, app, _, other = town
    mine, hidden = world.put(app, {"name": "甲", "scope": ["NURSERY"]}, {"name": "内部"})
    seen_only = world.put(app, {"name": "見る", "age": 100})[0]
    data = f"レコード番号,氏名\n{mine},a\n{mine},b\n{hidden},c\n5,d\n{seen_only},e\n8.9E+14,f\n"
    found = seen(world, other, send(world, other, data))
    gone = "このレコードは見つかりません。"
    assert told(found) == [
        (3, 1, str(mine), "2行目と同じレコードです。"),
        (4, 1, str(hidden), gone),
        (5, 1, "5", gone),
        (6, 1, str(seen_only), "このレコードを変更する権限がありません。"),
        (
            7,
            1,
            "8.9E+14",
            "レコード番号として読めません。表計算ソフトが丸めていないか確かめてください。",
        ),
    ]


def test_a_file_from_before_a_change_is_refused(town: Town) -> None:
    world, app, abe, _ = town
    world.put(app, {"name": "甲"}, {"name": "乙"})
    text = export(world, abe).decode("utf-8-sig")
    number = int(text.splitlines()[1].split(",")[0].removeprefix("#"))
    records.change(world.platform, abe, number, {"name": "先に"}, revision=None)
    edited = text.replace("甲", "あとで")
    found = seen(world, abe, send(world, abe, edited))
    assert [(row, column) for row, column, _, _ in told(found)] == [(2, 2)]


def test_a_record_may_not_be_sent_out_of_reach(town: Town) -> None:
    """Only the stored record shows it, so it is told when writing; and then nothing is written."""
    world, app, _, other = town
    ids = world.put(app, {"name": "一", "scope": ["NURSERY"]}, {"name": "二", "scope": ["NURSERY"]})
    data = f"レコード番号,氏名,共有先\n{ids[0]},改,NURSERY\n{ids[1]},改,CARE\n"
    found = seen(world, other, send(world, other, data))
    assert found.job.state == "ready"
    importing.start(world.platform, other, found.job.id)
    found = seen(world, other, found.job.id)
    assert told(found) == [(3, 0, "", str(records.OUT_OF_REACH))]
    assert {one["name"] for one in stored(world, app).values()} == {"一", "二"}


def test_a_lookup_copies_and_an_unknown_key_is_told(world: World) -> None:
    master = world.publish({"no": {"kind": "text"}, "label": {"kind": "text"}})
    world.put(master, {"no": "1", "label": "一"}, {"no": "2", "label": "二"})
    world.put(master, {"no": "3", "label": "三"}, {"no": "3", "label": "参"})
    app = world.publish(
        {
            "of": {
                "kind": "lookup",
                "lookup": {"app": master.code, "key": "no", "copy": {"label": "label"}},
            },
            "label": {"kind": "text", "readOnly": True},
            "n": {"kind": "number"},
            "sum": {"kind": "calculated", "expression": "n + 1"},
        }
    )
    access = world.entering("abe", app)
    found = seen(world, access, send(world, access, "of,n\n1,1\n9,2\n3,3\n"))
    assert told(found) == [
        (3, 1, "9", "「9」は見つかりません。"),
        (4, 1, "3", "「3」は複数あり、選べません。"),
    ]
    job = send(world, access, "of,n,label\n1,1,x\n2,2,\n")
    importing.start(world.platform, access, job)
    found = seen(world, access, job)
    assert [str(note) for note in found.job.notes] == [
        "次の列は書き込めないため取り込みません: label"
    ]
    made = sorted(stored(world, app).values(), key=lambda one: one["n"])
    assert made == [
        {"of": "1", "label": "一", "n": 1, "sum": 2},
        {"of": "2", "label": "二", "n": 2, "sum": 3},
    ]


def test_a_guess_at_a_hidden_key_is_told_neither_right_nor_wrong(world: World) -> None:
    source = world.publish({"key": {"kind": "text"}, "label": {"kind": "text"}})
    lookup = {"app": source.code, "key": "key", "copy": {"label": "label"}}
    rules = {
        "app": [{"who": ["everyone"], "allow": ["view", "edit", "import"]}],
        "field": [
            {"fields": ["case"], "who": ["everyone"], "where": "n = 1", "allow": "edit"},
            {"fields": ["case"], "who": ["everyone"], "allow": "none"},
        ],
    }
    fields = {
        "case": {"kind": "lookup", "lookup": lookup},
        "label": {"kind": "text"},
        "n": {"kind": "number"},
    }
    app = world.publish(fields, rules)
    # The record names a source that is there no more, so only a guess could tell its key.
    (record,) = world.put(app, {"n": 2, "case": "A-1", "label": "甲"})
    access = world.entering("ito", app)
    found = [
        told(seen(world, access, send(world, access, f"$id,case\n{record},{guess}\n")))
        for guess in ("A-1", "A-2")
    ]
    assert [[(row, place, why) for row, place, _, why in one] for one in found] == [
        [(2, 2, "このフィールドは変更できません。")]
    ] * 2
