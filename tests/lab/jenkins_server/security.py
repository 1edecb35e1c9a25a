"""Who asks, what they may do, and crumbs, which hold in one session."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

# The group and the name as they are shown, and the ids that X-Required-Permission has.
# hudson.model.Item, hudson.model.View, jenkins.model.Jenkins; Job/Move is cloudbees-folder's.
IDS = {
    "Overall/Administer": "hudson.model.Hudson.Administer",
    "Overall/Manage": "hudson.model.Hudson.Manage",
    "Overall/SystemRead": "hudson.model.Hudson.SystemRead",
    "Overall/Read": "hudson.model.Hudson.Read",
    **{
        f"Job/{name}": f"hudson.model.Item.{name}"
        for name in (
            *("Create", "Read", "Configure", "Delete", "Build", "Cancel"),
            *("Discover", "ExtendedRead", "Move"),
        )
    },
    **{f"View/{name}": f"hudson.model.View.{name}" for name in ("Create", "Configure", "Delete")},
    "Run/Delete": "hudson.model.Run.Delete",
}
# Who has the second has the first; Overall/Administer has all.
IMPLIED = {
    "Job/Discover": "Job/Read",
    "Job/ExtendedRead": "Job/Configure",
    "Job/Cancel": "Job/Build",
    "Overall/SystemRead": "Overall/Administer",
}
# hudson.security.Permission: what the ids above are implied by, up to Administer.
GENERIC = {
    "Create": ["GenericCreate", "GenericWrite"],
    "Move": ["GenericCreate", "GenericWrite"],
    "Delete": ["GenericDelete", "GenericWrite"],
    "Configure": ["GenericConfigure", "GenericUpdate", "GenericWrite"],
    "Build": ["GenericUpdate", "GenericWrite"],
    "Read": ["GenericRead"],
}
EVERYTHING = frozenset(IDS)
READER = frozenset({"Overall/Read", "Job/Read"})
COOKIE = "JSESSIONID"


@dataclass(frozen=True)
class User:
    name: str
    password: str | None = None
    token: str | None = None
    permissions: frozenset[str] = EVERYTHING
    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """More permissions at and below an item, by its full name."""

    def may(self, permission: str, full_name: str = "") -> bool:
        granted = self.permissions
        for place, more in self.inside.items():
            if f"{full_name}/".startswith(f"{place}/"):
                granted = granted | more
        implied = IMPLIED.get(permission)
        return (
            permission in granted
            or "Overall/Administer" in granted
            or (implied is not None and implied in granted)
        )


ANONYMOUS = "anonymous"
UNSECURED = User(ANONYMOUS)


@dataclass(frozen=True)
class Identity:
    """Who sent a request."""

    user: User
    by_token: bool = False

    @property
    def anonymous(self) -> bool:
        return self.user.name == ANONYMOUS


class Security:
    """Users, sessions and crumbs. Without users everybody may do everything, as "unsecured"."""

    def __init__(self, users: Mapping[str, User] | None, anonymous: frozenset[str]) -> None:
        self.crumbs = True
        self._salt = secrets.token_hex(16)
        self._sessions: set[str] = set()
        self._tokens: dict[str, str] = {}
        self.secure(users, anonymous)

    def secure(self, users: Mapping[str, User] | None, anonymous: frozenset[str]) -> None:
        self.users = users
        self.nobody = User(ANONYMOUS, permissions=anonymous) if users is not None else UNSECURED
        for user in (users or {}).values():
            if user.token:
                self._tokens[user.token] = user.name

    def identify(self, authorization: str | None) -> Identity | None:
        """Who an Authorization header names; None when the secret is wrong."""
        if self.users is None or not _basic(authorization):
            # Jenkins looks at Basic alone; another scheme is somebody else's, so nobody's.
            return Identity(self.nobody)
        name, secret = credentials(authorization)
        user = self.users.get(name)
        if user is None:
            return None
        if self._tokens.get(secret) == name:
            return Identity(user, by_token=True)
        return Identity(user) if user.password is not None and secret == user.password else None

    def new_token(self, name: str) -> str:
        token = "11" + secrets.token_hex(16)
        self._tokens[token] = name
        return token

    def revoke(self, token: str) -> None:
        self._tokens.pop(token, None)

    def open_session(self) -> str:
        session = f"node0{secrets.token_hex(13)}.node0"
        self._sessions.add(session)
        return session

    def has_session(self, session: str | None) -> bool:
        return session in self._sessions

    def end_sessions(self) -> None:
        """All sessions end, and with them all crumbs: a restart, or a time-out."""
        self._sessions.clear()

    def crumb(self, user: str, session: str) -> str:
        """hudson.security.csrf.DefaultCrumbIssuer: of the user, the session and a salt."""
        return hashlib.sha256(f"{user};{session}{self._salt}".encode()).hexdigest()


def _basic(authorization: str | None) -> bool:
    return (authorization or "").lower().startswith("basic ")


@lru_cache
def credentials(authorization: str | None) -> tuple[str, str]:
    """The name and the secret of Basic authentication; empty where there are none."""
    if authorization is None or not _basic(authorization):
        return "", ""
    try:
        text = base64.b64decode(authorization[6:]).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, secret = text.partition(":")
    return name, secret


def implied_by(permission: str) -> list[str]:
    """The ids for X-Permission-Implied-By, from the nearest to Administer."""
    group, _, name = permission.partition("/")
    ids: list[str] = []
    if permission == "Job/ExtendedRead":
        ids, name = [IDS["Job/Configure"]], "Configure"
    generic = [] if group == "Overall" and name != "Read" else GENERIC.get(name, [])
    ids += [f"hudson.security.Permission.{one}" for one in generic]
    return ids if permission == "Overall/Administer" else [*ids, IDS["Overall/Administer"]]
