"""Finding out whether the new pods of a cluster do what they should."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Template
from typing import Any

from pipelinegen.config.platform import Cluster
from pipelinegen.config.verify import Verify
from pipelinegen.deploy.access import ClusterError, environment
from pipelinegen.deploy.ready import pods_of, restarts
from pipelinegen.deploy.target import Target
from pipelinegen.errors import OutsideError

POLL_SECONDS = 5.0
FORWARD_SECONDS = 20.0
COMMAND_SECONDS = 30 * 60.0
QUERY_SECONDS = 30.0
# A pod answers probes before it answers everything: one that refuses is asked again.
TRIES = 3
LAST_LINES = 20


class NotGood(Exception):
    """Something does not hold; the text says what."""


def verify(
    target: Target, said: Verify, cluster: Cluster, folder: Path, tell: Callable[[str], None]
) -> None:
    """See whether all holds that was asked for.

    Args:
        target: the release.
        said: what has to hold.
        cluster: what the platform says of the cluster.
        folder: where a command runs.
        tell: is told what is being looked at.

    Raises:
        NotGood: something does not hold.
        OutsideError: it could not be found out.
    """
    if said.smoke:
        tell("smoke tests")
        _smoke(target, said.smoke)
    if said.run:
        tell("tests")
        _command(target, said.run, folder)
    if said.bake_minutes:
        _bake(target, said.bake_minutes, tell)
    if said.query:
        tell("asking Prometheus")
        _query(target, said.query, cluster)


def _smoke(target: Target, paths: list[str]) -> None:
    """Ask each new pod by itself: behind the Service one that is broken may hide.

    https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/
    """
    for pod in pods_of(target):
        name = pod["metadata"]["name"]
        where = f"/api/v1/namespaces/{target.access.namespace}/pods/{name}:{_port(pod)}/proxy"
        for path in paths:
            for left in reversed(range(TRIES)):
                try:
                    target.access.raw(where + path)
                    break
                except ClusterError as error:
                    if not left:
                        raise NotGood(f"pod {name} refuses {path}: {error.said}") from None
                    target.access.programs.wait(1.0)


def _port(pod: Any) -> int:
    ports = pod["spec"]["containers"][0].get("ports", [])
    if not ports:
        raise NotGood("a worker has no port for smoke tests: use `verify.run`")
    return int(ports[0]["containerPort"])


def _command(target: Target, command: str, folder: Path) -> None:
    """Run the team's own tests; they reach the Service by way of the API server."""
    with _forwarded(target) as url:
        variables = {
            **environment(),
            "SYSTEM_URL": url,
            "ACCOUNT": target.site.account,
            "REGION": target.site.region,
            "CLUSTER": target.name,
        }
        shell = ["sh", "-ec", f'cd -- "$0"\nexec 2>&1\n{command}', str(folder)]
        code, output, errors = target.access.programs.run(
            shell, variables, None, COMMAND_SECONDS, to_the_end=False
        )
    if code:
        last = "\n".join(f"  │ {line}" for line in (output + errors).splitlines()[-LAST_LINES:])
        raise NotGood(f"`{command}` ended with {code}\n{last}")


@contextlib.contextmanager
def _forwarded(target: Target) -> Iterator[str]:
    """The Service's URL here, as long as the ``with`` lasts.

    Raises:
        OutsideError: kubectl does not forward.
    """
    command = [
        *target.access.kubectl_command(), "port-forward", "--address=127.0.0.1",
        f"service/{target.release}", ":http",
    ]  # fmt: skip
    with subprocess.Popen(
        command, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True,
    ) as process:  # fmt: skip
        dog = threading.Timer(FORWARD_SECONDS, process.kill)
        dog.start()
        try:
            assert process.stdout is not None
            found = re.search(r"127\.0\.0\.1:(\d+)", process.stdout.readline())
            dog.cancel()
            if not found:
                process.kill()
                said = process.communicate()[1].strip()
                raise OutsideError(f"{target.name}: kubectl port-forward: {said or 'no answer'}")
            yield f"http://127.0.0.1:{found[1]}"
        finally:
            dog.cancel()
            process.kill()


def _bake(target: Target, minutes: float, tell: Callable[[str], None]) -> None:
    """Let time pass, in which no pod may fail."""
    before, _ = restarts(target)
    until = time.monotonic() + minutes * 60
    while (left := until - time.monotonic()) > 0:
        tell(f"baking, {_clock(left)} left")
        target.access.programs.wait(min(POLL_SECONDS, left))
        now, unready = restarts(target)
        if now > before:
            raise NotGood(f"{now - before} restarts while it baked")
        if unready:
            raise NotGood(f"{unready} pods were not ready while it baked")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    return f"{minutes}:{rest:02}"


def _query(target: Target, query: str, cluster: Cluster) -> None:
    """Ask Prometheus; a comparison that does not hold returns nothing.

    https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
    """
    import requests

    asked = Template(query).safe_substitute(
        service=target.release,
        namespace=target.access.namespace,
        region=target.site.region,
        cluster=target.name,
    )
    url = f"{str(cluster.prometheus).rstrip('/')}/api/v1/query"
    try:
        answer = requests.get(url, params={"query": asked}, timeout=QUERY_SECONDS)
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise OutsideError(f"{target.name}: {url} does not answer as Prometheus: {error}") from None
    if found.get("status") != "success":
        raise OutsideError(f"{target.name}: Prometheus refuses `{asked}`: {found.get('error')}")
    if not found["data"]["result"]:
        raise NotGood(f"the query gave nothing: {asked}")
