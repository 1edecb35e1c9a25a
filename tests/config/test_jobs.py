"""`jenkins.jobs` of platform.yaml and `pipeline.jobs` of pipeline.yaml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelinegen.config.jobs import Jobs, PipelineJob, filled
from pipelinegen.errors import InputError
from tests.configs import PLATFORM, load
from tests.lab.jenkins_server.names import good_name
from tests.strategies import texts

DOCS = Path(__file__).parents[2] / "docs" / "jobs.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", DOCS.read_text("utf-8"), re.M | re.S)


def refused(**settings: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Jobs.model_validate(settings)
    return str(caught.value.errors()[0]["msg"])


def test_everything_has_a_default() -> None:
    assert Jobs().folder == "{team}"
    assert Jobs().orphans.keep_days == 14


def test_what_the_documentation_shows_is_valid(tmp_path: Path) -> None:
    platform, service = BLOCKS
    (tmp_path / "ci").mkdir()
    for name in ("nightly", "promote"):
        (tmp_path / "ci" / f"{name}.Jenkinsfile").touch()
    without = re.sub(r"^jenkins:.*\n", "", PLATFORM, flags=re.M)
    config = load(tmp_path, service, without + platform)
    jobs = config.platform.model.jenkins.jobs
    assert jobs.links["Owner"] == "https://people.example.com/teams/{team}"
    assert set(config.model.pipeline.jobs) == {"nightly", "promote"}


@pytest.mark.parametrize(
    ("folder", "says"),
    [
        ("services", "must hold `{team}`"),
        ("{team}/{service}", "must hold `{team}`"),
        ("{team}/a?b", "is no folder"),
        ("/{team}", "is no folder"),
        ("{team}/", "is no folder"),
        ("a//{team}", "is no folder"),
        ("../{team}", "is no folder"),
        ("{team}.", "is no folder"),
        ("{x}/{team}", "the only placeholders"),
        ("{team", "the only placeholders"),
    ],
)
def test_a_folder_that_jenkins_would_not_take(folder: str, says: str) -> None:
    assert says in refused(folder=folder)


@given(texts(max_size=30))
def test_each_part_of_a_folder_that_is_taken_is_a_name_that_jenkins_takes(text: str) -> None:
    try:
        jobs = Jobs.model_validate({"folder": text + "{team}"})
    except ValidationError:
        return
    for name in filled(jobs.folder, "shop").split("/"):
        assert good_name(name) == name


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.com/{team}/{service}.git",
        "git@git.example.com:{team}/{service}.git",
        "ssh://git@git.example.com:7999/{team}/{service}.git",
        "file:///srv/git/{service}",
        "/srv/git/{service}.git",
    ],
)
def test_addresses_of_repositories(address: str) -> None:
    assert Jobs.model_validate({"source": {"repository": address}}).source.repository == address


@pytest.mark.parametrize(
    "address",
    ["https://ci:s3cret@git.example.com/x", "https://s3cret@git.example.com/x",
     "ssh://git:s3cret@git.example.com/x"],
)  # fmt: skip
def test_a_secret_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    told = refused(source={"repository": address})
    assert "use `credentials`" in told
    assert "s3cret" not in told


@pytest.mark.parametrize("address", ["shop/orders", "ftp://x/y", "https://x/{name}", "a b"])
def test_what_is_no_address(address: str) -> None:
    assert refused(source={"repository": address})


@pytest.mark.parametrize("discover", [{"forks": True}, {"pullRequests": "head"}])
def test_plain_git_has_no_pull_requests(discover: dict[str, Any]) -> None:
    assert "plain git knows no pull requests" in refused(discover=discover)
    Jobs.model_validate({"discover": discover, "source": {"type": "github"}})
    Jobs.model_validate({"discover": {"pullRequests": "none"}})


def test_only_gitlab_has_a_server_of_its_own() -> None:
    assert "`server` is for gitlab" in refused(source={"type": "github", "server": "x"})


@pytest.mark.parametrize("cron", ["H 2 * * *", "@daily", "H(0-29)/10 * * * 1-5", "0 8 * * MON"])
def test_schedules(cron: str) -> None:
    assert PipelineJob(script="x", cron=cron).cron == cron


@given(st.sampled_from(["H 2 * *", "daily", "* * * * * *", "H 2\n* * *", ""]) | texts(max_size=9))
def test_what_is_no_schedule(cron: str) -> None:
    fields = cron.split(" ")
    if len(fields) == 5 and all(re.fullmatch(r"[0-9*/,()A-Za-z-]+", field) for field in fields):
        return
    with pytest.raises(ValidationError):
        PipelineJob(script="x", cron=cron)


def test_the_script_of_a_job_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path, "pipeline: {jobs: {nightly: {script: ci/nightly.Jenkinsfile}}}")
    (problem,) = caught.value.problems
    assert "there is no `ci/nightly.Jenkinsfile`" in problem.message
    assert problem.line == 5
