"""What comes up before the first test, what is told when it does not, and what is left of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.e2e.dependencies.project import CACHE, HEAD, PYTEST, Project
from tests.lab.docker.cli import docker

# It notes which container and which database it has.
NOTE = """\
import json, os, pathlib, uuid
def note(**found):
    pathlib.Path(f"{uuid.uuid4().hex}.note").write_text(json.dumps(found))
"""
USES_CACHE = "def test_it(redis): pass\n"


def notes(folder: Path) -> list[dict[str, str]]:
    return [json.loads(file.read_text()) for file in folder.glob("*.note")]


def test_an_init_file_that_is_broken_is_told_once_with_what_the_database_says(
    project: Project,
) -> None:
    said = f'{HEAD}dependencies:\n  db: {{type: postgres, version: "15", init: [db/schema.sql]}}\n'
    uses = "def test_1(postgres): pass\ndef test_2(postgres): pass\n"
    schema = "CREATE TABLE names (name text);\nCREATE TABEL more (name text);\n"
    project.write({"pipeline.yaml": said, "db/schema.sql": schema, "test_it.py": uses})
    told = project.refused()
    assert told.startswith(f"{project.folder / 'db/schema.sql'}: cannot be loaded\n")
    assert told.count('syntax error at or near "TABEL"') == 1
    assert "LINE 1: CREATE TABEL more" in told
    assert project.left() == {}


FAILS = "echo tried >> tries; echo the reason >&2; exit 7"
MIGRATES = CACHE.replace("CACHE_URL", f'CACHE_URL, migrate: "{FAILS}"')


def test_a_migration_that_fails_is_told_once_with_its_output(project: Project) -> None:
    project.write({"pipeline.yaml": MIGRATES, "test_it.py": USES_CACHE})
    told = project.refused()
    assert told == f"cache: the migration `{FAILS}` ended with 7\nthe reason"
    assert project.left() == {}


def test_workers_do_not_try_again_what_one_of_them_could_not_bring_up(project: Project) -> None:
    many = (
        "import pytest\n@pytest.mark.parametrize('number', range(9))\ndef test(redis, number): 0\n"
    )
    project.write({"pipeline.yaml": MIGRATES, "test_it.py": many})
    done = project.run(*PYTEST, "-n", "3")
    assert done.returncode not in (0, 5)
    assert "ended with 7\nthe reason\n" in done.stdout
    assert "Traceback" not in done.stdout
    assert (project.folder / "tries").read_text() == "tried\n"
    assert project.left() == {}


def test_the_image_that_somebody_names_runs_and_is_reported(project: Project) -> None:
    image = project.image("FROM redis:7\nLABEL whose=mine\n")
    project.write(
        {
            "pipeline.yaml": f"{CACHE}  sessions: {{type: redis, env: SESSIONS_URL}}\n",
            "test_it.py": """
                def test_it(dependency):
                    assert dependency("cache").database == dependency("sessions").database == 1
                """,
        }
    )
    told = project.pytest(
        f"--dependency-image=cache={image}",
        "--dependency-report",
        PIPELINEGEN_DEPENDENCY_IMAGES=f"redis={image}",
    )
    found = re.findall(r"^(\w+): redis://.* from a container of (.*)$", told, re.M)
    assert found == [
        ("cache", f"{image} (--dependency-image)"),
        ("sessions", f"{image} (PIPELINEGEN_DEPENDENCY_IMAGES)"),
    ]


def test_an_image_that_there_is_not_is_told_with_what_helps(project: Project) -> None:
    image = "localhost:5000/nobody/nothing:1"
    project.write({"pipeline.yaml": CACHE, "test_it.py": USES_CACHE})
    told = project.refused(f"--dependency-image=cache={image}")
    assert told.startswith(f"cache ({image}) did not start: ")
    assert f"`docker pull {image}` must work" in told
    assert project.left() == {}


@pytest.mark.parametrize("kind", ["http", "postgres"])
def test_a_container_that_ends_at_once_tells_its_last_words(project: Project, kind: str) -> None:
    image = project.image('FROM python:3.11-slim\nCMD ["sh", "-c", "seq 30; exit 7"]\n')
    said = f"{HEAD}dependencies:\n  catalog: {{type: {kind}, env: URL, image: '{image}'}}\n"
    uses = "def test_it(dependency): dependency('catalog')\n"
    project.write({"pipeline.yaml": said, "test_it.py": uses})
    done = project.run(*PYTEST)
    assert done.returncode == 1
    told = re.search(
        rf"catalog \({image}\) ended (?:at once|with 7)\n(?:.*\n)*?      = ", done.stdout
    )
    assert told, done.stdout
    assert re.findall(r"^    (\d+)$", told[0], re.M) == [str(number) for number in range(11, 31)]
    assert project.left() == {}


LOGS = """
def test_it_passes(dependency):
    assert dependency("files").get("/test_it.py").status_code == 404
def test_it_fails(dependency):
    assert dependency("files").get("/not-there").ok
"""


def test_the_logs_of_a_failed_test_are_in_its_report_and_beside_the_junit_file(
    project: Project,
) -> None:
    image = project.image(
        'FROM python:3.11-slim\nCMD ["python", "-um", "http.server", "8080", "-d", "/mnt"]\n'
    )
    said = f"{HEAD}dependencies:\n  files: {{type: http, env: URL, image: '{image}'}}\n"
    project.write({"pipeline.yaml": said, "test_it.py": LOGS})
    done = project.run(*PYTEST, "--junit-xml=reports/unit.xml", "-rA")
    assert done.returncode == 1
    (log,) = re.findall(rf"-+ Log of files \({image}\) -+\n((?:.*\n)*?)[-=]", done.stdout)
    assert "/not-there" in log
    assert "/test_it.py" not in log, "that is of another test"
    (file,) = (project.folder / "reports" / "containers").iterdir()
    assert file.name == "test_it.py_test_it_fails.files.log"
    assert "/not-there" in file.read_text()
    assert project.left() == {}


SHARED = f"""{NOTE}
import pytest, time
@pytest.mark.parametrize("number", range(12))
def test_it(postgres, number):
    note(at=f"{{postgres.host}}:{{postgres.port}}", database=postgres.database)
    time.sleep(0.2)  # so that each of the workers has its share
"""


def test_workers_share_a_container_and_each_has_a_database_of_its_own(project: Project) -> None:
    said = f'{HEAD}dependencies:\n  db: {{type: postgres, version: "15"}}\n'
    project.write({"pipeline.yaml": said, "test_it.py": SHARED})
    told = project.pytest("-n", "4", "--dependency-report")
    assert " 12 passed in " in told
    assert len(re.findall(r"^db: .*postgres:15 \(pipeline.yaml\)$", told, re.M)) == 1
    found = notes(project.folder)
    assert len({each["at"] for each in found}) == 1
    assert len({each["database"] for each in found}) == 4
    assert project.left() == {}


def test_containers_that_are_kept_are_taken_again(project: Project) -> None:
    project.write({"pipeline.yaml": CACHE, "test_it.py": USES_CACHE})
    assert "cache: starting redis:7" in project.pytest("--keep-containers")
    first = project.containers()
    assert len(first) == 1
    assert "starting" not in project.pytest("--keep-containers")
    assert project.containers() == first
    # A run that does not say so has containers of its own.
    assert "cache: starting redis:7" in project.pytest()
    assert "-cache-" in (name := docker("inspect", "--format", "{{.Name}}", *first))
    assert name.strip("/") not in project.pipelinegen("sweep").stdout, "it is in use for a day"
    assert project.containers() == first
    docker("rm", "--force", "--volumes", *first)
    assert "cache: starting redis:7" in project.pytest("--keep-containers")
    assert len(project.containers()) == 1
