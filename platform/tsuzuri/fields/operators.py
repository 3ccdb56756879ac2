"""The comparisons of the condition language, named once; a kind picks the sets it offers.

What each comparison means in SQL stands in ``tsuzuri.storage.compile`` and nowhere else.
"""

from __future__ import annotations

EQUALITY = frozenset({"=", "!="})
ORDER = frozenset({"<", ">", "<=", ">="})
MEMBERSHIP = frozenset({"in", "not in"})
LIKENESS = frozenset({"like", "not like"})
EMPTINESS = frozenset({"is empty", "is not empty"})

NOTHING: frozenset[str] = frozenset()
TEXT = EQUALITY | MEMBERSHIP | LIKENESS
LONG_TEXT = LIKENESS | EMPTINESS
NUMBER = EQUALITY | ORDER | MEMBERSHIP
TIME = EQUALITY | ORDER
CHOICE = MEMBERSHIP

NEGATIVE = frozenset({"!=", "not in", "not like", "is empty"})
EVERY = EQUALITY | ORDER | MEMBERSHIP | LIKENESS | EMPTINESS
