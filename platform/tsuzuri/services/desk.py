"""Where one person's write happens: the municipality, their access, the open transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tsuzuri.access.gate import Access
from tsuzuri.access.readers import plan
from tsuzuri.definitions.model import App
from tsuzuri.services.platform import Platform
from tsuzuri.services.succession import following
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.database import Connection
from tsuzuri.storage.history import Deed
from tsuzuri.storage.records import Records
from tsuzuri.storage.writing import RecordState, Writer


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything the steps of one write share."""

    platform: Platform
    access: Access
    connection: Connection

    @property
    def app(self) -> App:
        """The whole app that is written to."""
        return self.access.whole

    def records(self, access: Access | None = None) -> Records:
        """Return the records as this person may read them, here or under another ``access``."""
        return Records(self.connection, access or self.access, self.platform.principals)

    def deed(self, action: str = "change", reason: str = "") -> Deed:
        """Return what this person does now, as history notes it."""
        return Deed(
            by=self.access.actor.user, at=self.platform.stamp(), action=action, reason=reason
        )

    def following(self, before: RecordState, **changed: Any) -> RecordState:
        """Return the state that follows ``before``, by this person, now."""
        deed = self.deed()
        return following(self.app, before, at=deed.at, by=deed.by, **changed)

    def writer(self, app: App | None = None) -> Writer:
        """Return what writes the records of the app, or of another one that follows it."""
        app = app or self.app
        return Writer(
            self.connection, tables_of(app), plan(app, self.access.asker), self.platform.principals
        )
