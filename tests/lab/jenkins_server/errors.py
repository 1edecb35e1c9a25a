"""What Jenkins throws, each with the answer that it becomes."""

from __future__ import annotations


class Refused(Exception):
    """Any answer that is not what was asked for."""


class NotFound(Refused):
    """404: there is none, or the user may not see it."""


class Failure(Refused):
    """hudson.model.Failure: 400, with the message in X-Error."""


class Denied(Refused):
    """hudson.security.AccessDeniedException3: 403, or for anonymous the way to the login."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


class Wrong(Refused):
    """An exception inside of Jenkins: 500, or another status, with the page for them."""

    def __init__(self, thrown: str, status: int = 500) -> None:
        super().__init__(thrown)
        self.thrown = thrown
        self.status = status


class PostOnly(Refused):
    """405 of @RequirePOST."""
