"""A definition while its app's managers change it: draft, check, what changes, publish, go back.

A draft changes nothing for anybody.  It carries a mark of its text: whoever saves on top of another
text than they saw is refused and told whose it is, so two who change it at once lose nothing.
Managing an app opens its definition, never a record; how many records a change concerns is told
in numbers only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tsuzuri.access.gate import Access, admit
from tsuzuri.definitions import design, strict_json
from tsuzuri.definitions.build import build
from tsuzuri.definitions.difference import Change, changes
from tsuzuri.definitions.load import examined
from tsuzuri.definitions.model import App
from tsuzuri.definitions.strict_json import escape
from tsuzuri.errors import Denied, Invalid, Problem, Stale, Unknown, message
from tsuzuri.fields import KINDS
from tsuzuri.services import definitions
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, catalogue
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.filled import filled, living
from tsuzuri.storage.guard import Errand

ERRAND = Errand("a manager changes a definition")
OPEN: Mapping[str, Any] = {"app": [{"who": ["everyone"], "allow": ["view", "add", "edit"]}]}
MARK = 16
Step = Callable[[Mapping[str, Any]], dict[str, Any]]
PICTURED = ("app", "name", "record", "form")
FIELDS = "/record/properties/"
TRIES = 4
"""What is left out may leave others unfinished, such as a calculation with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is being changed: the draft, or the published definition where there is none.

    ``by`` and ``at`` are empty for the published one; ``version`` is the published version.
    """

    document: dict[str, Any]
    mark: str
    version: int
    by: str = ""
    at: str = ""

    @property
    def is_draft(self) -> bool:
        """Tell whether somebody changed anything."""
        return self.at != ""


@dataclass(frozen=True, slots=True)
class Effect:
    """A change, and how many records it concerns: None where that is not asked."""

    change: Change
    records: int | None = None


def opened(platform: Platform, access: Access) -> Draft:
    """Return what a manager of the app changes now."""
    _must_manage(access)
    with platform.database.platform() as connection:
        return _now(connection, access.whole)


def _now(connection: Any, app: App) -> Draft:
    draft = catalogue.draft_of(connection, app.code)
    if draft is None:
        text = json.dumps(app.document, ensure_ascii=False)
        return Draft(document=json.loads(text), mark=_mark(text), version=app.version)
    document = json.loads(draft.text)
    return Draft(
        document=document, mark=_mark(draft.text), version=app.version, by=draft.by, at=draft.at
    )


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:MARK]


def keep(platform: Platform, access: Access, document: Any, *, mark: str) -> None:
    """Keep a draft on top of the text that ``mark`` stands for.

    Raises ``Stale`` where somebody else saved meanwhile, ``Invalid`` where it is no definition of
    this app.  What else is wrong with it may stay so until it is published.
    """
    _must_manage(access)
    if not isinstance(document, dict) or document.get("app") != access.app.code:
        other = message("アプリのコードは変えられません。")
        raise Invalid([Problem("/app", other)])
    with platform.changing(access.actor) as connection:
        catalogue.hold_drafts(connection, access.app.code)
        _must_be(_now(connection, access.whole), mark)
        version = catalogue.save_draft(
            connection, document, by=access.actor.user, at=platform.stamp()
        )
        detail = {"version": version}
        audit.note(connection, Entry(action="app.draft", app=access.app.code, detail=detail))


def change(platform: Platform, access: Access, step: Step, *, mark: str) -> None:
    """Change the draft that ``mark`` stands for by one step.  Raises as ``keep`` does."""
    now = opened(platform, access)
    _must_be(now, mark)
    keep(platform, access, step(now.document), mark=mark)


def add_field(platform: Platform, access: Access, kind: str, after: str, *, mark: str) -> str:
    """Add a field to the draft and return its code.  Raises as ``keep`` does, and ``Unknown``."""
    _must_manage(access)
    if kind not in KINDS:
        raise Unknown
    with platform.database.platform() as connection:
        former = catalogue.former_codes(connection, access.whole)
    title = str(KINDS[kind].label)
    now = opened(platform, access)
    _must_be(now, mark)
    code = design.new_code(now.document, title, former)
    document = design.add_field(now.document, code, kind=kind, title=title, after=after)
    keep(platform, access, document, mark=mark)
    return code


def keep_text(platform: Platform, access: Access, text: str, *, mark: str) -> None:
    """Keep a draft that was written as JSON.  Raises ``Invalid`` for what is no JSON, too."""
    keep(platform, access, definitions.read(text), mark=mark)


def discard(platform: Platform, access: Access, *, mark: str) -> None:
    """Throw the draft away.  Raises ``Stale``."""
    _must_manage(access)
    with platform.changing(access.actor) as connection:
        catalogue.hold_drafts(connection, access.app.code)
        _must_be(_now(connection, access.whole), mark)
        if catalogue.discard_draft(connection, access.whole.number):
            audit.note(connection, Entry(action="app.discard", app=access.app.code))


def _must_be(now: Draft, mark: str) -> None:
    if now.mark != mark:
        raise Stale(revision=0, by=now.by, at=now.at, clashes=())


def problems(platform: Platform, document: Mapping[str, Any]) -> Sequence[Problem]:
    """Return everything that is wrong with a definition, in itself and towards other apps."""
    try:
        app = definitions.check_document(document)
    except Invalid as error:
        return error.problems
    return [*definitions.related_problems(app, platform.apps)]


def effects(platform: Platform, access: Access, document: Mapping[str, Any]) -> list[Effect]:
    """Return what publishing ``document`` changes; nothing can be said of what is no definition."""
    _must_manage(access)
    found, _ = examined(document)
    if found is None:
        return []
    differences = changes(access.whole.document, document)
    with platform.database.read(ERRAND) as connection:
        return [*_counted(connection, access.whole, differences)]


def _counted(connection: Any, app: App, differences: Sequence[Change]) -> Iterator[Effect]:
    tables = tables_of(app)
    stored = {one.code: one for one in app.stored}
    for one in differences:
        field = stored.get(one.code)
        if field is None or not (one.empties or one.asks):
            yield Effect(one)
        elif one.empties:
            yield Effect(one, filled(connection, tables, field))
        else:
            yield Effect(one, living(connection, tables) - filled(connection, tables, field))


def publish(platform: Platform, access: Access, *, mark: str) -> App:
    """Publish the draft.

    Raises ``Invalid`` with everything that is wrong with it, ``Stale`` where it is another one
    than was looked at, ``Unknown`` where there is none.
    """
    _must_manage(access)
    with platform.database.platform() as connection:
        now = _now(connection, access.whole)
    _must_be(now, mark)
    if not now.is_draft:
        raise Unknown
    return _published(platform, access, now.document)


def go_back(platform: Platform, access: Access, version: int) -> App:
    """Publish an earlier version again; the later ones stay and can return too."""
    _must_manage(access)
    with platform.database.platform() as connection:
        document = catalogue.document_of(connection, access.app.code, version)
    return _published(platform, access, document)


def _published(platform: Platform, access: Access, document: dict[str, Any]) -> App:
    wrong = [
        *problems(platform, document),
        *_locking_out(platform, access, document),
        *_shedding(platform, access, document),
    ]
    if wrong:
        raise Invalid(wrong)
    return definitions.publish(platform, document, by=access.actor)


def _locking_out(
    platform: Platform, access: Access, document: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield why nobody could change the app any more after this."""
    found, wrong = examined(document)
    if found is None or wrong:
        return
    if not admit(access.actor, found, platform.clock()).may("manage"):
        yield Problem(
            "/access/app",
            message(
                "このまま公開すると、あなたはこのアプリを管理できなくなります。アプリの権限に、自分を含む「管理」の行を残してください。"
            ),
        )


def _shedding(platform: Platform, access: Access, document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the fields that would lose their protection because no rule speaks of them any more.

    What was restricted is opened by a rule that says so, never by leaving one out: nor by removing
    a field and adding it again.
    """
    found, wrong = examined(document)
    if found is None or wrong:
        return
    named = {code for rule in found.access.field for code in rule.fields}
    with platform.database.platform() as connection:
        before = catalogue.guarded_before(connection, access.whole)
    for one in found.fields:
        if one.code in before - named:
            said = message(
                "この項目は、見られる人が限られていました。だれに見せるかを、項目の権限に書いてください。"
            )
            yield Problem(FIELDS + escape(one.code), said)


def sketch(document: Mapping[str, Any]) -> App | None:
    """Return a definition as an app that everybody may fill in, to show what its form looks like.

    Fields that are not finished are left out; None where even so it is no definition.  Nothing
    can be stored in it.
    """
    shown = {key: document[key] for key in PICTURED if key in document} | {"access": OPEN}
    for _ in range(TRIES):
        found, wrong = examined(shown)
        if found is not None and not wrong:
            return build(shown)
        unfinished = {one.pointer.split("/")[3] for one in wrong if one.pointer.startswith(FIELDS)}
        for code in unfinished & {escape(code) for code in shown["record"]["properties"]}:
            shown = design.remove_field(shown, strict_json.unescape(code))
        if not unfinished:
            break
    return None


def _must_manage(access: Access) -> None:
    if not access.may("manage"):
        raise Denied
