"""A stage's container: started, and a command run in it, as Jenkins' Docker Pipeline plugin does.

https://github.com/jenkinsci/docker-workflow-plugin: the container runs ``cat`` as the agent's user
and sees the workspace and the folder beside it at their own paths; each command is an exec.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pipelinegen.containers.daemon import Daemon, errors
from pipelinegen.containers.labels import OWNER, began, forgotten, owned_by
from pipelinegen.errors import OutsideError, Refused
from pipelinegen.plan.model import BUILD_LABEL, SOCKET
from pipelinegen.run.checkout import Checkout
from pipelinegen.run.work import SHELL, Work

if TYPE_CHECKING:
    from docker import APIClient
    from docker.models.containers import Container

# The exit code of what was ended by SIGKILL.
KILLED = 137
_REMOVED = "the container was killed or removed by somebody else"


def options(daemon: Daemon, here: Checkout, work: Work, branch: str) -> dict[str, Any]:
    """How the stage's container is made: the arguments of ``docker.containers.create``.

    Raises:
        Refused: the working tree's path cannot be mounted.
    """
    for path in (here.root, here.beside):
        if ":" in str(path):
            raise Refused(f"{path}: Docker cannot mount a path with a colon; move the repository")
    volumes = [f"{path}:{path}:rw,z" for path in (here.root, here.beside)]
    if work.docker:
        volumes.append(f"{daemon.path}:{SOCKET}")
    return {
        **({"network": work.network} if work.network else {}),
        "command": ["cat"],
        "tty": True,
        "user": daemon.user,
        "group_add": daemon.groups if work.docker else [],
        "working_dir": str(here.root),
        "volumes": volumes,
        "environment": environment(here, work, branch),
        "labels": {BUILD_LABEL: here.build, OWNER: owned_by(os.getpid())},
    }


def environment(here: Checkout, work: Work, branch: str) -> dict[str, str]:
    """What Jenkins tells every build, as far as there is such a thing here.

    https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables
    """
    return {
        "CI": "true",
        "BRANCH_NAME": branch,
        "STAGE_NAME": work.title,
        "WORKSPACE": str(here.root),
        "WORKSPACE_TMP": str(here.beside),
        "PIPELINEGEN_BUILD": here.build,
    }


def step_environment(here: Checkout, work: Work) -> dict[str, str]:
    """What the step adds for its command (vars/runTests.groovy)."""
    added = {name: value.replace("{cache}", str(here.cache)) for name, value in work.env.items()}
    return {"HOME": str(here.beside), **added}


@contextlib.contextmanager
def started(
    daemon: Daemon, here: Checkout, work: Work, image: str, branch: str
) -> Iterator[Container]:
    """The stage's container, running; it is removed at the end, whatever happens.

    Raises:
        OutsideError: Docker refuses it.
        Refused: the image's entrypoint does not run what it is given.
    """
    from docker.errors import APIError

    container = None
    try:
        try:
            container = daemon.client.containers.create(
                image, **options(daemon, here, work, branch)
            )
            container.start()
        except APIError as error:
            told = error.explanation or str(error)
            raise OutsideError(f"Docker does not start the container: {told}") from None
        _still_there(container)
        yield container
    finally:
        if container is not None:
            _remove(container)


def execute(
    daemon: Daemon,
    container: Container,
    here: Checkout,
    work: Work,
    line: Callable[[str], None],
) -> int | None:
    """Run the stage's command; each line of its output goes to ``line``.

    Returns:
        Its exit code; None when it was stopped since it took longer than the stage may.

    Raises:
        Refused: the container ended of itself.
    """
    assert work.script is not None
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(container)

    api = daemon.client.api
    timer = threading.Timer(work.minutes * 60, stop)
    timer.daemon = True
    with _script(here, work) as command:
        try:
            made = api.exec_create(
                container.id,
                command,
                workdir=os.path.normpath(here.root / work.directory),
                environment=step_environment(here, work),
            )
            timer.start()
            with _output(api, made["Id"]) as chunks:
                _lines(chunks, line)
            code = api.exec_inspect(made["Id"])["ExitCode"]
        except errors():
            if not late.is_set():
                _still_there(container)
                raise
        finally:
            timer.cancel()
        if late.is_set():
            return None
        _still_there(container)
        return int(code)


def _still_there(container: Container) -> None:
    """What it runs but for us (``cat``) ends only when the image does not run what it is given."""
    from docker.errors import NotFound

    try:
        container.reload()
    except NotFound:
        raise Refused(_REMOVED) from None
    if container.status == "running":
        return
    state, last = container.attrs["State"], ""
    with contextlib.suppress(*errors()):  # Docker has no logs of what is being removed
        last = container.logs(tail=5).decode(errors="replace").strip()
    if state.get("OOMKilled"):
        raise Refused("the container was killed, since it used more memory than it may")
    if state["ExitCode"] == KILLED or container.status in ("removing", "dead"):
        raise Refused(_REMOVED)
    raise Refused(
        "the container ended: the image's ENTRYPOINT must run the command that it is given "
        f'(end it with `exec "$@"`)\n{last}'.rstrip()
    )


@contextlib.contextmanager
def _script(here: Checkout, work: Work) -> Iterator[list[str]]:
    """The script in a file, as Jenkins has it: it may be longer than a command line."""
    assert work.script is not None
    file = here.beside / f"{work.name}-{os.getpid()}.sh"
    own = work.script.startswith("#!")
    file.write_text(work.script, encoding="utf-8")
    # To be read by the container's user, whoever that is; there are no secrets in it.
    file.chmod(0o755 if own else 0o644)
    command = [str(file)] if own else [*SHELL, str(file)]
    try:
        # One stream, as in Jenkins: of two Docker would not keep the order.
        yield ["sh", "-c", 'exec "$@" 2>&1', "sh", *command]
    finally:
        file.unlink(missing_ok=True)


@contextlib.contextmanager
def _output(api: APIClient, started: str) -> Iterator[Iterator[bytes]]:
    """Start an exec and read what it prints."""
    from docker.utils.socket import frames_iter

    frames: Any = frames_iter
    connection: Any = api.exec_start(started, socket=True)
    try:
        yield (data for _, data in frames(connection, tty=False))
    finally:
        # `close` of the file that the package gives would leave the socket below it open.
        below = connection._sock
        connection.close()
        below.close()


def _lines(chunks: Iterator[bytes], line: Callable[[str], None]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    for chunk in chunks:
        *whole, rest = (rest + decoder.decode(chunk)).split("\n")
        for text in whole:
            line(text)
    rest += decoder.decode(b"", final=True)
    if rest:
        line(rest)


def _kill(container: Container) -> None:
    with contextlib.suppress(*errors()):
        container.kill()


def _remove(container: Container) -> None:
    # An impatient second Ctrl-C would leave it behind.
    before = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if main:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with contextlib.suppress(*errors()):  # it is gone already, or the daemon is
            container.remove(force=True, v=True)
    finally:
        if main:
            signal.signal(signal.SIGINT, before)


def sweep(daemon: Daemon, here: Checkout) -> int:
    """Remove the containers of runs of this working tree that were killed.

    Returns:
        How many there were.
    """
    found = daemon.client.containers.list(
        all=True, filters={"label": f"{BUILD_LABEL}={here.build}"}
    )
    dead = [each for each in found if forgotten(each.labels)]
    for script in here.beside.glob("*-*.sh"):
        process = script.stem.rpartition("-")[2]
        if process.isdigit() and not began(int(process)):
            script.unlink(missing_ok=True)
    for container in dead:
        _remove(container)
    return len(dead)
