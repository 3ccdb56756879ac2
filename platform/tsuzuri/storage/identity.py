"""Ids of records, comments and history rows: ordered by time, and telling nothing else.

53 bits (safe in every JavaScript client): 41 of milliseconds since 2020, which last until
2089, and 12 random ones.  A running number would tell somebody who sees three records how
many there are.
"""

from __future__ import annotations

import secrets
import threading
import time

EPOCH_MS = 1_577_836_800_000  # 2020-01-01T00:00:00Z
RANDOM_BITS = 12
MAX_ID = (1 << 53) - 1


class Ids:
    """Makes ids; each larger than the last one it made.

    Work that makes thousands at once takes them from ``bulk_ids``: from one source they would run
    ahead of the clock, and somebody's next record would tell that others are busy.  The last bit
    tells the two apart, so what one makes the other never does.
    """

    def __init__(self, *, bulk: bool = False) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._bit = int(bulk)

    def new(self, at_ms: int | None = None) -> int:
        """Return a new id for now, or for ``at_ms`` where records keep their own time.

        Ids made faster than the clock moves run ahead of it by a random step each, so a bulk
        write stays ordered without becoming countable.
        """
        moment = int(time.time() * 1000) if at_ms is None else at_ms
        drawn = secrets.randbits(RANDOM_BITS - 1) << 1 | self._bit
        fresh = ((moment - EPOCH_MS) << RANDOM_BITS) | drawn
        with self._lock:
            if at_ms is None:
                fresh = max(fresh, self._last + 2 + 2 * secrets.randbelow(256))
                self._last = fresh
        return fresh


new_ids = Ids()
bulk_ids = Ids(bulk=True)
