"""Every route leaves its entry in the audit log, whether it is answered or refused.

The routes are those of the application's own map, so a new one fails here until ``worlds.noted``
says what it leaves there, or why it leaves nothing.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from support.entering import enter
from tsuzuri.definitions.model import App
from tsuzuri.factory import create_app
from tsuzuri.services import (
    attachments,
    directory,
    importing,
    invitations,
    people,
    people_csv,
    retention,
    saved_views,
    threads,
)
from tsuzuri.services import tokens as token_services
from tsuzuri.services.directory import Person
from tsuzuri.services.threads import Draft
from tsuzuri.services.tokens import Wanted
from tsuzuri.storage import alarms, audit, notices
from tsuzuri.storage import people as stored
from tsuzuri.storage.alarms import Alarm
from tsuzuri.storage.audit import Sealed
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.notices import Notice
from tsuzuri.web.audit_words import ACTIONS
from tsuzuri.web.gate import MARK
from worlds.fixtures import world
from worlds.noted import ELSEWHERE, NOTED, NOTHING, PASSWORD, Asked
from worlds.town import EVERYTHING, World

__all__ = ["world"]

CARE = {"who": ["agency:CARE", "agency:DESK"], "allow": [*EVERYTHING, "manage"]}
FIELDS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "title": {"kind": "text"},
        "tel": {"kind": "text"},
        "closed": {"kind": "date"},
        "file": {"kind": "attachment"},
    }
)
RULES = MappingProxyType(
    {
        "app": [CARE],
        "field": [{"fields": ["tel"], "who": ["everyone"], "allow": "masked"}],
    }
)


@dataclass(frozen=True)
class Place:
    """The application, its app, and a record for each use."""

    world: World
    flask: Flask
    app: App
    values: Mapping[str, Any]

    def log(self) -> list[Sealed]:
        with self.world.platform.database.platform() as connection:
            return [one for one, _ in audit.chain(connection)]

    def ready(self, rule: Rule, method: str, user: str) -> Callable[[], TestResponse]:
        """Return what asks a route as somebody, as its page does; all it needs is laid out."""
        name = f"{method} {rule.endpoint}"
        asked = NOTED.get(name, Asked(()))
        given = {**self.values, **self._own(rule.endpoint)}
        with self.flask.test_request_context():
            path = self.flask.url_map.bind("localhost").build(
                rule.endpoint, {one: given[one] for one in rule.arguments}, method=method
            )
        client = self.flask.test_client()
        if user:
            enter(client, self.world.platform, user)
        data = {**asked.form, **given.get("form", {})} if method == "POST" else None
        if asked.json is not None:
            data = None
        if rule.endpoint == "viewing.stop" and user == "mori":
            client.post("/viewing", data={"user": "abe"})
        address, json = f"{path}?{asked.query}", asked.json
        return lambda: client.open(address, method=method, data=data, json=json, buffered=True)

    def _own(self, endpoint: str) -> dict[str, Any]:
        """Return what a route needs that no other may have used up."""
        return _PREPARED[endpoint](self) if endpoint in _PREPARED else {}

    def put(self, **values: Any) -> int:
        return self.world.put(self.app, {"title": "題", "tel": "番号", **values})[0]


def _due(place: Place, *, proposed: bool = False) -> dict[str, Any]:
    record = place.put(closed="2001-01-01")
    if proposed:
        access = place.world.entering("sato", place.app)
        retention.propose(place.world.platform, access, [record], "満了")
    return {"form": {"record": str(record)}}


def _job(place: Place) -> dict[str, Any]:
    access = place.world.entering("mori", place.app)
    csv = io.BytesIO("title\r\nか".encode())
    return {"job": importing.receive(place.world.platform, access, "f.csv", csv, match="")}


def _comment(place: Place) -> dict[str, Any]:
    access = place.world.entering("mori", place.app)
    platform = place.world.platform
    return {"comment": threads.comment(platform, access, place.values["record"], "了解")}


def _comment_file(place: Place) -> dict[str, Any]:
    access, platform = place.world.entering("mori", place.app), place.world.platform
    sent = attachments.receive(platform, access.actor, "b.txt", io.BytesIO(b"text"))
    draft = Draft(body="添付", files=(sent["key"],))
    written = threads.comment(platform, access, place.values["record"], draft)
    return {"comment": written, "key": sent["key"]}


def _notice(place: Place) -> dict[str, Any]:
    made = Notice(
        id=new_ids.new(),
        user="mori",
        app=place.app.number,
        record=place.put(),
        kind="comment",
        about=1,
        by="abe",
        at=place.world.platform.stamp(),
    )
    with place.world.platform.database.platform(writing=True) as connection:
        notices.add(connection, [made])
    return {"notice": made.id}


def _alarm(place: Place) -> dict[str, Any]:
    alarm = Alarm(
        id=next(place.world.numbers) + 1,
        rule="opened_hour",
        subject="abe",
        day=f"day {next(place.world.numbers)}",
        step=0,
        count=100,
        most=100,
        at=place.world.platform.stamp(),
    )
    with place.world.platform.database.platform(writing=True) as connection:
        alarms.keep(connection, [alarm], {}, alarms.Watched(0, ""))
    return {"alarm": alarm.id}


def _with_file(place: Place) -> dict[str, Any]:
    """Put a picture into a record: its field may have been emptied by a form sent before."""
    picture = io.BytesIO()
    Image.new("RGB", (40, 30)).save(picture, "PNG")
    picture.seek(0)
    actor = place.world.actor("mori")
    sent = attachments.receive(place.world.platform, actor, "a.png", picture)
    return {"record": place.put(file=[sent]), "key": sent["key"]}


def _newcomer(place: Place) -> str:
    code = f"new{next(place.world.numbers)}"
    keeper = place.world.actor("mori")
    directory.add(place.world.platform, keeper, Person(code=code, name="新人"))
    return code


def _invited(place: Place) -> dict[str, Any]:
    user = _newcomer(place)
    (made,) = invitations.make(place.world.platform, place.world.actor("mori"), [user])
    return {"user": user, "form": {"code": made.code}}


def _people_file(place: Place) -> io.BytesIO:
    header = "ログイン名,氏名,ふりがな,所属コード,グループコード,開始日,終了日,メール,有効"
    row = f"file{next(place.world.numbers)},新人,,HEALTH,,,,,"
    return io.BytesIO(f"{header}\r\n{row}".encode())


def _token(place: Place) -> dict[str, Any]:
    actor = place.world.actor("mori")
    wanted = Wanted(name="x", app=place.app.code, rights=frozenset({"view"}), days=7)
    token_services.make(place.world.platform, actor, wanted)
    return {"token": token_services.mine(place.world.platform, actor)[0].id}


def _deleted(place: Place) -> dict[str, Any]:
    from tsuzuri.services import records  # noqa: PLC0415  its name is a fixture's elsewhere

    record = place.put()
    access = place.world.entering("mori", place.app)
    records.delete(place.world.platform, access, record, reason="誤り", revision=None)
    return {"record": record}


def _session(place: Place) -> dict[str, Any]:
    from tsuzuri.services import sessions  # noqa: PLC0415  the same

    return {"name": sessions.name(sessions.begin(place.world.platform, place.world.actor("mori")))}


def _people(place: Place) -> dict[str, Any]:
    content = _people_file(place).read()
    mark = people_csv.preview(place.world.platform, content).mark
    return {"form": {"content": b64encode(content).decode(), "mark": mark}}


_PREPARED: Mapping[str, Any] = {
    "retention.decide": _due,
    "retention.approve": lambda place: _due(place, proposed=True),
    "retention.keep": lambda place: {"record": place.put()},
    "retention.review": _due,
    "records.restore": _deleted,
    "records.in_trash": _deleted,
    "transfer.act": _job,
    "transfer.show": _job,
    "tokens.make": lambda place: {"form": {"app": place.app.code}},
    "tokens.end": _token,
    "security.end": _session,
    "people_csv.write": _people,
    "records.lift": lambda _: {"field": "tel"},
    "records.unmask": lambda _: {"field": "tel"},
    "lookup.offers": lambda place: {"field": "case", "app": place.values["linked"]},
    "invitations.make": lambda place: {"user": _newcomer(place)},
    "invitations.make_many": lambda place: {"form": {"user": _newcomer(place)}},
    "invitations.end": _invited,
    "welcome.begin": _invited,
    "welcome.choose": _invited,
    "transfer.send": lambda _: {"form": {"file": (io.BytesIO("title\r\nか".encode()), "f.csv")}},
    "people_csv.check": lambda place: {"form": {"file": (_people_file(place), "p.csv")}},
    "files.download": _with_file,
    "files.preview": _with_file,
    "notices.index": _notice,
    "notices.show": _notice,
    "notices.later": _notice,
    "alarms.show": _alarm,
    "alarms.notice": _alarm,
    "threads.edit": _comment,
    "threads.withdraw": _comment,
    "threads.file": _comment_file,
    "account.language": lambda _: {"form": {"language": "ja"}},
    "lookup.echo": lambda _: {"field": "closed"},
    **dict.fromkeys(
        ("records.delete", "records.ask_delete", "api.delete"),
        lambda place: {"record": place.put()},
    ),
}


@pytest.fixture(scope="module")
def place(world: World) -> Place:
    platform = world.platform
    app = world.publish(
        FIELDS,
        RULES,
        comments={"acknowledge": ["確認しました"]},
        recordTitle=["title"],
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
