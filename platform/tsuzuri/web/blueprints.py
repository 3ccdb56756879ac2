"""Every part of the web face; a part that is not named here does not exist."""

from __future__ import annotations

from flask import Blueprint

from tsuzuri.web import (
    account,
    agencies,
    auditing,
    files,
    frame,
    health,
    home,
    invitations,
    lists,
    live,
    lookup,
    oidc,
    people,
    people_csv,
    proof,
    readers,
    records,
    retention,
    security,
    threads,
    tokens,
    transfer,
    viewing,
    welcome,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    frame.blueprint,
    account.blueprint,
    home.blueprint,
    lists.blueprint,
    live.blueprint,
    proof.blueprint,
    readers.blueprint,
    records.blueprint,
    retention.blueprint,
    security.blueprint,
    threads.blueprint,
    tokens.blueprint,
    files.blueprint,
    lookup.blueprint,
    oidc.blueprint,
    transfer.blueprint,
    viewing.blueprint,
    people.blueprint,
    people_csv.blueprint,
    invitations.blueprint,
    welcome.blueprint,
    agencies.blueprint,
    auditing.blueprint,
    health.blueprint,
)
