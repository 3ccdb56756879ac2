"""Every route is asked as every role; what the gate says beforehand must be what comes out.

A route is found in the application's own map and its right on the view itself, so a new route is
asked without being listed here.  What only a person can say stands in ``SAID``: what to send, and
where a route answers "not there" to everybody because nothing is there to be found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from werkzeug.routing import Rule

from matrix.place import Place
from matrix.roles import NOBODY
from tsuzuri.access.gate import Access
from tsuzuri.definitions.model import ACTIONS
from tsuzuri.errors import Unknown
from tsuzuri.services.viewing import may_look
from tsuzuri.web.gate import MARK

DONE, LOGIN, DENIED, UNKNOWN = "○", "入", "禁", "無"
"""What comes out: done (or asked to correct), asked to sign in, not allowed, not there."""


@dataclass(frozen=True, slots=True)
class Said:
    """What to ask of a route: values in its address, a form, JSON; and which record.

    ``found`` is false where nothing by these values is there, so everybody admitted gets 404.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    record: str = "shared"
    found: bool = True


ROLES = MappingProxyType(
    {
        "administers": ("administers",),
        "audits": ("audits",),
        "watches": ("administers", "audits"),
    }
)
"""For which roles a view of that mark is there."""

NOTHING = MappingProxyType({"field": "none", "key": "0" * 64, "job": 1, "view": 1})
SOMEBODY = MappingProxyType({"user": "hoiku", "agency": "B01", "group": "writers"})
SAID: Mapping[str, Said] = MappingProxyType(
    {
        "GET lookup.echo": Said(values=NOTHING, found=False),
        "GET lookup.offers": Said(values=NOTHING, found=False),
        "GET files.download": Said(values=NOTHING, found=False),
        "GET files.preview": Said(values=NOTHING, found=False),
        "GET records.unmask": Said(values=NOTHING, found=False),
        "POST records.lift": Said(values=NOTHING, form={"reason": "確認"}, found=False),
        "GET transfer.show": Said(values=NOTHING, found=False),
        "POST transfer.act": Said(values=NOTHING, form={}, found=False),
        "POST transfer.send": Said(form={}),
        "POST presence.beat": Said(form={}),
        "POST readers.draft": Said(form={}),
        "POST readers.change": Said(form={}),
        "POST records.create": Said(form={}),
        "POST records.change": Said(form={}),
        "POST records.delete": Said(form={"reason": "誤り"}, record="doomed"),
        "POST records.restore": Said(form={}, record="deleted"),
        # The apps that ship leave the period to the municipality.
        "GET retention.review": Said(found=False),
        "POST retention.decide": Said(form={"act": "propose"}, found=False),
        "POST retention.approve": Said(form={}, found=False),
        "POST retention.keep": Said(form={"act": "place", "reason": "照会"}, record="doomed"),
        "POST drafts.begin": Said(form={}),
        "GET drafts.edit": Said(values={"draft": 1}, found=False),
        "POST drafts.complete": Said(values={"draft": 1}, form={}, found=False),
        "POST drafts.save": Said(values={"draft": 1}, form={}, found=False),
        "GET drafts.ask_discard": Said(values={"draft": 1}, found=False),
        "GET interview.show": Said(values={"draft": 1}, found=False),
        "GET interview.follow": Said(values={"draft": 1}, found=False),
        "POST interview.say": Said(values={"draft": 1}, form={"body": "はい"}, found=False),
        "POST interview.guests": Said(values={"draft": 1}, form={"user": "hoiku"}, found=False),
        "POST drafts.discard": Said(values={"draft": 1}, form={}, found=False),
        "POST threads.comment": Said(form={"body": "了解しました"}),
        "POST threads.edit": Said(values={"comment": 1}, form={"body": "直した"}, found=False),
        "POST threads.withdraw": Said(values={"comment": 1}, form={}, found=False),
        "GET threads.file": Said(values={"comment": 1, "key": "0" * 64}, found=False),
        "GET process.ask": Said(values={"step": "none"}),
        "POST process.act": Said(values={"step": "none"}, form={}),
        "POST process.recall": Said(form={}),
        "POST process.assign": Said(form={}),
        "POST deputies.name": Said(form={}),
        "POST deputies.end": Said(values={"deputy": 1}, form={}, found=False),
        "POST threads.thank": Said(form={"word": "確認しました"}),
        # Without an identity provider in the settings none of these is there.
        "GET oidc.start": Said(found=False),
        "GET oidc.back": Said(found=False),
        "GET oidc.index": Said(found=False),
        "GET oidc.begin_link": Said(found=False),
        "POST oidc.link": Said(form={}, found=False),
        "POST oidc.invited": Said(form={"code": ""}, found=False),
        "POST oidc.accept": Said(form={"token": ""}, found=False),
        "POST oidc.unlink": Said(values={"identity": "none"}, form={}, found=False),
        "GET account.second_form": Said(),
        "POST account.second": Said(form={"second": ""}),
        "POST factors.begin": Said(form={}),
        "GET factors.picture": Said(found=False),
        "POST factors.confirm": Said(form={"second": ""}),
        "POST factors.renew": Said(form={}, found=False),
        "POST factors.end": Said(form={}),
        "POST factors.end_app": Said(form={}, found=False),
        "POST factors.reset": Said(values=SOMEBODY, form={"reason": ""}),
        "POST passkeys.ask": Said(form={}),
        "POST passkeys.ask_second": Said(form={}, found=False),
        "POST passkeys.ask_proof": Said(form={}),
        "POST passkeys.ask_new": Said(form={}),
        "POST passkeys.register": Said(form={"name": ""}),
        "POST passkeys.remove": Said(values={"passkey": "none"}, form={}, found=False),
        "POST proof.prove": Said(form={"password": ""}),
        "POST security.end": Said(values={"name": "none"}, form={}, found=False),
        "POST security.end_others": Said(form={}),
        "POST mail.choose": Said(form={}),
        "POST security.change_password": Said(form={"password": ""}),
        "POST tokens.make": Said(form={"name": "連携"}),
        "POST tokens.end": Said(values={"token": 1}, form={}, found=False),
        "POST api.create": Said(json={"record": {}}),
        "PUT api.change": Said(json={"record": {}}),
        "DELETE api.delete": Said(json={"reason": "誤り"}, record="doomed_by_program"),
        "POST api.comment": Said(json={"body": "了解しました"}),
        "POST lists.save_view": Said(form={"name": "一覧"}),
        "POST lists.forget_view": Said(values=NOTHING, form={}, found=False),
        "POST reports.receive": Said(form={}),
        "GET notices.told": Said(values={"notice": 1}, found=False),
        "POST notices.show": Said(values={"notice": 1}, form={}, found=False),
        "POST notices.later": Said(values={"notice": 1}, form={}, found=False),
        "POST notices.read": Said(form={"up_to": "1"}),
        "POST home.seen": Said(form={"at": "2026-11-20T00:00:00Z"}),
        "POST account.sign_in": Said(form={"user": "", "password": ""}),
        "POST account.sign_out": Said(form={}),
        "POST account.language": Said(form={"language": "ja"}),
        "GET design.field": Said(values={"field": "none"}, found=False),
        "POST design.step": Said(form={}, found=False),
        "POST design.settle": Said(values={"field": "none"}, form={}),
        "POST versions.keep_source": Said(form={"text": ""}),
        "POST versions.discard": Said(form={}),
        "POST versions.publish": Said(form={}),
        "POST versions.go_back": Said(values={"version": 9999}, form={}, found=False),
        "POST viewing.start": Said(form={"user": ""}),
        "POST viewing.stop": Said(form={}),
        "GET alarms.show": Said(values={"alarm": 1}, found=False),
        "POST alarms.notice": Said(values={"alarm": 1}, form={"reason": "確認"}, found=False),
        "GET people.show": Said(values=SOMEBODY),
        "POST people.create": Said(form={}),
        "POST people.change": Said(values=SOMEBODY, form={}),
        "POST people.belong": Said(values=SOMEBODY, form={"agencies.0.code": "nowhere"}),
        "POST people.give_roles": Said(values=SOMEBODY, form={}),
        "POST people.activate": Said(values=SOMEBODY, form={"active": "1"}),
        "POST invitations.make_many": Said(form={}),
        "POST invitations.make": Said(values=SOMEBODY, form={}),
        "POST invitations.end": Said(values=SOMEBODY, form={}),
        "POST welcome.begin": Said(form={"code": ""}),
        "POST welcome.choose": Said(form={"code": ""}),
        "POST people_csv.check": Said(form={}),
        "POST people_csv.write": Said(form={}),
        "GET agencies.show": Said(values=SOMEBODY),
        "POST agencies.create": Said(form={}),
        "POST agencies.change": Said(values=SOMEBODY, form={}),
        "GET agencies.show_group": Said(values=SOMEBODY),
        "POST agencies.create_group": Said(form={}),
        "POST agencies.change_group": Said(values=SOMEBODY, form={}),
        "GET static": Said(values={"filename": "css/base.css"}),
    }
)
"""By method and endpoint.  A route that changes something, or has more in its address than an app
and a record, must stand here."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address, and who may reach it by its view's own mark."""

    rule: Rule
    method: str
    mark: str

    @property
    def name(self) -> str:
        """How the tables call it."""
        return f"{self.method} {self.rule.endpoint}"

    @property
    def arguments(self) -> frozenset[str]:
        """What stands in its address."""
        return frozenset(self.rule.arguments)

    @property
    def said(self) -> Said:
        """What to ask; raises ``KeyError`` where somebody must say it first."""
        known = self.arguments <= {"app", "record"} and self.method == "GET"
        return SAID.get(self.name, Said()) if known else SAID[self.name]


def routes(place: Place) -> list[Route]:
    """Return every route of the application; what changes something, and signing out, come last."""
    found: list[Route] = []
    for rule in place.flask.url_map.iter_rules():
        mark = getattr(place.flask.view_functions[rule.endpoint], MARK)
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        found.extend(Route(rule, method, mark) for method in methods)
    return sorted(found, key=lambda one: (one.method != "GET", one.mark == "public", one.rule.rule))


def asked(place: Place, route: Route, user: str, *, app: str, sort: str = "") -> str:
    """Ask a route as somebody; return what comes out."""
    said = route.said
    record = place.records.get((app, user, sort or said.record), 0)
    values = {**said.values, **({"app": app, "record": record} if app else {})}
    with place.flask.test_request_context():
        path = place.flask.url_for(
            route.rule.endpoint, **{k: v for k, v in values.items() if k in route.arguments}
        )
    answer = place.client(user).open(
        path,
        method=route.method,
        data=None if said.form is None else dict(said.form),
        json=None if said.json is None else dict(said.json),
        headers=dict(said.headers),
    )
    answer.close()
    return outcome(answer.status_code, answer.headers.get("Location", ""))


def outcome(status: int, location: str) -> str:
    """Return the word for an answer."""
    assert status < 500, status
    if status == 401 or (status == 302 and location.startswith("/login")):
        return LOGIN
    return {403: DENIED, 404: UNKNOWN}.get(status, DONE)


def expected(place: Place, route: Route, user: str, *, app: str, sort: str = "") -> str:
    """Return what must come out, by the gate alone."""
    if route.mark == "public":
        return DONE if route.said.found else UNKNOWN
    if user == NOBODY:
        return LOGIN
    if route.mark in ROLES:
        somebody = place.platform.directory.users[user]
        known = any(getattr(somebody, role) for role in ROLES[route.mark])
        return DONE if known and route.said.found else UNKNOWN
    if route.mark == "looks":
        found = place.platform.directory.actor(user, place.platform.config.zone)
        return DONE if found is not None and may_look(place.platform, found) else UNKNOWN
    if route.mark == "signed in":
        return DONE if route.said.found else UNKNOWN
    return _in_app(place, route, user, app=app, sort=sort or route.said.record)


def _in_app(place: Place, route: Route, user: str, *, app: str, sort: str) -> str:
    actions = route.mark.split(" or ")
    assert set(actions) <= set(ACTIONS), route.name
    try:
        access = place.access(user, app)
    except Unknown:
        return UNKNOWN
    if not any(map(access.may, ("view", "add", "manage"))):
        return UNKNOWN
    if not any(map(access.may, actions)):
        return DENIED
    reached = DONE
    if "record" in route.arguments:
        reached = _at_record(place, access, route, place.records[app, user, sort])
    return UNKNOWN if reached == DONE and not route.said.found else reached


def _at_record(place: Place, access: Access, route: Route, record: int) -> str:
    actions = route.mark.split(" or ")
    with place.platform.reading(access) as records:
        seen, *allowed = records.allows(
            record, [access.rows["view"], *(access.rows[one] for one in actions)]
        )
    if not seen or (route.said.record == "deleted" and not any(allowed)):
        return UNKNOWN
    return DONE if any(allowed) else DENIED


def cells(place: Place, app: str, people: Mapping[str, str]) -> Iterator[tuple[Route, str, str]]:
    """Yield (route, heading, what comes out) for one app; two signs where the record decides.

    Raises ``AssertionError`` where it is not what the gate says.
    """
    # Signing out is a route too.
    place.clients.clear()
    for route in routes(place):
        if ("app" in route.arguments) != bool(app):
            continue
        for heading, user in people.items():
            both = ("", "private") if _about_a_record(route) else ("",)
            signs = []
            for sort in both:
                wanted = expected(place, route, user, app=app, sort=sort)
                found = asked(place, route, user, app=app, sort=sort)
                assert found == wanted, (route.name, app, heading, user, sort, wanted, found)
                signs.append(found)
            yield route, heading, "".join(dict.fromkeys(signs))


def _about_a_record(route: Route) -> bool:
    return "record" in route.arguments and route.said.record == "shared"
