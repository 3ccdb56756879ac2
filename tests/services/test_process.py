"""Moving records on: who may, what is refused, and what is written down."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from tsuzuri.definitions.model import App
from tsuzuri.errors import Denied, Invalid, Stale, TsuzuriError, Unknown
from tsuzuri.services import definitions, history, process, records
from tsuzuri.services.process import Given
from tsuzuri.storage import audit_tables
from worlds import flow
from worlds.flow import do, found, offers, publish, read, refused, stands, where, write
from worlds.town import OPEN_TO_ALL, World


@pytest.fixture(scope="module")
def app(world: World) -> App:
    return publish(world)


def test_a_record_begins_at_the_first_status_with_its_creator(world: World, app: App) -> None:
    made = write(world, app)
    assert where(world, app, made) == ("draft", ["sato"])
    assert set(offers(world, app, made)) == {"ask", "choose", "gather"}
    assert offers(world, app, made, "mori") == {}


def test_only_an_action_writes_the_two_fields(world: World, app: App) -> None:
    access = world.entering("sato", app)
    for given in ({"stand": "done"}, {"turn": ["sato"]}):
        with pytest.raises(Invalid):
            records.create(world.platform, access, given)
        made = write(world, app)
        with pytest.raises(Invalid):
            records.change(world.platform, access, made, given, revision=None)
        assert where(world, app, made) == ("draft", ["sato"])


def test_who_is_not_asked_is_refused_and_nothing_changes(world: World, app: App) -> None:
    made = write(world, app)
    refused(world, app, made, "ask", "mori")
    refused(world, app, made, "confirm", "sato")
    refused(world, app, made, "no-such-action", "sato")
    assert read(world, app, made).revision == 1


def test_any_first_one_wins(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    assert where(world, app, made) == ("waiting", ["abe", "mori"])
    refused(world, app, made, "confirm", "sato")
    do(world, app, made, "confirm", user="mori")
    assert where(world, app, made) == ("done", None)
    refused(world, app, made, "confirm", "abe")


def test_one_asks_for_one_of_the_candidates(world: World, app: App) -> None:
    made = write(world, app, boss=["ito"])
    assert offers(world, app, made)["choose"] == ("abe", "ito", "mori")
    for chosen in ("", "takahashi", "nobody"):
        with pytest.raises(Invalid) as error:
            do(world, app, made, "choose", assignee=chosen)
        assert [one.pointer for one in error.value.problems] == ["/assignee"]
    do(world, app, made, "choose", assignee="ito")
    assert where(world, app, made) == ("chosen", ["ito"])
    refused(world, app, made, "confirm", "abe")
    do(world, app, made, "confirm", user="ito")
    assert where(world, app, made) == ("done", None)


def test_all_waits_for_all_and_one_alone_sends_back(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "gather")
    do(world, app, made, "confirm", user="abe")
    assert where(world, app, made) == ("together", ["mori"])
    refused(world, app, made, "confirm", "abe")
    do(world, app, made, "confirm", user="mori")
    assert where(world, app, made) == ("done", None)
    again = write(world, app)
    do(world, app, again, "gather")
    do(world, app, again, "return", user="abe")
    assert where(world, app, again) == ("draft", ["sato"])


def test_a_condition_hides_an_action(world: World, app: App) -> None:
    calm, urgent = write(world, app), write(world, app, urgent=True)
    assert "hurry" not in offers(world, app, calm)
    refused(world, app, calm, "hurry", "sato")
    do(world, app, urgent, "hurry")
    assert where(world, app, urgent) == ("done", None)


def test_others_may_where_the_action_names_them(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    assert set(offers(world, app, made)) == {"withdraw"}
    do(world, app, made, "withdraw")
    assert where(world, app, made) == ("draft", ["sato"])


def test_a_status_without_a_rule_is_for_whoever_may_edit(world: World) -> None:
    bare = {key: one for key, one in flow.PROCESS.items() if key != "assignee"}
    bare["statuses"] = [{"code": code} for code in flow.STATUSES]
    rules = {
        "app": [
            {"who": ["user:ito"], "allow": ["view"]},
            {"who": ["everyone"], "allow": ["view", "add", "edit"]},
        ]
    }
    app = world.publish(flow.FIELDS, rules, process=bare)
    made = write(world, app)
    assert set(offers(world, app, made, "ito")) == set()
    do(world, app, made, "ask", user="takahashi")
    assert where(world, app, made) == ("waiting", None)


def test_a_stale_page_is_refused_with_what_changed_and_by_whom(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    seen = read(world, app, made).revision
    do(world, app, made, "confirm", user="mori", revision=seen)
    with pytest.raises(Stale) as error:
        do(world, app, made, "confirm", user="abe", revision=seen)
    assert error.value.by == "mori"
    told = {one.code: (one.yours, one.theirs) for one in error.value.clashes}
    assert told == {"stand": ("waiting", "done"), "turn": (["abe", "mori"], None)}


def test_a_page_read_before_the_text_changed_is_stale_too(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    seen = read(world, app, made).revision
    access = world.entering("sato", app)
    records.change(world.platform, access, made, {"title": "別"}, revision=None)
    with pytest.raises(Stale):
        do(world, app, made, "confirm", user="abe", revision=seen)


def test_a_hidden_record_and_a_missing_one_are_the_same(world: World, app: App) -> None:
    made = write(world, app, title="隠す")
    access, given = world.entering("takahashi", app), Given(("takahashi",))
    for record in (made, 12345):
        with pytest.raises(Unknown):
            do(world, app, record, "ask", user="takahashi")
        with pytest.raises(Unknown):
            process.recall(world.platform, access, record, revision=None)
        with pytest.raises(Unknown):
            process.assign(world.platform, access, record, given, revision=None)


def test_history_and_the_audit_log_say_what_was_done(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask", comment="お願いします")
    access = world.entering("abe", app)
    last = history.changes(world.platform, access, made)[0]
    assert (last.action, last.step, last.behalf, last.reason) == (
        "step",
        "ask",
        "",
        "お願いします",
    )
    assert {one.code for one in last.differences} == {"stand", "turn"}
    entries = audit_tables.entries
    with world.platform.database.platform() as connection:
        row = connection.execute(
            select(entries).where(entries.c.record == made).order_by(entries.c.seq.desc())
        ).first()
    assert row is not None
    assert (row.action, row.user) == ("status.change", "sato")
    detail = json.loads(row.detail)
    assert (detail["step"], detail["fields"]) == ("ask", ["stand", "turn"])


def test_status_and_assignee_work_in_conditions(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    assert made in found(world, app, 'stand in ("確認待ち")', "ito")
    assert made in found(world, app, "turn in (LOGINUSER())", "mori")
    assert made not in found(world, app, "turn in (LOGINUSER())", "sato")
    assert made not in found(world, app, 'stand in ("draft", "done")', "ito")


def test_a_comment_has_an_end(world: World, app: App) -> None:
    made = write(world, app)
    with pytest.raises(Invalid) as error:
        do(world, app, made, "ask", comment="長" * 1001)
    assert [one.pointer for one in error.value.problems] == ["/comment"]
    with pytest.raises(Invalid):
        do(world, app, made, "ask", comment="\x00")


def test_what_was_done_last_is_taken_back_while_nobody_acted(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    assert stands(world, app, made).may_recall
    assert not stands(world, app, made, "abe").may_recall
    for user in ("abe", "mori"):
        with pytest.raises(Invalid):
            process.recall(world.platform, world.entering(user, app), made, revision=None)
    process.recall(world.platform, world.entering("sato", app), made, revision=None)
    assert where(world, app, made) == ("draft", ["sato"])
    with pytest.raises(Invalid):
        process.recall(world.platform, world.entering("sato", app), made, revision=None)


def test_nothing_is_taken_back_that_another_acted_on(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "gather")
    do(world, app, made, "confirm", user="abe")
    assert not stands(world, app, made).may_recall
    with pytest.raises(Invalid):
        process.recall(world.platform, world.entering("sato", app), made, revision=None)
    process.recall(world.platform, world.entering("abe", app), made, revision=None)
    assert where(world, app, made) == ("together", ["abe", "mori"])


def test_of_two_at_once_one_wins(world: World, app: App) -> None:
    made = write(world, app)
    do(world, app, made, "ask")
    mark, start = read(world, app, made).revision, Barrier(2)

    def at_once(user: str) -> str:
        start.wait()
        try:
            do(world, app, made, "confirm" if user == "abe" else "return", user=user, revision=mark)
        except Stale as error:
            return f"after {error.by}"
        except TsuzuriError as error:
            return type(error).__name__
        return "won"

    with ThreadPoolExecutor(2) as pool:
        told = dict(zip(("abe", "mori"), pool.map(at_once, ("abe", "mori")), strict=True))
    winner = next(user for user, one in told.items() if one == "won")
    loser = "abe" if winner == "mori" else "mori"
    assert told[loser] == f"after {winner}"
    steps = history.changes(world.platform, world.entering("sato", app), made)
    assert [one.by for one in steps if one.step in {"confirm", "return"}] == [winner]


def test_a_status_that_left_loses_no_record(world: World) -> None:
    app = publish(world)
    made = write(world, app)
    do(world, app, made, "ask")
    document = json.loads(json.dumps(app.document))
    kept = [one for one in document["process"]["statuses"] if one["code"] != "waiting"]
    document["record"]["properties"]["stand"]["enum"].remove("waiting")
    document["process"]["statuses"] = kept
    document["process"]["actions"] = [
        flow.action("choose", "draft", "chosen"),
        flow.action("gather", "draft", "together"),
        flow.action("confirm", ["chosen", "together"], "done"),
    ]
    app = definitions.publish(world.platform, document, by="abe")
    assert where(world, app, made) == ("waiting", ["abe", "mori"])
    standing = stands(world, app, made, "suzuki")
    assert (standing.status, standing.code, standing.may_settle) == (None, "waiting", True)
    assert not stands(world, app, made).may_settle
    assert found(world, app, 'stand in ("waiting")', "ito") == [made]
    with pytest.raises(Denied):
        process.settle(world.platform, world.entering("sato", app), made, "draft", revision=None)
    access = world.entering("suzuki", app)
    with pytest.raises(Invalid):
        process.settle(world.platform, access, made, "waiting", revision=None)
    process.settle(world.platform, access, made, "draft", revision=None)
    assert where(world, app, made) == ("draft", None)
    with pytest.raises(Invalid):
        process.settle(world.platform, access, made, "done", revision=None)


def test_renaming_a_status_costs_nothing(world: World) -> None:
    app = publish(world)
    made = write(world, app)
    do(world, app, made, "ask")
    document = json.loads(json.dumps(app.document))
    document["process"]["statuses"][1]["name"] = {"ja": "上長の確認中", "en": "With the head"}
    app = definitions.publish(world.platform, document, by="abe")
    assert found(world, app, 'stand in ("上長の確認中")', "ito") == [made]
    do(world, app, made, "confirm", user="abe")


def test_a_record_from_before_the_process_is_at_its_beginning(world: World) -> None:
    app = world.publish({**flow.FIELDS}, OPEN_TO_ALL)
    made = write(world, app)
    document = {**json.loads(json.dumps(app.document)), "process": dict(flow.PROCESS)}
    app = definitions.publish(world.platform, document, by="abe")
    assert where(world, app, made) == (None, None)
    assert set(offers(world, app, made)) == {"ask", "choose", "gather"}
    do(world, app, made, "ask")
    assert where(world, app, made) == ("waiting", ["abe", "mori"])
