"""One cluster as helm and kubectl reach it: by its own kubeconfig and context, never another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelinegen.config.loaded import Site
from pipelinegen.errors import OutsideError, PipelinegenError

# Longer than any single call may take; what takes long by itself is waited for by asking again.
CALL_SECONDS = 120.0
# What a client says when there is no API server: the cluster is down, or the network to it.
_GONE = (
    "connection refused",
    "no route to host",
    "i/o timeout",
    "deadline exceeded",
    "no such host",
    "network is unreachable",
    "was refused - did you specify",
    "kubernetes cluster unreachable",
    "tls handshake timeout",
    "connection reset by peer",
    "unable to connect to the server",
)


class ClusterError(OutsideError):
    """A cluster refused, or did not answer.

    Args:
        cluster: its name.
        said: what helm or kubectl said.
    """

    def __init__(self, cluster: str, said: str) -> None:
        self.said = said
        super().__init__(f"{cluster}: {said}")

    @property
    def gone(self) -> bool:
        """Whether the cluster did not answer at all."""
        return any(word in self.said.lower() for word in _GONE)


class Stopped(Exception):
    """Somebody has told us to end."""


@dataclass
class Programs:
    """The programs that run at the moment, so that all can be told to end."""

    running: set[subprocess.Popen[str]] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stop(self) -> None:
        """Tell all of them to end; helm then notes that its release has failed."""
        self.stopped.set()
        with self.lock:
            for process in self.running:
                process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            Stopped: we were told to end meanwhile.
        """
        if self.stopped.wait(seconds):
            raise Stopped

    def run(
        self,
        command: list[str],
        environment: Mapping[str, str],
        stdin: str | None,
        seconds: float,
        *,
        to_the_end: bool,
    ) -> tuple[int, str, str]:
        """A program's exit code, output and errors.

        Raises:
            Stopped: we were told to end before it began, and it is not ``to_the_end``.
            OutsideError: it is not there, or takes too long.
        """
        with self.lock:
            if self.stopped.is_set() and not to_the_end:
                raise Stopped
            process = _start(command, environment)
            if not to_the_end:
                self.running.add(process)
        try:
            output, errors = process.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return 124, "", f"{command[0]} took longer than {seconds:.0f} s: i/o timeout"
        finally:
            with self.lock:
                self.running.discard(process)
        if self.stopped.is_set() and not to_the_end and process.returncode:
            raise Stopped
        return process.returncode, output, errors


def _start(command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    try:
        # In a session of its own: Ctrl-C is for us, who tell it when to end.
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment,
            encoding="utf-8", errors="replace", start_new_session=True,
        )  # fmt: skip
    except FileNotFoundError:
        raise OutsideError(
            f"`{command[0]}` is not installed here\n"
            "      = the container of `.pipelinegen/tools.Dockerfile` has it; by hand: "
            "https://helm.sh/docs/intro/install/ and https://kubernetes.io/docs/tasks/tools/"
        ) from None
    except OSError as error:
        raise OutsideError(f"cannot run `{command[0]}`: {error.strerror}") from None


@dataclass(frozen=True)
class Access:
    """How a cluster is reached.

    Args:
        cluster: its name.
        kubeconfig: the file that names it.
        context: the context in that file.
        namespace: where the service is.
        programs: what runs at the moment.
    """

    cluster: str
    kubeconfig: Path
    context: str
    namespace: str
    programs: Programs = field(default_factory=Programs, compare=False)

    def helm(self, *arguments: str, seconds: float = CALL_SECONDS, to_the_end: bool = False) -> str:
        """What helm prints.

        Args:
            arguments: the command and its options.
            seconds: how long it may take.
            to_the_end: whether it goes on when we are told to end.

        Raises:
            ClusterError: it failed.
        """
        where = ["--kubeconfig", str(self.kubeconfig), "--kube-context", self.context]
        command = ["helm", *arguments, *where, "--namespace", self.namespace]
        return self._run(command, None, seconds, to_the_end=to_the_end)

    def kubectl(
        self,
        *arguments: str,
        stdin: str | None = None,
        seconds: float = CALL_SECONDS,
        to_the_end: bool = False,
    ) -> str:
        """What kubectl prints.

        Args:
            arguments: the command and its options.
            stdin: what it reads.
            seconds: how long it may take.
            to_the_end: whether it goes on when we are told to end.

        Raises:
            ClusterError: it failed.
        """
        command = [*self.kubectl_command(), "--request-timeout=30s", *arguments]
        return self._run(command, stdin, seconds, to_the_end=to_the_end)

    def raw(self, path: str) -> str:
        """What the API server answers at a path of its own.

        Raises:
            ClusterError: it is not 200-399.
        """
        # Without --request-timeout, which kubectl would write into the path's query.
        return self._run(
            [*self.kubectl_command(), "get", "--raw", path], None, 30.0, to_the_end=False
        )

    def kubectl_command(self) -> list[str]:
        """How kubectl is called for this cluster."""
        where = [f"--kubeconfig={self.kubeconfig}", f"--context={self.context}"]
        return ["kubectl", *where, f"--namespace={self.namespace}"]

    def get(self, *arguments: str, to_the_end: bool = False) -> Any:
        """What ``kubectl get`` finds, as it is in JSON; None when it is not there."""
        text = self.kubectl(
            "get", "-o", "json", "--ignore-not-found", *arguments, to_the_end=to_the_end
        )
        return json.loads(text) if text.strip() else None

    def _run(
        self, command: list[str], stdin: str | None, seconds: float, *, to_the_end: bool
    ) -> str:
        code, output, errors = self.programs.run(
            command, environment(), stdin, seconds, to_the_end=to_the_end
        )
        if code:
            said = (errors or output).strip() or f"{command[0]} ended with {code}"
            if f'context "{self.context}" does not exist' in said:
                said = (
                    f"{self.kubeconfig} has no context `{self.context}`\n"
                    "      = `context:` of the cluster in the platform names another one"
                )
            raise ClusterError(self.cluster, said)
        return output


def environment() -> dict[str, str]:
    """The environment without what would lead helm or kubectl to another cluster.

    https://helm.sh/docs/helm/helm/
    """
    kept = {
        key: text
        for key, text in os.environ.items()
        if not key.startswith("HELM_") or key.endswith("_HOME")
    }
    return {**kept, "KUBECONFIG": os.devnull}


def variable(cluster: str) -> str:
    """The environment variable that names a cluster's kubeconfig, as in Jenkins."""
    return "KUBECONFIG_" + cluster.upper().replace("-", "_")


def access(site: Site, namespace: str, given: Mapping[str, Path], programs: Programs) -> Access:
    """How a cluster of the platform is reached.

    Args:
        site: the cluster.
        namespace: where the service is.
        given: kubeconfigs that the command line names, by cluster.
        programs: what runs at the moment.

    Raises:
        PipelinegenError: nobody has said where its kubeconfig is, or it is not there.
    """
    name = variable(site.name)
    said = given.get(site.name) or os.environ.get(name)
    if not said:
        raise PipelinegenError(
            f"{site.name}: which kubeconfig? No cluster is ever reached by the one that happens to "
            f"be current\n      = `--kubeconfig {site.name}=FILE`, or `export {name}=FILE` (in "
            f"Jenkins the credential `{site.kubeconfig}`)"
        )
    path = Path(said).absolute()
    if not path.is_file():
        raise PipelinegenError(f"{site.name}: the kubeconfig {path} is not there")
    return Access(site.name, path, site.context, namespace, programs)
