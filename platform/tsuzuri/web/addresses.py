"""From which addresses anybody is let in at all, before anything else is looked at.

The address is the connection's own.  What a proxy says of it counts only behind as many proxies
as the settings name: a header alone can be written by anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address

from flask import Flask, Response, make_response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from tsuzuri.config import Config, Network

REFUSED = "403 この場所からは使えません。 / Not available from here.\n"


def install(app: Flask, config: Config) -> None:
    """Refuse other addresses, where the settings name those that are let in."""
    if config.proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies)
        setattr(app, "wsgi_app", fixed)  # noqa: B010  mypy takes it for a method
    if not config.allowed:
        return

    @app.before_request
    def _refuse() -> Response | None:
        if inside(request.remote_addr or "", config.allowed):
            return None
        return make_response(REFUSED, 403, {"Content-Type": "text/plain; charset=utf-8"})


def inside(address: str, networks: Sequence[Network]) -> bool:
    """Tell whether an address is in one of the networks; what is no address is in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    # An IPv4 address may arrive dressed as IPv6, and is the same one.
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in network for network in networks)
