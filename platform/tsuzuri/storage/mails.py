"""Mails that wait and mails that went: each is claimed by one sender at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from tsuzuri.storage.identity import new_ids
from tsuzuri.storage.mail_tables import mails, quiet_hours, wishes
from tsuzuri.storage.notice_tables import notices
from tsuzuri.storage.writing import chunks

STATES = ("gathered", "waiting", "claimed", "ending")
OVER = ("bundled", "sent", "unknown", "refused", "dropped")
"""In a daily mail; taken by the server; perhaps taken; given up; not wanted or not to be known."""


UNFIT = "ADDRESS"
"""The error of an address that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail to ``user``; the table says what its parts mean."""

    id: int
    user: str
    state: str
    due_at: str
    made_at: str
    notice: int = 0
    daily: int = 0
    claim: str = ""
    tries: int = 0
    error: str = ""
    failed_at: str = ""
    done_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the sending of mails stands, without anybody it is for."""

    counts: Mapping[str, int]
    oldest: str
    sent_at: str
    error: str
    failed_at: str


def new(user: str, state: str, at: str, notice: int = 0) -> Mail:
    """Return a mail made just now."""
    return Mail(id=new_ids.new(), user=user, state=state, due_at=at, made_at=at, notice=notice)


def add(connection: Connection, found: Sequence[Mail]) -> None:
    """Store new mails."""
    if found:
        connection.execute(insert(mails), [asdict(one) for one in found])


def stored(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Return which of these notices there are."""
    found: set[int] = set()
    for part in chunks(sorted(numbers)):
        some = select(notices.c.id).where(notices.c.id.in_(part))
        found.update(connection.execute(some).scalars())
    return found


def anything(connection: Connection, now: str) -> bool:
    """Tell whether there is anything to do."""
    due = (mails.c.state.in_(("waiting", "claimed", "ending")), mails.c.due_at <= now)
    return connection.execute(select(mails.c.id).where(*due).limit(1)).first() is not None


def claim(connection: Connection, word: str, *, now: str, until: str) -> Mail | None:
    """Take the oldest mail that is due, for nobody else to take before ``until``."""
    due = (mails.c.state == "waiting", mails.c.due_at <= now)
    oldest = select(mails).where(*due).order_by(mails.c.id).limit(1)
    row = connection.execute(oldest.with_for_update(skip_locked=True)).mappings().first()
    if row is None:
        return None
    taken = {"state": "claimed", "claim": word, "due_at": until}
    done = connection.execute(update(mails).where(mails.c.id == row["id"], *due).values(taken))
    return Mail(**{**row, **taken}) if done.rowcount == 1 else None


def end(connection: Connection, mail: Mail, *, until: str) -> bool:
    """Note that the end of a mail is about to be said; False if somebody else took it over."""
    mine = (mails.c.id == mail.id, mails.c.claim == mail.claim, mails.c.state == "claimed")
    done = connection.execute(update(mails).where(*mine).values(state="ending", due_at=until))
    return done.rowcount == 1


def settle(connection: Connection, mail: Mail, state: str, at: str, *, error: str = "") -> None:
    """Note how a mail that one has claimed came out."""
    mine = (mails.c.id == mail.id, mails.c.claim == mail.claim)
    out = {"state": state, "done_at": at}
    if error:
        out |= {"error": error, "failed_at": at}
    connection.execute(update(mails).where(*mine).values(out))


def put_off(connection: Connection, mail: Mail, due: str) -> None:
    """Let a mail that one has claimed wait until it is due again."""
    mine = (mails.c.id == mail.id, mails.c.claim == mail.claim)
    out = {"state": "waiting", "claim": "", "due_at": due}
    connection.execute(update(mails).where(*mine).values(out))


def failed(connection: Connection, mail: Mail, error: str, at: str) -> None:
    """Note that a mail that one has claimed could not be sent this time."""
    mine = (mails.c.id == mail.id, mails.c.claim == mail.claim)
    out = {"tries": mail.tries + 1, "error": error, "failed_at": at}
    connection.execute(update(mails).where(*mine).values(out))


def put_all_off(connection: Connection, now: str, due: str) -> None:
    """Let everything wait that is due now: there is no server to send it."""
    waiting = (mails.c.state == "waiting", mails.c.due_at <= now)
    connection.execute(update(mails).where(*waiting).values(due_at=due))


def take_back(connection: Connection, now: str) -> None:
    """Deal with the mails of senders that did not finish in time.

    Where the end was not said yet, the server has thrown the mail away and it is sent anew.
    Where it was, the server has it almost surely, and it is not sent twice.
    """
    late = mails.c.due_at <= now
    again = {"state": "waiting", "claim": ""}
    connection.execute(update(mails).where(mails.c.state == "claimed", late).values(again))
    over = {"state": "unknown", "done_at": now}
    connection.execute(update(mails).where(mails.c.state == "ending", late).values(over))


def gather(connection: Connection, at: str) -> None:
    """Make one mail for each person of everything that was gathered for them.

    A daily mail that still waits takes the new notices in.
    """
    gathered = mails.c.state == "gathered"
    users = connection.execute(select(mails.c.user).distinct().where(gathered)).scalars().all()
    held = (mails.c.state == "waiting", mails.c.notice == 0, mails.c.user.in_(users))
    rows = connection.execute(select(mails.c.user, mails.c.id).where(*held))
    known = {row.user: row.id for row in rows}
    fresh = {user: new(user, "waiting", at) for user in users if user not in known}
    add(connection, list(fresh.values()))
    for user in users:
        into = fresh[user].id if user in fresh else known[user]
        mine = (mails.c.user == user, gathered)
        out = {"state": "bundled", "daily": into, "done_at": at}
        connection.execute(update(mails).where(*mine).values(out))


def gathered(connection: Connection, daily: int) -> list[int]:
    """Return the notices that a daily mail tells of."""
    found = select(mails.c.notice).where(mails.c.daily == daily).order_by(mails.c.notice)
    return list(connection.execute(found).scalars())


def remove(connection: Connection, before: str) -> int:
    """Remove what has been over since before a time; tell how much it was."""
    old = (mails.c.state.in_(OVER), mails.c.done_at < before)
    return connection.execute(delete(mails).where(*old)).rowcount


def standing(connection: Connection) -> Standing:
    """Return how the sending stands."""
    counted = select(mails.c.state, func.count()).group_by(mails.c.state)
    oldest = select(func.min(mails.c.made_at)).where(mails.c.state == "waiting")
    sent = select(func.max(mails.c.done_at)).where(mails.c.state == "sent")
    failures = select(mails.c.error, mails.c.failed_at).where(mails.c.error != "")
    last = connection.execute(failures.order_by(mails.c.failed_at.desc()).limit(1)).first()
    return Standing(
        counts={row[0]: row[1] for row in connection.execute(counted)},
        oldest=connection.execute(oldest).scalar() or "",
        sent_at=connection.execute(sent).scalar() or "",
        error=last.error if last else "",
        failed_at=last.failed_at if last else "",
    )


def refused(connection: Connection) -> list[str]:
    """Return whose address did not take a mail lately."""
    unfit = or_(mails.c.error.like("RCPT 5%"), mails.c.error == UNFIT)
    found = select(mails.c.user).distinct().where(mails.c.state == "refused", unfit)
    return list(connection.execute(found.order_by(mails.c.user)).scalars())


def ways(connection: Connection, users: Collection[str]) -> dict[str, dict[str, str]]:
    """Return what these people chose, by person and kind of notice."""
    found: dict[str, dict[str, str]] = {user: {} for user in users}
    rows = connection.execute(select(wishes).where(wishes.c.user.in_(users)))
    for row in rows:
        found[row.user][row.kind] = row.way
    return found


def quiet(connection: Connection, user: str) -> tuple[int, int]:
    """Return from which hour until before which one somebody wants no mail; the same: never."""
    row = connection.execute(select(quiet_hours).where(quiet_hours.c.user == user)).first()
    return (row.begins, row.ends) if row else (0, 0)


def put_wishes(
    connection: Connection, user: str, chosen: Mapping[str, str], hours: tuple[int, int]
) -> None:
    """Store what somebody chose."""
    connection.execute(delete(wishes).where(wishes.c.user == user))
    connection.execute(delete(quiet_hours).where(quiet_hours.c.user == user))
    rows = [{"user": user, "kind": kind, "way": way} for kind, way in chosen.items()]
    if rows:
        connection.execute(insert(wishes), rows)
    begins, ends = hours
    if begins != ends:
        connection.execute(insert(quiet_hours).values(user=user, begins=begins, ends=ends))
