"""The GELF input takes what Graylog's takes, and nothing else."""

from __future__ import annotations

import gzip
import json
import socket
import zlib

import pytest

from tests.lab.gelf import CHUNK, Gelf, receiving

MESSAGE = {"version": "1.1", "host": "orders-1", "short_message": "no stock", "_order": 17}
BYTES = json.dumps(MESSAGE).encode()


def chunks(content: bytes, size: int, name: bytes = b"12345678") -> list[bytes]:
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    return [CHUNK + name + bytes([n, len(parts)]) + part for n, part in enumerate(parts)]


@pytest.mark.parametrize("pack", [bytes, zlib.compress, gzip.compress])
def test_it_takes_each_packing(pack: type[bytes]) -> None:
    gelf = Gelf()
    gelf.take(pack(BYTES))
    assert gelf.messages == [MESSAGE]


def test_it_puts_chunks_together_in_any_order() -> None:
    gelf = Gelf()
    first, second = chunks(gzip.compress(BYTES), 20), chunks(BYTES, 30, b"87654321")
    for datagram in [*reversed(first), first[0], *second]:
        gelf.take(datagram)
    assert gelf.messages == [MESSAGE, MESSAGE]
    assert gelf.chunked == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{"version": "1.1", "host": "h"}', "it has no short_message"),
        (b'{"version": "1.1", "host": "h", "short_message": " "}', "its short_message is empty"),
        (b"[]", "it is no object"),
        (b"{", "Expecting property name enclosed in double quotes"),
        (CHUNK + b"12345678\x02\x02", "chunk 2 of 2"),
    ],
)
def test_it_refuses_what_graylog_refuses(content: bytes, why: str) -> None:
    gelf = Gelf()
    gelf.take(content)
    assert gelf.messages == []
    (told,) = gelf.refused
    assert told.startswith(why)


def test_it_listens() -> None:
    with receiving() as (gelf, port):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(gzip.compress(BYTES), ("127.0.0.1", port))
        assert gelf.wait(lambda each: each["_order"] == 17, 10) == MESSAGE
        with pytest.raises(TimeoutError, match="no stock"):
            gelf.wait(lambda each: each["_order"] == 18, 0.01)
