"""The platform's own tables; the tables of apps follow their definitions (``app_tables``).

Alembic migrates these (``storage/migrations``).  Times are UTC ISO text with whole seconds,
as records have them, so that one kind of value sorts and travels everywhere.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

# "C" order on PostgreSQL is SQLite's order: by code point, the same on every machine.
TEXT = Text().with_variant(Text(collation="C"), "postgresql")
ID = BigInteger().with_variant(Integer(), "sqlite")

metadata = MetaData()

settings = Table(
    "settings",
    metadata,
    Column("name", TEXT, primary_key=True),
    Column("value", TEXT, nullable=False),
)

agencies = Table(
    "agencies",
    metadata,
    Column("code", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("name_en", TEXT, nullable=False, server_default=""),
    Column("kind", TEXT, nullable=False, server_default=""),
    Column("parent", TEXT, ForeignKey("agencies.code")),
    Column("phone", TEXT, nullable=False, server_default=""),
    # Only its own people and administrators find it in pickers: a shelter's name is a secret.
    Column("confidential", Boolean, nullable=False, server_default="0"),
)

groups = Table(
    "groups",
    metadata,
    Column("code", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("name_en", TEXT, nullable=False, server_default=""),
    Column("confidential", Boolean, nullable=False, server_default="0"),
)

users = Table(
    "users",
    metadata,
    Column("code", TEXT, primary_key=True),
    Column("name", TEXT, nullable=False),
    Column("kana", TEXT, nullable=False, server_default=""),
    Column("password", TEXT, nullable=False, server_default=""),
    Column("language", TEXT, nullable=False, server_default="ja"),
    Column("active", Boolean, nullable=False, server_default="1"),
    # Looks after people and definitions; reads no record by that.
    Column("administers", Boolean, nullable=False, server_default="0"),
    # Reads the audit log; reads no record by that.
    Column("audits", Boolean, nullable=False, server_default="0"),
    Column("mail", TEXT, nullable=False, server_default=""),
    # When the person last said "I have seen this" on the home page.
    Column("looked_at", TEXT, nullable=False, server_default=""),
)

memberships = Table(
    "memberships",
    metadata,
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("agency", TEXT, ForeignKey("agencies.code"), nullable=False),
    # The first is the primary agency.
    Column("position", Integer, nullable=False, server_default="0"),
    # The first and the last day (ISO date, empty: open), so that a transfer takes effect by itself.
    Column("starts_on", TEXT, nullable=False, server_default=""),
    Column("ends_on", TEXT, nullable=False, server_default=""),
    PrimaryKeyConstraint("user", "agency", "starts_on"),
)

deputies = Table(
    "deputies",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    # ``deputy`` acts for ``user`` from the first day to the last (ISO dates, both count).
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("deputy", TEXT, ForeignKey("users.code"), nullable=False),
    Column("starts_on", TEXT, nullable=False),
    Column("ends_on", TEXT, nullable=False),
    Index("ix_deputies_user", "user"),
    Index("ix_deputies_deputy", "deputy"),
)

group_members = Table(
    "group_members",
    metadata,
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("group", TEXT, ForeignKey("groups.code"), nullable=False),
    Column("starts_on", TEXT, nullable=False, server_default=""),
    Column("ends_on", TEXT, nullable=False, server_default=""),
    PrimaryKeyConstraint("user", "group", "starts_on"),
)

apps = Table(
    "apps",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("code", TEXT, nullable=False, unique=True),
    Column("owner", TEXT, nullable=False, server_default=""),
    Column("published", Integer, nullable=False, server_default="0"),
    # The version whose rules the written-down readers follow; while it is not the published
    # one, the rules themselves are asked.
    Column("listed", Integer, nullable=False, server_default="0"),
)

app_versions = Table(
    "app_versions",
    metadata,
    Column("app", Integer, ForeignKey("apps.number"), nullable=False),
    Column("version", Integer, nullable=False),
    # draft, published or earlier
    Column("state", TEXT, nullable=False),
    Column("document", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    PrimaryKeyConstraint("app", "version"),
)

app_fields = Table(
    "app_fields",
    metadata,
    Column("app", Integer, ForeignKey("apps.number"), nullable=False),
    Column("number", Integer, nullable=False),
    # A column of a table inside records is "table.column".
    Column("path", TEXT, nullable=False),
    Column("slot", TEXT, nullable=False),
    # False for a field that left the definition; its values stay.
    Column("current", Boolean, nullable=False),
    PrimaryKeyConstraint("app", "number"),
    # A field that comes back with the same storage finds its old values again.
    UniqueConstraint("app", "path", "slot"),
)

principals = Table(
    "principals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", TEXT, nullable=False, unique=True),
)

history = Table(
    "record_history",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("app", Integer, nullable=False),
    Column("record", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    # create, change, delete, restore, follow, import; step, recall, assign
    Column("action", TEXT, nullable=False),
    # {"<field number>": [before, after]}; empty for a creation, which the later ones undo.
    Column("changes", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False, server_default=""),
    # The action of the process, and for whom a deputy did it.
    Column("step", TEXT, nullable=False, server_default=""),
    Column("behalf", TEXT, nullable=False, server_default=""),
    Index("ix_record_history_record", "app", "record", "id"),
)

comments = Table(
    "record_comments",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("app", Integer, nullable=False),
    Column("record", ID, nullable=False),
    Column("author", TEXT, nullable=False),
    Column("agency", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("body", TEXT, nullable=False),
    Column("edited_at", TEXT, nullable=False, server_default=""),
    # Its author took it back: the place stays, the words are gone.
    Column("withdrawn_at", TEXT, nullable=False, server_default=""),
    # What the comment answers, as JSON: a field as it read, or a comment's id; or nothing.
    Column("quote", TEXT, nullable=False, server_default=""),
    # Whom it names, and the files with it, as JSON lists; or nothing.
    Column("mentions", TEXT, nullable=False, server_default=""),
    Column("files", TEXT, nullable=False, server_default=""),
    # Everybody who sees the record is to open it at once.
    Column("urgent", Boolean, nullable=False, server_default="0"),
    Index("ix_record_comments_record", "app", "record", "id"),
)

reads = Table(
    "record_reads",
    metadata,
    # Who opened a record, for whom, when first and when last.
    Column("app", Integer, nullable=False),
    Column("record", ID, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("agency", TEXT, nullable=False),
    Column("first_at", TEXT, nullable=False),
    Column("last_at", TEXT, nullable=False),
    PrimaryKeyConstraint("app", "record", "user", "agency"),
)

thanks = Table(
    "record_thanks",
    metadata,
    Column("app", Integer, nullable=False),
    Column("record", ID, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("phrase", TEXT, nullable=False),
    Column("agency", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    PrimaryKeyConstraint("app", "record", "user", "phrase"),
    Index("ix_record_thanks_at", "app", "at"),
)

unmaskings = Table(
    "record_unmaskings",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("app", Integer, nullable=False),
    Column("record", ID, nullable=False),
    Column("field", TEXT, nullable=False),
    Column("user", TEXT, nullable=False),
    Column("at", TEXT, nullable=False),
    Column("reason", TEXT, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    # A file somebody sent that no record holds yet; its owner alone may use it.
    Column("user", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("size", ID, nullable=False),
    Column("at", TEXT, nullable=False),
    PrimaryKeyConstraint("user", "key"),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("app", Integer, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("where", TEXT, nullable=False, server_default=""),
    Column("sort", TEXT, nullable=False, server_default=""),
    Column("columns", TEXT, nullable=False, server_default="[]"),
    Index("ix_saved_views_user", "user", "app"),
)

imports = Table(
    "imports",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("app", Integer, nullable=False),
    # Nobody else learns of it.
    Column("user", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    Column("size", ID, nullable=False),
    # The unique field by which rows without a record number find their record, or "".
    Column("match", TEXT, nullable=False, server_default=""),
    Column("encoding", TEXT, nullable=False, server_default=""),
    # checking, refused, ready, writing, done, dropped
    Column("state", TEXT, nullable=False),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("refused", Integer, nullable=False, server_default="0"),
    # The first problems and what else to know, as JSON; emptied when they are of no use.
    Column("problems", TEXT, nullable=False, server_default="[]"),
    Column("notes", TEXT, nullable=False, server_default="[]"),
    Column("at", TEXT, nullable=False),
    Index("ix_imports_user", "user", "app"),
)
