"""Tables of alarms: what was raised and who took note, what is usual, how far was watched."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, UniqueConstraint

from tsuzuri.storage.tables import ID, TEXT, metadata

alarms = Table(
    "alarms",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("rule", TEXT, nullable=False),
    # A person's code or an address, as the rule says.
    Column("subject", TEXT, nullable=False),
    Column("day", TEXT, nullable=False),
    # How often the measure was doubled: twice as much on the same day is an alarm of its own.
    Column("step", Integer, nullable=False),
    Column("count", Integer, nullable=False),
    Column("most", Integer, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("noticed_by", TEXT, nullable=False, server_default=""),
    Column("noticed_at", TEXT, nullable=False, server_default=""),
    Column("said", TEXT, nullable=False, server_default=""),
    UniqueConstraint("rule", "subject", "day", "step", name="uq_alarms_rule"),
)

usual = Table(
    "alarm_usual",
    metadata,
    # How many different records a person opened, and was shown at all, on one day.
    Column("user", TEXT, primary_key=True),
    Column("day", TEXT, primary_key=True),
    Column("opened", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
)

watched = Table(
    "alarm_watch",
    metadata,
    # One row: the last entry of the audit log that was looked at, and when.
    Column("id", Integer, primary_key=True),
    Column("seq", ID, nullable=False),
    Column("at", TEXT, nullable=False),
)
