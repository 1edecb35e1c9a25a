"""Where the server is, and as whom we come: never from an argument, never in a message."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pipelinegen.credentials import Kind, address, checked, keyring, read
from pipelinegen.errors import PipelinegenError

JENKINS = Kind("Jenkins", "jenkins.url", user=True)
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
    told = read(JENKINS)
    url = address(JENKINS, said, told)
    user, token = os.environ.get("JENKINS_USER"), os.environ.get("JENKINS_TOKEN")
    if user and token:
        return Access(url, user, token, ca)
    if found := keyring(url, user):
        return Access(url, *found, ca)
    # A token is for the server that it is written beside, and for no other.
    if told and checked(JENKINS, told["url"]) == url and user in (None, "", told["user"]):
        return Access(url, told["user"], told["token"], ca)
    missing = "JENKINS_TOKEN" if user else "JENKINS_USER and JENKINS_TOKEN"
    how = _HOW.format(url=url, file=JENKINS.file)
    raise PipelinegenError(f"{url}: who are we there? {missing} is not set\n{how}")
