"""An app and its application where every route finds what it is about, for the audit log."""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from flask import Flask
from PIL import Image
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from support.entering import enter
from tsuzuri.definitions.model import App
from tsuzuri.services import (
    attachments,
    deputies,
    directory,
    drafts,
    importing,
    invitations,
    people_csv,
    retention,
    threads,
)
from tsuzuri.services import tokens as token_services
from tsuzuri.services.directory import Person
from tsuzuri.services.threads import Draft
from tsuzuri.services.tokens import Wanted
from tsuzuri.storage import alarms, audit, notices
from tsuzuri.storage.alarms import Alarm
from tsuzuri.storage.audit import Sealed
from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.notices import Notice
from worlds.drafts import drafted
from worlds.noted import NOTED, Asked
from worlds.town import EVERYTHING, World

CARE = {"who": ["agency:CARE", "agency:DESK"], "allow": [*EVERYTHING, "manage"]}
FIELDS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "title": {"kind": "text"},
        "tel": {"kind": "text"},
        "closed": {"kind": "date"},
        "file": {"kind": "attachment"},
        "state": {"kind": "status", "enum": ["draft", "done"]},
        "turn": {"kind": "assignee"},
    }
)
PROCESS: Mapping[str, Any] = MappingProxyType(
    {
        "status": "state",
        "assignee": "turn",
        "statuses": [
            {"code": "draft", "assignee": {"rule": "ONE", "who": ["creator"]}},
            {"code": "done", "assignee": {"rule": "ANY", "who": ["user:mori", "user:sato"]}},
        ],
        "actions": [
            {"code": "go", "name": "進める", "from": ["draft"], "to": "done"},
            {"code": "back", "name": "戻す", "from": ["done"], "to": "draft"},
        ],
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


def _draft(place: Place) -> dict[str, Any]:
    """A draft of one's own."""
    platform, access = place.world.platform, place.world.entering("mori", place.app)
    typed = [("f.title", "書きかけ")]
    writing = drafts.Writing(given={"title": "書きかけ"}, typed=typed)
    return {"draft": drafts.begin(platform, access, writing)}


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


def _deputy(place: Place) -> dict[str, Any]:
    day = 30 + next(place.world.numbers) % 300
    days = [f"{place.world.clock.now + timedelta(days=day):%Y-%m-%d}"] * 2
    made = deputies.name(place.world.platform, place.world.actor("mori"), "abe", *days)
    return {"deputy": made}


def _deleted(place: Place) -> dict[str, Any]:
    from tsuzuri.services import records  # noqa: PLC0415  its name is a fixture's elsewhere

    record = place.put()
    access = place.world.entering("mori", place.app)
    records.delete(place.world.platform, access, record, reason="誤り", revision=None)
    return {"record": record}


def _session(place: Place) -> dict[str, Any]:
    from tsuzuri.services import sessions  # noqa: PLC0415  the same

    return {"name": sessions.name(sessions.begin(place.world.platform, place.world.actor("mori")))}


def _moving(place: Place, *, moved: bool = False) -> dict[str, Any]:
    from tsuzuri.services import process, records  # noqa: PLC0415  the same

    access = place.world.entering("mori", place.app)
    record = records.create(place.world.platform, access, {"title": "題"}).id
    if moved:
        go = process.Move(action="go")
        process.act(place.world.platform, access, record, go, revision=None)
    return {"record": record}


def _people(place: Place) -> dict[str, Any]:
    content = _people_file(place).read()
    mark = people_csv.preview(place.world.platform, content).mark
    return {"form": {"content": b64encode(content).decode(), "mark": mark}}


_PREPARED: Mapping[str, Any] = {
    "design.step": lambda place: drafted(place.world, place.app),
    "design.settle": lambda place: drafted(place.world, place.app),
    "design.field": lambda _: {"field": "tel"},
    "versions.keep_source": lambda place: drafted(place.world, place.app),
    "versions.discard": lambda place: drafted(place.world, place.app, changed=True),
    "versions.publish": lambda place: drafted(place.world, place.app, changed=True),
    "versions.go_back": lambda place: {"version": place.app.version},
    "retention.decide": _due,
    "retention.approve": lambda place: _due(place, proposed=True),
    "retention.keep": lambda place: {"record": place.put()},
    "drafts.edit": _draft,
    "drafts.complete": _draft,
    "drafts.save": _draft,
    "drafts.ask_discard": _draft,
    "drafts.discard": _draft,
    "interview.show": _draft,
    "interview.follow": _draft,
    "interview.say": _draft,
    "interview.guests": _draft,
    "retention.review": _due,
    "records.restore": _deleted,
    "records.in_trash": _deleted,
    "transfer.act": _job,
    "transfer.show": _job,
    "tokens.make": lambda place: {"form": {"app": place.app.code}},
    "tokens.end": _token,
    "security.end": _session,
    "people_csv.write": _people,
    **dict.fromkeys(("process.ask", "process.act"), _moving),
    **dict.fromkeys(
        (
            *("process.ask_recall", "process.recall", "process.ask_assign", "process.assign"),
            "todo.index",
        ),
        lambda place: _moving(place, moved=True),
    ),
    "deputies.end": _deputy,
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
    "notices.told": _notice,
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
