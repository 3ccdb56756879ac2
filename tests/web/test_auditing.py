"""Auditors read who did what, and nothing of what records say; to others the page is not there."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tsuzuri.access.actors import Actor
from tsuzuri.definitions.model import App
from tsuzuri.services import alarms, audit_archiving, directory, records, threads, unmasking
from tsuzuri.services.directory import Person
from tsuzuri.storage import audit
from tsuzuri.storage.audit import Entry
from worlds.face import Visitor, opened
from worlds.fixtures import world
from worlds.town import OPEN_TO_ALL, World

__all__ = ["world"]

RULES = {**OPEN_TO_ALL, "field": [{"fields": ["tel"], "who": ["everyone"], "allow": "masked"}]}


@pytest.fixture(scope="module")
def notes(world: World) -> App:
    keeper = Actor(user="cli:test", administers=True)
    directory.add(world.platform, keeper, Person(code="watch", name="監査 三郎", audits=True))
    return world.publish(
        {"title": {"kind": "text"}, "tel": {"kind": "text"}}, RULES, recordTitle=["title"]
    )


@pytest.fixture
def app(world: World, notes: App) -> Flask:
    return opened(world)


def link_of(page: str, part: str) -> str:
    """Return the first address within the log that holds ``part``."""
    found = (html.unescape(one) for one in re.findall(r'href="(/audit[^"]*)"', page))
    return next(one for one in found if part in one)


@pytest.mark.parametrize("user", ["abe", "mori", "takahashi"])
def test_the_log_is_not_there_for_others(app: Flask, user: str) -> None:
    visitor = Visitor(app).enter(user)
    assert visitor.get("/audit").status_code == 404
    assert "監査ログ" not in visitor.get("/").text


def test_an_auditor_sees_who_read_a_record_and_nothing_of_it(
    app: Flask, world: World, notes: App
) -> None:
    access = world.entering("mori", notes)
    record = world.put(notes, {"title": "カナリアの題", "tel": "カナリア番号"})[0]
    threads.comment(world.platform, access, record, "カナリアの話")
    unmasking.unmask(world.platform, access, record, "tel", "安否の確認")
    reader = Visitor(app).enter("takahashi")
    assert reader.get(f"/apps/{notes.code}/records/{record}").status_code == 200
    assert reader.get(f"/apps/{notes.code}/").status_code == 200
    page = Visitor(app).enter("watch").get(f"/audit?app={notes.code}&record={record}").text
    for word in ("髙橋", "記録を開いた", "一覧で見た", "コメント", "伏せ字の表示", "安否の確認"):
        assert word in page, word
    assert "カナリア" not in page


def test_the_log_is_narrowed_by_person_action_and_day(app: Flask, world: World, notes: App) -> None:
    records.create(world.platform, world.entering("abe", notes), {"title": "あ"})
    watch = Visitor(app).enter("watch")
    rows = "記録の作成</td>"
    here = f"/audit?app={notes.code}"
    assert rows in watch.get(f"{here}&user=abe&action=record.create").text
    assert rows not in watch.get(f"{here}&user=ito&action=record.create").text
    assert rows in watch.get(f"{here}&since=2026-11-22&until=2026-11-22").text
    assert rows not in watch.get(f"{here}&since=2026-11-23").text
    assert rows not in watch.get(f"{here}&until=2026-11-21").text


def test_every_row_has_its_whole_date(app: Flask, world: World, notes: App) -> None:
    records.create(world.platform, world.entering("abe", notes), {"title": "あ"})
    page = Visitor(app).enter("watch").get(f"/audit?app={notes.code}&action=record.create").text
    assert "2026/11/22 00:30:00</td>" in page


def test_a_record_leads_auditors_to_who_read_it(app: Flask, world: World, notes: App) -> None:
    record = world.put(notes, {"title": "あ"})[0]
    here = f"/apps/{notes.code}/records/{record}"
    reader = Visitor(app).enter("sato")
    page = reader.get(here).text
    assert "閲覧した人" not in page
    records.change(
        world.platform, world.entering("ito", notes), record, {"title": "い"}, revision=None
    )
    watch = Visitor(app).enter("watch")
    page = watch.get(link_of(watch.get(here).text, f"app={notes.code}")).text
    assert "佐藤" in page
    assert "伊藤" not in page


def test_what_somebody_read_is_one_step_from_what_they_did(
    app: Flask, world: World, notes: App
) -> None:
    record = world.put(notes, {"title": "あ"})[0]
    Visitor(app).enter("suzuki").get(f"/apps/{notes.code}/records/{record}")
    watch = Visitor(app).enter("watch")
    page = watch.get("/audit?user=suzuki").text
    assert "ログイン</td>" in page
    page = watch.get(link_of(page, "action=read")).text
    assert "記録を開いた</td>" in page
    assert "ログイン</td>" not in page


@pytest.mark.parametrize(
    "query",
    [
        "record=x",
        "record=-1",
        "since=9999-12-31&until=9999-12-31",
        "since=0001-01-01",
        "before=99999999999999999999",
        "user=%00%0d%0a%1b[31m%E2%80%AE",
        "app=nothing&action=nothing",
    ],
)
def test_nothing_typed_breaks_the_page(app: Flask, query: str) -> None:
    assert Visitor(app).enter("watch").get(f"/audit?{query}").status_code == 200


def test_pages_follow_one_another(app: Flask, world: World, notes: App) -> None:
    access = world.entering("abe", notes)
    for _ in range(105):
        records.create(world.platform, access, {"title": "あ"})
    watch = Visitor(app).enter("watch")
    first = watch.get(f"/audit?app={notes.code}&action=record.create").text
    assert "さらに前を見る" in first
    link = first.split('href="/audit?')[-1].split('"')[0].replace("&amp;", "&")
    assert "最新に戻る" in watch.get(f"/audit?{link}").text


def test_auditors_take_what_they_found_as_a_file_that_no_spreadsheet_runs(
    app: Flask, world: World, notes: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = world.entering("abe", notes)
    for _ in range(2):
        records.delete(
            world.platform, access, world.put(notes, {"title": "カナリア"})[0],
            reason="=HYPERLINK(1)", revision=None,
        )  # fmt: skip
    watch = Visitor(app).enter("watch")
    link = f"/audit.csv?app={notes.code}&action=record.delete"
    answer = watch.get(link)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [len(row) for row in rows] == [12] * 3
    assert {row[9] for row in rows[1:]} == {"'=HYPERLINK(1)"}
    assert "カナリア" not in answer.text
    assert "audit.csv" in watch.get("/audit").text
    assert Visitor(app).enter("abe").get(link).status_code == 404
    monkeypatch.setattr("tsuzuri.services.auditing.MOST", 1)
    rows = list(csv.reader(io.StringIO(watch.get(link).data.decode("utf-8-sig"))))
    assert len(rows) == 3
    assert "続きがあります" in rows[2][0]
    page = watch.get("/audit?action=audit.export").text
    assert page.count("監査ログの書き出し</td>") == 2


def test_what_lies_in_the_archive_is_said(
    app: Flask, world: World, notes: App, tmp_path: Path
) -> None:
    """A page without old entries must not read as if nobody had looked."""
    watch = Visitor(app).enter("watch")
    assert "操作は書庫" not in watch.get(f"/audit?app={notes.code}&record=1").text
    mori, now = world.actor("mori"), world.clock.now
    with world.platform.changing(mori) as connection:
        for _ in range(600):
            audit.note(connection, Entry(action="made.up"))
    alarms.watch(world.platform)
    world.clock.now = now + timedelta(days=4 * 366)
    assert list(audit_archiving.archive(world.platform, mori, tmp_path)) != []
    world.clock.now = now
    page = watch.get(f"/audit?app={notes.code}&record=1").text
    assert "2026/11/22 00:30:00までの操作は書庫" in page
    rows = watch.get(f"/audit.csv?app={notes.code}").data.decode("utf-8-sig").splitlines()
    assert "操作は書庫" in rows[-1]
    assert "操作は書庫" not in watch.get("/audit?since=2026-11-23").text
