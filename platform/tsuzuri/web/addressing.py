"""To whom a comment is addressed, in words: beside a comment, and in the form of a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from tsuzuri.access.gate import Access
from tsuzuri.errors import Message, message
from tsuzuri.fields.base import Scene
from tsuzuri.services import mentions
from tsuzuri.storage.threads import Comment
from tsuzuri.web.gate import platform
from tsuzuri.web.render import sentence

LISTED = 30
"""How many a search offers; whoever is not among them is found by typing more."""
EVERYBODY = 300
"""How many a page without scripts lists."""
KINDS: Mapping[str, Message] = {"agency": message("所属"), "group": message("グループ")}
NOBODY: Message = message("会話の中に、いまこの記録を読める相手がいません。")
ALL, CHOOSE = "all", "choose"
"""What the address of a record's page may ask for as ``to``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """One person, agency or group: its name as it is sent, its label, and where they belong."""

    name: str
    label: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressing:
    """The part of a comment's form that says to whom it is addressed.

    ``listed`` are those offered where no script searches; ``note`` says why nobody is chosen.
    """

    chosen: list[Addressee]
    listed: list[Addressee]
    find_url: str
    answer_url: str
    choose_url: str
    all_url: str
    note: str = ""


def addressees(access: Access, names: Iterable[str], scene: Scene) -> list[Addressee]:
    """Return in words those of ``names`` whom the reader may know."""
    directory = platform().directory_for(access.actor)
    found = []
    for name in mentions.known(directory, names):
        kind, code = mentions.parted(name)
        agencies = directory.users[code].agencies if kind == "user" else ()
        detail = scene.name("agency", agencies[0]) if agencies else _said(kind)
        found.append(Addressee(name=name, label=scene.name(kind, code), detail=detail))
    return found


def _said(kind: str) -> str:
    return sentence(KINDS[kind]) if kind in KINDS else ""


def offered(access: Access, record: int, asked: str, scene: Scene) -> tuple[list[Addressee], bool]:
    """Return whom a search for ``asked`` finds, and whether there are more."""
    names = mentions.offered(platform(), access, record)
    directory = platform().directory_for(access.actor)
    found = list(mentions.matching(directory, names, asked))
    return addressees(access, found[:LISTED], scene), len(found) > LISTED


def everybody(
    access: Access, record: int, scene: Scene, chosen: Sequence[str] = ()
) -> list[Addressee]:
    """Return whom an answer to all is for, with those who were ``chosen`` already."""
    answered = mentions.answered(platform(), access, record)
    names = dict.fromkeys((*chosen[: mentions.MOST], *answered))
    return addressees(access, names, scene)


def of_form(
    access: Access, record: int, said: list[Comment], to: tuple[str, ...], scene: Scene
) -> Addressing:
    """Return what the form of a comment shows; ``to`` is what stands in it or was asked for."""
    note = ""
    listed: list[Addressee] = []
    if to == (ALL,):
        chosen = everybody(access, record, scene)
        note = "" if chosen else sentence(NOBODY)
    elif to == (CHOOSE,):
        names = mentions.offered(platform(), access, record)[:EVERYBODY]
        chosen, listed = [], addressees(access, names, scene)
    else:
        chosen = addressees(access, to, scene)
    spoke = mentions.known(
        platform().directory_for(access.actor), mentions.spoke(access.actor, said)
    )
    app = access.app.code
    again: dict[str, Any] = {"app": app, "record": record, "_anchor": "thread"}
    return Addressing(
        chosen=chosen,
        listed=listed,
        note=note,
        find_url=url_for("threads.offers", app=app, record=record),
        answer_url=url_for("threads.offers", app=app, record=record, all="1"),
        choose_url=url_for("records.show", to=CHOOSE, **again),
        all_url=url_for("records.show", to=ALL, **again) if spoke else "",
    )


def concerns(access: Access, one: Comment) -> bool:
    """Tell whether a comment is addressed to its reader."""
    actor = access.actor
    return mentions.concern(actor.user, actor.above, actor.groups, one.mentions)
