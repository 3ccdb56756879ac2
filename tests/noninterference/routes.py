"""One strategy for every route.

A route without a strategy fails ``test_routes``; so whoever adds a page says how it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from noninterference import administration, asking, drafting, programs
from noninterference.asking import Strategy, one_page
from noninterference.channels import Channel
from noninterference.programs import by_program

RECORD = "/apps/{app}/records/{record}"
STRATEGIES: Mapping[tuple[str, str], Strategy] = {
    ("home.index", "GET"): asking.home,
    ("home.seen", "POST"): asking.seen,
    ("notices.index", "GET"): one_page("/notices"),
    ("notices.told", "GET"): one_page("/notices/{number}"),
    ("notices.show", "POST"): one_page("/notices/{number}/open", form=[]),
    ("notices.later", "POST"): one_page("/notices/{number}/later", form=[]),
    ("notices.read", "POST"): one_page("/notices/read", form=[("up_to", "1")]),
    ("lists.index", "GET"): asking.listed,
    ("lists.search", "GET"): asking.searched,
    ("lists.save_view", "POST"): asking.save_view,
    ("lists.forget_view", "POST"): asking.forget_view,
    ("api.find", "GET"): asking.queried,
    ("api.show", "GET"): one_page(f"/api{RECORD}"),
    ("api.comments", "GET"): one_page(f"/api{RECORD}/comments"),
    ("api.create", "POST"): by_program("POST", "/apps/{app}/records", programs.sent_new),
    ("api.change", "PUT"): by_program("PUT", RECORD, programs.sent_record),
    ("api.delete", "DELETE"): by_program("DELETE", RECORD, programs.sent_reason),
    ("api.comment", "POST"): by_program("POST", f"{RECORD}/comments", programs.sent_body),
    ("tokens.index", "GET"): one_page("/account/tokens"),
    ("tokens.make", "POST"): programs.make_token,
    ("tokens.end", "POST"): one_page("/account/tokens/{number}/end", form=[]),
    ("lookup.echo", "GET"): asking.echoed,
    ("lookup.offers", "GET"): asking.offered,
    ("readers.draft", "POST"): asking.read_by,
    ("readers.change", "POST"): asking.read_by,
    ("records.new", "GET"): asking.new,
    ("records.create", "POST"): asking.create,
    ("drafts.begin", "POST"): drafting.begin,
    ("drafts.edit", "GET"): one_page("/apps/{app}/drafts/{record}/edit"),
    ("drafts.complete", "POST"): drafting.others,
    ("drafts.save", "POST"): drafting.others,
    ("drafts.ask_discard", "GET"): one_page("/apps/{app}/drafts/{record}/discard"),
    ("interview.show", "GET"): one_page("/apps/{app}/drafts/{record}"),
    ("interview.follow", "GET"): one_page("/apps/{app}/drafts/{record}/live"),
    ("interview.say", "POST"): one_page("/apps/{app}/drafts/{record}/say", form=[("body", "はい")]),
    ("interview.guests", "POST"): drafting.asked,
    ("drafts.discard", "POST"): one_page("/apps/{app}/drafts/{record}/discard", form=[]),
    ("records.show", "GET"): one_page(RECORD),
    ("records.edit", "GET"): one_page(f"{RECORD}/edit"),
    ("records.change", "POST"): asking.change,
    ("presence.beat", "POST"): asking.beat,
    ("records.ask_delete", "GET"): one_page(f"{RECORD}/delete"),
    ("records.delete", "POST"): asking.delete,
    ("records.in_trash", "GET"): one_page("/apps/{app}/trash"),
    ("records.restore", "POST"): asking.restore,
    ("records.history", "GET"): one_page(f"{RECORD}/history"),
    ("records.printed", "GET"): one_page(f"{RECORD}/print"),
    ("records.unmask", "GET"): one_page(f"{RECORD}/unmask/{{field}}"),
    ("records.lift", "POST"): asking.lift,
    ("retention.index", "GET"): one_page("/retention"),
    ("retention.review", "GET"): one_page("/apps/{app}/retention"),
    ("retention.decide", "POST"): asking.decide,
    ("retention.approve", "POST"): asking.approve,
    ("retention.hold", "GET"): one_page(f"{RECORD}/hold"),
    ("retention.keep", "POST"): asking.keep,
    ("live.record", "GET"): one_page(f"{RECORD}/live"),
    ("live.listed", "GET"): one_page("/apps/{app}/live"),
    ("threads.comment", "POST"): asking.comment,
    ("threads.offers", "GET"): asking.addressees,
    ("threads.edit", "POST"): asking.edit_comment,
    ("threads.withdraw", "POST"): asking.withdraw_comment,
    ("threads.file", "GET"): asking.comment_file,
    ("threads.thank", "POST"): asking.thank,
    ("process.ask", "GET"): one_page(f"{RECORD}/process/{{step}}"),
    ("process.act", "POST"): asking.act_on,
    ("process.ask_recall", "GET"): one_page(f"{RECORD}/recall"),
    ("process.recall", "POST"): one_page(f"{RECORD}/recall", form=[]),
    ("process.ask_assign", "GET"): one_page(f"{RECORD}/assign"),
    ("process.assign", "POST"): asking.assign,
    ("todo.index", "GET"): one_page("/todo"),
    ("deputies.index", "GET"): one_page("/account/deputies"),
    ("deputies.name", "POST"): asking.name_deputy,
    ("deputies.end", "POST"): one_page("/account/deputies/{number}/end", form=[]),
    ("files.download", "GET"): one_page(f"{RECORD}/files/{{field}}/{{key}}"),
    ("files.preview", "GET"): one_page(f"{RECORD}/files/{{field}}/{{key}}/preview"),
    ("transfer.choose", "GET"): one_page("/apps/{app}/export"),
    ("transfer.export", "GET"): asking.exported,
    ("transfer.offer", "GET"): one_page("/apps/{app}/import"),
    ("transfer.send", "POST"): asking.imported,
    ("transfer.show", "GET"): one_page("/apps/{app}/import/{number}"),
    ("transfer.act", "POST"): asking.act,
    ("design.index", "GET"): one_page("/apps/{app}/design"),
    ("design.step", "POST"): one_page("/apps/{app}/design", form=[("act", "up")]),
    ("design.field", "GET"): one_page("/apps/{app}/design/fields/{field}"),
    ("design.settle", "POST"): one_page("/apps/{app}/design/fields/{field}", form=[]),
    ("versions.changes", "GET"): one_page("/apps/{app}/design/changes"),
    ("versions.publish", "POST"): one_page("/apps/{app}/design/publish", form=[]),
    ("versions.discard", "POST"): one_page("/apps/{app}/design/discard", form=[]),
    ("versions.index", "GET"): one_page("/apps/{app}/design/versions"),
    ("versions.go_back", "POST"): one_page("/apps/{app}/design/versions/1", form=[]),
    ("versions.source", "GET"): one_page("/apps/{app}/design/source"),
    ("versions.keep_source", "POST"): one_page("/apps/{app}/design/source", form=[]),
    ("versions.export", "GET"): one_page("/apps/{app}/design/definition.json"),
    ("viewing.choose", "GET"): one_page("/viewing"),
    ("viewing.start", "POST"): one_page("/viewing", form=[("user", "abe")]),
    ("viewing.stop", "POST"): one_page("/viewing/stop", form=[]),
    ("account.language", "POST"): asking.language,
    **administration.STRATEGIES,
}
"""What asks each route, by endpoint and method."""

OFTEN = (
    *("lists.index", "lists.search", "api.find", "records.show", "transfer.export"),
    "records.change",
)
SOMETIMES = (
    *("records.history", "records.printed", "records.edit", "records.lift", "records.create"),
    *("process.ask", "process.act", "todo.index"),
    *(
        "readers.change",
        "files.download",
        "lookup.offers",
        "home.index",
        "transfer.send",
        "records.in_trash",
    ),
)
"""Where most channels are, and where many are."""

BY_ROLE = (
    "people",
    "factors",
    "invitations",
    "viewing",
    "design",
    "versions",
    "retention",
    "auditing",
    "security",
    "tokens",
    "proof",
)
"""Parts that are closed to an ordinary person, or about nobody else: one answer says it all."""


def _weight(endpoint: str) -> int:
    if endpoint in OFTEN:
        return 12
    if endpoint in SOMETIMES:
        return 6
    return 1 if endpoint.partition(".")[0] in BY_ROLE else 3


def of(channel: Channel) -> Sequence[Strategy]:
    """Return the strategies of a channel's routes; of none in particular, all of them."""
    asked = [one for name in channel.asks for one in _asking(name)]
    return asked or WEIGHTED


def _asking(endpoint: str) -> Iterator[Strategy]:
    found = [one for (name, _), one in STRATEGIES.items() if name == endpoint]
    assert found, f"no route is called {endpoint}"
    yield from found


WEIGHTED = tuple(one for (endpoint, _), one in STRATEGIES.items() for _ in range(_weight(endpoint)))
"""The strategies, those of telling routes several times."""

OF_NO_CONCERN: Mapping[tuple[str, str], str] = {
    ("static", "GET"): "files of the program, the same for everybody; no database is asked",
    ("health.health", "GET"): "says whether the program lives; no record is asked",
    ("reports.receive", "POST"): "answers nothing, whatever is sent and by whomever",
    ("account.sign_in_form", "GET"): "before signing in nobody is anybody",
    ("account.sign_in", "POST"): "a careful hash takes a tenth of a second; tests/web has its own",
    **dict.fromkeys(
        (
            ("oidc.start", "GET"),
            ("oidc.back", "GET"),
            ("oidc.index", "GET"),
            ("oidc.begin_link", "GET"),
            ("oidc.link", "POST"),
            ("oidc.invited", "POST"),
            ("oidc.accept", "POST"),
            ("oidc.unlink", "POST"),
        ),
        "about one's own account alone, and not there without a provider; tests/web/test_oidc.py",
    ),
    **dict.fromkeys(
        (
            ("account.second_form", "GET"),
            ("account.second", "POST"),
            ("factors.index", "GET"),
            ("factors.begin", "POST"),
            ("factors.picture", "GET"),
            ("factors.confirm", "POST"),
            ("factors.renew", "POST"),
            ("factors.end", "POST"),
            ("factors.end_app", "POST"),
        ),
        "about one's own second factor alone; tests/web/test_factors.py has them",
    ),
    **dict.fromkeys(
        (
            ("passkeys.ask", "POST"),
            ("passkeys.ask_second", "POST"),
            ("passkeys.ask_proof", "POST"),
            ("passkeys.ask_new", "POST"),
            ("passkeys.register", "POST"),
            ("passkeys.remove", "POST"),
        ),
        "about one's own passkeys alone; tests/web/test_passkeys.py has them",
    ),
    **dict.fromkeys(
        (
            ("security.index", "GET"),
            ("security.end", "POST"),
            ("security.end_others", "POST"),
            ("security.change_password", "POST"),
            ("mail.show", "GET"),
            ("mail.choose", "POST"),
        ),
        "about one's own sessions, mails and password alone; tests/web/test_security.py has them",
    ),
    ("proof.form", "GET"): "asks for a password; tests/web/test_proof.py has it",
    ("proof.prove", "POST"): "a careful hash takes a tenth of a second; tests/web/test_proof.py",
    **dict.fromkeys(
        (("welcome.ask", "GET"), ("welcome.begin", "POST"), ("welcome.choose", "POST")),
        "opened by a code alone, whoever is signed in; tests/web/test_invitations.py has them",
    ),
    ("account.sign_out", "POST"): "ends the example's session; tests/web/test_account.py has it",
}
"""Routes that are not asked, each with the reason."""
