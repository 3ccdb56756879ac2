"""The directory in the database: agencies, groups, users and who belongs where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from tsuzuri.access.actors import Actor
from tsuzuri.storage import belonging
from tsuzuri.storage import tables as platform
from tsuzuri.storage.belonging import AGENCY, GROUP

VERSION = "directory"
"""The setting that counts changes of the directory, so that each process knows its copy is old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    """One agency; ``parent`` is the code of the one above it, or nothing."""

    code: str
    name: str
    name_en: str = ""
    kind: str = ""
    parent: str = ""
    phone: str = ""
    confidential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of people across agencies."""

    code: str
    name: str
    name_en: str = ""
    confidential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """One person on one day; the first of ``agencies`` is the primary one."""

    code: str
    name: str
    kana: str = ""
    agencies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    language: str = "ja"
    active: bool = True
    administers: bool = False
    audits: bool = False
    mail: str = ""


@dataclass(frozen=True)
class Directory:
    """Everybody and every agency at one version, on one ``day``; small enough to be held whole."""

    version: int = -1
    day: str = ""
    agencies: Mapping[str, Agency] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)

    def name(self, entity: str, code: str, language: str = "ja") -> str:
        """Return the name of a user, agency or group; a code nobody has is its own name."""
        if entity == "user":
            user = self.users.get(code)
            return user.name if user else code
        named = (self.agencies if entity == "agency" else self.groups).get(code)
        if named is None:
            return code
        return named.name_en if language == "en" and named.name_en else named.name

    def above(self, codes: Iterable[str]) -> frozenset[str]:
        """Return ``codes`` and every agency over them; a loop in the tree ends the climb."""
        found: set[str] = set()
        for code in codes:
            climbing: str = code
            while climbing and climbing not in found:
                found.add(climbing)
                agency = self.agencies.get(climbing)
                climbing = agency.parent if agency else ""
        return frozenset(found)

    def actor(self, code: str, zone: ZoneInfo) -> Actor | None:
        """Return who acts when ``code`` signs in; None if nobody active has it."""
        user = self.users.get(code)
        if user is None or not user.active:
            return None
        return Actor(
            user=user.code,
            name=user.name,
            agencies=user.agencies,
            above=self.above(user.agencies),
            groups=frozenset(user.groups),
            administers=user.administers,
            audits=user.audits,
            language=user.language,
            zone=zone,
        )

    def knows(self, entity: str, code: str) -> bool:
        """Tell whether there is such a user, agency or group."""
        known: Mapping[str, object] = {
            "user": self.users,
            "agency": self.agencies,
            "group": self.groups,
        }[entity]
        return code in known

    def known_to(self, actor: Actor) -> Directory:
        """Return the directory in which what is confidential to others does not exist.

        A confidential agency, everything under it and a confidential group are there for their
        own people and for administrators alone; so is who works nowhere else.  To all others
        a code of theirs is one that nobody has.
        """
        agencies = {code: one for code, one in self.agencies.items() if self._open(code, actor)}
        groups = {
            code: one
            for code, one in self.groups.items()
            if not one.confidential or code in actor.groups
        }
        if actor.administers or (len(agencies), len(groups)) == (
            len(self.agencies),
            len(self.groups),
        ):
            return self
        users = {
            code: replace(
                one,
                agencies=tuple(filter(agencies.__contains__, one.agencies)),
                groups=tuple(filter(groups.__contains__, one.groups)),
            )
            for code, one in self.users.items()
            if not one.agencies or any(agency in agencies for agency in one.agencies)
        }
        return replace(self, agencies=agencies, groups=groups, users=users)

    def _open(self, agency: str, actor: Actor) -> bool:
        """Tell whether every confidential agency from here up is one of the actor's."""
        above = (self.agencies.get(code) for code in self.above((agency,)))
        return all(one is None or not one.confidential or one.code in actor.above for one in above)


EMPTY = Directory()


_VERSION_NOW = select(platform.settings.c.value).where(platform.settings.c.name == VERSION)


def current(connection: Connection, known: Directory, day: str) -> Directory:
    """Return the directory on ``day``; ``known`` itself while nothing changed since.

    Memberships begin and end with the day, so a new day is a new directory.
    """
    version = int(connection.execute(_VERSION_NOW).scalar() or 0)
    same = known.version == version and known.day == day
    return known if same else _load(connection, version, day)


def _load(connection: Connection, version: int, day: str) -> Directory:
    belongs = belonging.holding(connection, AGENCY, day)
    joined = belonging.holding(connection, GROUP, day)
    users = {
        code: replace(one, agencies=belongs.get(code, ()), groups=joined.get(code, ()))
        for code, one in accounts(connection).items()
    }
    return Directory(
        version,
        day,
        MappingProxyType(agencies(connection)),
        MappingProxyType(groups(connection)),
        MappingProxyType(users),
    )


def touch(connection: Connection) -> None:
    """Count a change of the directory."""
    table = platform.settings
    # Held until the transaction ends: of two changes at once neither count may be lost.
    counted = select(table.c.value).where(table.c.name == VERSION).with_for_update()
    value = connection.execute(counted).scalar()
    if value is None:
        connection.execute(insert(table).values(name=VERSION, value="1"))
    else:
        connection.execute(
            update(table).where(table.c.name == VERSION).values(value=str(int(value) + 1))
        )


def put_agencies(connection: Connection, agencies: Iterable[Agency]) -> None:
    """Add agencies or change those of the same code; parents may stand after their children."""
    agencies = list(agencies)
    rows = {one.code: _columns(one) for one in agencies}
    _put(connection, "agencies", {code: {**row, "parent": None} for code, row in rows.items()})
    table = platform.agencies
    for one in agencies:
        if one.parent:
            connection.execute(
                update(table).where(table.c.code == one.code).values(parent=one.parent)
            )
    touch(connection)


def put_groups(connection: Connection, groups: Iterable[Group]) -> None:
    """Add groups or change those of the same code."""
    _put(connection, "groups", {one.code: _columns(one) for one in groups})
    touch(connection)


def put_users(connection: Connection, users: Iterable[User], today: str) -> None:
    """Add users or change those of the same code; their memberships are what holds ``today``.

    What is over, and what is planned for later, stays as it is (``belonging_now``).
    """
    found = {one.code: one for one in users}
    put_accounts(connection, found.values())
    for entity, codes in ((AGENCY, "agencies"), (GROUP, "groups")):
        was = belonging.stays(connection, entity, found)
        wanted = {
            user: belonging.belonging_now(was.get(user, []), getattr(one, codes), today)
            for user, one in found.items()
        }
        belonging.put(connection, entity, wanted)


OWN = ("code", "name", "kana", "language", "active", "administers", "audits", "mail")
"""The columns of an account that a ``User`` carries."""


def put_accounts(connection: Connection, users: Iterable[User]) -> None:
    """Add users or change those of the same code, without their memberships."""
    _put(connection, "users", {one.code: {n: getattr(one, n) for n in OWN} for one in users})
    touch(connection)


def accounts(connection: Connection, codes: Iterable[str] | None = None) -> dict[str, User]:
    """Return users by code, all of them or these, without their memberships."""
    table = platform.users
    statement = select(*(table.c[name] for name in OWN)).order_by(table.c.code)
    if codes is not None:
        statement = statement.where(table.c.code.in_(list(codes)))
    return {row["code"]: User(**row) for row in connection.execute(statement).mappings()}


def agencies(connection: Connection) -> dict[str, Agency]:
    """Return every agency by code."""
    rows = connection.execute(select(platform.agencies)).mappings()
    return {row["code"]: Agency(**{**row, "parent": row["parent"] or ""}) for row in rows}


def groups(connection: Connection) -> dict[str, Group]:
    """Return every group by code."""
    rows = connection.execute(select(platform.groups)).mappings()
    return {row["code"]: Group(**row) for row in rows}


def _columns(one: Agency | Group) -> dict[str, object]:
    return {name: getattr(one, name) for name in one.__slots__}


def _put(connection: Connection, name: str, rows: Mapping[str, Mapping[str, object]]) -> None:
    table = platform.metadata.tables[name]
    known = set(
        connection.execute(select(table.c.code).where(table.c.code.in_(list(rows)))).scalars()
    )
    for code in known:
        connection.execute(update(table).where(table.c.code == code).values(**rows[code]))
    new = [dict(row) for code, row in rows.items() if code not in known]
    if new:
        connection.execute(insert(table), new)


def password_hash(connection: Connection, user: str) -> str:
    """Return the stored hash of an active user, or nothing."""
    table = platform.users
    found = connection.execute(
        select(table.c.password).where(table.c.code == user, table.c.active)
    ).scalar()
    return found or ""


def without_password(connection: Connection) -> set[str]:
    """Return the active users who never had a password."""
    table = platform.users
    found = select(table.c.code).where(table.c.password == "", table.c.active)
    return set(connection.execute(found).scalars())


def put_password(connection: Connection, user: str, hashed: str) -> None:
    """Store a user's password hash."""
    table = platform.users
    connection.execute(update(table).where(table.c.code == user).values(password=hashed))


def put_language(connection: Connection, user: str, language: str) -> None:
    """Store the language somebody reads."""
    table = platform.users
    connection.execute(update(table).where(table.c.code == user).values(language=language))
    touch(connection)


def looked_at(connection: Connection, user: str) -> str:
    """Return when a user last said to have seen the news; empty if never."""
    table = platform.users
    found = connection.execute(select(table.c.looked_at).where(table.c.code == user)).scalar()
    return found or ""


def put_looked_at(connection: Connection, user: str, at: str) -> None:
    """Store when a user last said to have seen the news."""
    table = platform.users
    connection.execute(update(table).where(table.c.code == user).values(looked_at=at))
