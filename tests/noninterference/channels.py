"""Ways by which something may be told, and what has to be there for each to tell anything.

Drawn blindly, few examples have, say, two records that are seen, differ in a guarded field and are
asked for in its order.  So most examples look at one channel more closely: its routes are asked
more often, its fields are there, restricted as it takes, and others act on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from noninterference.kinds import FIRST, SECOND

WHOLE = "view edit delete comment export print"


@dataclass(frozen=True, kw_only=True)
class Channel:
    """What is drawn more often where an example looks at one channel.

    ``asks`` are endpoints, ``fields`` and ``levels`` those of the first app, ``rights`` what its
    record rules allow and ``who`` whom they name, ``deeds`` names of what others do.  ``unseen``
    asks for records that only one world has, ``app`` mostly for those of one app.
    """

    asks: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    rights: tuple[str, ...] = (WHOLE,)
    who: tuple[str, ...] = ()
    deeds: tuple[str, ...] = ()
    attackers: tuple[str, ...] = ()
    unseen: bool = False
    app: str = ""


ANYTHING = Channel(rights=())
"""No channel more than the others."""

CLOSED = ("hidden", "guarded", "mixed", "masked")
PARTLY = ("guarded", "guarded", "mixed")

CHANNELS: Mapping[str, Channel] = {
    "orders": Channel(
        asks=("lists.index", "api.find", "transfer.export"),
        fields=("n", "day"),
        levels=PARTLY,
        deeds=("_edits_hidden",),
    ),
    "conditions": Channel(
        asks=("lists.index", "api.find", "transfer.export", "lists.save_view"),
        fields=("drop", "m", "sum"),
        levels=CLOSED,
    ),
    "lists and exports": Channel(
        asks=("lists.index", "api.find", "transfer.export", "home.index", "live.listed"),
        deeds=("_creates_unseen", "_deletes_unseen", "_edits_unseen"),
        unseen=True,
    ),
    "pages": Channel(
        asks=("lists.index",), deeds=("_creates_unseen", "_deletes_unseen"), unseen=True
    ),
    "search": Channel(
        asks=("lists.search",),
        fields=("u", "body"),
        levels=CLOSED,
        deeds=("_creates_unseen", "_edits_hidden", "_looks_around"),
    ),
    "lookups": Channel(
        asks=("lookup.offers", "lookup.offers", "records.create", "records.change", "api.create"),
        deeds=("_creates_unseen", "_edits_unseen"),
        unseen=True,
        app=SECOND,
    ),
    "related records": Channel(
        asks=("records.show", "records.show", "records.printed", "api.show", "records.edit"),
        deeds=("_creates_unseen", "_edits_unseen", "_deletes_unseen"),
        app=SECOND,
    ),
    "files": Channel(
        asks=("files.download", "files.preview", "threads.file"),
        fields=("papers", "photo"),
        levels=("hidden", "guarded", "open"),
    ),
    "uploads": Channel(
        asks=("records.create", "records.change"),
        fields=("papers",),
        levels=("open",),
        deeds=("_uploads",),
    ),
    "masks": Channel(
        asks=("records.lift",) * 3 + ("records.unmask", "records.show", "transfer.export"),
        fields=("drop", "u"),
        levels=("masked", "masked", "hidden"),
        app=FIRST,
        # Lifted on some records and not on others.
        rights=(WHOLE, f"{WHOLE} unmask"),
    ),
    "pages about one record": Channel(
        asks=("records.show", "records.printed", "records.history", "records.edit", "api.show"),
        fields=("n", "label"),
        levels=CLOSED,
        deeds=("_edits_hidden",),
    ),
    "history": Channel(
        asks=("records.history", "records.history", "records.change"),
        fields=("n",),
        levels=CLOSED,
        deeds=("_edits_hidden",),
    ),
    "conflicts": Channel(
        asks=("records.change", "records.change", "api.change"),
        fields=("u",),
        levels=("hidden", "masked"),
        deeds=("_edits_hidden",),
    ),
    "new records": Channel(
        asks=("records.create", "api.create", "transfer.send"),
        fields=("no",),
        levels=("open",),
        deeds=("_creates_unseen", "_edits_unseen"),
        unseen=True,
    ),
    "writes out of sight": Channel(
        asks=(
            *("records.change", "records.delete", "records.show", "transfer.send"),
            *("api.change", "api.delete", "api.comment", "threads.comment", "threads.thank"),
        ),
        deeds=("_creates_unseen", "_edits_unseen", "_deletes_unseen"),
        unseen=True,
    ),
    "agencies": Channel(
        asks=("lists.index", "records.show", "api.find"),
        fields=("scope",),
        who=("agency:DESK/*", "agency:CARE/*", "field:scope/*", "creator-agency/*", "agency:CITY"),
        attackers=("mori", "sato"),
    ),
    "remarks": Channel(
        asks=("home.index", "lists.index", "api.comments", "records.show", "threads.comment"),
        deeds=("_talks_unseen",),
        unseen=True,
    ),
    "trash and retention": Channel(
        asks=("records.in_trash", "records.restore", "records.delete", "retention.review"),
        deeds=("_deletes_unseen",),
        unseen=True,
    ),
}
"""Every channel; what leads through none of them is asked for as often as before."""
