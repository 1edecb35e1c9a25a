"""Where the server is, and as whom we come: never from an argument, never in a message."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelinegen.errors import InputError, PipelinegenError

_HOW = """\
      = set JENKINS_USER and JENKINS_TOKEN (make a token at {url}me/security), or
        `keyring set {url} USER` with `pip install 'pipelinegen[keyring]'`, or
        write `url`, `user` and `token` into {file}, which only you may read (chmod 600)"""


@dataclass(frozen=True)
class Access:
    """A server and a user.

    Args:
        url: the server's address, with a slash at its end.
        user: the user's name.
        token: an API token or a password.
        ca: a file with the certificates to trust, when they are not the system's.
    """

    url: str
    user: str
    token: str = field(repr=False)
    ca: Path | None = None


def find(said: str | None, ca: Path | None = None) -> Access:
    """The server and the user: from the environment, the keyring or the file.

    Args:
        said: the address that platform.yaml has; $JENKINS_URL counts before it.
        ca: the file of --ca.

    Raises:
        PipelinegenError: the address, the user or the token is missing, or the file is not safe.
    """
    told = _file()
    url = _address(os.environ.get("JENKINS_URL") or said or told.get("url"))
    user, token = os.environ.get("JENKINS_USER"), os.environ.get("JENKINS_TOKEN")
    if user and token:
        return Access(url, user, token, ca)
    if found := _keyring(url, user):
        return Access(url, *found, ca)
    # A token is for the server that it is written beside, and for no other.
    if told and _address(told["url"]) == url and user in (None, "", told["user"]):
        return Access(url, told["user"], told["token"], ca)
    missing = "JENKINS_TOKEN" if user else "JENKINS_USER and JENKINS_TOKEN"
    how = _HOW.format(url=url, file=_path())
    raise PipelinegenError(f"{url}: who are we there? {missing} is not set\n{how}")


def _address(said: str | None) -> str:
    if not said:
        raise PipelinegenError(
            "which Jenkins? $JENKINS_URL is not set, and platform.yaml has no `jenkins.url`\n"
            "      = export JENKINS_URL=https://jenkins.example.com/"
        )
    parts = urlsplit(said.strip())
    if parts.username is not None or parts.password is not None:
        raise PipelinegenError(
            "JENKINS_URL: a user, password or token has no place in the address\n"
            "      = set JENKINS_USER and JENKINS_TOKEN"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PipelinegenError(
            f"`{said}` is not the address of a Jenkins: write https://jenkins.example.com/"
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"


def _keyring(url: str, user: str | None) -> tuple[str, str] | None:
    """What the system's keyring has for the server; None when there is no keyring."""
    try:
        import keyring
        import keyring.errors
    except ImportError:
        return None
    try:
        found = keyring.get_credential(url, user or None)
    except keyring.errors.KeyringError:
        return None
    return (found.username, found.password) if found else None


def _path() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return Path(home) / "pipelinegen" / "jenkins.yaml"


def _file() -> Mapping[str, str]:
    """What the file says, empty when there is none."""
    path = _path()
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.geteuid():
                raise PipelinegenError(
                    f"{path}: others may read it, or it is somebody else's; it holds a token\n"
                    f"      = chmod 600 {path}"
                )
            return _checked(path, file.read())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PipelinegenError(f"{path}: cannot be read: {error.strerror}") from None


def _checked(path: Path, raw: bytes) -> Mapping[str, str]:
    from pipelinegen.config.yamlfile import parse

    keys = {"url", "user", "token"}
    try:
        document, problems = parse(str(path), raw)
    except InputError:
        data: Any = None  # what is wrong shows the line, and one of them is a token
    else:
        data = document.data if not problems else None
    if isinstance(data, dict) and set(data) == keys:
        found = {key: value for key, value in data.items() if isinstance(value, str)}
        if found.keys() == keys:
            return found
    raise PipelinegenError(
        f"{path}: it must hold `url`, `user` and `token`, each a text, and nothing else"
    )
