"""Moving records on in a browser without scripts."""

from __future__ import annotations

import html
from collections.abc import Iterator

import pytest
from flask import Flask

from tsuzuri.definitions.model import App
from worlds import flow
from worlds.face import Visitor, errors, opened
from worlds.fixtures import world
from worlds.flow import do, publish, read, where, write
from worlds.town import World

__all__ = ["world"]


@pytest.fixture(scope="module")
def site(world: World) -> Flask:
    return opened(world)


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return publish(world)


@pytest.fixture
def sato(site: Flask) -> Visitor:
    return Visitor(site).enter("sato")


@pytest.fixture
def mori(site: Flask) -> Visitor:
    return Visitor(site).enter("mori")


@pytest.fixture
def suzuki(site: Flask) -> Visitor:
    return Visitor(site).enter("suzuki")


def at(app: App, record: int, *parts: str) -> str:
    return "/".join([f"/apps/{app.code}/records/{record}", *parts])


def test_the_record_shows_where_it_stands_and_what_may_be_done(
    world: World, app: App, sato: Visitor, mori: Visitor
) -> None:
    made = write(world, app)
    page = sato.get(at(app, made)).text
    assert 'aria-current="step"' in page
    assert f'href="{at(app, made, "process", "ask")}">ASK</a>' in page
    assert "佐藤" in page
    assert at(app, made, "process", "ask") not in mori.get(at(app, made)).text


def test_an_action_is_asked_about_and_done(world: World, app: App, sato: Visitor) -> None:
    made = write(world, app)
    asked = sato.get(at(app, made, "process", "ask"))
    assert "下書き" in asked.text
    assert "確認待ち" in asked.text
    done = sato.send(asked, "ask", comment="お願いします")
    assert (done.status_code, done.location) == (303, at(app, made))
    assert where(world, app, made) == ("waiting", ["abe", "mori"])
    history = sato.get(at(app, made, "history")).text
    assert "操作「ASK」" in history
    assert "お願いします" in history


def test_a_form_pressed_twice_is_done_once(world: World, app: App, sato: Visitor) -> None:
    made = write(world, app)
    asked = sato.get(at(app, made, "process", "ask"))
    assert [sato.send(asked, "ask").status_code for _ in range(2)] == [303, 303]
    assert read(world, app, made).revision == 2


def test_the_next_one_must_be_chosen(world: World, app: App, sato: Visitor) -> None:
    made = write(world, app, boss=["ito"])
    asked = sato.get(at(app, made, "process", "choose"))
    assert '<option value="ito">伊藤</option>' in asked.text
    refused = sato.send(asked, "choose", comment="ひとこと")
    assert refused.status_code == 422
    assert errors(refused.text) == [("assignee", "次の作業者：次の作業者を選んでください。")]
    assert "ひとこと" in refused.text
    done = sato.send(refused, "choose", assignee="ito")
    assert done.status_code == 303
    assert where(world, app, made) == ("chosen", ["ito"])


def test_what_changed_meanwhile_is_shown_and_nothing_done(
    world: World, app: App, sato: Visitor, mori: Visitor
) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    asked = mori.get(at(app, made, "process", "confirm"))
    edit = sato.get(at(app, made, "edit"))
    assert sato.send(edit, f__title="直した題").status_code == 303
    refused = mori.send(asked, "confirm")
    assert refused.status_code == 409
    assert "佐藤さんが変更しています" in refused.text
    assert "直した題" in refused.text
    assert where(world, app, made)[0] == "waiting"
    assert mori.send(refused, "confirm").status_code == 303
    assert where(world, app, made)[0] == "done"


def test_what_somebody_else_did_first_is_told(world: World, app: App, site: Flask) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    mori, abe = Visitor(site).enter("mori"), Visitor(site).enter("abe")
    first, second = (one.get(at(app, made, "process", "confirm")) for one in (mori, abe))
    mori.send(first, "confirm")
    late = abe.send(second, "confirm")
    assert (late.status_code, late.location) == (303, at(app, made))
    assert "森さんが変更しています" in abe.get(late.location or "").text


@pytest.mark.parametrize("path", ["process/confirm", "process/nothing", "recall", "assign"])
def test_what_is_not_to_be_had_leads_back(world: World, app: App, sato: Visitor, path: str) -> None:
    made = write(world, app)
    asked = sato.get(at(app, made, path))
    assert (asked.status_code, asked.location) == (303, at(app, made))
    sent = sato.post(at(app, made, path), {"assignee": "sato"})
    assert (sent.status_code, sent.location) == (303, at(app, made))
    assert where(world, app, made) == ("draft", ["sato"])


@pytest.mark.parametrize("path", ["process/ask", "recall", "assign"])
def test_a_hidden_record_is_not_there(world: World, app: App, site: Flask, path: str) -> None:
    made = write(world, app, title="隠す")
    takahashi = Visitor(site).enter("takahashi")
    told = {
        (method, takahashi.client.open(at(app, record, path), method=method).status_code)
        for record in (made, 12345)
        for method in ("GET",)
    }
    told |= {("POST", takahashi.post(at(app, record, path)).status_code) for record in (made, 1)}
    assert told == {("GET", 404), ("POST", 404)}


def test_the_last_action_is_taken_back(world: World, app: App, sato: Visitor) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    assert at(app, made, "recall") in sato.get(at(app, made)).text
    asked = sato.get(at(app, made, "recall"))
    assert sato.send(asked, "recall").status_code == 303
    assert where(world, app, made) == ("draft", ["sato"])
    assert "操作の取り消し" in sato.get(at(app, made, "history")).text


def test_a_manager_names_somebody_else(world: World, app: App, suzuki: Visitor) -> None:
    made = write(world, app)
    do(world, app, made, "choose", assignee="mori")
    asked = suzuki.get(at(app, made, "assign"))
    assert suzuki.send(asked, "assign", assignee="ito").status_code == 422
    assert suzuki.send(asked, "assign", assignee="abe").status_code == 303
    assert where(world, app, made) == ("chosen", ["abe"])


def test_whoever_loses_sight_of_it_comes_to_the_list(world: World, site: Flask) -> None:
    rules = {
        **flow.RULES,
        "record": [
            {"who": ["everyone"], "where": 'stand in ("draft")', "allow": ["view", "edit"]},
            {"who": ["group:heads"], "allow": ["view"]},
        ],
    }
    app = publish(world, rules)
    made = write(world, app)
    sato = Visitor(site).enter("sato")
    done = sato.send(sato.get(at(app, made, "process", "ask")), "ask")
    assert (done.status_code, done.location) == (303, f"/apps/{app.code}/")
    assert sato.get(at(app, made)).status_code == 404


def test_a_deputy_is_named_and_told_of(world: World, app: App, site: Flask, mori: Visitor) -> None:
    page = mori.get("/account/deputies")
    refused = mori.send(page, "deputies", deputy="mori", starts_on="昨日", ends_on="R8.11.23")
    assert refused.status_code == 422
    assert [place for place, _ in errors(refused.text)] == ["deputy", "starts_on"]
    done = mori.send(refused, "deputies", deputy="ito", starts_on="R8.11.22", ends_on="2026/11/23")
    assert done.status_code == 303
    assert "伊藤" in mori.get("/account/deputies").text
    ito = Visitor(site).enter("ito")
    assert "<li>森</li>" in ito.get("/account/deputies").text
    made = write(world, app)
    do(world, app, made, "ask")
    assert "（森さんの代理）" in ito.get(at(app, made)).text
    asked = ito.get(at(app, made, "process", "confirm"))
    assert ito.send(asked, "confirm").status_code == 303
    assert "伊藤（森さんの代理）" in html.unescape(ito.get(at(app, made, "history")).text)
    ended = mori.post(next(iter(_ends(mori.get("/account/deputies").text))))
    assert ended.status_code == 303
    assert not list(_ends(mori.get("/account/deputies").text))


def _ends(page: str) -> Iterator[str]:
    for part in page.split('action="')[1:]:
        action = part.partition('"')[0]
        if action.endswith("/end"):
            yield action


def test_what_is_typed_comes_back_after_signing_in(world: World, app: App, sato: Visitor) -> None:
    made = write(world, app)
    asked = sato.get(at(app, made, "process", "ask"))
    shown = sato.send(asked, "ask", comment="消えない", _again="1")
    assert shown.status_code == 200
    assert "消えない" in shown.text
    assert where(world, app, made)[0] == "draft"
