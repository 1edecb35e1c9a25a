"""`pipelinegen with-dependencies` around the system tests of services that know no pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pipelinegen.config.load import Loader
from pipelinegen.containers.labels import RUN
from pipelinegen.plan.build import build_plan
from pipelinegen.run.work import Work, work
from tests.e2e.conftest import Clone
from tests.e2e.test_services_in_docker import built
from tests.lab.docker.cli import listed


def system_stage(folder: Path) -> Work:
    groups = work(build_plan(Loader().service(folder)), "main")
    (found,) = [w for group in groups for w in group if isinstance(w, Work) and w.system]
    return found


@pytest.mark.parametrize("service", ["java", "go"])
def test_the_command_finds_the_service_and_its_database(clone: Clone, service: str) -> None:
    folder = clone(service)
    stage = system_stage(folder)
    image = built(folder, service, stage.image)
    before = set(listed("container", f"label={RUN}"))
    # On the machine's network, where a person's own shell would be.
    command = [
        *("docker", "run", "--rm", "--network", "host", "--workdir", str(folder)),
        *("--volume", f"{folder}:{folder}", "--env", "SYSTEM_URL", "--env", "DATABASE_URL"),
        *(image, "sh", "-xec", str(stage.script)),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pipelinegen", "with-dependencies", "--", *command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    reports = [path for pattern in stage.junit for path in folder.glob(pattern)]
    cases = [case for path in reports for case in ElementTree.parse(path).iter("testcase")]
    assert len(cases) == 1
    assert set(listed("container", f"label={RUN}")) <= before
