"""Asking a cluster's processes whether they do their work."""

from __future__ import annotations

import functools
import http.client
import socket
import ssl
import struct
import urllib.request
from pathlib import Path

SECONDS = 2.0


def answers(url: str, authority: Path | None = None) -> bool:
    """Whether a URL answers with 200.

    Args:
        url: the URL.
        authority: the certificate of who signed the server's.
    """
    try:
        context = ssl.create_default_context(cafile=str(authority)) if authority else None
        # Not through the proxy that the machine may have for the world outside.
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
        with urllib.request.build_opener(*handlers).open(url, timeout=SECONDS) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def resolves(name: str, server: str) -> bool:
    """Whether a DNS server knows an address of a name. https://www.rfc-editor.org/rfc/rfc1035"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(SECONDS)
        try:
            asking.connect((server, 53))
            asking.send(_question(name))
            answer = asking.recv(512)
        except OSError:
            return False
    if len(answer) < 12:
        return False
    _, flags, _, found = struct.unpack_from("!4H", answer)
    return bool(flags & 0xF == 0 and found)


@functools.cache
def _question(name: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    # One question, recursion desired; type A, class IN.
    return struct.pack("!6H", 1, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)
