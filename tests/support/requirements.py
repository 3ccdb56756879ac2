"""One answer to "a program that this test needs is missing"."""

import os
from typing import NoReturn

import pytest


def absent(what: str) -> NoReturn:
    """Skip on a person's machine; fail where TSUZURI_REQUIRE_ALL promises that nothing is skipped.

    A green run that had skipped every PostgreSQL test would be worth less than a red one.
    """
    if os.environ.get("TSUZURI_REQUIRE_ALL"):
        pytest.fail(f"{what} is missing, and TSUZURI_REQUIRE_ALL is set.", pytrace=False)
    pytest.skip(f"{what} is missing")
