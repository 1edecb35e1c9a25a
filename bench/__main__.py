"""CPU time of pipelinegen beside that of its peers, run in turn so that a noisy machine hits both.

    make bench            or: python bench [--services 1000] [--runs 5]

Both are installed from scratch into one virtual environment, pipelinegen from its wheel, as a user
has it. Each figure is the CPU time, user and system, of the whole process with its children. The
files are in memory where the system allows it: a disk's search for free blocks is neither's merit.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parent.parent

PLATFORM = """\
apiVersion: pipelinegen/v1
registry: {url: registry.example.com/shop, credentials: registry-push}
jenkins: {label: docker, dockerGroup: 999}
regions: {eu-west-1: {}, us-east-1: {}}
accounts:
  test: {clusters: {test-eu: {region: eu-west-1}}}
  stage: {clusters: {stage-eu: {region: eu-west-1}}}
  production:
    clusters:
      eu-a: {region: eu-west-1}
      eu-b: {region: eu-west-1}
      us-a: {region: us-east-1}
      us-b: {region: us-east-1}
"""

SERVICE = """\
apiVersion: pipelinegen/v1
service: {name: NAME, team: shop}
platform: ../platform.yaml
build: {agent: {target: test}, image: {target: runtime}}
dependencies:
  db: {type: postgres, version: "15", env: DATABASE_URL}
tests:
  unit: {run: pytest tests/unit}
  integration: {run: pytest tests/integration, docker: true}
deploy:
  health: {liveness: {path: /healthz}, readiness: {path: /readyz}}
  env: {LOG_LEVEL: info}
  regions:
    eu-west-1: {}
    us-east-1: {replicas: 4, env: {LOG_LEVEL: warning}}
"""

DOCKERFILE = "FROM python:3.12-slim AS test\nFROM python:3.12-slim AS runtime\n"

JOB = """\
- job:
    name: NAME
    project-type: multibranch
    scm:
      - git:
          url: https://git.example.com/NAME.git
"""


@dataclass(frozen=True)
class Pair:
    """Ours against a peer's.

    Args:
        aim: the ratio that ours should not exceed.
        before: what is done before each of our runs, and is not counted.
    """

    title: str
    aim: float
    ours: Sequence[str]
    peer: Sequence[str]
    before: Callable[[], None] = lambda: None


def cpu_seconds(command: Sequence[str], folder: Path) -> float:
    """User and system time of a command with all of its children."""
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{said.decode()}")
    return usage.ru_utime + usage.ru_stime


def installed(folder: Path) -> Path:
    """The programs' folder of a new environment with our wheel and the peer."""
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / "bin"
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", folder / "dist", TOP]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    wheel = next((folder / "dist").glob("*.whl"))
    install = [programs / "pip", "install", "--quiet", wheel, "jenkins-job-builder>=6.4"]
    subprocess.run(install, check=True)
    return programs


def services(folder: Path, count: int) -> None:
    """Many services that share a platform, and as many trivial jobs for the peer."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "platform.yaml").write_text(PLATFORM)
    for number in range(count):
        service = folder / f"service-{number:04}"
        service.mkdir()
        (service / "Dockerfile").write_text(DOCKERFILE)
        (service / "pipeline.yaml").write_text(SERVICE.replace("NAME", service.name))


def pairs(programs: Path, work: Path, count: int) -> list[Pair]:
    """What is compared."""
    ours, peer = str(programs / "pipelinegen"), str(programs / "jenkins-jobs")
    one, many, same = work / "one", work / "many", work / "same"
    services(one, 1)
    services(same, count)
    subprocess.run([ours, "generate", "--root", str(same)], check=True, stderr=subprocess.DEVNULL)
    jobs = work / "jobs.yaml"
    jobs.write_text("".join(JOB.replace("NAME", f"job-{number}") for number in range(count)))
    test = [peer, "test", str(jobs), "--config-xml", "-o", str(work / "xml")]
    return [
        Pair(
            "`pipelinegen --version` / `python -c 'import click'`",
            2,
            [ours, "--version"],
            [str(programs / "python"), "-c", "import click"],
        ),
        Pair(
            "`generate`, one new service / `jenkins-jobs --version`",
            1,
            [ours, "generate", str(one / "service-0000")],
            [peer, "--version"],
            lambda: services(one, 1),
        ),
        Pair(
            f"`generate --root`, {count} new services / `jenkins-jobs test` of {count} jobs",
            1,
            [ours, "generate", "--root", str(many)],
            test,
            lambda: services(many, count),
        ),
        Pair(
            f"`generate --root`, nothing to do in {count} / `jenkins-jobs test` of {count} jobs",
            0.5,
            [ours, "generate", "--root", str(same)],
            test,
        ),
    ]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    memory = Path("/dev/shm")
    where = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="pipelinegen-bench-", dir=where) as temporary:
        work = Path(temporary)
        programs = installed(work)
        print("| what | ours, CPU s | peer, CPU s | ratio (min-max) | aim |")
        print("|---|---|---|---|---|")
        for pair in pairs(programs, work, options.services):
            measured = []
            for _ in range(options.runs + 1):
                pair.before()
                measured.append((cpu_seconds(pair.ours, work), cpu_seconds(pair.peer, work)))
            measured = measured[1:]  # the first run warms the caches of the disk
            ratios = sorted(ours / peer for ours, peer in measured)
            ours = statistics.median(m[0] for m in measured)
            peer = statistics.median(m[1] for m in measured)
            ratio = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"
            print(
                f"| {pair.title} | {ours:.3f} | {peer:.3f} | {ratio} | {pair.aim:g} |", flush=True
            )


if __name__ == "__main__":
    main()
