"""The process that is the stand-in for Jenkins, and its builds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.lab.groovy import java_path
from tests.lab.jenkins.build import Build, build
from tests.lab.jenkins.classes import ALLOWED, JVM, class_path

DEADLINE = 600.0
# What an agent is told by whoever starts it; nothing of the tests' own environment.
PASSED_ON = ("PATH", "LANG", "DOCKER_HOST", "DOCKER_BUILDKIT")


class Run:
    """A build under way."""

    def __init__(self, jenkins: Jenkins, name: str) -> None:
        self.name = name
        self.events: list[dict[str, Any]] = []
        self._jenkins = jenkins
        self._changed = threading.Condition()

    def add(self, event: dict[str, Any]) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    @property
    def console(self) -> str:
        """What it has printed by now."""
        return "\n".join(e["text"] for e in list(self.events) if e["event"] == "line")

    def abort(self, who: str = "tester") -> None:
        """As the red button."""
        self._jenkins.ask({"do": "abort", "id": self.name, "who": who})

    def wait_for(self, text: str, deadline: float = DEADLINE) -> None:
        """Until the console has that text.

        Raises:
            AssertionError: the build ended without, or it took too long.
        """
        self._wait(lambda: text in self.console or self._over(), f"`{text}`", deadline)
        assert text in self.console, f"the build ended without `{text}`:\n{self.console}"

    def wait(self, deadline: float = DEADLINE) -> Build:
        """Until it has ended."""
        self._wait(self._over, "the end", deadline)
        return build(self.events)

    def _over(self) -> bool:
        return bool(self.events) and self.events[-1]["event"] == "finished"

    def _wait(self, condition: Callable[[], bool], what: str, deadline: float) -> None:
        end = time.monotonic() + deadline
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                alive = self._jenkins.alive()
                assert left > 0 and alive, f"waited in vain for {what}:\n{self.console}"
                self._changed.wait(min(left, 1))


class Jenkins:
    """A controller with its nodes, for as long as a ``with`` lasts.

    Args:
        home: JENKINS_HOME; workspaces are below it, and containers see them.
        libraries: the global libraries: by name and version the folder that has ``vars/``.
        credentials: by id: ``text``, or ``username`` and ``password``; a secret file has ``file``
            true and ``text``.
        nodes: the nodes' names with their labels.
        user: the number of the user and group that it runs as; None: whoever runs the tests.
        groups: further groups of that user, as that of Docker's socket.
    """

    def __init__(
        self,
        home: Path,
        *,
        libraries: Mapping[str, Mapping[str, Path]] | None = None,
        credentials: Mapping[str, Mapping[str, Any]] | None = None,
        nodes: Mapping[str, list[str]] | None = None,
        user: int | None = None,
        groups: tuple[int, ...] = (),
    ) -> None:
        self.home = home
        self._common = {
            "libraries": {
                name: {version: str(path) for version, path in versions.items()}
                for name, versions in (libraries or {}).items()
            },
            "credentials": dict(credentials or {}),
            "nodes": dict(nodes or {"built-in": ["docker"]}),
        }
        self._user = user
        self._groups = groups
        self._runs: dict[str, Run] = {}
        self._names = map(str, count(1))
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Jenkins:
        self.home.mkdir(parents=True, exist_ok=True)
        java, jars, allowed = java_path(), class_path(), ALLOWED
        options: dict[str, Any] = {}
        if self._user is not None:
            os.chown(self.home, self._user, self._user)
            options = {"user": self._user, "group": self._user, "extra_groups": self._groups}
            java, jars, allowed = self._readable(java, jars, allowed)
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._process = subprocess.Popen(
            [
                java,
                *JVM,
                "-Dfile.encoding=UTF-8",
                *("-cp", ":".join(map(str, jars))),
                *("Controller", self.home, allowed),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self.home,
            env={**passed, "HOME": str(self.home)},
            text=True,
            encoding="utf-8",
            **options,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._reader is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()
        if self._scratch:
            self._scratch.cleanup()

    def start(
        self,
        repository: Path,
        *,
        branch: str = "main",
        job: str = "shop/orders",
        number: int = 1,
        change: bool = False,
        previous: str | None = None,
        answers: Mapping[str, str] | None = None,
        until: str | None = None,
        restart: bool = False,
    ) -> Run:
        """Start a build.

        Args:
            repository: a git repository with a Jenkinsfile at its top.
            branch: what is built.
            job: the multibranch job's full name.
            change: whether it is the build of a pull request.
            previous: the result of the build before.
            answers: by the message of an ``input``: ``proceed`` or ``abort``; else nobody comes.
            until: the title of a stage: the build ends well when it would begin.
            restart: after each step the program goes on from what was written down of it, as after
                a restart of the controller.
        """
        shown = subprocess.run(
            ["git", "-c", "safe.directory=*", "show", f"{branch}:Jenkinsfile"],
            cwd=repository,
            capture_output=True,
            text=True,
            check=True,
        )
        return self.start_text(
            shown.stdout,
            repository=str(repository),
            branch=branch,
            job=job,
            number=number,
            change=change,
            previous=previous,
            answers=dict(answers or {}),
            until=until,
            restart=restart,
        )

    def start_text(self, source: str, **request: Any) -> Run:
        """Start a build of a Jenkinsfile's text; what it needs of a repository is refused."""
        defaults = {"repository": "", "branch": "main", "job": "shop/orders", "number": 1}
        run = Run(self, next(self._names))
        self._runs[run.name] = run
        what = {"do": "start", "id": run.name, "source": source, "answers": {}}
        self.ask({**what, **defaults, **self._common, **request})
        return run

    def run(self, repository: Path, **how: Any) -> Build:
        """A build from its start to its end; arguments as ``start`` has them."""
        return self.start(repository, **how).wait()

    def run_text(self, source: str, **request: Any) -> Build:
        """The same for a Jenkinsfile's text."""
        return self.start_text(source, **request).wait()

    def ask(self, request: Mapping[str, Any]) -> None:
        """Give the process a request."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def alive(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            self._runs[event["build"]].add(event)

    def _readable(
        self, java: Path, jars: list[Path], allowed: Path
    ) -> tuple[Path, list[Path], Path]:
        """The same where any user may read: caches and homes often are one user's alone."""
        self._scratch = tempfile.TemporaryDirectory(prefix="jenkins ")
        folder = Path(self._scratch.name)
        folder.chmod(0o755)
        runtime = shutil.copytree(java.parents[1], folder / "java", symlinks=True)
        copied = []
        for number, jar in enumerate(jars):
            target = folder / f"{number}-{jar.name}"
            copied.append(target)
            shutil.copytree(jar, target) if jar.is_dir() else shutil.copy(jar, target)
        shutil.copy(allowed, folder)
        for path in folder.rglob("*"):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        return runtime / "bin" / java.name, copied, folder / allowed.name
