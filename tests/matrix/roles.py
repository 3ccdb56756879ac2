"""One person for each role of the sample town, in the order of the table's columns."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tsuzuri.sample.people import users

NOBODY = ""
"""Somebody who is not signed in."""

# heading: the agency and the role of the person who stands for it
_PEOPLE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "アプリ管理者": ("A01", "appadmin"),
        "調整担当者": ("A01", "coordinator"),
        "ケース担当者": ("A01", "caseworker"),
        "上長": ("A01", "supervisor"),
        "児童相談所": ("C01", "org_writer"),
        "母子保健": ("A02", "caseworker"),
        "福祉事務所": ("A03", "caseworker"),
        "教育委員会": ("A06", "caseworker"),
        "学校": ("B03", "org_writer"),
        "保育所": ("B01", "org_writer"),
        "園長": ("B01", "org_head"),
        "医療": ("D02", "commenter"),
        "民生委員": ("F01", "commenter"),
        "民間団体": ("E03", "org_writer"),
        "システム管理者": ("A08", "sysadmin"),
        "監査担当": ("A08", "auditor"),
    }
)


def roles() -> dict[str, str]:
    """Return the user's code for each heading; the last column is nobody."""
    found = {}
    for heading, (agency, role) in _PEOPLE.items():
        found[heading] = next(u.code for u in users() if (u.agency, u.role) == (agency, role))
    return {**found, "未ログイン": NOBODY}
