"""What each route leaves in the audit log, or why it leaves nothing there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tsuzuri.web.notices import KINDS

PASSWORD = "十文字よりも長い合言葉"
OTHER = "まったく別の長い合言葉"


@dataclass(frozen=True)
class Asked:
    """One request as its page sends it, and what it leaves in the log.

    ``entries`` are actions of which each must be there.  ``{old}`` and its like in a form stand
    for a record of their own.
    """

    entries: tuple[str, ...]
    form: Mapping[str, Any] = field(default_factory=dict)
    json: Mapping[str, Any] | None = None
    query: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


def noted(*entries: str, query: str = "", json: Any = None, **form: Any) -> Asked:
    """Say what a route leaves in the log when it is sent this form."""
    named = {name.replace("__", "."): value for name, value in form.items()}
    return Asked(entries, named, json, query)


NOTED: Mapping[str, Asked] = MappingProxyType(
    {
        "GET home.index": noted("read.home.index"),
        "GET todo.index": noted("read.todo.index"),
        "GET notices.index": noted("read.notices.index"),
        "GET notices.told": noted("read.notices.told"),
        "GET lists.index": noted("read.lists.index"),
        "GET lists.search": noted("read.lists.search", "search", query="q=題"),
        "GET lookup.offers": noted("read.lookup.offers", query="q=題"),
        "GET records.show": noted("read.records.show"),
        "GET records.edit": noted("read.records.edit"),
        "GET records.ask_delete": noted("read.records.ask_delete"),
        "GET records.unmask": noted("read.records.unmask"),
        "GET records.printed": noted("read.records.printed"),
        "GET records.history": noted("read.records.history"),
        "GET records.in_trash": noted("read.records.in_trash"),
        "GET process.ask": noted("read.process.ask"),
        "GET process.ask_recall": noted("read.process.ask_recall"),
        "GET process.ask_assign": noted("read.process.ask_assign"),
        "GET retention.review": noted("read.retention.review"),
        "GET retention.hold": noted("read.retention.hold"),
        "GET files.download": noted("read.files.download"),
        "GET files.preview": noted("read.files.preview"),
        "GET threads.file": noted("read.threads.file"),
        "GET transfer.export": noted("record.export", "read.transfer.export"),
        "GET api.find": noted("read.api.find"),
        "GET api.show": noted("read.api.show"),
        "GET api.comments": noted("read.api.comments"),
        "GET auditing.export": noted("audit.export"),
        "GET auditing.index": noted("audit.search"),
        "GET people_csv.export": noted("people.export"),
        "POST alarms.notice": noted("alarm.notice", reason="本人に確かめた"),
        "POST records.create": noted("record.create", f__title="新"),
        "POST records.change": noted("record.change", f__title="改"),
        "POST records.delete": noted("record.delete", reason="誤り"),
        "POST records.restore": noted("record.restore"),
        "POST records.lift": noted("record.unmask", reason="確認"),
        "POST drafts.begin": noted("draft.begin", f__title="書きかけ"),
        "POST drafts.complete": noted("draft.complete", "record.create", f__title="清書"),
        "POST drafts.discard": noted("draft.discard"),
        "POST interview.say": noted("draft.say", body="確認します"),
        "POST interview.guests": noted("draft.invite", user="sato"),
        "POST threads.comment": noted("comment.add", body="了解"),
        "POST threads.edit": noted("comment.edit", body="訂正"),
        "POST threads.withdraw": noted("comment.withdraw"),
        "POST threads.thank": noted("thanks.give", word="確認しました"),
        "POST process.act": noted("status.change"),
        "POST process.recall": noted("status.recall"),
        "POST process.assign": noted("status.assign", assignee="sato", comment="休みのため"),
        "POST retention.decide": noted("erasure.propose", act="propose", reason="満了"),
        "POST retention.approve": noted("erasure.approve"),
        "POST retention.keep": noted("hold.place", act="place", reason="照会"),
        "POST transfer.act": noted("record.import", do="go"),
        "POST api.create": noted("record.create", json={"record": {"title": "新"}}),
        "PUT api.change": noted("record.change", json={"record": {"title": "再"}}),
        "DELETE api.delete": noted("record.delete", json={"reason": "誤り"}),
        "POST api.comment": noted("comment.add", json={"body": "了解"}),
        "POST account.sign_in": noted("session.start", user="mori", password=PASSWORD),
        "POST account.sign_out": noted("session.end"),
        "POST proof.prove": noted("session.prove", password=PASSWORD),
        "POST security.end": noted("session.end"),
        "POST security.end_others": noted("session.end"),
        "POST security.change_password": noted(
            "password.change",
            password=PASSWORD,
            new_password=OTHER,
            again_password=OTHER,
        ),
        "POST deputies.name": noted(
            "deputy.add", deputy="abe", starts_on="R8.11.22", ends_on="R8.11.23"
        ),
        "POST deputies.end": noted("deputy.remove"),
        "POST mail.choose": Asked(("mail.choose",), {f"way.{kind}": "none" for kind in KINDS}),
        "POST tokens.make": noted("token.create", name="連携", rights="view", days="7"),
        "POST tokens.end": noted("token.end"),
        "POST design.step": noted("app.draft", act="up"),
        "POST design.settle": noted("app.draft", title="別の名"),
        "POST versions.keep_source": noted("app.draft"),
        "POST versions.discard": noted("app.discard"),
        "POST versions.publish": noted("app.publish"),
        "POST versions.go_back": noted("app.publish"),
        "POST viewing.start": noted("view_as.start", user="abe"),
        "POST viewing.stop": noted("view_as.end"),
        "POST people.create": noted("user.add", code="new1", name="新人"),
        "POST people.change": noted("user.change", name="別の名"),
        "POST people.belong": noted("membership.add", agencies__0__code="HEALTH"),
        "POST people.give_roles": noted("role.give", administers="1"),
        "POST people.activate": noted("user.deactivate", active="0"),
        "POST factors.reset": noted("factor.reset", reason="紛失"),
        "POST people_csv.write": noted("people.import"),
        "POST invitations.make": noted("link.make"),
        "POST invitations.make_many": noted("link.make"),
        "POST invitations.end": noted("link.end"),
        "POST welcome.choose": noted("link.use", new_password=OTHER, again_password=OTHER),
        "POST agencies.create": noted("agency.add", code="NEW", name="新しい課"),
        "POST agencies.change": noted("agency.change", name="別の課"),
        "POST agencies.create_group": noted("group.add", code="newg", name="新しい係"),
        "POST agencies.change_group": noted("group.change", name="別の係"),
    }
)
"""By method and endpoint: what a request that is answered leaves in the log."""

_AUTHENTICATOR = "needs an authenticator; tests/web/test_factors.py asks for each entry with one"
_PASSKEY = "needs a passkey; tests/web/test_passkeys.py asks for each entry with one"
_PROVIDER = "not there without a provider; tests/web/test_oidc.py asks for each entry with one"
ELSEWHERE = frozenset({_AUTHENTICATOR, _PASSKEY, _PROVIDER})
"""Reasons of routes that other tests ask."""
_OWN = "about one's own account; no record and nobody else is shown"
_FORM = "an empty form"
_PEOPLE = "people and agencies as administrators keep them; no record is shown"
NOTHING: Mapping[str, str] = MappingProxyType(
    {
        "GET static": "files of the program",
        "GET health.health": "whether the program lives",
        "POST reports.receive": "a browser's report; nobody is known to have sent it",
        "GET account.sign_in_form": "nobody is there yet",
        "GET welcome.ask": "nobody is there yet",
        "POST welcome.begin": "whose a code is; using it is noted",
        "GET invitations.index": _PEOPLE,
        "POST account.language": "a language is chosen",
        "GET live.record": "that a page is not as it was; what it then shows is noted (read.live)",
        "GET live.listed": "that a list moved, and nothing of what it holds",
        "POST notices.show": "that a notice was opened; the record it leads to is noted",
        "POST notices.later": "a notice of one's own is put aside",
        "POST notices.read": "how far one has read, of one's own notices",
        "GET interview.show": "one's own draft; a guest's look is noted (read.interview.show)",
        "GET interview.follow": "that a page moved; what it then shows is noted (read.live)",
        "GET drafts.edit": "one's own words, which nobody else has seen",
        "GET drafts.ask_discard": "one's own draft",
        "POST drafts.save": "one's own words; noted once somebody else reads them",
        "POST home.seen": "how far one has read, of one's own news",
        "POST lists.save_view": "a view of one's own; its condition is one's own words",
        "POST lists.forget_view": "a view of one's own",
        "POST presence.beat": "that a form is open; of the record no value is handed out",
        "GET threads.offers": "who reads a record; of the record nothing is handed out",
        "POST readers.draft": "who would read what stands in one's own form",
        "POST readers.change": "who would read it; of the record nothing is handed out",
        "GET lookup.echo": "what was typed just now, read as a date",
        "GET records.new": _FORM,
        "GET transfer.choose": _FORM,
        "GET transfer.offer": "one's own files on their way in, by name",
        "POST transfer.send": "a file is checked, nothing is written; writing it is noted",
        "GET transfer.show": "one's own file",
        "GET retention.index": "which apps have a period; no record",
        "GET proof.form": _FORM,
        "GET security.index": _OWN,
        "GET tokens.index": _OWN,
        "GET mail.show": _OWN,
        "GET mail.index": "how the sending of mails stands, in numbers; no record",
        "GET deputies.index": _OWN,
        **dict.fromkeys(
            (
                "GET design.index",
                "GET design.field",
                "GET versions.changes",
                "GET versions.index",
                "GET versions.source",
                "GET versions.export",
            ),
            "an app's definition, to who manages it; no record is shown, and changing it is noted",
        ),
        "GET viewing.choose": "whom one may look as; that one looks is noted",
        "GET alarms.index": "numbers about people, and no record",
        "GET alarms.show": "numbers about people, and no record",
        "GET people.index": _PEOPLE,
        "GET people.new": _FORM,
        "GET people.show": _PEOPLE,
        "GET people_csv.offer": _FORM,
        "POST people_csv.check": "a file of people is previewed; taking it in is noted",
        "GET agencies.index": _PEOPLE,
        "GET agencies.new": _FORM,
        "GET agencies.show": _PEOPLE,
        "GET agencies.groups": _PEOPLE,
        "GET agencies.new_group": _FORM,
        "GET agencies.show_group": _PEOPLE,
        **dict.fromkeys(
            (
                "GET account.second_form",
                "POST account.second",
                "GET factors.index",
                "POST factors.begin",
                "GET factors.picture",
                "POST factors.confirm",
                "POST factors.renew",
                "POST factors.end",
                "POST factors.end_app",
            ),
            _AUTHENTICATOR,
        ),
        **dict.fromkeys(
            (
                "POST passkeys.ask",
                "POST passkeys.ask_second",
                "POST passkeys.ask_proof",
                "POST passkeys.ask_new",
                "POST passkeys.register",
                "POST passkeys.remove",
            ),
            _PASSKEY,
        ),
        **dict.fromkeys(
            (
                "GET oidc.start",
                "GET oidc.back",
                "GET oidc.index",
                "GET oidc.begin_link",
                "POST oidc.link",
                "POST oidc.unlink",
                "POST oidc.invited",
                "POST oidc.accept",
            ),
            _PROVIDER,
        ),
    }
)
"""By method and endpoint: why a route that is answered has nothing to note."""
