"""Nothing typed is lost: a form whose sender was no longer signed in comes back filled.

A view that takes typed text is marked ``keeps_typing`` and understands ``again()``: it then
shows its form as it was typed and changes nothing.  So the same step serves an expired login,
a form whose protection ran out, and a server that was busy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from flask import current_app, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import HTTPException

View = TypeVar("View", bound=Callable[..., Any])

MARK = "_tsuzuri_keeps_typing"
AGAIN = "_again"
CARRIED = "carried."
SECRET = frozenset({"csrf_token", "password", "new_password", "second", "passkey", AGAIN})
"""What is never carried from one form into the next."""

Pairs = list[tuple[str, str]]


def keeps_typing(view: View) -> View:
    """Mark a view that shows its form filled when it is asked to."""
    setattr(view, MARK, True)
    return view


def again() -> bool:
    """Tell whether the form is to be shown as it was typed, without doing anything."""
    return AGAIN in request.form


def typed() -> Pairs:
    """Return what was posted, to be carried through a login."""
    own = [(n[len(CARRIED) :], t) for n, t in _pairs() if n.startswith(CARRIED)]
    return own or [(n, t) for n, t in _pairs() if n not in SECRET]


def _pairs() -> Iterator[tuple[str, str]]:
    # The form of a request that was refused for a part without a name is asked for its text too.
    return ((name, text) for name, text in request.form.items(multi=True) if name)


def bring_back(path: str, pairs: Pairs) -> Any | None:
    """Return the page of the form at ``path`` with ``pairs`` typed in; None if it has none."""
    try:
        rule, values = current_app.url_map.bind_to_environ(request.environ).match(
            path.partition("?")[0], "POST", return_rule=True
        )
    except HTTPException:
        return None
    view = current_app.view_functions[rule.endpoint]
    if not hasattr(view, MARK):
        return None
    request.form = ImmutableMultiDict([*pairs, (AGAIN, "1")])
    request.url_rule, request.view_args = rule, dict(values)
    return current_app.ensure_sync(view)(**values)
