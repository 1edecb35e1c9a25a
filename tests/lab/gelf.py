"""A GELF UDP input: what arrives is put together, unpacked and kept.

https://go2docs.graylog.org/current/getting_in_log_data/gelf.html
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CHUNK = b"\x1e\x0f"
MOST_CHUNKS = 128
LONGEST = 65_536

Message = dict[str, Any]


class Gelf:
    """What has arrived so far; each message as the sender's JSON has it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        # What is no GELF, with why.
        self.refused: list[str] = []
        self.chunked = 0
        self._chunks: dict[bytes, dict[int, bytes]] = {}
        self._changed = threading.Condition()

    def take(self, datagram: bytes) -> None:
        """Take what one datagram holds."""
        whole = self._whole(datagram) if datagram[:2] == CHUNK else datagram
        if whole is None:
            return
        with self._changed:
            try:
                self.messages.append(_checked(json.loads(_unpacked(whole))))
            except (ValueError, OSError, zlib.error) as error:
                self.refused.append(str(error))
            self._changed.notify_all()

    def wait(self, wanted: Callable[[Message], object], seconds: float = 60) -> Message:
        """The first message that is wanted.

        Raises:
            TimeoutError: none came; it tells those that did.
        """

        def found() -> Message | None:
            return next((each for each in self.messages if wanted(each)), None)

        with self._changed:
            message = self._changed.wait_for(found, seconds)
        if message is None:
            raise TimeoutError(f"{self.messages}; refused: {self.refused}")
        return message

    def _whole(self, datagram: bytes) -> bytes | None:
        number, count = datagram[10], datagram[11]
        if not number < count <= MOST_CHUNKS:
            self.refused.append(f"chunk {number} of {count}")
            return None
        parts = self._chunks.setdefault(datagram[2:10], {})
        parts[number] = datagram[12:]
        if len(parts) < count:
            return None
        self.chunked += 1
        del self._chunks[datagram[2:10]]
        return b"".join(parts[each] for each in range(count))


def _unpacked(whole: bytes) -> bytes:
    if whole[:2] == b"\x1f\x8b":
        return gzip.decompress(whole)
    return zlib.decompress(whole) if whole[:1] == b"\x78" else whole


def _checked(message: Any) -> Message:
    if not isinstance(message, dict):
        raise ValueError("it is no object")
    if missing := {"version", "host", "short_message"} - message.keys():
        raise ValueError(f"it has no {', '.join(sorted(missing))}")
    if not str(message["short_message"]).strip():
        raise ValueError("its short_message is empty")
    return message


@contextmanager
def receiving(host: str = "0.0.0.0") -> Iterator[tuple[Gelf, int]]:
    """An input, and its port, as long as the block runs."""
    gelf = Gelf()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((host, 0))
        port = int(listener.getsockname()[1])

        def receive() -> None:
            while datagram := listener.recv(LONGEST):
                gelf.take(datagram)

        thread = threading.Thread(target=receive, daemon=True)
        thread.start()
        try:
            yield gelf, port
        finally:
            # An empty datagram ends it.
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ender:
                ender.sendto(b"", ("127.0.0.1", port))
            thread.join(10)
