"""JSON Schema 2020-12 as we run it: nothing is fetched, and no pattern can run away.

``jsonschema`` does the judging.  Three things are ours: references resolve only within the
schemas that ship (an empty registry otherwise, so no URL and no file is ever opened),
``pattern`` runs on RE2, which is linear in its input, and the formats that fields use are
asserted by one small table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import re2
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

FORMATS = FormatChecker(formats=())
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
PATTERN_MEMORY = 1 << 20


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return bool(_DATE.fullmatch(value)) and date.fromisoformat(value) is not None


@FORMATS.checks("date-time", raises=ValueError)
def _is_timestamp(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return bool(_TIMESTAMP.fullmatch(value)) and datetime.fromisoformat(value) is not None


@FORMATS.checks("re2", raises=re2.error)
def _is_pattern(value: object) -> bool:
    return not isinstance(value, str) or compiled(value) is not None


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """Compile ``pattern`` for RE2 within a memory limit; raises ``re2.error``."""
    options = re2.Options()
    options.max_mem = PATTERN_MEMORY
    options.log_errors = False
    return re2.compile(pattern, options)


def _pattern(
    validator: Any, pattern: str, instance: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Assert ``pattern`` on RE2 instead of the backtracking engine."""
    del validator, schema
    if isinstance(instance, str) and not compiled(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # jsonschema leaves it untyped
_NOWHERE: Registry[Any] = Registry()


def validator(schema: Mapping[str, Any], registry: Registry[Any] = _NOWHERE) -> Any:
    """Return a validator of ``schema`` that resolves references in ``registry`` alone."""
    return _Validator(dict(schema), registry=registry, format_checker=FORMATS)
