"""The stand-in itself: a server on a port of this machine, and what a test sees of it."""

from __future__ import annotations

import asyncio
import ssl
import threading
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.lab.jenkins_server.app import Application, Logged
from tests.lab.jenkins_server.builds import Executors
from tests.lab.jenkins_server.faults import Fault, Faults
from tests.lab.jenkins_server.http11 import Connection, Request, Response
from tests.lab.jenkins_server.jenkins import Jenkins
from tests.lab.jenkins_server.lint import Lint, accept
from tests.lab.jenkins_server.model import Group, Item, Job, MultiBranch
from tests.lab.jenkins_server.plugins import Plugins
from tests.lab.jenkins_server.security import READER, Security, User, credentials

HOST = "127.0.0.1"
BACKLOG = 256


@dataclass(frozen=True)
class Seen:
    """A request that came, and what became of it."""

    method: str
    target: str
    """Path and query as they were sent."""
    status: int
    """0 when the line was cut without an answer."""
    user: str
    """Who the client said to be; empty without Authorization."""
    fault: str = ""
    carried_out: bool = True
    """Whether Jenkins heard of it at all."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def write(self) -> bool:
        return self.method not in ("GET", "HEAD")

    @property
    def action(self) -> str:
        """The last part of the path: createItem, config.xml, doDelete …"""
        return self.path.rstrip("/").rpartition("/")[2]


class JenkinsServer:
    """A Jenkins as it looks over HTTP, on a free port of 127.0.0.1, in a thread of this process.

    users: who may log in; None is a Jenkins without security, in which everybody may do all.
    anonymous: what may be done without a login.
    plugins: the versions of the installed plugins by their short names.
    certificate: the files of a certificate and its key, for HTTPS.
    prefix: the context path, such as "/jenkins".
    root_url: the URL in Jenkins' settings, where it is not the one it is reached at.
    lint: says what is wrong with a Jenkinsfile, as line, column and message. It runs on the thread
        that serves, so no other request is answered meanwhile.
    latency: milliseconds before each request is carried out.
    """

    def __init__(
        self,
        users: Iterable[User] | None = None,
        *,
        anonymous: frozenset[str] = frozenset(),
        plugins: dict[str, str] | None = None,
        certificate: tuple[str, str] | None = None,
        prefix: str = "",
        root_url: str = "",
        lint: Lint = accept,
        latency: float = 0,
    ) -> None:
        self.jenkins = Jenkins(Plugins(plugins))
        self.security = Security(_by_name(users), anonymous)
        self.app = Application(self.jenkins, self.security, prefix)
        self.app.lint = lint
        self.app.root_url = root_url
        self.faults = Faults()
        self.latency = latency
        self.requests: list[Seen] = []
        self.lock = threading.RLock()
        """Held while a request is carried out; for a test that changes several things at once."""
        self._certificate = certificate
        self._alive: set[Connection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> JenkinsServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """With a slash at its end."""
        return self.app.address

    def start(self) -> None:
        ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(10):
            raise TimeoutError("the stand-in for Jenkins did not start")

    def stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()
            self._loop = self._thread = None

    # What is in Jenkins.

    @property
    def items(self) -> dict[str, Item]:
        """All items by their full names, parents before their children."""
        with self.lock:
            return {item.full_name: item for item in self.jenkins.root.descendants()}

    @property
    def executors(self) -> Executors:
        return self.jenkins.executors

    @property
    def errors(self) -> list[Logged]:
        """The exceptions behind the pages with a "Logging ID"."""
        return self.app.errors

    def item(self, full_name: str) -> Item:
        with self.lock:
            self.executors.tick(self.jenkins.root.quieting_down)
            found = self.jenkins.find(full_name)
        if found is None:
            raise LookupError(f"no item {full_name}")
        return found

    def job(self, full_name: str) -> Job:
        found = self.item(full_name)
        if not isinstance(found, Job):
            raise LookupError(f"{full_name} is no job")
        return found

    def add(self, full_name: str, xml: str) -> Item:
        """An item that was there before, made without a request."""
        above, _, name = full_name.rpartition("/")
        with self.lock:
            group = self.jenkins.find(above) if above else self.jenkins.root
            if not isinstance(group, Group):
                raise LookupError(f"no folder {above}")
            return self.jenkins.create(group, name, xml.encode())

    def config(self, full_name: str) -> str:
        """config.xml as a request would get it."""
        return self.item(full_name).config.text

    def resave(self, full_name: str | None = None) -> None:
        """Jenkins saves an item itself, or all of them, as somebody's click would make it."""
        with self.lock:
            items = self.jenkins.root.descendants() if full_name is None else [self.item(full_name)]
            for item in items:
                item.save(self.jenkins.plugins)

    def restart(self) -> None:
        """All items are saved, and all sessions end; tokens, builds and the queue stay."""
        with self.lock:
            self.jenkins.restart()
            self.security.end_sessions()

    def scan(self, full_name: str) -> None:
        with self.lock:
            project = self.item(full_name)
            assert isinstance(project, MultiBranch)
            self.jenkins.scan(project, "Started by timer")

    def build(self, full_name: str, times: int = 1) -> None:
        """Builds a job to its end, so that it has a history."""
        with self.lock:
            for _ in range(times):
                queued = self.executors.schedule(self.job(full_name), "Started by timer", {})
                self.executors.finish(self.executors.start(queued))

    def run_builds(self) -> None:
        """All builds that wait or run come to their end."""
        with self.lock:
            self.executors.run_all()

    def secure(self, users: Iterable[User] | None, anonymous: frozenset[str] = READER) -> None:
        """Other users from now on."""
        with self.lock:
            self.security.secure(_by_name(users), anonymous)

    # What was asked of it.

    @property
    def writes(self) -> Counter[str]:
        """The requests other than GET that Jenkins heard of, by the last part of their paths."""
        return Counter(one.action for one in self.requests if one.write and one.carried_out)

    def forget_requests(self) -> None:
        self.requests = []

    def _serve(self, ready: threading.Event) -> None:
        assert self._loop is not None
        asyncio.set_event_loop(self._loop)
        context = _context(self._certificate)
        listening = self._loop.run_until_complete(
            self._loop.create_server(
                lambda: Connection(self._arrived, self._alive),
                HOST,
                0,
                ssl=context,
                backlog=BACKLOG,
            )
        )
        scheme = "http" if context is None else "https"
        port = listening.sockets[0].getsockname()[1]
        self.app.address = f"{scheme}://{HOST}:{port}{self.app.prefix}/"
        ready.set()
        self._loop.run_forever()
        listening.close()
        self._loop.run_until_complete(self._end())

    async def _end(self) -> None:
        """End every connection, those as well that were just being accepted."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        while self._alive or any(not task.done() for task in others):
            for connection in list(self._alive):
                connection.abort()
            # The loop closes what was aborted when it goes round once more.
            await asyncio.sleep(0)

    def _arrived(self, request: Request, connection: Connection) -> None:
        fault = self.faults.of(request) if self.faults.rules else None
        wait = self.latency / 1000 + (fault.delay if fault else 0)
        if wait:
            assert self._loop is not None
            self._loop.call_later(wait, self._carry_out, request, connection, fault)
        else:
            self._carry_out(request, connection, fault)

    def _carry_out(self, request: Request, connection: Connection, fault: Fault | None) -> None:
        if fault is not None and (fault.drop_before or fault.answer is not None):
            self._saw(request, fault.answer, fault, carried_out=False)
            if fault.answer is None:
                connection.abort()
            else:
                connection.send(fault.answer)
            return
        with self.lock:
            if fault is not None and fault.end_sessions:
                self.security.end_sessions()
            response = self._answered(request)
        if fault is not None and fault.drop_after:
            self._saw(request, None, fault)
            connection.abort()
            return
        self._saw(request, response, fault)
        keep = fault.keep if fault is not None else None
        connection.send(response, None if keep is None else int(len(response.body) * keep))

    def _answered(self, request: Request) -> Response:
        try:
            return self.app.answer(request)
        except Exception:
            # A fault of the stand-in itself: the client must not wait, and a test must see it.
            self.app.errors.append(Logged("stand-in", traceback.format_exc()))
            return Response(500, [("X-Stand-In", "failed")], traceback.format_exc().encode())

    def _saw(
        self,
        request: Request,
        response: Response | None,
        fault: Fault | None,
        carried_out: bool = True,
    ) -> None:
        named = credentials(request.headers.get("authorization"))[0]
        status = 0 if response is None else response.status
        told = fault.name if fault is not None else ""
        self.requests.append(Seen(request.method, request.target, status, named, told, carried_out))


def _by_name(users: Iterable[User] | None) -> Mapping[str, User] | None:
    return None if users is None else {user.name: user for user in users}


def _context(certificate: tuple[str, str] | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
