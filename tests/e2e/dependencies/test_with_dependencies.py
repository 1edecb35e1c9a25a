"""``pipelinegen with-dependencies``: a command with all it needs around it, however it ends."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from tests.e2e.dependencies.project import DEADLINE, PIPELINEGEN, Project, until
from tests.e2e.dependencies.tearoom import serving

COMMAND = (*PIPELINEGEN, "with-dependencies")
INTERRUPTED = 130
ASKS = """
import os, sys, urllib.request
print(urllib.request.urlopen(os.environ["SYSTEM_URL"], timeout=10).read().decode())
sys.exit(int(sys.argv[1]))
"""
UNFIT = "FROM python:3.11-slim\nCOPY nothing-here /\n"
WAITS = "touch it-runs; exec sleep 600"


def test_the_command_has_the_urls_and_its_exit_code_is_ours(tearoom: Project) -> None:
    tearoom.write({"asks.py": ASKS})
    done = tearoom.run(*COMMAND, "--", sys.executable, "asks.py", "7")
    assert done.returncode == 7, done.stderr
    assert done.stdout == '{"menu": ["Green tea"]}\n', "what we say ourselves is on stderr"
    assert "catalog: ready after" in done.stderr
    assert tearoom.left() == {}


def test_without_the_service_the_dependencies_alone_are_there(tearoom: Project) -> None:
    tearoom.write({"Dockerfile": UNFIT})
    show = 'echo "${SYSTEM_URL-none}"; test -n "$CATALOG_URL"'
    done = tearoom.run(*COMMAND, "--without-service", "--", "sh", "-c", show)
    assert (done.returncode, done.stdout) == (0, "none\n"), done.stderr
    assert "tearoom: starting" not in done.stderr
    assert tearoom.left() == {}


def test_an_image_that_is_named_is_not_built_and_dependencies_may_run_elsewhere(
    tearoom: Project,
) -> None:
    image = tearoom.image(
        "FROM python:3.11-slim\nRUN mkdir /www && echo named > /www/index.html\n"
        'CMD ["python", "-um", "http.server", "8000", "-d", "/www"]\n'
    )
    tearoom.write({"Dockerfile": UNFIT})
    tearoom.write({"asks.py": ASKS})
    with serving({}) as port:
        url = f"catalog=http://localhost:{port}"
        asks = [sys.executable, "asks.py", "0"]
        done = tearoom.run(*COMMAND, "--image", image, "--dependency-url", url, "--", *asks)
    assert (done.returncode, done.stdout) == (0, "named\n\n"), done.stderr
    assert "catalog: starting" not in done.stderr
    assert tearoom.left() == {}


def test_a_dockerfile_that_does_not_build_is_shown_and_the_command_is_not_run(
    tearoom: Project,
) -> None:
    tearoom.write({"Dockerfile": UNFIT})
    done = tearoom.run(*COMMAND, "--", "touch", "it-runs")
    assert done.returncode == 1
    assert "nothing-here" in done.stderr
    assert "the image of tearoom does not build: see above" in done.stderr
    assert not (tearoom.folder / "it-runs").exists()
    assert tearoom.left() == {}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stopped_it_ends_the_command_and_leaves_nothing(
    tearoom: Project, how: signal.Signals
) -> None:
    with tearoom.running(*COMMAND, "--", "sh", "-c", WAITS) as process:
        until((tearoom.folder / "it-runs").exists)
        assert len(tearoom.containers()) == 3
        if how == signal.SIGINT:
            os.killpg(process.pid, how)  # as a terminal does
        else:
            process.send_signal(how)
        assert process.wait(DEADLINE) == INTERRUPTED
        # Nothing of it runs any more, so that its group is no more.
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    assert "Traceback" not in tearoom.output
    assert tearoom.left() == {}


def test_stopped_while_a_dependency_is_awaited_it_leaves_nothing(tearoom: Project) -> None:
    slow = tearoom.image('FROM python:3.11-slim\nCMD ["sleep", "600"]\n')
    options = ["--without-service", "--dependency-image", f"catalog={slow}"]
    with tearoom.running(*COMMAND, *options, "--", "touch", "it-runs") as process:
        until(lambda: tearoom.containers("catalog"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == INTERRUPTED
    assert "Traceback" not in tearoom.output
    assert not (tearoom.folder / "it-runs").exists()
    assert tearoom.left() == {}
