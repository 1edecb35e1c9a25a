"""Our documents field by field against those that jenkins-job-builder makes for the same jobs."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml

from pipelinegen.config.jobs import PipelineJob
from pipelinegen.plan.jobs import Declared, Item, items
from pipelinegen.render.jobs import rendered
from tests.jenkins.given import declared, jobs

DOCS = Path(__file__).parents[2] / "docs" / "jobs.md"
URL = "https://git.example.com/shop/orders.git"
LIBRARY = {"repository": "https://git.example.com/ci/library.git", "credentials": "git-read"}
NIGHTLY = PipelineJob(script="ci/nightly.Jenkinsfile", cron="H 2 * * *")
ORPHANS = {"prune-dead-branches": True, "days-to-keep": 14, "number-to-keep": 20}


def service(**settings: object) -> Declared:
    return declared("orders", jobs=jobs(orphans={"keepDays": 14, "keepNumber": 20}, **settings))


def one(wanted: Declared, path: str) -> Item:
    return next(item for item in items([wanted]) if item.path == path)


def hosted(kind: str, address: str) -> Item:
    source = {"type": kind, "repository": address, "credentials": "git-read"}
    discover = {"branches": ["main"], "forks": True}
    return one(service(source=source, discover=discover), "shop/orders")


# By a name: what jenkins-job-builder is told, and the item that we make.
PAIRS: dict[str, tuple[dict[str, object], Item]] = {
    "git": (
        {
            "project-type": "multibranch",
            "scm": [{"git": {
                "url": URL,
                "credentials-id": "git-read",
                "filter-by-name-wildcard": {"includes": "main", "excludes": ""},
            }}],
        },
        one(
            service(
                source={"repository": URL, "credentials": "git-read"},
                discover={"branches": ["main"]},
            ),
            "shop/orders",
        ),
    ),
    "github": (
        {
            "project-type": "multibranch",
            "scm": [{"github": {
                "repo-owner": "shop",
                "repo": "orders",
                "credentials-id": "git-read",
                "api-uri": "https://github.example.com/api/v3",
                "branch-discovery": "no-pr",
                "discover-pr-origin": "merge-current",
                "discover-pr-forks-strategy": "merge-current",
                "discover-pr-forks-trust": "permission",
                "filter-by-name-wildcard": {"includes": "main PR-*", "excludes": ""},
            }}],
        },
        hosted("github", "https://github.example.com/shop/orders.git"),
    ),
    "bitbucket": (
        {
            "project-type": "multibranch",
            "scm": [{"bitbucket": {
                "repo-owner": "shop",
                "repo": "orders",
                "credentials-id": "git-read",
                "server-url": "https://bitbucket.example.com",
                "discover-branch": "ex-pr",
                "discover-pr-origin": "mergeOnly",
                "discover-pr-forks-strategy": "merge-current",
                "discover-pr-forks-trust": "everyone",
                "filter-by-name-wildcard": {"includes": "main PR-*", "excludes": ""},
            }}],
        },
        hosted("bitbucket", "https://bitbucket.example.com/scm/shop/orders.git"),
    ),
    "pipeline": (
        {
            "project-type": "pipeline",
            "concurrent": True,
            "pipeline-scm": {
                "scm": [{"git": {
                    "url": URL,
                    "credentials-id": "git-read",
                    "branches": ["refs/heads/main"],
                    "wipe-workspace": False,
                }}],
                "script-path": "ci/nightly.Jenkinsfile",
                "lightweight-checkout": True,
            },
            "triggers": [{"timed": "H 2 * * *"}],
        },
        one(
            Declared(
                "orders", "shop", "x",
                jobs(source={"repository": URL, "credentials": "git-read"}),
                ("pipelinegen", "v1"),
                pipelines={"nightly": NIGHTLY},
            ),
            "shop/orders-nightly",
        ),
    ),
    "folder": ({"project-type": "folder"}, one(service(library=LIBRARY), "shop")),
}  # fmt: skip


def documents(folder: Path) -> dict[str, str]:
    """What jenkins-job-builder makes of all of them, and of a list view."""
    told: list[dict[str, object]] = []
    for name, (settings, _) in PAIRS.items():
        more = ORPHANS | {"periodic-folder-trigger": "1d"} if "scm" in settings else {}
        told.append({"job": {"name": name, "description": "x", **more, **settings}})
    told.append({"view": {
        "name": "Main branches", "view-type": "list", "recurse": True,
        "regex": "[^/]+/(main|master|trunk)",
    }})  # fmt: skip
    (folder / "jobs.yaml").write_text(yaml.safe_dump(told))
    command = [sys.executable, "-W", "ignore", "-m", "jenkins_jobs", "test", "jobs.yaml"]
    (folder / "jjb.ini").write_text("[jenkins]\nurl=http://127.0.0.1:9/\n")
    done = subprocess.run(
        [*command[:-2], "--conf", "jjb.ini", *command[-2:], "-o", "out"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_text() for path in (folder / "out").iterdir()}


def fields(element: ET.Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field with its value, by its place; classes without their packages."""
    for child in element:
        here = f"{path}.{short(child.tag)}".lstrip(".")
        said = child.get("class")
        if said:
            yield f"{here}@class", short(said)
        if len(child):
            yield from fields(child, here)
        elif not said:
            yield here, (child.text or "").strip()


def short(name: str) -> str:
    return name.rpartition(".")[2].replace("__", "_")


def differences(theirs: str, ours: str) -> set[tuple[str, str, str]]:
    mine, other = (dict(fields(ET.fromstring(text))) for text in (ours, theirs))
    return {
        (path, other.get(path, "(none)"), mine.get(path, "(none)"))
        for path in mine.keys() | other.keys()
        if mine.get(path) != other.get(path)
    }


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return documents(tmp_path_factory.mktemp("job-builder"))


def explained() -> list[str]:
    """The fields of the table in the documentation; `*` is any text."""
    section = DOCS.read_text("utf-8").split("## Beside jenkins-job-builder")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return [pattern for row in rows for pattern in re.findall(r"`([^`]+)`", row)]


def found(theirs: dict[str, str]) -> dict[str, set[tuple[str, str, str]]]:
    folder = ET.fromstring(rendered(PAIRS["folder"][1]).xml)
    view = folder.find("folderViews/views/hudson.model.ListView")
    assert view is not None
    ours = {name: rendered(item).xml for name, (_, item) in PAIRS.items()}
    ours["Main branches"] = ET.tostring(view, "unicode")
    return {name: differences(theirs[name], xml) for name, xml in ours.items()}


@pytest.mark.parametrize("name", [*PAIRS, "Main branches"])
def test_every_difference_is_explained(theirs: dict[str, str], name: str) -> None:
    patterns = explained()
    left = [one for one in found(theirs)[name] if not any(fnmatchcase(one[0], p) for p in patterns)]
    assert left == []


def test_every_explanation_is_of_a_difference(theirs: dict[str, str]) -> None:
    paths = {path for each in found(theirs).values() for path, _, _ in each}
    assert [p for p in explained() if not any(fnmatchcase(path, p) for path in paths)] == []


@pytest.mark.parametrize("name", ["git", "github", "bitbucket"])
def test_the_rest_is_the_same(theirs: dict[str, str], name: str) -> None:
    """So that the comparison compares something."""
    mine = dict(fields(ET.fromstring(rendered(PAIRS[name][1]).xml)))
    same = mine.items() & dict(fields(ET.fromstring(theirs[name]))).items()
    told = {path.rpartition(".")[2] for path, _ in same}
    assert {"scriptPath", "daysToKeep", "numToKeep", "abortBuilds", "interval"} <= told
    assert {"credentialsId", "includes", "source@class"} <= told
    assert name == "git" or {"repoOwner", "repository", "strategyId"} <= told
