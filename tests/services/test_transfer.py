"""Records out as CSV, and back again unchanged, on both databases."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied
from tsuzuri.fields import KINDS
from tsuzuri.fields.base import Slot
from tsuzuri.fields.traits import Copied, Files, People, Pointed, System
from tsuzuri.services import importing, transfer
from tsuzuri.services.transfer import Wanted
from tsuzuri.storage.records import Listing
from tsuzuri.storage.writing import with_row_ids
from tsuzuri.wire import csv
from worlds.town import World
from worlds.transfers import Town, counts, export, ruled, seen, send, stored, told


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


@pytest.fixture
def town(world: World) -> Town:
    """Open an app with rules, as two people know it."""
    return ruled(world)


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
    assert lines[1] == f"#{ids[0]},{ids[0]},空,60,,,,NURSERY,,,{csv.MASK}"
    assert lines[2] == f"#{ids[1]},{ids[1]},有,60,,,,NURSERY,,,{csv.MASK}"
    assert lines[3] == f"#{ids[2]},{ids[2]},若,20,,,,NURSERY,,かくれ,090"
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
