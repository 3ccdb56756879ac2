"""Keeps tests on this machine: a connection or a look-up beyond loopback is an error.

An audit hook sees every Python socket, however it was made, and cannot be forgotten or patched
away. libpq and Chromium open theirs elsewhere; `postgres.py` and `browser.py` bind those.
"""

import ipaddress
import sys
from typing import Final

_CONNECTING: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_ASKING: Final = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)


class OutsideError(RuntimeError):
    """A test tried to leave the machine."""


def close() -> None:
    """Close the door for the rest of this process; there is no way to open it again."""
    sys.addaudithook(_guard)


def is_inside(host: object) -> bool:
    """Whether a host as sockets name it means this machine, or no host at all."""
    if host is None or host in {"", b"", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback  # type: ignore[arg-type]  # whatever else came is refused below
    except ValueError:
        return False


def _guard(event: str, args: tuple[object, ...]) -> None:
    if event in _CONNECTING:
        address = args[1]
        # A path is a Unix socket, and None a socket that is connected already.
        if not isinstance(address, tuple) or is_inside(address[0]):
            return
    elif event in _ASKING:
        address = args[0][0] if isinstance(args[0], tuple) else args[0]
        if is_inside(address):
            return
    else:
        return
    raise OutsideError(f"Tests stay on this machine, but {event} named {address!r}.")
