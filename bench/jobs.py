"""What it costs to push jobs, beside `jenkins-jobs update` for the same ones.

    make bench-jobs     or: python bench/jobs.py [--services 1000] [--latency 20] [--runs 3]

Both push the folders of 25 teams and a multibranch job for each service to the stand-in for Jenkins
(tests/lab/jenkins_server) in a process of its own, which lets each request wait before it answers.
A run is one of each in turn, on an empty server; then the same again, when nothing has changed.
What is compared is the wall time of the command, from its start to its end.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TEAMS = 25
URL = "https://git.example.com/{team}/{service}.git"
PLATFORM = f"""\
apiVersion: pipelinegen/v1
jenkins: {{jobs: {{source: {{repository: "{URL}"}}}}}}
"""
INI = """\
[job_builder]
ignore_cache = False
query_plugins_info = False
[jenkins]
url = {url}
user = ci
password = token
"""
Rows = dict[str, dict[str, list[float]]]


def names(count: int) -> list[tuple[str, str]]:
    """Teams and services."""
    return [(f"team-{n % TEAMS}", f"service-{n}") for n in range(count)]


def write_services(folder: Path, count: int) -> None:
    """A pipeline.yaml for each service."""
    (folder / "platform.yaml").write_text(PLATFORM)
    for team, service in names(count):
        here = folder / service
        here.mkdir()
        (here / "Dockerfile").write_text("FROM python:3.12-slim\n")
        (here / "pipeline.yaml").write_text(
            "apiVersion: pipelinegen/v1\n"
            f"service: {{name: {service}, team: {team}}}\nplatform: ../platform.yaml\n"
        )


def write_job_builder(folder: Path, count: int) -> None:
    """The same jobs, as jenkins-job-builder has them."""
    teams = sorted({team for team, _ in names(count)})
    folders = [{"job": {"name": team, "project-type": "folder"}} for team in teams]
    jobs: list[dict[str, Any]] = []
    for team, service in names(count):
        source = {"git": {"url": URL.format(team=team, service=service)}}
        job = {"name": f"{team}/{service}", "project-type": "multibranch", "scm": [source]}
        jobs.append({"job": job | {"periodic-folder-trigger": "1d", "days-to-keep": 14}})
    (folder / "folders.yaml").write_text(json.dumps(folders))
    (folder / "jobs.yaml").write_text(json.dumps(jobs))


class Server:
    """The stand-in, in a process of its own."""

    def __init__(self, latency: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(latency)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def counts(self) -> dict[str, int]:
        """How many requests there were since the last time, and how many of them wrote."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found: dict[str, int] = self._read()
        return found

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


def serve(latency: float) -> None:
    """Be the server: tell the address, and the counts for each line that comes."""
    sys.path.insert(0, str(ROOT))
    from tests.lab.jenkins_server import JenkinsServer, User

    with JenkinsServer([User("ci", token="token")], latency=latency) as server:
        print(json.dumps(server.url), flush=True)
        for _ in sys.stdin:
            seen = server.requests
            server.forget_requests()
            writes = sum(one.write for one in seen)
            items = sum(path.count("/") == 1 for path in server.items)
            counts = {"requests": len(seen), "writes": writes, "jobs": items}
            print(json.dumps(counts), flush=True)


def commands(folder: Path, url: str) -> dict[str, tuple[list[list[str]], dict[str, str]]]:
    """What is compared, each with its environment.

    jenkins-jobs with several workers does not wait for a folder before it makes what is in it, so
    it gets the folders first.
    """
    python, cache = sys.executable, tempfile.mkdtemp(dir=folder)
    (folder / "jjb.ini").write_text(INI.format(url=url))
    mine = {"JENKINS_URL": url, "JENKINS_USER": "ci", "JENKINS_TOKEN": "token"}
    update = [python, "-W", "ignore", "-m", "jenkins_jobs", "--conf", "jjb.ini", "update"]
    apply = [python, "-m", "pipelinegen", "jobs", "apply", "--root", "services", "--yes"]
    return {
        "pipelinegen jobs apply": ([apply], mine),
        "jenkins-jobs update": (
            [[*update, "folders.yaml:jobs.yaml"]],
            {"XDG_CACHE_HOME": f"{cache}/1"},
        ),
        "jenkins-jobs update --workers 8": (
            [[*update, "folders.yaml"], [*update, "--workers", "8", "jobs.yaml"]],
            {"XDG_CACHE_HOME": f"{cache}/8"},
        ),
    }


def run(command: list[list[str]], folder: Path, more: dict[str, str]) -> float:
    """How long the commands take, one after the other."""
    begun = time.monotonic()
    for each in command:
        done = subprocess.run(
            each, cwd=folder, env=os.environ | more, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(each)}: {done.stderr[-2000:]}")
    return time.monotonic() - begun


def measure(folder: Path, services: int, latency: float) -> Rows:
    """One run of each: on an empty server, and again."""
    found: Rows = {}
    for name in commands(folder, "http://127.0.0.1/"):
        server = Server(latency)
        command, more = commands(folder, server.url)[name]
        for when in ("create", "unchanged"):
            server.counts()
            seconds = run(command, folder, more)
            counts = server.counts()
            if counts["jobs"] != services:
                sys.exit(f"{name}: there are {counts['jobs']} jobs, not {services}")
            row = {"seconds": seconds, **counts}
            found[f"{when}: {name}"] = {key: [value] for key, value in row.items()}
        server.stop()
    return found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=1000)
    parser.add_argument("--latency", type=float, default=20, help="milliseconds")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory(prefix="pipelinegen-bench-") as temporary:
        folder = Path(temporary)
        (folder / "services").mkdir()
        write_services(folder / "services", options.services)
        write_job_builder(folder, options.services)
        runs = [measure(folder, options.services, options.latency) for _ in range(options.runs)]
    print("| what | seconds | requests | writes | times as fast | aim |")
    print("|---|---|---|---|---|---|")
    for what in runs[0]:
        when = what.partition(":")[0]
        mine = f"{when}: pipelinegen jobs apply"
        seconds = [run[what]["seconds"][0] for run in runs]
        times = [run[what]["seconds"][0] / run[mine]["seconds"][0] for run in runs]
        requests, writes = (int(runs[0][what][key][0]) for key in ("requests", "writes"))
        factor = "" if what == mine else f"{statistics.median(times):.1f} ({min(times):.1f})"
        aim = {"create: jenkins-jobs update": "5"}.get(what, "")
        if what == "unchanged: pipelinegen jobs apply":
            aim = f"no writes, at most {options.services // 10} requests"
        middle = statistics.median(seconds)
        print(f"| {what} | {middle:.1f} | {requests} | {writes} | {factor} | {aim} |")


if __name__ == "__main__":
    main()
