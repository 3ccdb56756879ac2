"""Accounts one can trust, the audit log, retention: tables for what nobody may see or undo."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
START = "0" * 64


def upgrade() -> None:
    """Create the new tables, and let belonging begin and end on a day."""
    _people()
    position = sa.Column("position", sa.Integer(), server_default="0", nullable=False)
    _belonging("memberships", ("agency", "agencies.code"), position)
    _belonging("group_members", ("group", "groups.code"))
    _audit()
    _sessions()
    _factors()
    _requests()
    _retention()


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default="0", nullable=False)


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, server_default="", nullable=False)


def _people() -> None:
    op.add_column("agencies", _flag("confidential"))
    op.add_column("groups", _flag("confidential"))
    op.add_column("users", _flag("audits"))
    op.add_column("users", _word("mail"))


def _belonging(name: str, to: tuple[str, str], *more: sa.Column[int]) -> None:
    """Make a table of belonging anew: its key gains the first day, so that people can return."""
    column, target = to
    op.rename_table(name, f"{name}_before")
    op.create_table(
        name,
        sa.Column("user", TEXT, nullable=False),
        sa.Column(column, TEXT, nullable=False),
        *more,
        _word("starts_on"),
        _word("ends_on"),
        sa.ForeignKeyConstraint([column], [target]),
        sa.ForeignKeyConstraint(["user"], ["users.code"]),
        sa.PrimaryKeyConstraint("user", column, "starts_on", name=f"pk_{name}"),
    )
    kept = ", ".join(f'"{one}"' for one in ("user", column, *(one.name for one in more)))
    op.execute(f"INSERT INTO {name} ({kept}) SELECT {kept} FROM {name}_before")  # noqa: S608  names written here
    op.drop_table(f"{name}_before")


def _audit() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", ID, autoincrement=False, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("door", TEXT, nullable=False),
        sa.Column("address", TEXT, nullable=False),
        sa.Column("session", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("app", TEXT, nullable=False),
        sa.Column("record", ID, server_default="0", nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_audit_entries_action", "audit_entries", ["action", "seq"], unique=False)
    op.create_index("ix_audit_entries_record", "audit_entries", ["record", "seq"], unique=False)
    op.create_index("ix_audit_entries_user", "audit_entries", ["user", "seq"], unique=False)
    op.create_table(
        "audit_named",
        sa.Column("record", ID, autoincrement=False, nullable=False),
        sa.Column("block", ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("record", "block"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_values",
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    head = sa.table("audit_head", sa.column("id"), sa.column("seq"), sa.column("hash"))
    op.bulk_insert(head, [{"id": 1, "seq": 0, "hash": START}])
    _only_added()
    _alarms()


def _alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("rule", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        _word("noticed_by"),
        _word("noticed_at"),
        _word("said"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rule", "subject", "day", "step", name="uq_alarms_rule"),
    )
    op.create_table(
        "alarm_usual",
        sa.Column("user", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user", "day"),
    )
    op.create_table(
        "alarm_watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    watch = sa.table("alarm_watch", sa.column("id"), sa.column("seq"), sa.column("at"))
    op.bulk_insert(watch, [{"id": 1, "seq": 0, "at": ""}])


def _only_added() -> None:
    """Let the database refuse to change or remove an entry, whoever asks through SQL."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'audit entries are only added'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE"
            " ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entries_no_{verb.lower()} BEFORE {verb} ON audit_entries"
            " BEGIN SELECT RAISE(ABORT, 'audit entries are only added'); END"
        )
    # INSERT OR REPLACE removes the row in its way without firing the trigger on deletion.
    op.execute(
        "CREATE TRIGGER audit_entries_no_replace BEFORE INSERT ON audit_entries"
        " WHEN EXISTS (SELECT 1 FROM audit_entries WHERE seq = NEW.seq)"
        " BEGIN SELECT RAISE(ABORT, 'audit entries are only added'); END"
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("seen_at", TEXT, nullable=False),
        sa.Column("proved_at", TEXT, nullable=False),
        sa.Column("ended_at", TEXT, server_default="", nullable=False),
        sa.Column("address", TEXT, server_default="", nullable=False),
        sa.Column("device", TEXT, server_default="", nullable=False),
        sa.Column("method", TEXT, server_default="password", nullable=False),
        sa.Column("viewing_as", TEXT, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.code"]),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_index("ix_sessions_user", "sessions", ["user"], unique=False)
    op.create_table(
        "throttles",
        sa.Column("key", TEXT, nullable=False),
        sa.Column("left", sa.Float(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "single_uses",
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("user", TEXT, server_default="", nullable=False),
        sa.Column("value", TEXT, server_default="", nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.Column("used_at", TEXT, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("hash"),
    )
    op.create_table(
        "identities",
        sa.Column("issuer", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.code"]),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )


def _factors() -> None:
    op.create_table(
        "totps",
        sa.Column("user", TEXT, nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", TEXT, server_default="", nullable=False),
        sa.Column("step", ID, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.code"]),
        sa.PrimaryKeyConstraint("user"),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", ID, server_default="0", nullable=False),
        sa.Column("name", TEXT, server_default="", nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("used_at", TEXT, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.code"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_passkeys_user", "passkeys", ["user"], unique=False)
    op.create_table(
        "recovery_codes",
        sa.Column("user", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("used_at", TEXT, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.code"]),
        sa.PrimaryKeyConstraint("user", "hash"),
    )


def _requests() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("name", TEXT, server_default="", nullable=False),
        sa.Column("app", TEXT, nullable=False),
        sa.Column("rights", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.Column("used_at", TEXT, server_default="", nullable=False),
        sa.Column("ended_at", TEXT, server_default="", nullable=False),
        sa.ForeignKeyConstraint(["user"], ["users.code"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash", name="uq_api_tokens_hash"),
    )
    op.create_index("ix_api_tokens_user", "api_tokens", ["user"], unique=False)
    op.create_table(
        "kept_answers",
        sa.Column("user", TEXT, nullable=False),
        sa.Column("route", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("body_hash", TEXT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", TEXT, server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("user", "route", "key"),
    )


def _retention() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("app", "record"),
    )
    op.create_table(
        "erasures",
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        _word("reason"),
        _word("approved_by"),
        _word("approved_at"),
        sa.Column("done", sa.Boolean(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("app", "record"),
    )
    op.create_table("erased_files", sa.Column("key", TEXT, primary_key=True))
