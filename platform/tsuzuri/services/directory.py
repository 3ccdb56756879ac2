"""Looking after people: who there is, who belongs where and when, who holds which role.

Every change is one transaction with its entries in the audit log, which hold codes and days and
nothing else.  Whoever may do it is asked at the door; what would leave the installation without
anybody to look after it, or one person watching over themselves, is refused here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from tsuzuri.access.actors import Actor
from tsuzuri.errors import Invalid, Problem, Unknown, message
from tsuzuri.japanese.folding import fold
from tsuzuri.services import wellformed
from tsuzuri.services.platform import Platform
from tsuzuri.storage import audit, belonging, closing, people
from tsuzuri.storage.audit import Entry
from tsuzuri.storage.belonging import AGENCY, GROUP, Stay
from tsuzuri.storage.database import Connection
from tsuzuri.storage.people import User

PLURALS: Mapping[str, str] = {AGENCY: "agencies", GROUP: "groups"}
Known = Mapping[str, Mapping[str, object]]
"""The codes of agencies and groups that there are."""
ROLES = ("administers", "audits")
TEXTS = ("name", "kana", "mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Everything the directory says about one person, the past and the planned included."""

    code: str
    name: str
    kana: str = ""
    mail: str = ""
    language: str = "ja"
    active: bool = True
    administers: bool = False
    audits: bool = False
    agencies: tuple[Stay, ...] = ()
    groups: tuple[Stay, ...] = ()

    def stays(self, entity: str) -> tuple[Stay, ...]:
        """Return the stretches of belonging to agencies or to groups."""
        found: tuple[Stay, ...] = getattr(self, PLURALS[entity])
        return found

    @property
    def looks_after(self) -> bool:
        """Whether somebody can turn to this person for accounts and definitions."""
        return self.active and self.administers


ACCOUNT = tuple(one.name for one in fields(Person) if one.name not in PLURALS.values())


def person(platform: Platform, code: str) -> Person:
    """Return one person.  Raises ``Unknown``."""
    with platform.database.platform() as connection:
        return _one(connection, code)


def _one(connection: Connection, code: str) -> Person:
    # What no database can hold is nobody's code.
    found = load(connection, (code,)) if code.isprintable() else {}
    if code not in found:
        raise Unknown
    return found[code]


def load(connection: Connection, codes: Iterable[str] | None = None) -> dict[str, Person]:
    """Return people by code: all of them, or these."""
    wanted = None if codes is None else list(codes)
    stays = {entity: belonging.stays(connection, entity, wanted) for entity in PLURALS}
    return {
        code: Person(
            **{name: getattr(one, name) for name in ACCOUNT},
            agencies=tuple(stays[AGENCY].get(code, ())),
            groups=tuple(stays[GROUP].get(code, ())),
        )
        for code, one in people.accounts(connection, wanted).items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which people a list shows: those whose names, code or mail hold ``text``, in ``agency``."""

    text: str = ""
    agency: str = ""
    active: bool | None = True


def found(platform: Platform, sought: Sought) -> list[Person]:
    """Return the people who are sought, by their reading and then their code."""
    directory = platform.directory
    words = fold(sought.text).split()
    with platform.database.platform() as connection:
        everybody = load(connection)
    kept = []
    for one in everybody.values():
        said = fold(f"{one.code} {one.name} {one.kana} {one.mail}")
        today = directory.users[one.code].agencies if one.code in directory.users else ()
        if (
            all(word in said for word in words)
            and (not sought.agency or sought.agency in directory.above(today))
            and sought.active in {None, one.active}
        ):
            kept.append(one)
    return sorted(kept, key=lambda one: (one.kana or one.name, one.code))


def add(platform: Platform, actor: Actor, wanted: Person) -> None:
    """Add a person, who can sign in once a password is set.

    Raises ``Invalid`` with everything that is wrong, a code that is taken among it.
    """
    with platform.changing(actor) as connection:
        people.touch(connection)
        unfit = list(wellformed.code(wanted.code, "/code"))
        problems = [*unfit, *wrong(connection, None, wanted)]
        if not unfit and load(connection, (wanted.code,)):
            problems.append(Problem("/code", message("このログイン名はもう使われています。")))
        if problems:
            raise Invalid(problems)
        store(platform, connection, None, wanted)


def change(platform: Platform, actor: Actor, code: str, **values: Any) -> Person:
    """Change what is given of a person, named as in ``Person``; return them as they are then.

    Raises ``Unknown``, or ``Invalid`` with everything that is wrong.
    """
    with platform.changing(actor) as connection:
        # Counting the change first holds every other change off: two administrators who take
        # each other's role away at once must not both succeed.
        people.touch(connection)
        before = _one(connection, code)
        after = replace(before, **values)
        problems = list(wrong(connection, before, after))
        if problems:
            raise Invalid(problems)
        store(platform, connection, before, after)
    return after


def wrong(connection: Connection, before: Person | None, after: Person) -> Iterator[Problem]:
    """Yield what is wrong with a person as they would be."""
    yield from faults(after, known_codes(connection))
    if before is not None and before.looks_after and not after.looks_after:
        yield from _last(connection, after)


def known_codes(connection: Connection) -> Known:
    """Return which agencies and groups there are."""
    return {AGENCY: people.agencies(connection), GROUP: people.groups(connection)}


def faults(after: Person, known: Known) -> Iterator[Problem]:
    """Yield what is wrong with a person whoever else there is."""
    yield from wellformed.text(after.name, "/name", needed=True)
    yield from wellformed.text(after.kana, "/kana")
    yield from wellformed.mail(after.mail, "/mail")
    for entity in PLURALS:
        yield from wellformed.stays(after.stays(entity), known[entity], f"/{PLURALS[entity]}")
    if after.administers and after.audits:
        sentence = message(
            "管理者と監査の担当は、別の人にしてください。自分の操作を自分で確かめることになるためです(四つの目)。"
        )
        yield Problem("/audits", sentence)


def _last(connection: Connection, after: Person) -> Iterator[Problem]:
    """Yield a problem if nobody but this person looks after the installation."""
    others = (one for one in people.accounts(connection).values() if one.code != after.code)
    if not any(one.active and one.administers for one in others):
        yield Problem("/active" if after.administers else "/administers", NOBODY_LEFT)


NOBODY_LEFT = message(
    "管理者がいなくなります。先にほかの人を管理者にしてから、もう一度操作してください。"
)


def store(platform: Platform, connection: Connection, before: Person | None, after: Person) -> None:
    """Store a person who was found to be right, and note what that changes."""
    people.put_accounts(connection, [User(**{name: getattr(after, name) for name in ACCOUNT})])
    for entity in PLURALS:
        if before is None or before.stays(entity) != after.stays(entity):
            belonging.put(connection, entity, {after.code: after.stays(entity)})
    closed: Mapping[str, int] = {}
    if before is not None and before.active and not after.active:
        closed = closing.close(connection, after.code, platform.stamp())
    for entry in entries(before, after, closed):
        audit.note(connection, entry)


def entries(
    before: Person | None, after: Person, closed: Mapping[str, int] | None = None
) -> Iterator[Entry]:
    """Yield what the audit log says of a change; ``closed`` counts what a closed account lost."""
    user = {"user": after.code}
    if before is None:
        yield Entry(action="user.add", detail=user)
    was = before or Person(code=after.code, name=after.name, kana=after.kana, mail=after.mail)
    texts = [name for name in TEXTS if getattr(was, name) != getattr(after, name)]
    if texts:
        yield Entry(action="user.change", detail={**user, "fields": texts})
    for role in ROLES:
        if getattr(was, role) != getattr(after, role):
            verb = "give" if getattr(after, role) else "take"
            yield Entry(action=f"role.{verb}", detail={**user, "role": role})
    if was.active != after.active:
        verb = "activate" if after.active else "deactivate"
        yield Entry(action=f"user.{verb}", detail={**user, **(closed or {})})
    for entity in PLURALS:
        yield from _stay_entries(entity, user, was.stays(entity), after.stays(entity))


def _stay_entries(
    entity: str, user: Mapping[str, str], before: Sequence[Stay], after: Sequence[Stay]
) -> Iterator[Entry]:
    was = {(one.code, one.starts_on): one for one in before}
    now = {(one.code, one.starts_on): one for one in after}
    for key in sorted(was.keys() | now.keys()):
        old, new = was.get(key), now.get(key)
        if old == new:
            continue
        verb = "add" if old is None else "remove" if new is None else "change"
        stay = new or old or Stay(code="")
        days = {"starts_on": stay.starts_on, "ends_on": stay.ends_on}
        yield Entry(action=f"membership.{verb}", detail={**user, entity: stay.code, **days})
