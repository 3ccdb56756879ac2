"""The review list in the browser: propose, approve, hold; who is told what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from worlds.face import Visitor, errors, opened
from worlds.fixtures import world
from worlds.town import EVERYTHING, World

__all__ = ["world"]

FIELDS: dict[str, dict[str, Any]] = {
    "name": {"kind": "text", "title": "氏名"},
    "closed_at": {"kind": "date", "title": "終結日"},
}
RULES = {
    "app": [
        {"who": ["group:caseworkers"], "allow": [*EVERYTHING]},
        {"who": ["agency:NURSERY"], "allow": ["view"]},
    ]
}
OLD = {"name": "花子", "closed_at": "2020-04-01"}


@pytest.fixture(scope="module")
def flask(world: World) -> Flask:
    return opened(world)


@pytest.fixture
def cases(world: World) -> App:
    return world.publish(
        FIELDS, RULES, recordTitle=["name"], retention={"years": 5, "from": "closed_at"}
    )


@pytest.fixture
def mori(flask: Flask) -> Visitor:
    return Visitor(flask).enter("mori")


@pytest.fixture
def sato(flask: Flask) -> Visitor:
    return Visitor(flask).enter("sato")


def at(app: App) -> str:
    """Return the address of an app's review list."""
    return f"/apps/{app.code}/retention"


def test_two_people_erase_a_record(world: World, cases: App, mori: Visitor, sato: Visitor) -> None:
    record = str(world.put(cases, OLD)[0])
    page = mori.get(at(cases))
    assert "花子" in page.text
    assert "「終結日」から5年を過ぎた記録です" in page.text
    done = mori.post(at(cases), {"act": "propose", "record": record, "reason": "保存期間の満了"})
    assert done.status_code == 303
    assert "あなたの提案" in mori.get(at(cases)).text
    alone = mori.post(f"{at(cases)}/approve", {"record": record})
    assert alone.status_code == 422
    assert errors(alone.text) == []
    assert "自分で提案した消去は" in alone.text
    page = sato.get(at(cases))
    assert "保存期間の満了" in page.text
    assert sato.post(f"{at(cases)}/approve", {"record": record}).status_code == 303
    assert "記録を消去しました。" in sato.get(at(cases)).text
    assert sato.get(f"/apps/{cases.code}/records/{record}").status_code == 404
    assert "花子" not in sato.get(f"/apps/{cases.code}/trash").text


def test_what_lacks_is_told_beside_what_was_typed(world: World, cases: App, mori: Visitor) -> None:
    record = str(world.put(cases, OLD)[0])
    mori.get(at(cases))
    page = mori.post(at(cases), {"act": "propose", "record": record, "reason": " "})
    assert page.status_code == 422
    assert errors(page.text) == [("reason", "消去の理由：理由を入力してください。")]
    assert f'value="{record}" checked' in page.text
    page = mori.post(at(cases), {"act": "propose", "reason": "満了"})
    assert errors(page.text) == [("records", "記録：記録を選んでください。")]
    assert "満了</textarea>" in page.text


def test_who_approves_shows_anew_who_they_are(
    world: World, cases: App, mori: Visitor, sato: Visitor
) -> None:
    record = str(world.put(cases, OLD)[0])
    mori.get(at(cases))
    mori.post(at(cases), {"act": "propose", "record": record, "reason": "満了"})
    before = world.clock.now
    try:
        world.clock.now += timedelta(seconds=world.platform.config.proof_seconds + 1)
        asked = sato.post(f"{at(cases)}/approve", {"record": record})
    finally:
        world.clock.now = before
    assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (303, "/proof")
    assert sato.get(f"/apps/{cases.code}/records/{record}").status_code == 200


def test_a_hold_is_placed_shown_and_lifted(world: World, cases: App, mori: Visitor) -> None:
    record = world.put(cases, OLD)[0]
    path = f"/apps/{cases.code}/records/{record}"
    assert "保全の理由" in mori.get(f"{path}/hold").text
    assert mori.post(f"{path}/hold", {"act": "place", "reason": ""}).status_code == 422
    mori.post(f"{path}/hold", {"act": "place", "reason": "裁判所からの照会"})
    shown = mori.get(path).text
    assert "保全中の記録です" in shown
    assert "裁判所からの照会" in shown
    assert mori.post(f"{path}/delete", {"reason": "誤り"}).status_code == 422
    assert "裁判所からの照会" in mori.get(at(cases)).text
    assert mori.post(f"{path}/hold", {"act": "lift", "reason": "終了"}).status_code == 303
    assert "保全中の記録です" not in mori.get(path).text


def test_who_only_reads_is_told_nothing_of_holds(world: World, cases: App, flask: Flask) -> None:
    record = world.put(cases, OLD)[0]
    path = f"/apps/{cases.code}/records/{record}"
    reader = Visitor(flask).enter("takahashi")
    before = reader.get(path).text
    mori = Visitor(flask).enter("mori")
    mori.post(f"{path}/hold", {"act": "place", "reason": "裁判所からの照会"})
    assert "保全" not in before
    assert "照会" not in reader.get(path).text
    assert reader.get(f"{path}/hold").status_code == 403
    assert reader.get(at(cases)).status_code == 403
    assert Visitor(flask).enter("ito").get(at(cases)).status_code == 404


def test_lists_lead_to_the_review_only_whom_it_concerns(
    world: World, cases: App, mori: Visitor, flask: Flask
) -> None:
    other = world.publish(FIELDS, RULES)
    assert at(cases) in mori.get(f"/apps/{cases.code}/").text
    assert at(other) not in mori.get(f"/apps/{other.code}/").text
    assert mori.get(at(other)).status_code == 404
    reader = Visitor(flask).enter("takahashi")
    assert at(cases) not in reader.get(f"/apps/{cases.code}/").text
    assert at(cases) in mori.get("/retention").text
    assert at(cases) not in reader.get("/retention").text
