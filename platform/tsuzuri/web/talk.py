"""The conversation under a record, as its templates print it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from flask import current_app, url_for

from tsuzuri.access.gate import Access
from tsuzuri.fields.base import Scene
from tsuzuri.fields.files import size
from tsuzuri.services import threads
from tsuzuri.services.quotes import Quote
from tsuzuri.services.threads import Thread
from tsuzuri.storage.records import MASKED
from tsuzuri.storage.threads import Comment, Said, Thanks
from tsuzuri.web import addressing
from tsuzuri.web.addressing import Addressing
from tsuzuri.web.gate import platform
from tsuzuri.web.render import MASK
from tsuzuri.web.shown import by, moment, plain

NONE: Mapping[int, Comment] = MappingProxyType({})
CLIPPED = 200
"""Characters of what is quoted; the whole of it is a tap away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A comment as somebody is writing it, and what is wrong with it.

    ``change`` is the id of the comment that is being put right, or 0; ``to`` are those it is
    addressed to, None where nobody said so yet.
    """

    body: str = ""
    quote: str = ""
    urgent: bool = False
    change: int = 0
    to: tuple[str, ...] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts comments under one record into words for one reader."""

    access: Access
    record: int
    scene: Scene

    def comment(
        self, one: Comment, quote: Quote | None = None, others: Mapping[int, Comment] = NONE
    ) -> dict[str, Any]:
        """Return what a template prints of a comment; ``others`` are those it may quote."""
        may = self.access.may("comment") and not one.withdrawn_at
        return {
            "id": one.id,
            "author": self.scene.name("user", one.author),
            "agency": self.scene.name("agency", one.agency) if one.agency else "",
            "time": moment(one.at, self.scene),
            "time_iso": one.at,
            "body": one.body,
            "edited": bool(one.edited_at),
            "withdrawn": bool(one.withdrawn_at),
            "urgent": one.urgent,
            "own": one.author == self.access.actor.user,
            "quote": self.quote(quote, others),
            "files": [self._file(one, file) for file in one.files],
            "to": [to.label for to in addressing.addressees(self.access, one.mentions, self.scene)],
            "to_me": addressing.concerns(self.access, one),
            "quote_url": self._again(quote=f"comment:{one.id}") if may else "",
            "change_url": (
                self._again(change=str(one.id))
                if threads.may_change(platform(), self.access, one)
                else ""
            ),
        }

    def _file(self, one: Comment, file: Mapping[str, Any]) -> dict[str, str]:
        where: dict[str, Any] = {"record": self.record, "comment": one.id, "key": file["key"]}
        url = url_for("threads.file", app=self.access.app.code, **where)
        return {"name": file["name"], "size": size(file["size"]), "url": url}

    def _again(self, **asked: str) -> str:
        return url_for(
            "records.show",
            app=self.access.app.code,
            record=self.record,
            part="thread",
            **asked,  # type: ignore[arg-type]  # flask takes anything as a query
            _anchor="thread",
        )

    def quote(self, quote: Quote | None, others: Mapping[int, Comment]) -> dict[str, str] | None:
        """Return who or what is quoted, and what of it is shown."""
        if quote is None:
            return None
        if quote.field is not None:
            field, value = quote.field, quote.value
            text = MASK if value is MASKED else plain(field.kind.show(field, value, self.scene))
            return {"head": field.title(self.scene.language), "text": text[:CLIPPED], "url": ""}
        one = others.get(quote.comment)
        if one is None:
            return None
        return {
            "head": by(one.author, one.agency, self.scene),
            "text": one.body[:CLIPPED],
            "url": f"#comment-{one.id}",
        }


NOTHING = Typed()


def talk_of(access: Access, record: int, scene: Scene, typed: Typed = NOTHING) -> dict[str, Any]:
    """Return comments and thanks of a record, and where more of them go."""
    thread = threads.thread(platform(), access, record)
    where: dict[str, Any] = {"app": access.app.code, "record": record}
    teller = Teller(access, record, scene)
    others = {one.id: one for one in thread.comments}
    return {
        "comments": [
            teller.comment(one, thread.quotes.get(one.id), others) for one in thread.comments
        ],
        "thanks": _phrases(access, thread.thanks, scene),
        "may": thread.may_comment,
        "comment_url": url_for("threads.comment", **where),
        "thank_url": url_for("threads.thank", **where),
        "said": Said(thread.comments, thread.thanks),
        "typed": typed,
        "quoting": _quoting(teller, thread, typed.quote),
        "quotable": [(f"field:{one.code}", one.title(scene.language)) for one in thread.quotable],
        "changing": _changing(access, record, thread, typed),
        "to": _to(teller, thread, typed) if thread.may_comment else None,
    }


def _to(teller: Teller, thread: Thread, typed: Typed) -> Addressing:
    """Return whom the form addresses: as it was typed, or as the comment stands."""
    changed = next((one for one in thread.comments if one.id == typed.change), None)
    stands = changed.mentions if changed is not None else ()
    to = stands if typed.to is None else typed.to
    return addressing.of_form(teller.access, teller.record, thread.comments, to, teller.scene)


def _quoting(teller: Teller, thread: Thread, asked: str) -> dict[str, str] | None:
    """Return the comment that is about to be quoted, if it is one."""
    kind, _, name = asked.partition(":")
    for one in thread.comments if kind == "comment" else ():
        if str(one.id) == name and not one.withdrawn_at:
            return teller.quote(Quote(comment=one.id), {one.id: one})
    return None


def _changing(access: Access, record: int, thread: Thread, typed: Typed) -> dict[str, str] | None:
    """Return the form of the comment that is being put right, if it still may be."""
    for one in thread.comments:
        if one.id == typed.change and threads.may_change(platform(), access, one):
            where: dict[str, Any] = {"app": access.app.code, "record": record, "comment": one.id}
            return {
                "body": typed.body or one.body,
                "edit_url": url_for("threads.edit", **where),
                "withdraw_url": url_for("threads.withdraw", **where),
                "back_url": url_for("records.show", app=access.app.code, record=record),
            }
    return None


def comment_item(access: Access, record: int, one: Comment, scene: Scene) -> str:
    """Return one comment that quotes nothing as it stands in the list of them."""
    return str(_macro("comment")(Teller(access, record, scene).comment(one)))


def thanks_items(access: Access, given: list[Thanks], scene: Scene) -> str:
    """Return who gave which phrase, as it stands under the buttons."""
    return str(_macro("given")(_phrases(access, given, scene)))


def _macro(name: str) -> Any:
    template = current_app.jinja_env.get_template("parts/thread.html")
    return getattr(template.make_module(), name)


def _phrases(access: Access, given: list[Thanks], scene: Scene) -> list[dict[str, Any]]:
    """Return each of the app's phrases with who gave it."""
    me = access.actor.user
    return [_thanks(phrase, given, me, scene) for phrase in access.app.acknowledgements]


def _thanks(phrase: str, given: list[Thanks], me: str, scene: Scene) -> dict[str, Any]:
    """Return one phrase with who gave it."""
    mine = [one for one in given if one.phrase == phrase]
    return {
        "word": phrase,
        "count": len(mine),
        "names": [by(one.user, one.agency, scene) for one in mine],
        "mine": any(one.user == me for one in mine),
    }
