"""Pages of administrators: to the person who asks here they are not there, in either world."""

from __future__ import annotations

from collections.abc import Mapping

from noninterference.asking import Strategy, one_page

SHOWN = {
    "auditing.index": "/audit",
    "auditing.export": "/audit.csv",
    "alarms.index": "/alarms",
    "mail.index": "/people/mail",
    "alarms.show": "/alarms/1",
    "people.index": "/people",
    "people.new": "/people/new",
    "people.show": "/people/users/abe",
    "invitations.index": "/people/invitations",
    "people_csv.export": "/people/export.csv",
    "people_csv.offer": "/people/import",
    "agencies.index": "/people/agencies",
    "agencies.new": "/people/new-agency",
    "agencies.show": "/people/agencies/CITY",
    "agencies.groups": "/people/groups",
    "agencies.new_group": "/people/new-group",
    "agencies.show_group": "/people/groups/heads",
}
SENT = {
    "alarms.notice": "/alarms/1",
    "people.create": "/people/new",
    "people.change": "/people/users/abe",
    "people.belong": "/people/users/abe/belonging",
    "people.give_roles": "/people/users/abe/roles",
    "people.activate": "/people/users/abe/active",
    "invitations.make_many": "/people/invitations",
    "invitations.make": "/people/users/abe/link",
    "invitations.end": "/people/users/abe/link/end",
    "factors.reset": "/people/abe/second/end",
    "people_csv.check": "/people/import",
    "people_csv.write": "/people/import/apply",
    "agencies.create": "/people/new-agency",
    "agencies.change": "/people/agencies/CITY",
    "agencies.create_group": "/people/new-group",
    "agencies.change_group": "/people/groups/heads",
}
STRATEGIES: Mapping[tuple[str, str], Strategy] = {
    **{(endpoint, "GET"): one_page(path) for endpoint, path in SHOWN.items()},
    **{(endpoint, "POST"): one_page(path, form=[]) for endpoint, path in SENT.items()},
}
