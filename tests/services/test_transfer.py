"""Records out and in as CSV, on both databases: nothing lost, nothing half done, nothing told."""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Unknown
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import Slot
from tsuzuri.fields.traits import Copied, Files, People, Pointed, System
from tsuzuri.services import history, importing, records, transfer
from tsuzuri.services.importing import Shown
from tsuzuri.services.transfer import Wanted
from tsuzuri.storage import imports
from tsuzuri.storage.records import Listing, every_id, load_whole
from tsuzuri.storage.writing import with_row_ids
from tsuzuri.wire import csv
from worlds.town import ERRAND, EVERYTHING, OPEN_TO_ALL, World

ROOT = Path(__file__).resolve().parents[2]


def kinds() -> dict[str, tuple[dict[str, Any], tuple[Any, ...]]]:
    """Name a field for every sample of every kind that stores a value."""
    found = {}
    for kind in KINDS.values():
        for place, sample in enumerate(kind.samples):
            if kind.slot is not Slot.NONE and sample.accepted:
                given = {"kind": kind.name, **sample.options}
                given.pop("initial", None)
                found[f"{kind.name}{place}"] = (given, sample.accepted)
    return found


def stored(world: World, app: App) -> dict[int, Mapping[str, Any]]:
    """Read every record as it is, past every rule."""
    with world.platform.database.write(ERRAND) as connection:
        ids = list(every_id(connection, app))
        states = load_whole(connection, app, ids)
        return {key: states[key].values for key in sorted(states)}


def export(world: World, access: Access, **wanted: Any) -> bytes:
    return b"".join(transfer.exported(world.platform, access, Wanted(**wanted)))


def send(world: World, access: Access, data: str | bytes, *, match: str = "") -> int:
    raw = data.encode() if isinstance(data, str) else data
    return importing.receive(world.platform, access, "f.csv", io.BytesIO(raw), match=match)


def seen(world: World, access: Access, job: int) -> Shown:
    for _ in range(600):
        found = importing.shown(world.platform, access, job)
        if found.progress is None:
            return found
        time.sleep(0.05)
    raise AssertionError("the work never ends")


def told(found: Shown) -> list[tuple[int, int, str, str]]:
    return [(bad.row, bad.column, bad.value, str(bad.why)) for bad in found.job.problems]


def counts(found: Shown) -> tuple[str, int, int, int]:
    tally = found.job.tally
    return found.job.state, tally.added, tally.changed, tally.same


def fill(world: World, *, encodable: bool = False) -> tuple[App, Access]:
    """Publish an app with every kind that people fill, and store the samples."""
    fields = {code: one for code, one in kinds().items() if "expression" not in one[0]}
    app = world.publish({code: given for code, (given, _) in fields.items()})
    system = {one.code for one in app.fields if isinstance(one.trait, System)}
    most = max(len(accepted) for _, accepted in fields.values())
    rows: list[dict[str, Any]] = [{} for _ in range(most)]
    for code, (_, accepted) in fields.items():
        for row, value in zip(rows, accepted, strict=False):
            text = json.dumps(value, ensure_ascii=False)
            if code not in system and not (encodable and csv.changed_in_cp932(text)):
                numbered = code.startswith("table")
                row[code] = with_row_ids(value, frozenset()) if numbered else value
    world.put(app, *rows)
    return app, world.entering("abe", app)


@pytest.mark.parametrize("machine", [False, True], ids=["sheet", "machine"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_what_is_exported_and_imported_again_changes_nothing(
    world: World, encoding: str, machine: bool
) -> None:
    app, access = fill(world, encodable=encoding == "cp932")
    before = stored(world, app)
    wanted = {"encoding": encoding, "machine": machine}
    assert transfer.losses(world.platform, access, Wanted(encoding=encoding)).count == 0
    found = seen(world, access, send(world, access, export(world, access, **wanted)))
    assert told(found) == []
    assert counts(found) == ("ready", 0, 0, len(before))
    importing.start(world.platform, access, found.job.id)
    assert counts(seen(world, access, found.job.id)) == ("done", 0, 0, len(before))
    assert stored(world, app) == before


@pytest.mark.parametrize("machine", [False, True], ids=["sheet", "machine"])
def test_every_value_arrives_in_another_app(world: World, machine: bool) -> None:
    app, access = fill(world)
    naming = {
        one.code
        for one in app.fields
        if isinstance(one.trait, People | Files | Pointed | Copied)
        or one.kind.shape.get("readOnly")
    }
    twin = world.publish(
        {c: g for c, (g, _) in kinds().items() if c not in naming and "expression" not in g}
    )
    data = export(world, access, machine=machine).decode("utf-8-sig")
    lines = importable(data, dropped=naming)
    entering = world.entering("abe", twin)
    found = seen(world, entering, send(world, entering, lines))
    assert told(found) == []
    importing.start(world.platform, entering, found.job.id)
    assert seen(world, entering, found.job.id).job.state == "done"
    sent = [without_ids(one, naming) for one in stored(world, app).values()]
    arrived = [without_ids(one, naming) for one in stored(world, twin).values()]
    assert arrived == [one for one in sent if one]


def importable(data: str, *, dropped: set[str]) -> str:
    """Return a file without record numbers and without some columns."""
    import csv as standard  # noqa: PLC0415  the module of that name is ours here

    table = list(standard.reader(io.StringIO(data, newline="")))
    gone = {"レコード番号", "版", "$id", "$revision", *dropped}
    kept = [n for n, name in enumerate(table[0]) if name.removesuffix(csv.ESCAPED) not in gone]
    out = io.StringIO(newline="")
    standard.writer(out).writerows([row[n] for n in kept] for row in table)
    return out.getvalue()


def without_ids(values: Mapping[str, Any], dropped: set[str]) -> dict[str, Any]:
    """Return values with the rows of tables as they were typed."""
    return {
        code: [{k: v for k, v in row.items() if k != "id"} for row in value]
        if code.startswith("table")
        else value
        for code, value in values.items()
        if code not in dropped
    }


FIELDS: dict[str, dict[str, Any]] = {
    "name": {"kind": "name", "title": "氏名", "titles": {"en": "Name"}, "maxLength": 10},
    "age": {"kind": "number", "title": "年齢", "maximum": 130},
    "day": {"kind": "date", "title": "日"},
    "no": {"kind": "text", "title": "番号", "unique": True},
    "staff": {"kind": "users", "title": "担当"},
    "scope": {"kind": "agencies", "title": "共有先"},
    "twice": {"kind": "calculated", "title": "倍", "expression": "age * 2"},
    "secret": {"kind": "text", "title": "秘密"},
    "hint": {"kind": "text", "title": "条件つき"},
    "phone": {"kind": "text", "title": "電話"},
}
RULES: dict[str, Any] = {
    "app": [{"who": ["everyone"], "allow": [*EVERYTHING]}],
    "record": [
        {"who": ["agency:CITY"], "allow": [*EVERYTHING]},
        {"who": ["field:scope", "creator-agency"], "allow": ["view", "edit", "export"]},
        {"who": ["everyone"], "where": "age >= 100", "allow": ["view"]},
    ],
    "field": [
        {"fields": ["secret"], "who": ["agency:CITY"], "allow": "edit"},
        {"fields": ["secret"], "who": ["everyone"], "allow": "none"},
        {"fields": ["hint"], "who": ["agency:CITY"], "allow": "edit"},
        {"fields": ["hint"], "who": ["everyone"], "where": "age < 50", "allow": "edit"},
        {"fields": ["hint"], "who": ["everyone"], "allow": "none"},
        {"fields": ["phone"], "who": ["agency:CITY"], "allow": "edit"},
        {"fields": ["phone"], "who": ["everyone"], "where": "age < 50", "allow": "edit"},
        {"fields": ["phone"], "who": ["everyone"], "allow": "masked"},
    ],
}


@pytest.fixture
def town(world: World) -> tuple[World, App, Access, Access]:
    """An app with rules; abe sees all of it, takahashi of the nursery a part."""
    app = world.publish(FIELDS, RULES, required=["name"])
    return world, app, world.entering("abe", app), world.entering("takahashi", app)


Town = tuple[World, App, Access, Access]


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
        (3, 2, "200", "130以下にしてください。"),
        (3, 3, "昨日", "日付として読めません。例: 2026-11-21、R8.11.21"),
        (4, 1, "佐藤\ufffd", "保存できない文字が含まれています。"),
        (4, 2, "x", "数値で入力してください。"),
        (4, 3, "2026-02-30", "日付として読めません。例: 2026-11-21、R8.11.21"),
        (6, 0, "", "列の数(6)が見出し(5)と違います。"),
        (7, 0, "", "列の数(2)が見出し(5)と違います。"),
        (3, 1, "", "入力してください。"),
        (4, 5, "nobody", "「nobody」は名簿にありません。"),
        (5, 4, "N1", "この値は使えません。別の値にしてください。"),
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


def test_only_records_one_may_export_are_exported(town: Town) -> None:
    world, app, abe, other = town
    world.put(
        app,
        {"name": "皆で", "scope": ["NURSERY"]},
        {"name": "見るだけ", "age": 100},
        {"name": "内部"},
    )
    names = ("皆で", "見るだけ", "内部")
    assert [one in export(world, abe).decode() for one in names] == [True, True, True]
    assert [one in export(world, other).decode() for one in names] == [True, False, False]
    narrow = export(world, abe, where='name in ("内部")').decode()
    assert [one in narrow for one in names] == [False, False, True]


def test_without_the_right_nothing_is_exported_or_imported(world: World) -> None:
    rules = {"app": [{"who": ["everyone"], "allow": ["view", "add"]}]}
    app = world.publish({"a": {"kind": "text"}}, rules)
    access = world.entering("abe", app)
    with pytest.raises(Denied):
        export(world, access)
    with pytest.raises(Denied):
        transfer.losses(world.platform, access, Wanted(encoding="cp932"))
    with pytest.raises(Denied):
        send(world, access, "a\n1\n")


def test_hidden_and_masked_values_are_written_as_such_and_left_alone(town: Town) -> None:
    """What takahashi's file does to a value may not depend on a value takahashi cannot see."""
    world, app, _, other = town
    full = {"hint": "かくれ", "phone": "090"}
    ids = world.put(
        app,
        {"name": "空", "age": 60, "scope": ["NURSERY"]},
        {"name": "有", "age": 60, "scope": ["NURSERY"], **full},
        {"name": "若", "age": 20, "scope": ["NURSERY"], **full},
    )
    text = export(world, other).decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == "レコード番号,版,氏名,年齢,日,番号,担当,共有先,倍,条件つき,電話"
    assert lines[1] == f"#{ids[0]},1,空,60,,,,NURSERY,,,{csv.MASK}"
    assert lines[2] == f"#{ids[1]},1,有,60,,,,NURSERY,,,{csv.MASK}"
    assert lines[3] == f"#{ids[2]},1,若,20,,,,NURSERY,,かくれ,090"
    found = seen(world, other, send(world, other, text))
    assert told(found) == [(row, 11, csv.MASK, "伏せ字の列は取り込めません。") for row in (2, 3)]
    # Without the masked column the file is as harmless for a full record as for an empty one.
    for hint, answer in (("", []), ("書く", [(2, "このフィールドは変更できません。")])):
        for number in ids[:2]:
            data = f"レコード番号,氏名,条件つき\n#{number},改,{hint}\n"
            found = seen(world, other, send(world, other, data))
            assert [(row, why) for row, _, _, why in told(found)] == answer
            if not answer:
                importing.start(world.platform, other, found.job.id)
    values = stored(world, app)
    assert [values[one].get("name") for one in ids] == ["改", "改", "若"]
    assert [values[one].get("hint") for one in ids] == [None, "かくれ", "かくれ"]


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
        (
            7,
            1,
            "8.9E+14",
            "レコード番号として読めません。表計算ソフトが丸めていないか確かめてください。",
        ),
        (3, 1, str(mine), "2行目と同じレコードです。"),
        (4, 1, str(hidden), gone),
        (5, 1, "5", gone),
        (6, 1, str(seen_only), "このレコードを変更する権限がありません。"),
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


def test_imported_records_are_found_and_listed_by_those_who_may(town: Town) -> None:
    world, _, abe, other = town
    job = send(world, abe, "氏名,共有先\n髙橋はな,NURSERY\n佐藤はな,CARE\n")
    importing.start(world.platform, abe, job)
    assert seen(world, abe, job).job.state == "done"
    for access, many in ((abe, 2), (other, 1)):
        with world.platform.reading(access) as reading:
            assert reading.count(Listing()).number == many
        assert len(transfer_where(world, access, 'name like "はな"')) == many


def transfer_where(world: World, access: Access, where: str) -> list[str]:
    return export(world, access, where=where).decode("utf-8-sig").splitlines()[1:]


def test_a_file_is_its_senders_alone(town: Town) -> None:
    world, _, abe, other = town
    job = send(world, abe, "氏名\n山田\n")
    for action in (importing.shown, importing.start, importing.drop):
        with pytest.raises(Unknown):
            action(world.platform, other, job)
    assert [one.id for one in importing.latest(world.platform, abe)] == [job]
    assert importing.latest(world.platform, other) == []


def test_pressing_twice_writes_once(town: Town) -> None:
    world, app, abe, _ = town
    job = send(world, abe, "氏名\n山田\n")
    for _ in range(3):
        importing.start(world.platform, abe, job)
    assert len(stored(world, app)) == 1
    assert seen(world, abe, job).job.state == "done"


def test_a_dropped_file_leaves_nothing(town: Town) -> None:
    world, _, abe, _ = town
    job = send(world, abe, "氏名,年齢\n山田,x\n")
    key = importing.shown(world.platform, abe, job).job.key
    assert importing.store(world.platform).path(key).is_file()
    importing.drop(world.platform, abe, job)
    found = importing.shown(world.platform, abe, job)
    assert (found.job.state, found.job.problems) == ("dropped", ())
    with pytest.raises(Unknown):
        importing.store(world.platform).path(key)


@pytest.mark.parametrize(
    "data, why",
    [
        ("氏名\n山田\n".encode("utf-16"), "UTF-16"),
        (b"\x82\xff\xff", "文字コード"),
        ('氏名\n"山田\n'.encode(), "引用符"),
        ("氏名\n".encode(), "取り込む行がありません"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(town: Town, data: bytes, why: str) -> None:
    world, _, abe, _ = town
    found = seen(world, abe, send(world, abe, data))
    assert found.job.state == "refused"
    assert why in told(found)[0][3]


def test_what_cp932_cannot_hold_is_listed_and_never_replaced_unasked(town: Town) -> None:
    world, app, abe, _ = town
    ids = world.put(app, {"name": "髙橋"}, {"name": "𠮷田葛󠄀城"}, {"name": "あ〜"})
    lost = transfer.losses(world.platform, abe, Wanted(encoding="cp932"))
    assert lost.count == 3
    assert [(one.record, one.column, one.point, one.becomes) for one in lost.found] == [
        (ids[1], "氏名", "U+20BB7", "〓"),
        (ids[1], "氏名", "U+E0100", "〓"),
        (ids[2], "氏名", "U+301C", "～"),
    ]
    with pytest.raises(UnicodeEncodeError):
        export(world, abe, encoding="cp932")
    replaced = export(world, abe, encoding="cp932", replace=True).decode("cp932")
    assert [name in replaced for name in ("髙橋", "〓田葛〓城", "あ～")] == [True] * 3
    assert "?" not in replaced


def test_no_cell_of_an_export_runs(town: Town) -> None:
    world, app, abe, _ = town
    values = ["=1+1", "+81-75", "-1+1", "@x", "'=1", "-3", "O'x"]
    world.put(app, *({"name": one} for one in values))
    text = export(world, abe).decode("utf-8-sig")
    cells = [line.split(",")[2] for line in text.splitlines()[1:]]
    assert cells == ["'=1+1", "'+81-75", "'-1+1", "'@x", "''=1", "-3", "O'x"]
    assert counts(seen(world, abe, send(world, abe, text))) == ("ready", 0, 0, len(values))


KILLED = """
import sys, time
sys.path[:0] = [sys.argv[3], sys.argv[4]]
from pathlib import Path
from tsuzuri.config import Config
from tsuzuri.services import importing
from tsuzuri.services.platform import Platform
from worlds.town import TOKYO
config = Config(database=sys.argv[1], files=Path(sys.argv[2]), secret_key="-", zone=TOKYO)
platform = Platform.open(config)
access = platform.admit(platform.directory.actor("abe", TOKYO), sys.argv[5])
importing.start(platform, access, int(sys.argv[6]))
print("started", flush=True)
time.sleep(60)
"""


def test_a_kill_while_writing_leaves_nothing_and_is_taken_up_again(town: Town) -> None:
    world, app, abe, _ = town
    rows = "".join(f"名{n},{n % 100}\n" for n in range(6000))
    job = send(world, abe, f"氏名,年齢\n{rows}")
    assert counts(seen(world, abe, job)) == ("ready", 6000, 0, 0)
    config = world.platform.config
    folders = [str(ROOT / "platform"), str(ROOT / "tests")]
    process = subprocess.Popen(
        [
            *(sys.executable, "-c", KILLED, config.database, str(config.files)),
            *(*folders, app.code, str(job)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(3000):
            progress = importing.shown(world.platform, abe, job).progress
            if progress is not None and progress.records >= 1000:
                break
            time.sleep(0.01)
        assert progress is not None
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    found = importing.shown(world.platform, abe, job)
    assert (found.job.state, found.interrupted) == ("writing", True)
    assert stored(world, app) == {}
    importing.start(world.platform, abe, job)
    assert counts(seen(world, abe, job)) == ("done", 6000, 0, 0)
    assert len(stored(world, app)) == 6000


def test_work_that_fails_is_seen_as_interrupted(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, app, abe, _ = town
    job = send(world, abe, "氏名\n山田\n")

    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(imports, "settle", fail)
        importing.start(world.platform, abe, job)
    found = importing.shown(world.platform, abe, job)
    assert (found.job.state, found.interrupted, stored(world, app)) == ("writing", True, {})
    importing.start(world.platform, abe, job)
    assert seen(world, abe, job).job.state == "done"


@pytest.mark.long
@pytest.mark.timeout(600)
def test_memory_stays_flat_for_a_long_file(world: World) -> None:
    app = world.publish(
        {"a": {"kind": "text"}, "no": {"kind": "text", "unique": True}}, OPEN_TO_ALL
    )
    access = world.entering("abe", app)
    peaks = []
    for number, many in enumerate((2_000, 50_000)):
        rows = "".join(f"{'あいう' * 20},{number}-{n}\n" for n in range(many)).encode()
        job = send(world, access, b"a,no\n" + rows)
        assert seen(world, access, job).job.state == "ready"
        importing.start(world.platform, access, job)
        assert counts(seen(world, access, job))[:2] == ("done", many)
        assert sum(map(len, transfer.exported(world.platform, access, Wanted()))) > len(rows)
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    # 10 MB of file; SQLite's page cache may take 64 MB of what is left.
    assert peaks[1] - peaks[0] < 110 * 1024
