"""The people: who there is, one person's page, and what an administrator may change of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, Problem, message
from tsuzuri.services import agencies, directory, factors, invitations
from tsuzuri.services.directory import Person, Sought
from tsuzuri.storage.belonging import AGENCY, GROUP
from tsuzuri.web import belonging
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.form_items import Choice, FormItem
from tsuzuri.web.gate import administering, platform
from tsuzuri.web.paging import whole
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence
from tsuzuri.web.shown import moment

blueprint = Blueprint("people", __name__)

ONE = "/people/users/<user>"
PAGE = 100
STATES: Mapping[str, bool | None] = {"active": True, "closed": False, "all": None}
LABELS: Mapping[str, Message] = {
    "code": message("ログイン名"),
    "name": message("氏名"),
    "kana": message("ふりがな"),
    "mail": message("メールアドレス"),
}
HELPS: Mapping[str, Message] = {
    "code": message("あとから変えられません。職員番号など、ほかの人と重ならないもの。"),
    "kana": message("一覧の並び順に使います。"),
    "mail": message("お知らせのメールの送り先です。ほかの利用者には表示されません。"),
}
TEXTS = ("name", "kana", "mail")
SAVED = message("保存しました。")


@blueprint.get("/people")
@administering
def index(actor: Actor) -> Any:
    """List people; those whose account is closed only when they are asked for."""
    del actor
    args = request.args
    state = args.get("state", "active")
    sought = Sought(
        text=args.get("q", "")[:100],
        agency=args.get("agency", ""),
        active=STATES.get(state, True),
    )
    found = directory.found(platform(), sought)
    start = min(whole(args.get("start")) or 0, max(len(found) - 1, 0)) // PAGE * PAGE
    shown = found[start : start + PAGE]
    return page(
        "people/index.html",
        q=sought.text,
        agency=sought.agency,
        state=state if state in STATES else "active",
        agencies=agency_choices(),
        rows=[belonging.summary(one) for one in shown],
        count=len(found),
        first=start + 1,
        last=start + len(shown),
        previous=_page_address(start - PAGE) if start else "",
        next=_page_address(start + PAGE) if start + PAGE < len(found) else "",
    )


def _page_address(start: int) -> str:
    kept = {name: request.args[name] for name in ("q", "agency", "state") if name in request.args}
    return f"{url_for('people.index')}?{urlencode({**kept, 'start': start})}"


def agency_choices() -> list[Choice]:
    """Return every agency as the tree reads, each as deep as it stands."""
    tree = agencies.tree(platform().directory.agencies)
    return [(one.code, f"{'　' * depth}{one.name}") for depth, one in tree]


def group_choices() -> list[Choice]:
    """Return every group."""
    return [(one.code, one.name) for one in platform().directory.groups.values()]


@blueprint.get("/people/new")
@administering
@proving
def new(actor: Actor) -> Any:
    """Ask for a new person."""
    del actor
    return _new_page({}, ())


def _new_page(given: dict[str, str], problems: Sequence[Problem]) -> str:
    names = ("code", *TEXTS)
    items = [item(name, given.get(name, ""), problems) for name in names]
    agency = FormItem(
        id="agency",
        name="agency",
        label=sentence(message("所属")),
        help=sentence(
            message("今日からの所属です。異動の予定や兼務は、登録したあとで追加できます。")
        ),
        control="select",
        choices=agency_choices(),
        value=given.get("agency", ""),
        error=error_at(problems, "/agencies/0/code"),
    )
    return page("people/new.html", items=[*items, agency], problems=problems, **errors(problems))


@blueprint.post("/people/new")
@keeps_typing
@administering
@proving
def create(actor: Actor) -> Any:
    """Add a person and go to their page, where the rest is filled in."""
    given = {name: _typed(name) for name in ("code", *TEXTS, "agency")}
    if again():
        return _new_page(given, ())
    wanted = Person(
        code=given["code"],
        name=given["name"],
        kana=given["kana"],
        mail=given["mail"],
        agencies=belonging.from_today(given["agency"]),
    )
    try:
        directory.add(platform(), actor, wanted)
    except Invalid as error:
        return make_response(_new_page(given, error.problems), 422)
    flash(sentence(message("登録しました。")), "success")
    return redirect(url_for("people.show", user=wanted.code), 303)


@blueprint.get(ONE)
@administering
@proving
def show(actor: Actor, user: str) -> Any:
    """Show one person: what is known of them, where they belong and when, what they may do."""
    return shown(actor, directory.person(platform(), user))


def shown(
    actor: Actor,
    person: Person,
    problems: Sequence[Problem] = (),
    *,
    typed: belonging.Typed | None = None,
    given: dict[str, str] | None = None,
) -> str:
    """Return one person's page, with what was typed and is wrong with it."""
    texts = given or {name: getattr(person, name) for name in TEXTS}
    stays = typed or belonging.stored(person)
    return page(
        "people/person.html",
        person=person,
        summary=belonging.summary(person),
        items=[item(name, texts[name], problems) for name in TEXTS],
        timeline=belonging.timeline(person),
        sections=[
            belonging.section(AGENCY, stays, choices=agency_choices(), problems=problems),
            belonging.section(GROUP, stays, choices=group_choices(), problems=problems),
        ],
        belonging_typed=typed is not None,
        myself=person.code == actor.user,
        link=link_state(actor, person),
        second=factors.is_on(platform(), person.code),
        **errors(problems),
    )


def link_state(actor: Actor, person: Person) -> dict[str, str]:
    """Return what a link for a password would be for, and until when there is one already."""
    purpose, until = invitations.state(platform(), person.code)
    scene = platform().scene(actor)
    return {"purpose": purpose, "until": moment(until, scene) if until else ""}


@blueprint.post(ONE)
@keeps_typing
@administering
@proving
def change(actor: Actor, user: str) -> Any:
    """Change what is known of a person."""
    given = {name: _typed(name) for name in TEXTS}
    if again():
        return shown(actor, directory.person(platform(), user), given=given)
    try:
        directory.change(platform(), actor, user, **given)
    except Invalid as error:
        person = directory.person(platform(), user)
        return make_response(shown(actor, person, error.problems, given=given), 422)
    return saved(user)


@blueprint.post(f"{ONE}/belonging")
@keeps_typing
@administering
@proving
def belong(actor: Actor, user: str) -> Any:
    """Change where somebody belongs, and from when until when."""
    typed = belonging.typed(request.form)
    person = directory.person(platform(), user)
    if again():
        return shown(actor, person, typed=typed)
    try:
        stays = typed.stays()
        directory.change(platform(), actor, user, agencies=stays[AGENCY], groups=stays[GROUP])
    except Invalid as error:
        problems = typed.placed(error.problems)
        return make_response(shown(actor, person, problems, typed=typed), 422)
    return saved(user)


@blueprint.post(f"{ONE}/roles")
@administering
@proving
def give_roles(actor: Actor, user: str) -> Any:
    """Give roles or take them away."""
    wanted = {role: role in request.form for role in directory.ROLES}
    return _changed(actor, user, **wanted)


@blueprint.post(f"{ONE}/active")
@administering
@proving
def activate(actor: Actor, user: str) -> Any:
    """Close an account at once, or open it again."""
    return _changed(actor, user, active=request.form.get("active") == "1")


def _changed(actor: Actor, user: str, **wanted: bool) -> Any:
    try:
        directory.change(platform(), actor, user, **wanted)
    except Invalid as error:
        person = directory.person(platform(), user)
        return make_response(shown(actor, person, error.problems), 422)
    return saved(user)


def saved(user: str) -> Response:
    """Go back to a person's page and say so."""
    flash(sentence(SAVED), "success")
    return make_response(redirect(url_for("people.show", user=user), 303))


def _typed(name: str) -> str:
    return request.form.get(name, "").strip()


def item(name: str, value: str, problems: Sequence[Problem]) -> FormItem:
    """Return the control of one text about a person."""
    return FormItem(
        id=name,
        name=name,
        label=sentence(LABELS[name]),
        help=sentence(HELPS[name]) if name in HELPS else "",
        required=name in {"code", "name"},
        control="input",
        value=value,
        error=error_at(problems, f"/{name}"),
    )


def error_at(problems: Sequence[Problem], pointer: str) -> str:
    """Return what is wrong at one place."""
    return " ".join(sentence(one.message) for one in problems if one.pointer == pointer)


def errors(problems: Sequence[Problem]) -> dict[str, Any]:
    """Return what the error summary lists: each problem leads to its control."""
    found = []
    for one in problems:
        id_ = one.pointer.strip("/").replace("/", "-")
        label = LABELS.get(id_, message(""))
        found.append((id_, sentence(label) if label.text else "", sentence(one.message)))
    return {"mistakes": found}
