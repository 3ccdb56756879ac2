"""Agencies as a tree, and groups: who is in them today, and what an administrator may change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Message, Problem, Unknown, message
from tsuzuri.services import agencies as looking_after
from tsuzuri.storage.people import Agency, Group, User
from tsuzuri.web.again import again, keeps_typing
from tsuzuri.web.form_items import FormItem
from tsuzuri.web.gate import administering, platform
from tsuzuri.web.people import agency_choices, error_at
from tsuzuri.web.proof import proving
from tsuzuri.web.render import page, sentence

blueprint = Blueprint("agencies", __name__)

LABELS: Mapping[str, Message] = {
    "code": message("コード"),
    "name": message("名称"),
    "name_en": message("英語の名称"),
    "kind": message("種別"),
    "phone": message("電話番号"),
    "parent": message("上位の所属"),
    "confidential": message("非公開にする"),
}
HELPS: Mapping[str, Message] = {
    "code": message("あとから変えられません。アプリの決まりはこのコードで所属を指します。"),
    "kind": message("例：学校、保育所、医療機関"),
    "confidential": message(
        "避難先など、名前を知られてはいけない所に使います。ここの人と管理者のほかには、選ぶときの一覧にも名前にも現れません。"
    ),
}
AGENCY_TEXTS = ("name", "name_en", "kind", "phone")
GROUP_TEXTS = ("name", "name_en")
ADDED, SAVED = message("登録しました。"), message("保存しました。")
Given = dict[str, Any]


@blueprint.get("/people/agencies")
@administering
def index(actor: Actor) -> Any:
    """Show the tree of agencies with how many people each has today."""
    del actor
    directory = platform().directory
    counts = Counter(code for user in _active() for code in user.agencies)
    rows = [
        {
            "depth": min(depth, 6),
            "address": url_for("agencies.show", agency=one.code),
            "one": one,
            "count": counts[one.code],
        }
        for depth, one in looking_after.tree(directory.agencies)
    ]
    return page("people/agencies.html", rows=rows)


@blueprint.get("/people/groups")
@administering
def groups(actor: Actor) -> Any:
    """List the groups with how many people each has today."""
    del actor
    counts = Counter(code for user in _active() for code in user.groups)
    rows = [
        {
            "address": url_for("agencies.show_group", group=one.code),
            "one": one,
            "count": counts[one.code],
        }
        for one in platform().directory.groups.values()
    ]
    return page("people/groups.html", rows=rows)


def _active() -> list[User]:
    return [one for one in platform().directory.users.values() if one.active]


@blueprint.get("/people/new-agency")
@administering
@proving
def new(actor: Actor) -> Any:
    """Ask for a new agency."""
    del actor
    return _agency_page({"parent": request.args.get("parent", "")}, None)


@blueprint.post("/people/new-agency")
@keeps_typing
@administering
@proving
def create(actor: Actor) -> Any:
    """Add an agency."""
    given = _given(AGENCY_TEXTS)
    if again():
        return _agency_page(given, None)
    try:
        looking_after.put_agency(platform(), actor, Agency(**given), new=True)
    except Invalid as error:
        return make_response(_agency_page(given, None, error.problems), 422)
    return _done(ADDED, "agencies.index")


@blueprint.get("/people/agencies/<agency>")
@administering
@proving
def show(actor: Actor, agency: str) -> Any:
    """Show one agency: its people, and its form."""
    del actor
    one = _known(agency)
    given = {name: getattr(one, name) for name in Agency.__slots__}
    return _agency_page(given, one)


@blueprint.post("/people/agencies/<agency>")
@keeps_typing
@administering
@proving
def change(actor: Actor, agency: str) -> Any:
    """Change an agency."""
    one = _known(agency)
    given = {**_given(AGENCY_TEXTS), "code": agency}
    if again():
        return _agency_page(given, one)
    try:
        looking_after.put_agency(platform(), actor, Agency(**given), new=False)
    except Invalid as error:
        return make_response(_agency_page(given, one, error.problems), 422)
    return _done(SAVED, "agencies.index")


def _known(agency: str) -> Agency:
    found = platform().directory.agencies.get(agency)
    if found is None:
        raise Unknown
    return found


@blueprint.get("/people/new-group")
@administering
@proving
def new_group(actor: Actor) -> Any:
    """Ask for a new group."""
    del actor
    return _group_page({}, None)


@blueprint.post("/people/new-group")
@keeps_typing
@administering
@proving
def create_group(actor: Actor) -> Any:
    """Add a group."""
    given = _given(GROUP_TEXTS)
    given.pop("parent")
    if again():
        return _group_page(given, None)
    try:
        looking_after.put_group(platform(), actor, Group(**given), new=True)
    except Invalid as error:
        return make_response(_group_page(given, None, error.problems), 422)
    return _done(ADDED, "agencies.groups")


@blueprint.get("/people/groups/<group>")
@administering
@proving
def show_group(actor: Actor, group: str) -> Any:
    """Show one group: its people, and its form."""
    del actor
    one = _known_group(group)
    return _group_page({name: getattr(one, name) for name in Group.__slots__}, one)


@blueprint.post("/people/groups/<group>")
@keeps_typing
@administering
@proving
def change_group(actor: Actor, group: str) -> Any:
    """Change a group."""
    one = _known_group(group)
    given = {**_given(GROUP_TEXTS), "code": group}
    given.pop("parent")
    if again():
        return _group_page(given, one)
    try:
        looking_after.put_group(platform(), actor, Group(**given), new=False)
    except Invalid as error:
        return make_response(_group_page(given, one, error.problems), 422)
    return _done(SAVED, "agencies.groups")


def _known_group(group: str) -> Group:
    found = platform().directory.groups.get(group)
    if found is None:
        raise Unknown
    return found


def _given(texts: Sequence[str]) -> Given:
    """Return what the form says, named as in ``Agency`` and ``Group``."""
    typed: Given = {name: request.form.get(name, "").strip() for name in ("code", "parent", *texts)}
    return {**typed, "confidential": request.form.get("confidential") == "1"}


def _done(said: Message, endpoint: str) -> Response:
    flash(sentence(said), "success")
    return make_response(redirect(url_for(endpoint), 303))


def _agency_page(given: Given, one: Agency | None, problems: Sequence[Problem] = ()) -> str:
    items = _items(given, AGENCY_TEXTS, problems, new=one is None)
    parent = _item("parent", given, problems)
    parent.control, parent.choices = "select", agency_choices()
    return _page("agencies", [*items[:2], parent, *items[2:]], given, one)


def _group_page(given: Given, one: Group | None, problems: Sequence[Problem] = ()) -> str:
    return _page("groups", _items(given, GROUP_TEXTS, problems, new=one is None), given, one)


def _items(
    given: Given, texts: Sequence[str], problems: Sequence[Problem], *, new: bool
) -> list[FormItem]:
    items = [_item(name, given, problems) for name in ("code", *texts)]
    if not new:
        items[0].readonly = str(given["code"])
    return items


def _item(name: str, given: Given, problems: Sequence[Problem]) -> FormItem:
    return FormItem(
        id=name,
        name=name,
        label=sentence(LABELS[name]),
        help=sentence(HELPS[name]) if name in HELPS else "",
        required=name in {"code", "name"},
        control="input",
        value=str(given.get(name, "")),
        error=error_at(problems, f"/{name}"),
    )


def _page(tab: str, items: Sequence[FormItem], given: Given, one: Agency | Group | None) -> str:
    """Return the page of an agency or a group; ``tab`` is also where users list theirs."""
    members = [user for user in _active() if one is not None and one.code in getattr(user, tab)]
    return page(
        "people/entity.html",
        tab=tab,
        items=items,
        confidential=bool(given.get("confidential")),
        help=sentence(HELPS["confidential"]),
        one=one,
        members=sorted(members, key=lambda user: (user.kana, user.code)),
        mistakes=[(item.id, item.label, item.error) for item in items if item.error],
    )
