"""Asking a virus scanner about a file before it is stored: clamd's INSTREAM over a Unix socket.

What cannot be scanned is not taken.  So there is no file whose state is unknown, and nothing to
hold back later.
"""

from __future__ import annotations

import logging
import socket
import struct
from typing import BinaryIO

from tsuzuri.errors import Busy, Invalid, Problem, message

SECONDS = 30.0
BLOCK = 64 * 1024
SCHEME = "unix:"

log = logging.getLogger(__name__)


class Unscanned(Busy):
    """The scanner is not there, is too slow, or did not understand."""

    def __init__(self) -> None:
        super().__init__()
        self.message = message(
            "ウイルス検査ができないため、ファイルを受け取れませんでした。少し待ってからお試しください。"
        )


def scan(address: str, name: str, source: BinaryIO, *, seconds: float = SECONDS) -> None:
    """Have a file scanned by the scanner at ``unix:/path``; nothing happens without an address.

    Raises ``Invalid`` for an infected file and ``Unscanned`` for one that could not be scanned.
    """
    if not address:
        return
    try:
        verdict = _asked(address.removeprefix(SCHEME), source, seconds)
    except OSError as error:
        log.warning("the virus scanner did not answer: %s", type(error).__name__)
        raise Unscanned from None
    if verdict.endswith(b" FOUND"):
        sentence = message(
            "「{name}」からウイルスが見つかりました。受け取っていません。", name=name
        )
        raise Invalid([Problem("", sentence)])
    if not verdict.endswith(b": OK"):
        log.warning("the virus scanner refused")
        raise Unscanned


def _asked(path: str, source: BinaryIO, seconds: float) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(path)
        connection.sendall(b"zINSTREAM\x00")
        source.seek(0)
        while block := source.read(BLOCK):
            connection.sendall(struct.pack(">I", len(block)) + block)
        connection.sendall(struct.pack(">I", 0))
        answer = b""
        while not answer.endswith(b"\x00") and (part := connection.recv(4096)):
            answer += part
    source.seek(0)
    return answer.rstrip(b"\x00\n")
