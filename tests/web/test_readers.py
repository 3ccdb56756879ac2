"""The form says who will read a record; the record and its history say it afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ViewportSize, expect

from access.cases import access, opens, rule
from tsuzuri.definitions.model import App
from tsuzuri.services import records
from tsuzuri.storage import audit, people
from tsuzuri.storage.people import Agency
from web.test_story import enter, visiting
from worlds.face import Visitor, errors, opened, read_form
from worlds.fixtures import world
from worlds.served import town
from worlds.town import World

__all__ = ["world"]

SCOPE = {
    "kind": "agencies",
    "title": "公開範囲",
    "initial": ["DESK"],
    "presets": ["copied", "my-agency", "last"],
    "expects": ["CARE"],
}
RULES = access(rule("field:scope creator", "view edit"))


@pytest.fixture(scope="module")
def app(world: World) -> Flask:
    with world.platform.database.platform(writing=True) as connection:
        nursery = Agency(code="NURSERY", name="ひまわり保育園", phone="0771-00-1234(内線5)")
        people.put_agencies(connection, [nursery])
    return opened(world)


@pytest.fixture(scope="module")
def case(world: World) -> App:
    made = world.publish(
        {"no": {"kind": "text"}, "team": {"kind": "agencies"}}, access(rule("everyone", "view"))
    )
    world.put(made, {"no": "K1", "team": ["NURSERY"]}, {"no": "K2", "team": ["HEALTH"]})
    world.put(made, {"no": "K3"})
    return made


@pytest.fixture(scope="module")
def log(world: World, case: App) -> App:
    named = {"app": case.code, "key": "no", "copy": {"team": "scope"}}
    lookup = {"kind": "lookup", "title": "ケース", "lookup": named}
    return world.publish({"case": lookup, "scope": SCOPE, "body": {"kind": "text"}}, RULES)


@pytest.fixture
def mori(app: Flask) -> Visitor:
    return Visitor(app).enter("mori")


def told(page: str) -> str:
    """Return the line that says who will read."""
    found = re.search(r'readers__line">.*?<span>(.*?)</span>', page, re.DOTALL)
    return re.sub(r"<.*?>", "", found[1]) if found else ""


def chosen(page: str) -> list[str]:
    return read_form(page, "record-form").fields.get("f.scope", [])


def test_a_form_says_who_will_read_and_how_to_call_them(mori: Visitor, log: App) -> None:
    page = mori.get(f"/apps/{log.code}/new").text
    # Mori writes, and Sato is the one at the desk with which it is shared at first.
    assert told(page) == "読む人：2所属 2人"
    answer = mori.post(f"/apps/{log.code}/readers", {"f.scope": ["NURSERY", "DESK"]})
    assert answer.status_code == 200
    assert told(answer.text) == "読む人：3所属 4人"
    assert 'href="tel:0771-00-12345"' not in answer.text
    assert re.search(r'href="tel:07710012345"', answer.text)
    assert "鈴木、髙橋" in answer.text


def test_it_works_without_a_script(mori: Visitor, log: App) -> None:
    page = mori.get(f"/apps/{log.code}/new")
    step = mori.send(page, f__scope=["NURSERY"], f__body="書きかけ", _readers="1")
    assert step.status_code == 200
    assert told(step.text) == "読む人：2所属 3人"
    assert "書きかけ" in step.text
    assert chosen(step.text) == ["NURSERY"]


def test_it_warns_in_plain_words(world: World, mori: Visitor, log: App) -> None:
    alone = mori.post(f"/apps/{log.code}/readers", {}).text
    assert "あなたしか読めません" in alone
    # Of the agency that ought to read nobody does, once somebody else writes.
    takahashi = Visitor(mori.app).enter("takahashi")
    assert (
        "こども課の人は、だれも読めません。"
        in takahashi.post(f"/apps/{log.code}/readers", {"f.scope": ["HEALTH"]}).text
    )
    with world.platform.database.platform(writing=True) as connection:
        people.put_agencies(connection, [Agency(code="EMPTY", name="休止中の園")])
    assert (
        "休止中の園には、いま利用できる人がいません。"
        in mori.post(f"/apps/{log.code}/readers", {"f.scope": ["EMPTY"]}).text
    )


def test_what_is_unknown_or_closed_is_told_as_nothing(mori: Visitor, world: World) -> None:
    fields: dict[str, Any] = {"scope": SCOPE | {"presets": ["last"]}, "body": {"kind": "text"}}
    closed = opens("everyone", "view", fields="scope")
    shut = world.publish(fields, access(rule("field:scope creator", "view edit"), field=(closed,)))
    page = mori.post(f"/apps/{shut.code}/readers", {"f.scope": ["NURSERY"]}).text
    assert told(page) == "読む人：2所属 2人"
    for bad in (["nowhere"], ["<b>"], ["x" * 5000]):
        answer = mori.post(f"/apps/{shut.code}/readers", {"f.scope": bad})
        assert (answer.status_code, told(answer.text)) == (200, "読む人：2所属 2人")
        assert bad[0] not in answer.text
    assert mori.post("/apps/nothing/readers", {}).status_code == 404
    assert mori.post(f"/apps/{shut.code}/records/1/readers", {}).status_code == 404


def test_presets_choose_for_the_writer(mori: Visitor, log: App) -> None:
    page = mori.get(f"/apps/{log.code}/new")
    assert "ケースの関係機関" in page.text
    own = mori.send(page, _preset="scope:my-agency")
    assert chosen(own.text) == ["CARE"]
    # Nothing to choose from is said beside the field, and changes nothing.
    nothing = mori.send(page, _preset="scope:copied").text
    assert "先に「ケース」を選んでください。" in str(errors(nothing))
    case = mori.send(page, f__case="K1", _preset="scope:copied")
    assert chosen(case.text) == ["NURSERY"]
    empty = mori.send(page, f__case="K3", _preset="scope:copied")
    assert "関係機関が入っていません" in str(errors(empty.text))
    for odd in ("scope:none", "none:last", "body:last", "", "scope"):
        assert chosen(mori.send(page, _preset=odd).text) == ["DESK"], odd


def test_as_last_time_is_the_writers_own_last_record(world: World, app: Flask, log: App) -> None:
    sato = Visitor(app).enter("sato")
    page = sato.get(f"/apps/{log.code}/new")
    assert "前回の記録がありません" in str(errors(sato.send(page, _preset="scope:last").text))
    entering = world.entering("sato", log)
    records.create(world.platform, entering, {"scope": ["HEALTH", "NURSERY"]})
    records.create(world.platform, world.entering("mori", log), {"scope": ["CITY"]})
    assert chosen(sato.send(page, _preset="scope:last").text) == ["HEALTH", "NURSERY"]


def test_a_case_brings_its_agencies_and_takes_them_along(mori: Visitor, log: App) -> None:
    page = mori.get(f"/apps/{log.code}/new")
    first = mori.send(page, f__case="K1", _fill="1")
    assert chosen(first.text) == ["NURSERY"]
    # Another child: the agencies of the first must not stay.
    second = mori.send(first, f__case="K2", _fill="1")
    assert chosen(second.text) == ["HEALTH"]
    third = mori.send(second, f__case="K3", _fill="1")
    assert chosen(third.text) == ["DESK"]
    # What somebody chose by hand stays.
    by_hand = mori.send(first, f__case="K2", f__scope=["NURSERY", "CITY"], _fill="1")
    assert chosen(by_hand.text) == ["CITY", "NURSERY"]


def test_the_record_its_history_and_the_log_say_it(mori: Visitor, world: World, log: App) -> None:
    entering = world.entering("mori", log)
    made = records.create(world.platform, entering, {"scope": ["DESK"], "body": "秘密の文"})
    where = f"/apps/{log.code}/records/{made.id}"
    assert told(mori.get(where).text) == "読む人：2所属 2人"
    page = mori.get(f"{where}/edit")
    assert told(page.text) == "読む人：2所属 2人"
    answer = mori.post(f"{where}/readers", {"f.scope": ["NURSERY"]})
    assert told(answer.text) == "読む人：2所属 3人"
    assert mori.send(page, f__scope=["NURSERY", "CITY"]).status_code == 303
    history = mori.get(f"{where}/history").text
    assert re.search(
        "公開範囲に (城山市、ひまわり保育園|ひまわり保育園、城山市) を加えました。", history
    )
    assert "公開範囲から 相談係 を外しました。" in history
    with world.platform.database.platform() as connection:
        entries = [one for one, _ in audit.chain(connection) if one.action == "record.scope"]
    assert [json.loads(one.detail) for one in entries if one.record == made.id] == [
        {"field": "scope", "added": 2, "removed": 1}
    ]


def test_who_may_not_see_the_scope_sees_no_readers(world: World, app: Flask) -> None:
    hidden = opens("user:takahashi", "none", fields="scope")
    log = world.publish(
        {"scope": {"kind": "agencies"}},
        access(
            rule("field:scope creator", "view edit"),
            field=(hidden, opens("everyone", "edit", fields="scope")),
        ),
    )
    (made,) = world.put(log, {"scope": ["NURSERY"], "$creator": "mori"})
    where = f"/apps/{log.code}/records/{made}"
    seen = Visitor(app).enter("suzuki").get(where).text
    assert told(seen) == "読む人：2所属 3人"
    assert told(Visitor(app).enter("takahashi").get(where).text) == ""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with town(tmp_path_factory.mktemp("town") / "home") as found:
        yield found


@pytest.mark.parametrize("width", [390, 1440])
def test_choosing_agencies_changes_the_number_at_once(
    browser: Browser, address: str, width: int
) -> None:
    with visiting(browser, address, ViewportSize(width=width, height=900)) as page:
        enter(page, "gakko")
        page.goto("/apps/visit-log/new")
        line, bar = page.locator("#readers .readers__line"), page.locator("#readers-bar")
        before = line.inner_text()
        expect(bar).to_contain_text(before.partition("：")[2])
        page.locator("#readers summary").click()
        page.locator("#f-body").fill("書きかけの文")
        with page.expect_request("**/readers") as asking:
            page.locator("#f-scope").click()
            page.locator("input[name='f.scope']:not(:checked)").nth(5).check()
        # Only what decides is sent, not what somebody is writing.
        assert "f.body" not in (asking.value.post_data or "")
        assert "csrf" not in (asking.value.post_data or "")
        expect(line).not_to_have_text(before)
        expect(bar).to_contain_text(line.inner_text().partition("：")[2])
        expect(page.locator("#readers .readers__list")).to_be_visible()
        page.locator("button[value='scope:my-agency']").click()
        expect(page.locator("input[name='f.scope']:checked")).to_have_count(1)
        expect(page.locator("#f-body")).to_have_value("書きかけの文")
