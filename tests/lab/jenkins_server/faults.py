"""What goes wrong between a client and Jenkins, on purpose."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.lab.jenkins_server import pages
from tests.lab.jenkins_server.http11 import REASONS, Request, Response

When = Callable[[Request], bool]


def always(request: Request) -> bool:
    return True


def writes(request: Request) -> bool:
    return request.method not in ("GET", "HEAD")


def reads(request: Request) -> bool:
    return not writes(request)


def path_ends(end: str) -> When:
    return lambda request: request.path.endswith(end)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong. Of a fault that answers itself Jenkins never hears."""

    name: str
    delay: float = 0
    """Seconds before anything else."""
    answer: Response | None = None
    """What is answered in Jenkins' place."""
    drop_before: bool = False
    """The line is cut before the request was carried out."""
    drop_after: bool = False
    """It was carried out, and then the line is cut: the client cannot know."""
    keep: float | None = None
    """The part of the body that arrives, between 0 and 1, before the line is cut."""
    end_sessions: bool = False
    """The sessions end, and with them the crumbs, before the request is looked at."""


def delay(seconds: float) -> Fault:
    return Fault(f"delay {seconds}", delay=seconds)


def status(code: int, retry_after: int | None = None) -> Fault:
    """The page of a proxy in front of Jenkins, without Jenkins' headers."""
    headers = [("Content-Type", "text/html"), ("Server", "nginx")]
    if retry_after is not None:
        headers.append(("Retry-After", str(retry_after)))
    told = f"{code} {REASONS.get(code, '')}"
    body = f"<html><head><title>{told}</title></head><body><h1>{told}</h1></body></html>"
    return Fault(f"status {code}", answer=Response(code, headers, body.encode()))


def drop(after: bool = False) -> Fault:
    name = "drop after" if after else "drop before"
    return Fault(name, drop_before=not after, drop_after=after)


def truncate(keep: float = 0.5) -> Fault:
    """The answer breaks off in its body; the request was carried out."""
    return Fault(f"truncate {keep}", keep=keep)


def end_sessions() -> Fault:
    return Fault("end sessions", end_sessions=True)


def login_page() -> Fault:
    """A proxy wants a login of its own, and says so with 200."""
    answer = Response(200, [("Content-Type", pages.HTML)], pages.LOGIN)
    return Fault("login page", answer=answer)


def login_redirect(location: str = "/sso/login") -> Fault:
    """A proxy sends the client to its login."""
    return Fault("login redirect", answer=Response(302, [("Location", location)]))


def starting() -> Fault:
    """Jenkins itself, while it starts: hudson.util.HudsonIsLoading."""
    body = b"<html><head><title>Starting Jenkins</title></head><body>Please wait while Jenkins is "
    body += b"getting ready to work ...</body></html>"
    headers = [("Content-Type", pages.HTML), ("X-Hudson", "1.395")]
    return Fault("starting", answer=Response(503, headers, body))


@dataclass
class Rule:
    """When a fault happens, counted over the requests that `when` is true for."""

    fault: Fault
    when: When = always
    nth: frozenset[int] = frozenset()
    """These alone, from 1 on; without any, all."""
    probability: float = 1.0
    times: int | None = None
    """No more often than that."""
    seen: int = 0
    happened: int = 0

    def applies(self, request: Request, chance: random.Random) -> bool:
        if not self.when(request):
            return False
        self.seen += 1
        if self.nth and self.seen not in self.nth:
            return False
        if self.times is not None and self.happened >= self.times:
            return False
        if self.probability < 1 and chance.random() >= self.probability:
            return False
        self.happened += 1
        return True


@dataclass
class Faults:
    """The faults to come. With the same seed and the same requests they are the same again."""

    rules: list[Rule] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(0))

    def seed(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def add(
        self,
        fault: Fault,
        *,
        when: When = always,
        nth: int | tuple[int, ...] = (),
        probability: float = 1.0,
        times: int | None = None,
    ) -> Rule:
        """Adds a fault; the rule tells later how often it happened."""
        numbers = frozenset((nth,) if isinstance(nth, int) else nth)
        rule = Rule(fault, when, numbers, probability, times)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def of(self, request: Request) -> Fault | None:
        """What happens to a request: the first rule that applies. All count it."""
        found = [rule.fault for rule in self.rules if rule.applies(request, self.chance)]
        return found[0] if found else None
