"""What was said under a record, in its row of a list: numbers, and thanks with one tap."""

from __future__ import annotations

from flask import url_for
from markupsafe import escape

from tsuzuri.access.gate import Access
from tsuzuri.errors import message
from tsuzuri.services.threads import Talk
from tsuzuri.web.render import sentence


class TalkCell:
    """Writes the last cell of a row; what is the same in every row is made once."""

    def __init__(self, access: Access) -> None:
        self._phrases = [(one, escape(one)) for one in access.app.acknowledgements]
        self._label = escape(sentence(message("コメント")))
        self._more = escape(sentence(message("ほかの言葉で返す")))
        where = url_for("threads.thank", app=access.app.code, record=0)
        self._before, self._after = (str(escape(part)) for part in where.rsplit("0", 1))

    def cell(self, record: int, talk: Talk) -> str:
        """Return the cell of one record, every text in it escaped."""
        counts = [
            f'<span class="chip chip--outline">{escape(sentence(one))}</span>'
            for one, number in (
                (message("コメント{n}件", n=talk.comments), talk.comments),
                (message("お礼{n}件", n=talk.thanks), talk.thanks),
            )
            if number
        ]
        acts = self._acts(record, talk) if talk.may else ""
        if not counts and not acts:
            return f'<td class="data__none" data-label="{self._label}"></td>'
        body = " ".join(counts)
        return (
            f'<td class="data__talk" data-label="{self._label}">'
            f'<div class="row-talk">{body}{acts}</div></td>'
        )

    def _acts(self, record: int, talk: Talk) -> str:
        """Return the first phrase and those that were given; the others fold away."""
        shown = [n for n, (one, _) in enumerate(self._phrases) if n == 0 or one in talk.mine]
        folded = [n for n in range(len(self._phrases)) if n not in shown]
        out = "".join(self._button(record, n, talk) for n in shown)
        if folded:
            others = "".join(self._button(record, n, talk) for n in folded)
            out += (
                f'<details class="row-more"><summary aria-label="{self._more}">…</summary>'
                f'<div class="row-more__acts">{others}</div></details>'
            )
        return out

    def _button(self, record: int, place: int, talk: Talk) -> str:
        phrase, text = self._phrases[place]
        pressed = "true" if phrase in talk.mine else "false"
        url = f"{self._before}{record}{self._after}"
        return (
            f'<button class="ack ack--row" id="thank-{record}-{place}" form="row-thanks"'
            f' formaction="{url}" name="word" value="{text}" aria-pressed="{pressed}"'
            f' hx-post="{url}" hx-vals=\'{{"row": "1"}}\' hx-target="closest td"'
            f' hx-swap="outerHTML">{text}</button>'
        )
