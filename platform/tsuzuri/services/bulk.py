"""Many records at once, each as of its own moment: sample towns and moves from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tsuzuri.access.readers import plan
from tsuzuri.definitions.model import App
from tsuzuri.services.definitions import ANYBODY
from tsuzuri.services.platform import Platform
from tsuzuri.storage import history, threads
from tsuzuri.storage.app_tables import tables_of
from tsuzuri.storage.database import Connection
from tsuzuri.storage.guard import Errand
from tsuzuri.storage.threads import Comment, Thanks
from tsuzuri.storage.writing import RecordState, Writer


class BulkWriter:
    """Writes records of one app with their history, comments and thanks, in few statements."""

    ERRAND: ClassVar[Errand] = Errand("bulk")

    def __init__(self, platform: Platform, connection: Connection, app: App) -> None:
        self.app = app
        self.connection = connection
        self._writer = Writer(connection, tables_of(app), plan(app, ANYBODY), platform.principals)
        self._comments: list[tuple[int, Comment]] = []
        self._thanks: list[tuple[int, Thanks]] = []

    def create(self, states: Sequence[RecordState]) -> None:
        """Store new records and note their creation."""
        self._writer.insert(states)
        history.note(self.connection, self.app, states, "create")

    def say(self, record: int, comments: Sequence[Comment], thanks: Sequence[Thanks]) -> None:
        """Add what was said under a record; it is stored by ``finish``."""
        self._comments += [(record, one) for one in comments]
        self._thanks += [(record, one) for one in thanks]

    def finish(self) -> None:
        """Store everything that was said."""
        threads.add(self.connection, self.app, self._comments, self._thanks)
        self._comments, self._thanks = [], []
