"""Tables of accounts: sessions, second factors, tokens, throttles, and kept answers.

What opens a door (a session's token, an API token, a recovery code, a link) is stored as a hash
only, so that a copy of the database opens none.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from tsuzuri.storage.tables import ID, TEXT, metadata

sessions = Table(
    "sessions",
    metadata,
    # SHA-256 of the token in the cookie.
    Column("hash", TEXT, primary_key=True),
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("created_at", TEXT, nullable=False),
    Column("seen_at", TEXT, nullable=False),
    # When the person last proved who they are: dangerous acts ask for it anew.
    Column("proved_at", TEXT, nullable=False),
    Column("ended_at", TEXT, nullable=False, server_default=""),
    Column("address", TEXT, nullable=False, server_default=""),
    Column("device", TEXT, nullable=False, server_default=""),
    # password, totp, passkey, recovery or oidc
    Column("method", TEXT, nullable=False, server_default="password"),
    # Whom an admin looks as, or nothing.
    Column("viewing_as", TEXT, nullable=False, server_default=""),
    Index("ix_sessions_user", "user"),
)

throttles = Table(
    "throttles",
    metadata,
    Column("key", TEXT, primary_key=True),
    # What is left in the bucket, and when that was (seconds since 1970).
    Column("left", Float, nullable=False),
    Column("at", Float, nullable=False),
)

totps = Table(
    "totps",
    metadata,
    Column("user", TEXT, ForeignKey("users.code"), primary_key=True),
    # Sealed with the installation's key; never shown again once confirmed.
    Column("secret", LargeBinary, nullable=False),
    Column("confirmed_at", TEXT, nullable=False, server_default=""),
    # The last step that was accepted: each code works once.
    Column("step", ID, nullable=False, server_default="0"),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", TEXT, primary_key=True),
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", ID, nullable=False, server_default="0"),
    Column("name", TEXT, nullable=False, server_default=""),
    Column("created_at", TEXT, nullable=False),
    Column("used_at", TEXT, nullable=False, server_default=""),
    Index("ix_passkeys_user", "user"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("hash", TEXT, nullable=False),
    Column("used_at", TEXT, nullable=False, server_default=""),
    PrimaryKeyConstraint("user", "hash"),
)

once = Table(
    "single_uses",
    metadata,
    # Challenges, invitations, resets: SHA-256 of a token that works once.
    Column("hash", TEXT, primary_key=True),
    Column("kind", TEXT, nullable=False),
    Column("user", TEXT, nullable=False, server_default=""),
    Column("value", TEXT, nullable=False, server_default=""),
    Column("expires_at", TEXT, nullable=False),
    Column("used_at", TEXT, nullable=False, server_default=""),
)

identities = Table(
    "identities",
    metadata,
    # Who somebody is at an identity provider: its own name for them, never their mail address.
    Column("issuer", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("at", TEXT, nullable=False),
    PrimaryKeyConstraint("issuer", "subject"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", ID, primary_key=True, autoincrement=False),
    Column("hash", TEXT, nullable=False),
    Column("user", TEXT, ForeignKey("users.code"), nullable=False),
    Column("name", TEXT, nullable=False, server_default=""),
    # The code of the one app it opens, and the rights it gives there as a JSON list.
    Column("app", TEXT, nullable=False),
    Column("rights", TEXT, nullable=False),
    Column("created_at", TEXT, nullable=False),
    Column("expires_at", TEXT, nullable=False),
    Column("used_at", TEXT, nullable=False, server_default=""),
    Column("ended_at", TEXT, nullable=False, server_default=""),
    UniqueConstraint("hash", name="uq_api_tokens_hash"),
    Index("ix_api_tokens_user", "user"),
)

answers = Table(
    "kept_answers",
    metadata,
    # What a request with an idempotency key was answered, so that sending it again does nothing.
    Column("user", TEXT, nullable=False),
    Column("route", TEXT, nullable=False),
    Column("key", TEXT, nullable=False),
    # Of what was sent: another body under the same key is a mistake.
    Column("body_hash", TEXT, nullable=False),
    Column("status", Integer, nullable=False),
    Column("location", TEXT, nullable=False, server_default=""),
    Column("body", LargeBinary, nullable=False),
    Column("at", TEXT, nullable=False),
    PrimaryKeyConstraint("user", "route", "key"),
)
