"""The gate: ``admit`` narrows an app to what one person may know of it, once, at the door.

The :class:`Access` it returns holds an app in which unreadable fields do not exist, and one
condition per action on records.  Everything behind it works on that app and cannot name
what it does not contain, so no list, filter, sort, count, export, history or message needs
a check of its own.  Only ``admit`` makes an ``Access``.

Side doors, and why they are shut:

* sorting, filtering and searching bind to the narrowed app; a hidden field is unknown there;
* a record is loaded *through* the view condition, so an unseen one and a missing one differ
  in nothing;
* lookups and related records admit the person again, in the other app;
* history and comments are read through the record and shown through the narrowed app;
* files are resolved through record and field, never by their hash alone;
* a revision conflict is compared after the view condition;
* a change is checked against the edit condition before it is applied, and against the view
  condition after it: nobody writes a record out of their own sight unawares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import lru_cache
from types import MappingProxyType

from tsuzuri.access import onlooking
from tsuzuri.access.actors import Actor
from tsuzuri.access.readers import Visibility, visibility
from tsuzuri.access.rules import fold, who_matches
from tsuzuri.definitions.model import ACTIONS, LEVELS, App, FieldRule
from tsuzuri.fields.base import Field, Guard
from tsuzuri.fields.traits import Computed, Derived, Heading, Related, System
from tsuzuri.query.bind import Asker, bind_text
from tsuzuri.query.bound import ALWAYS, NEVER, Condition, all_of
from tsuzuri.query.parse import parse_condition
from tsuzuri.query.tree import ABOUT_THE_READER, calls

_ADMITTED = object()


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """What one person may know and do in one app.

    ``app`` is narrowed; ``rows`` maps each action to the condition on records (bound to the
    whole app, opaque to readers); ``writable`` maps a field's code to the condition under
    which it may be written; ``visible`` tells storage the cheapest way to apply ``view``.
    """

    actor: Actor
    asker: Asker
    app: App
    whole: App
    rows: Mapping[str, Condition]
    writable: Mapping[str, Condition]
    visible: Visibility
    seal: object = None

    def __post_init__(self) -> None:
        """Refuse to exist unless made by ``admit``."""
        if self.seal is not _ADMITTED:
            raise TypeError("an Access is made by admit() and nothing else")

    @property
    def knows_all(self) -> bool:
        """Tell whether no field of the app is hidden from the person, anywhere."""
        return len(self.app.fields) == len(self.whole.fields) and not any(
            one.guard for one in self.app.fields
        )

    def may(self, action: str) -> bool:
        """Tell whether the person may ever do ``action`` here, on at least some record."""
        return self.rows[action] != NEVER

    def may_write(self, code: str) -> bool:
        """Tell whether the person may ever write field ``code``."""
        return self.writable.get(code, NEVER) != NEVER


# Rights that make no sense without another: who may not see a record may not change it.
NEEDS_VIEW = frozenset({"edit", "delete", "comment", "export", "print", "unmask"})
ABOUT_RECORDS = NEEDS_VIEW | {"view"}


def admit(actor: Actor, app: App, now: datetime) -> Access:
    """Narrow ``app`` to what ``actor`` may know at ``now``; no rule that fits gives nothing."""
    narrow = _narrowed if _asks_the_clock(app) else _narrowed_today
    narrowed = narrow(actor, app, actor.asking(now))
    if actor.onlooker is not None:
        narrowed = _for_both(narrowed, narrow(actor.onlooker, app, actor.onlooker.asking(now)))
    return Access(
        actor=actor,
        asker=actor.asking(now),
        app=narrowed.app,
        whole=app,
        rows=narrowed.rows,
        writable=narrowed.writable,
        visible=narrowed.visible,
        seal=_ADMITTED,
    )


def sight(actor: Actor, app: App, now: datetime) -> tuple[Condition, Visibility]:
    """Return when ``actor`` sees a record of ``app``, as ``admit`` would, and nothing besides.

    It answers who would read a record, which is asked of everybody at once; nothing can be read
    with it.
    """
    ruling = replace(actor.asking(now), ruling=True)
    view = _row(actor, app, ruling, "view", _app_actions(actor, app))
    return view, visibility(actor, app, ruling, view)


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """What admission finds out: the same all day long where no rule asks the clock."""

    app: App
    rows: Mapping[str, Condition]
    writable: Mapping[str, Condition]
    visible: Visibility


def _narrowed(actor: Actor, app: App, asker: Asker) -> _Narrowed:
    # In a rule no comparison is ignored for want of an agency: that would open everything.
    ruling = replace(asker, ruling=True)
    rows = _rows(actor, app, ruling)
    fields: list[Field] = []
    writable: dict[str, Condition] = {}
    own = {field.code: _levels(actor, app, ruling, field) for field in app.fields}
    for field in app.fields:
        levels = _inherited(app, own, field)
        guarded = _guarded(field, levels)
        if guarded is not None:
            fields.append(guarded)
            if _is_input(field) and not _would_tell(guarded, rows["view"]):
                writable[field.code] = levels["edit"]
    visible = visibility(actor, app, ruling, rows["view"])
    fields = list(_with_sources(fields))
    return _Narrowed(app.only(fields), MappingProxyType(rows), MappingProxyType(writable), visible)


def _for_both(viewed: _Narrowed, onlooker: _Narrowed) -> _Narrowed:
    """Narrow further to what somebody may read who looks with the other person's eyes."""
    rows = onlooking.rows_of_both(viewed.rows, onlooker.rows, ABOUT_RECORDS)
    fields = onlooking.fields_of_both(viewed.app, onlooker.app)
    visible = onlooking.visible_to_both(viewed.visible, onlooker.visible, onlooker.rows["view"])
    return replace(viewed, app=viewed.app.only(fields), rows=rows, visible=visible)


def _narrowed_today(actor: Actor, app: App, asker: Asker) -> _Narrowed:
    """Narrow once a day: a date without a year in a rule is read as of the day."""
    return _kept(actor, app, asker.scene.today)


@lru_cache(maxsize=512)
def _kept(actor: Actor, app: App, day: date) -> _Narrowed:
    # Two people of one name, or one whose agencies changed, are different actors here; a new
    # version of the definition is another app.
    noon = datetime.combine(day, time(12), tzinfo=actor.zone)
    return _narrowed(actor, app, actor.asking(noon))


@lru_cache(maxsize=512)
def _asks_the_clock(app: App) -> bool:
    """Tell whether a rule's condition depends on more of the moment than its day."""
    texts = [
        *(rule.where for rule in app.access.record),
        *(rule.where for rule in app.access.field),
    ]
    nodes = map(parse_condition, texts)
    return any(node is not None and calls(node) - ABOUT_THE_READER for node in nodes)


def _rows(actor: Actor, app: App, asker: Asker) -> Mapping[str, Condition]:
    """Return the condition of each action: app rules bound record rules, view bounds the rest."""
    allowed = _app_actions(actor, app)
    if actor.scope is not None:
        # Here and nowhere else: whatever admits the person, also to the app that a look-up or a
        # reference leads to, admits them within their scope.
        allowed &= actor.scope.within(app.code)
    rows = {action: _row(actor, app, asker, action, allowed) for action in ACTIONS}
    if rows["view"] == NEVER:
        return {**rows, **dict.fromkeys(NEEDS_VIEW, NEVER)}
    return {
        action: all_of((rows["view"], condition)) if action in NEEDS_VIEW else condition
        for action, condition in rows.items()
    }


def _row(actor: Actor, app: App, asker: Asker, action: str, allowed: frozenset[str]) -> Condition:
    if action not in allowed:
        return NEVER
    return _record_condition(actor, app, asker, action) if action in ABOUT_RECORDS else ALWAYS


def _app_actions(actor: Actor, app: App) -> frozenset[str]:
    """Return what the first app rule that names the actor allows."""
    for rule in app.access.app:
        for principal in rule.who:
            named = principal.sort == "creator" and app.owner and app.owner == actor.user
            if named or who_matches(app, (principal,), actor) == ALWAYS:
                return rule.allow
    return frozenset()


def _record_condition(actor: Actor, app: App, asker: Asker, action: str) -> Condition:
    """Return the condition of ``action`` by the record rules; without rules, the app decides."""
    if not app.access.record:
        return ALWAYS
    matches = []
    for rule in app.access.record:
        who = who_matches(app, rule.who, actor)
        # Nobody pays for binding a condition that cannot concern this person.
        if who != NEVER:
            match = all_of((bind_text(app, rule.where, asker), who))
            matches.append((match, action in rule.allow))
    return fold(matches)


def _levels(actor: Actor, app: App, asker: Asker, field: Field) -> Mapping[str, Condition]:
    """Return when the field is masked, readable and writable for the actor."""
    rules = [rule for rule in app.access.field if field.code in rule.fields]
    if not rules:
        return {"masked": NEVER, "view": ALWAYS, "edit": ALWAYS}
    matches = [(_match(actor, app, asker, rule), rule.allow) for rule in rules]
    at_least = LEVELS.index
    return {
        "masked": fold([(match, allow == "masked") for match, allow in matches]),
        "view": fold([(match, at_least(allow) >= at_least("view")) for match, allow in matches]),
        "edit": fold([(match, allow == "edit") for match, allow in matches]),
    }


def _inherited(
    app: App, own: Mapping[str, Mapping[str, Condition]], field: Field
) -> Mapping[str, Condition]:
    """Return the levels of a field; a calculated one shows where all it follows from shows."""
    levels = own[field.code]
    sources = [own[code]["view"] for code in app.relies.get(field.code, ()) if code in own]
    return {**levels, "view": all_of((levels["view"], *sources))} if sources else levels


def _would_tell(field: Field, view: Condition) -> bool:
    """Tell whether writing a field tells of records the person may not see.

    That a value is taken says that some record has it, so only somebody who sees them all writes
    a field that forbids repeats.
    """
    return bool(field.schema.get("unique")) and (view != ALWAYS or field.guard is not None)


def _match(actor: Actor, app: App, asker: Asker, rule: FieldRule) -> Condition:
    who = who_matches(app, rule.who, actor)
    return who if who == NEVER else all_of((bind_text(app, rule.where, asker), who))


def _guarded(field: Field, levels: Mapping[str, Condition]) -> Field | None:
    """Return the field as the actor knows it: plain, guarded, or not at all."""
    if levels["view"] == ALWAYS:
        return field
    if levels["view"] == NEVER and levels["masked"] == NEVER:
        return None
    return replace(field, guard=Guard(visible=levels["view"], masked=levels["masked"]))


def _with_sources(fields: Sequence[Field]) -> Iterator[Field]:
    """Yield the fields; what follows from another one shows where that one shows as well."""
    known = {field.code: field for field in fields}
    for field in fields:
        trait = field.trait
        if isinstance(trait, Derived):
            both = onlooking.field_of_both(field, onlooking.guard_of(known.get(trait.of)))
            if both.guard is None or both.guard != onlooking.CLOSED:
                yield both
        else:
            yield field


def _is_input(field: Field) -> bool:
    """Tell whether people write this field at all."""
    filled = isinstance(field.trait, System | Computed | Derived | Related | Heading)
    return not filled and not field.schema.get("readOnly", False)
