"""Bugs of saving: what it checks against, and what it says when it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plants.planting import plant, replaced
from plants.sight import of_every_record
from tsuzuri.errors import Clash, Invalid, Stale
from tsuzuri.services import records, references
from tsuzuri.services.platform import Platform
from tsuzuri.storage.records import load_whole
from tsuzuri.web import forms


@plant("references")
def references_may_name_the_unseen() -> Iterator[None]:
    """A reference is checked against every record: what exists is accepted."""
    pointed = references._pointed
    admit = Platform.admit

    def admitted(self: Platform, actor: Any, code: str) -> Any:
        return of_every_record(admit(self, actor, code))

    def every(*given: Any) -> Any:
        with replaced(Platform, "admit", admitted):
            # At once: somebody may stop asking after the first problem.
            return iter([*pointed(*given)])

    with replaced(references, "_pointed", every):
        yield


@plant("guesses at a closed field")
def guesses_are_judged() -> Iterator[None]:
    """A closed field that is sent as it is stored counts as unchanged; anything else is refused."""

    def judged(desk: Any, record_id: int, tidy: Any, *, revision: Any) -> dict[str, Any]:
        del revision
        stored = load_whole(desk.connection, desk.app, [record_id])[record_id].values
        wrong = [code for code in tidy if code == "plan" and stored.get(code) != tidy[code]]
        if wrong:
            raise Invalid([records.read_only(code) for code in wrong])
        return {code: value for code, value in tidy.items() if code != "plan"}

    def every(self: forms.Sheet) -> Any:
        return iter(self.access.app.fields)

    with replaced(records, "_open_here", judged), replaced(forms.Sheet, "fields", every):
        yield


@plant("conflicts")
def conflicts_show_everything() -> Iterator[None]:
    """A conflict shows all that the other one wrote, to whoever may see it."""
    change = records.change

    def telling(platform: Platform, access: Any, record_id: int, *given: Any, **more: Any) -> Any:
        try:
            return change(platform, access, record_id, *given, **more)
        except Stale as error:
            with platform.database.read(access) as connection:
                stored = load_whole(connection, access.whole, [record_id])[record_id]
            theirs = str(stored.values.get("address"))
            clashes = (*error.clashes, Clash("owner", theirs, "mine"))
            raise Stale(
                revision=error.revision, by=error.by, at=error.at, clashes=clashes
            ) from None

    with replaced(records, "change", telling):
        yield
