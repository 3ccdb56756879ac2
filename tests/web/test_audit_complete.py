"""Every route leaves its entry in the audit log, whether it is answered or refused.

The routes are those of the application's own map, so a new one fails here until ``worlds.noted``
says what it leaves there, or why it leaves nothing.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.routing import Rule

from tsuzuri.factory import create_app
from tsuzuri.services import people, saved_views, threads
from tsuzuri.services import tokens as token_services
from tsuzuri.services.tokens import Wanted
from tsuzuri.storage import people as stored
from tsuzuri.storage.audit import Sealed
from tsuzuri.web.audit_words import ACTIONS
from tsuzuri.web.gate import MARK
from worlds.fixtures import world
from worlds.noted import ELSEWHERE, NOTED, NOTHING, PASSWORD
from worlds.noting import CARE, FIELDS, PROCESS, RULES, Place
from worlds.town import World

__all__ = ["world"]


@pytest.fixture(scope="module")
def place(world: World) -> Place:
    platform = world.platform
    app = world.publish(
        FIELDS,
        RULES,
        comments={"acknowledge": ["確認しました"]},
        recordTitle=["title"],
        process=dict(PROCESS),
        retention={"years": 5, "from": "closed"},
    )
    link = {"app": app.code, "key": "title", "copy": {}, "pick": ["title"]}
    linked = world.publish({"case": {"kind": "lookup", "lookup": link}}, {"app": [CARE]})
    both = replace(platform.directory.users["mori"], administers=True, audits=True)
    with platform.database.platform(writing=True) as connection:
        stored.put_users(connection, (both,), platform.today)
    people.set_password(platform, "mori", PASSWORD)
    access = world.entering("mori", app)
    record = world.put(app, {"title": "題", "tel": "番号"})[0]
    flask = create_app(platform.config, platform)
    flask.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    values = {
        "app": app.code,
        "linked": linked.code,
        "record": record,
        "field": "file",
        "key": "0" * 64,
        "filename": "css/base.css",
        "view": saved_views.save(platform, access, name="自分の", where="", sort=""),
        "user": "ito",
        "agency": "NURSERY",
        "group": "heads",
        "identity": "none",
        "comment": threads.comment(platform, access, record, "了解"),
        "job": 1,
        "step": "go",
    }
    return Place(world, flask, app, values)


def routes(place: Place) -> list[tuple[str, Rule, str]]:
    """Return every route by name; what closes an account or ends a session comes last."""
    found = [
        (f"{method} {rule.endpoint}", rule, method)
        for rule in place.flask.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]
    last = ("security.", "account.sign_out", "people.activate")
    return sorted(found, key=lambda one: one[1].endpoint.startswith(last))


def test_every_route_says_what_it_notes(place: Place) -> None:
    names = {name for name, _, _ in routes(place)}
    assert names == NOTED.keys() | NOTHING.keys()
    assert not NOTED.keys() & NOTHING.keys()


def test_every_answer_leaves_its_entry(place: Place) -> None:
    seen: set[str] = set()
    wrong: dict[str, tuple[int, list[str]]] = {}
    for name, rule, method in routes(place):
        if NOTHING.get(name, "") in ELSEWHERE:
            continue
        place.world.clock.now += timedelta(minutes=3)
        user = "" if rule.endpoint in {"account.sign_in", "account.sign_in_form"} else "mori"
        ask = place.ready(rule, method, user)
        before = len(place.log())
        answer = ask()
        fresh = place.log()[before:]
        actions = {one.action for one in fresh}
        seen |= actions
        wanted = NOTED[name].entries if name in NOTED else ()
        shows = any(one.startswith(("read.", "record.")) for one in actions)
        if answer.status_code >= 400 or not set(wanted) <= actions or (shows and name in NOTHING):
            wrong[name] = (answer.status_code, sorted(actions))
    assert not wrong
    unnamed = {one for one in seen if one not in ACTIONS}
    assert not unnamed, "auditors read no words for these"


def test_every_refusal_leaves_its_entry(place: Place) -> None:
    """Somebody without rights asks everything: what is not theirs is refused, and noted."""
    refused = 0
    wrong: dict[str, tuple[int, list[Sealed]]] = {}
    for name, rule, method in routes(place):
        mark = getattr(place.flask.view_functions[rule.endpoint], MARK)
        if mark in {"public", "signed in"}:
            continue
        place.world.clock.now += timedelta(minutes=3)
        ask = place.ready(rule, method, "takahashi")
        before = len(place.log())
        answer = ask()
        told = [one for one in place.log()[before:] if one.user == "takahashi"]
        last = told[-1]
        named = (bool(last.app), bool(last.record)) == tuple(
            one in rule.arguments for one in ("app", "record")
        )
        noted = last.action == "refuse" and f'"{rule.endpoint}"' in last.detail and named
        if answer.status_code not in {403, 404} or not noted:
            wrong[name] = (answer.status_code, told)
        refused += 1
    assert not wrong
    assert refused > 60


def test_a_token_that_has_ended_is_noted_with_its_person(place: Place) -> None:
    platform, actor = place.world.platform, place.world.actor("mori")
    wanted = Wanted(name="x", app=place.app.code, rights=frozenset({"view"}), days=7)
    secret = token_services.make(platform, actor, wanted)
    token_services.end(platform, actor, token_services.mine(platform, actor)[0].id)
    before = len(place.log())
    client = place.flask.test_client()
    for given in (secret, "guessed"):
        answer = client.get(
            f"/api/apps/{place.app.code}/records", headers={"Authorization": f"Bearer {given}"}
        )
        assert answer.status_code == 401
    # A guess names nobody and would let anybody fill the log; the server's own log has it.
    assert [(one.user, one.action) for one in place.log()[before:]] == [("mori", "token.refuse")]
