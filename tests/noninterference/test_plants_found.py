"""The guard proof: every planted bug that a second world can show is found.

A comparison that finds nothing proves nothing until it has found what is known to be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from noninterference.channels import ANYTHING, CHANNELS
from noninterference.comparing import Interference
from noninterference.running import Run
from noninterference.sides import Side
from plants import PLANTS, Plant
from worlds.examples import PATIENCE

STEPS = 12
MOST = 1000
"""Examples within which every bug must be found."""

QUICK = (
    "agencies-below-reach-one-further",
    "counts-are-capped-by-everything",
    "counts-count-everything",
    "files-ask-no-field",
    "hidden-fields-can-be-asked",
    "hidden-fields-stay",
    "ids-are-counted",
    "masks-are-read",
    "orders-ask-no-guard",
    "pages-begin-anywhere",
    "records-are-fetched-by-id",
    "related-records-are-not-gated",
    "rights-ask-the-whole-app",
    "search-reads-hidden-fields",
    "tiles-tell-how-many-records",
    "trash-is-for-everybody",
    "unseen-records-can-be-edited",
)
"""Bugs that take seconds to find: the ordinary run finds these, the long run all."""

NEAR: Mapping[str, str] = {
    "agencies-below-reach-one-further": "agencies",
    "any-field-can-be-unmasked": "masks",
    "calculated-fields-keep-their-own-rule": "pages about one record",
    "comments-need-no-record": "writes out of sight",
    "equals-stand-by-their-last-change": "orders",
    "files-are-found-by-their-hash": "files",
    "files-are-given-by-their-hash": "files",
    "files-ask-no-field": "files",
    "guards-are-not-asked": "conditions",
    "hidden-changes-count-as-changes": "pages about one record",
    "hidden-changes-leave-a-line": "history",
    "hidden-fields-can-be-asked": "conditions",
    "history-shows-every-field": "history",
    "hits-are-ranked-by-statistics": "search",
    "hits-are-titled-by-the-whole-record": "search",
    "ids-are-counted": "new records",
    "imports-change-whatever-they-name": "writes out of sight",
    "masks-are-read": "masks",
    "masks-cover-only-what-is-there": "masks",
    "news-are-cut-before-they-are-narrowed": "remarks",
    "orders-ask-no-guard": "orders",
    "pages-begin-anywhere": "pages",
    "paper-shows-every-field": "pages about one record",
    "records-are-fetched-by-id": "writes out of sight",
    "references-may-name-the-unseen": "lookups",
    "related-records-are-not-gated": "related records",
    "remarks-are-counted-for-the-app": "remarks",
    "revisions-are-running-numbers": "conflicts",
    "rights-ask-the-whole-app": "pages about one record",
    "search-reads-hidden-fields": "search",
    "taken-values-are-told-to-all": "new records",
    "trash-is-for-everybody": "trash and retention",
    "unique-values-are-anybodys-to-try": "new records",
    "unseen-changes-are-conflicts": "conflicts",
    "unseen-records-are-forbidden": "writes out of sight",
    "unseen-records-are-offered": "lookups",
    "unseen-records-can-be-edited": "writes out of sight",
    "uploads-are-anybodys": "uploads",
}
"""The channel that a bug opens: every other example looks at it, the rest at any.

Nothing is drawn for the bug itself; an example of a channel knows nothing of what is planted.
"""

ANY = "lists and exports"

ELSEWHERE: Mapping[str, str] = {
    "values-are-pasted": "what is pasted is an attack on the database, not on what is hidden in it",
    "search-text-is-syntax": "odd texts fail outright, in both worlds alike",
    "names-lead-on": "a name nobody would think of; the catalogue knows it",
    "field-names-are-tidied": "the same",
    "orders-take-expressions": "the same",
    "every-view-is-offered": "the views are those of the definition, the same in both worlds",
    "searches-are-remembered": "what may no longer be seen was the same in both worlds before",
    "cells-are-not-shielded": "a formula is one in both worlds",
    "files-keep-their-names": "a name is the same in both worlds",
    "files-open-in-the-browser": "a type is the same in both worlds",
    "files-need-no-session": "nobody here asks without having signed in",
    "any-known-hash-is-a-file": "the planted file is the same in both worlds",
    "saving-replaces-the-record": "what is lost unseen is not told to whoever lost it",
    "confidential-groups-are-listed": "the directory is the same in both worlds",
    "deleting-counts-references": "nothing can be deleted then, and so no world be filled",
    "guesses-are-judged": "made for a field of the catalogue's app",
    "conflicts-show-everything": "the same",
    "the-log-quotes-values": "nobody here reads the log",
    "reads-are-not-noted": "the same",
}
"""Bugs that the catalogue of attacks finds (``tests/attacks``), and why two worlds do not."""


def found_after(plant: Plant, sides: tuple[Side, Side], most: int) -> int:
    """Return the number of examples until a bug was found; 0 if it was not."""
    with plant.apply():
        for seed in range(most):
            channel = CHANNELS[NEAR.get(plant.name, ANY)] if seed % 2 else ANYTHING
            try:
                Run(Random(seed), sides, channel=channel).run(STEPS)
            except Interference:
                return seed + 1
    return 0


@pytest.mark.timeout(PATIENCE * 2)
@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_found(sides: tuple[Side, Side], name: str) -> None:
    assert found_after(PLANTS[name], sides, 60), PLANTS[name].says


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_every_planted_bug_is_found(
    sides: tuple[Side, Side], capsys: pytest.CaptureFixture[str]
) -> None:
    missed = []
    for name, plant in PLANTS.items():
        if name not in ELSEWHERE:
            after = found_after(plant, sides, MOST)
            missed += [] if after else [name]
            with capsys.disabled():
                print(f"{name:45} {plant.channel:30} {after or 'not found'}", flush=True)  # noqa: T201  the table is what the run is for
    assert not missed


def test_what_is_found_elsewhere_is_known() -> None:
    assert {*ELSEWHERE} <= {*PLANTS}
