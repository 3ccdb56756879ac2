"""A conversation around each record, who has read what, and records that move on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the new tables and columns."""
    _comments()
    _archives()
    _reads()
    _presences()
    _process()
    _notices()
    _mails()
    _drafts()


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, TEXT, server_default="", nullable=False)


def _comments() -> None:
    for name in ("edited_at", "withdrawn_at", "quote", "mentions", "files"):
        op.add_column("record_comments", _word(name))
    op.add_column(
        "record_comments",
        sa.Column("urgent", sa.Boolean(), server_default="0", nullable=False),
    )


def _archives() -> None:
    op.create_table(
        "audit_archives",
        sa.Column("through", ID, autoincrement=False, nullable=False),
        sa.Column("after", ID, nullable=False),
        *(
            sa.Column(name, TEXT, nullable=False)
            for name in ("hash", "sha256", "first_at", "last_at", "seal")
        ),
        sa.PrimaryKeyConstraint("through"),
    )
    op.create_table(
        "audit_archived_reasons",
        sa.Column("app", TEXT, nullable=False),
        sa.Column("record", ID, autoincrement=False, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("app", "record", "hash"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _archives_only_added_postgresql()
    else:
        _archives_only_added_sqlite()


def _archives_only_added_postgresql() -> None:
    """Let entries go up to the last archive and no further; archives themselves never."""
    op.execute("DROP TRIGGER audit_entries_stay ON audit_entries")
    for name in ("audit_entries", "audit_archives"):
        verbs = "UPDATE OR TRUNCATE" if name == "audit_entries" else "UPDATE OR DELETE OR TRUNCATE"
        op.execute(
            f"CREATE TRIGGER {name}_stay BEFORE {verbs}"
            f" ON {name} FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay()"
        )
    op.execute(
        "CREATE FUNCTION audit_entries_leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF EXISTS (SELECT FROM gone WHERE seq >"
        " (SELECT COALESCE(MAX(through), 0) FROM audit_archives))"
        " THEN RAISE EXCEPTION 'audit entries are only added'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_leave AFTER DELETE ON audit_entries"
        " REFERENCING OLD TABLE AS gone"
        " FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_leave()"
    )


def _archives_only_added_sqlite() -> None:
    """Do the same on SQLite."""
    op.execute("DROP TRIGGER audit_entries_no_delete")
    op.execute(
        "CREATE TRIGGER audit_entries_no_delete BEFORE DELETE ON audit_entries"
        " WHEN OLD.seq > (SELECT COALESCE(MAX(through), 0) FROM audit_archives)"
        " BEGIN SELECT RAISE(ABORT, 'audit entries are only added'); END"
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_archives_no_{verb.lower()} BEFORE {verb} ON audit_archives"
            " BEGIN SELECT RAISE(ABORT, 'audit entries are only added'); END"
        )
    # As for entries: a replaced row leaves without its trigger.
    op.execute(
        "CREATE TRIGGER audit_archives_no_replace BEFORE INSERT ON audit_archives"
        " WHEN EXISTS (SELECT 1 FROM audit_archives WHERE through = NEW.through)"
        " BEGIN SELECT RAISE(ABORT, 'audit entries are only added'); END"
    )


def _reads() -> None:
    op.create_table(
        "record_reads",
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("first_at", TEXT, nullable=False),
        sa.Column("last_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("app", "record", "user", "agency"),
    )


def _presences() -> None:
    op.create_table(
        "presences",
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("session", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("seen_at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("app", "record", "session"),
    )
    op.create_index("ix_presences_seen", "presences", ["seen_at"])


def _process() -> None:
    for name in ("step", "behalf"):
        op.add_column("record_history", _word(name))
    op.create_table(
        "deputies",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("user", TEXT, sa.ForeignKey("users.code"), nullable=False),
        sa.Column("deputy", TEXT, sa.ForeignKey("users.code"), nullable=False),
        sa.Column("starts_on", TEXT, nullable=False),
        sa.Column("ends_on", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_deputies_user", "deputies", ["user"])
    op.create_index("ix_deputies_deputy", "deputies", ["deputy"])


def _partial(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "notices", columns, sqlite_where=condition, postgresql_where=condition)


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("about", ID, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        _word("read_at"),
        _word("later_at"),
        _word("rule"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user", "app", "record", "kind", "about", name="uq_notices_about"),
    )
    op.create_index("ix_notices_unread", "notices", ["user", "read_at", "id"])
    op.create_index("ix_notices_user", "notices", ["user", "id"])
    _partial("ix_notices_urgent", ["user", "id"], "kind = 'urgent' AND read_at = ''")
    _partial("ix_notices_urgent_record", ["app", "record"], "kind = 'urgent'")
    op.create_table(
        "consumers",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "notices_aside",
        sa.Column("seq", ID, autoincrement=False, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("again_at", ID, nullable=False),
        sa.Column("error", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    # What was done before there were notices is nobody's news.
    op.execute(
        "INSERT INTO consumers (name, seq)"
        " SELECT 'notices', COALESCE(MAX(seq), 0) FROM audit_entries"
    )
    op.execute("INSERT INTO consumers (name, seq) VALUES ('reminders', 0)")


def _mails() -> None:
    op.create_table(
        "mails",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("notice", ID, server_default="0", nullable=False),
        sa.Column("daily", ID, server_default="0", nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("due_at", TEXT, nullable=False),
        _word("claim"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        _word("error"),
        _word("failed_at"),
        sa.Column("made_at", TEXT, nullable=False),
        _word("done_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mails_due", "mails", ["state", "due_at", "id"])
    op.create_index("ix_mails_daily", "mails", ["daily"])
    op.create_table(
        "mail_wishes",
        sa.Column("user", TEXT, sa.ForeignKey("users.code"), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("way", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("user", "kind"),
    )
    op.create_table(
        "mail_quiet_hours",
        sa.Column("user", TEXT, sa.ForeignKey("users.code"), nullable=False),
        sa.Column("begins", sa.Integer(), nullable=False),
        sa.Column("ends", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user"),
    )
    # The day of the last daily mail.
    op.execute("INSERT INTO consumers (name, seq) VALUES ('daily mail', 0)")


def _drafts() -> None:
    op.create_table(
        "record_drafts",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("saved_at", TEXT, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tab", TEXT, nullable=False),
        sa.Column("typed", TEXT, nullable=False),
        sa.Column("values", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_record_drafts_author", "record_drafts", ["author", "saved_at"])
    op.create_index("ix_record_drafts_saved_at", "record_drafts", ["saved_at"])
    op.create_table(
        "record_draft_guests",
        sa.Column("draft", ID, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("draft", "user"),
    )
    op.create_index("ix_record_draft_guests_user", "record_draft_guests", ["user"])
