"""What somebody is told of without asking: their notices, the mails about them, and their number.

Ids are left out: those of notices are made by chance, and others' notices shift it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from noninterference.sides import Side
from tsuzuri.services import inbox, noticing
from tsuzuri.storage.mail_tables import mails
from tsuzuri.storage.notice_tables import notices
from worlds.town import TOKYO

TOLD = ("app", "record", "kind", "about", "by", "at", "read_at", "later_at")
MAILED = ("state", "due_at", "made_at")


def told(side: Side, user: str) -> dict[str, Any]:
    """Tell everybody of everything that was done, and return what that told ``user``."""
    noticing.run(side.platform)
    mine = select(*(notices.c[name] for name in TOLD)).where(notices.c.user == user)
    sent = (
        select(*(notices.c[name] for name in TOLD), *(mails.c[name] for name in MAILED))
        .join(notices, notices.c.id == mails.c.notice)
        .where(mails.c.user == user)
    )
    with side.platform.database.platform() as connection:
        rows = sorted(map(tuple, connection.execute(mine)))
        posted = sorted(map(tuple, connection.execute(sent)))
    actor = side.platform.directory.actor(user, TOKYO)
    unread = inbox.unread(side.platform, actor) if actor else 0
    return {"notices": rows, "mails": posted, "unread": unread}
