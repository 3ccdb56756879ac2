"""The platform's own tables, as they were at first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    _people()
    _belonging()
    _apps()
    _said()
    _work()


def _people() -> None:
    op.create_table(
        "settings",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "agencies",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_en", TEXT, server_default="", nullable=False),
        sa.Column("kind", TEXT, server_default="", nullable=False),
        sa.Column("parent", TEXT, nullable=True),
        sa.Column("phone", TEXT, server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["parent"],
            ["agencies.code"],
        ),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "groups",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("name_en", TEXT, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "users",
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kana", TEXT, server_default="", nullable=False),
        sa.Column("password", TEXT, server_default="", nullable=False),
        sa.Column("language", TEXT, server_default="ja", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="1", nullable=False),
        sa.Column("administers", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("looked_at", TEXT, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )


def _belonging() -> None:
    op.create_table(
        "memberships",
        sa.Column("user", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["agency"],
            ["agencies.code"],
        ),
        sa.ForeignKeyConstraint(
            ["user"],
            ["users.code"],
        ),
        sa.PrimaryKeyConstraint("user", "agency"),
    )
    op.create_table(
        "group_members",
        sa.Column("user", TEXT, nullable=False),
        sa.Column("group", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["group"],
            ["groups.code"],
        ),
        sa.ForeignKeyConstraint(
            ["user"],
            ["users.code"],
        ),
        sa.PrimaryKeyConstraint("user", "group"),
    )


def _apps() -> None:
    op.create_table(
        "apps",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("owner", TEXT, server_default="", nullable=False),
        sa.Column("published", sa.Integer(), server_default="0", nullable=False),
        sa.Column("listed", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "principals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "app_fields",
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("slot", TEXT, nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["app"],
            ["apps.number"],
        ),
        sa.PrimaryKeyConstraint("app", "number"),
        sa.UniqueConstraint("app", "path", "slot"),
    )
    op.create_table(
        "app_versions",
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("document", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["app"],
            ["apps.number"],
        ),
        sa.PrimaryKeyConstraint("app", "version"),
    )


def _said() -> None:
    op.create_table(
        "record_comments",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("author", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_record_comments_record", "record_comments", ["app", "record", "id"], unique=False
    )
    op.create_table(
        "record_history",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("changes", TEXT, nullable=False),
        sa.Column("reason", TEXT, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_record_history_record", "record_history", ["app", "record", "id"], unique=False
    )
    op.create_table(
        "record_thanks",
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("phrase", TEXT, nullable=False),
        sa.Column("agency", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("app", "record", "user", "phrase"),
    )
    op.create_index("ix_record_thanks_at", "record_thanks", ["app", "at"], unique=False)
    op.create_table(
        "record_unmaskings",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("record", ID, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _work() -> None:
    op.create_table(
        "imports",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("match", TEXT, server_default="", nullable=False),
        sa.Column("encoding", TEXT, server_default="", nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("added", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problems", TEXT, server_default="[]", nullable=False),
        sa.Column("notes", TEXT, server_default="[]", nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_imports_user", "imports", ["user", "app"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("user", TEXT, nullable=False),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("user", "key"),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("user", TEXT, nullable=False),
        sa.Column("app", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("where", TEXT, server_default="", nullable=False),
        sa.Column("sort", TEXT, server_default="", nullable=False),
        sa.Column("columns", TEXT, server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["user"],
            ["users.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_saved_views_user", "saved_views", ["user", "app"], unique=False)
