"""Where a server is, and the token that we have for it: never from an argument, never in a message.

The environment counts first, then platform.yaml for the address, and for the token the system's
keyring and a file that only its owner may read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelinegen.errors import InputError, PipelinegenError


@dataclass(frozen=True)
class Kind:
    """A kind of server.

    Args:
        name: what people call it.
        key: where platform.yaml has its address.
        article: the one before its name.
        user: whether a token belongs to a user whose name has to be said.
        make: where one makes a token, below its address.
    """

    name: str
    key: str
    article: str = "a"
    user: bool = False
    make: str = ""

    @property
    def prefix(self) -> str:
        """How its variables begin."""
        return self.name.upper()

    @property
    def keys(self) -> tuple[str, ...]:
        """What its file holds."""
        return ("url", "user", "token") if self.user else ("url", "token")

    @property
    def file(self) -> Path:
        """Its file."""
        home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
        return Path(home) / "pipelinegen" / f"{self.name.lower()}.yaml"


@dataclass(frozen=True)
class Token:
    """A server and a token for it.

    Args:
        url: the server's address, with a slash at its end.
        token: the token.
    """

    url: str
    token: str = field(repr=False)


def find_token(kind: Kind, said: str | None) -> Token:
    """The address and the token of a server that asks for no user.

    Args:
        kind: the kind of server.
        said: the address that platform.yaml has; the environment's counts before it.

    Raises:
        PipelinegenError: the address or the token is missing, or the file is not safe.
    """
    told = read(kind)
    url = address(kind, said, told)
    if token := os.environ.get(f"{kind.prefix}_TOKEN", "").strip():
        return Token(url, _sendable(kind, token))
    if found := keyring(url, None):
        return Token(url, _sendable(kind, found[1]))
    # A token is for the server that it is written beside, and for no other.
    if told and checked(kind, told["url"]) == url:
        return Token(url, _sendable(kind, told["token"]))
    raise PipelinegenError(
        f"{url}: who are we there? {kind.prefix}_TOKEN is not set\n"
        f"      = set {kind.prefix}_TOKEN (make a token at {url}{kind.make}), or\n"
        f"        `keyring set {url} token` with `pip install 'pipelinegen[keyring]'`, or\n"
        f"        write `url` and `token` into {kind.file}, which only you may read (chmod 600)"
    )


def _sendable(kind: Kind, token: str) -> str:
    """The token; an HTTP client would repeat one that it cannot send."""
    if not (token.isascii() and token.isprintable()):
        raise PipelinegenError(f"the token for {kind.name} holds characters that no token has")
    return token


def address(kind: Kind, said: str | None, told: Mapping[str, str]) -> str:
    """The server's address, with a slash at its end.

    Args:
        kind: the kind of server.
        said: the address that platform.yaml has.
        told: what its file says.

    Raises:
        PipelinegenError: there is none, or it is no address.
    """
    url = os.environ.get(f"{kind.prefix}_URL") or said or told.get("url")
    if not url:
        raise PipelinegenError(
            f"which {kind.name}? ${kind.prefix}_URL is not set, and platform.yaml has no "
            f"`{kind.key}`\n"
            f"      = export {kind.prefix}_URL=https://{kind.name.lower()}.example.com/"
        )
    return checked(kind, url)


def checked(kind: Kind, said: str) -> str:
    """An address with a slash at its end.

    Raises:
        PipelinegenError: it is none, or holds a secret.
    """
    parts = urlsplit(said.strip())
    if parts.username is not None or parts.password is not None:
        names = [f"{kind.prefix}_{key.upper()}" for key in kind.keys if key != "url"]
        raise PipelinegenError(
            f"{kind.prefix}_URL: a user, password or token has no place in the address\n"
            f"      = set {' and '.join(names)}"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PipelinegenError(
            f"`{said}` is not the address of {kind.article} {kind.name}: write "
            f"https://{kind.name.lower()}.example.com/"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def in_the_clear(url: str) -> str | None:
    """What to tell people when a token goes to an address that is not encrypted; else None."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return None
    return f"{url}: without https the token can be read on its way"


def keyring(url: str, user: str | None) -> tuple[str, str] | None:
    """The user and the token that the system's keyring has for a server.

    None when it has none, or there is no keyring.
    """
    try:
        import keyring as system
        import keyring.errors
    except ImportError:
        return None
    try:
        found = system.get_credential(url, user or None)
    except keyring.errors.KeyringError:
        return None
    return (found.username, found.password) if found else None


def read(kind: Kind) -> Mapping[str, str]:
    """What the server's file says, empty when there is none.

    Raises:
        PipelinegenError: others may read it, or it holds something else.
    """
    path = kind.file
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.geteuid():
                raise PipelinegenError(
                    f"{path}: others may read it, or it is somebody else's; it holds a token\n"
                    f"      = chmod 600 {path}"
                )
            return _texts(path, file.read(), kind.keys)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PipelinegenError(f"{path}: cannot be read: {error.strerror}") from None


def _texts(path: Path, raw: bytes, keys: tuple[str, ...]) -> Mapping[str, str]:
    from pipelinegen.config.yamlfile import parse

    try:
        document, problems = parse(str(path), raw)
    except InputError:
        data: Any = None  # what is wrong shows the line, and one of them is a token
    else:
        data = document.data if not problems else None
    if isinstance(data, dict) and set(data) == set(keys):
        found = {key: value for key, value in data.items() if isinstance(value, str)}
        if found.keys() == set(keys):
            return found
    named = [f"`{key}`" for key in keys]
    raise PipelinegenError(
        f"{path}: it must hold {', '.join(named[:-1])} and {named[-1]}, each a text, and nothing "
        "else"
    )
