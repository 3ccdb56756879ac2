"""Signing somebody in without a password, through a real session."""

from flask.testing import FlaskClient

from tsuzuri.services import people, sessions
from tsuzuri.services.platform import Platform


def enter(client: FlaskClient, platform: Platform, user: str) -> None:
    """Give a client the cookie of a new session of ``user``."""
    actor = people.actor(platform, user)
    assert actor is not None
    token = sessions.begin(platform, actor)
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = token, True
