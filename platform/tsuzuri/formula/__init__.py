"""Calculated fields: kintone's expressions, read once and evaluated exactly.

``parse`` turns a text into a :class:`Formula` or says what to correct; a formula evaluates to a
number, a text, a truth value, or ``None``, which is shown as empty.  ``order`` and ``cycle``
look at the formulas of one app together.  Numbers are decimal throughout, and nothing a
designer or a writer of records can type makes evaluation raise, hang or eat memory.
"""

from tsuzuri.formula.graph import cycle, order
from tsuzuri.formula.parse import parse
from tsuzuri.formula.tree import Formula
from tsuzuri.formula.values import Result, Scalar, Settings, Value

__all__ = ["Formula", "Result", "Scalar", "Settings", "Value", "cycle", "order", "parse"]
