"""Python services: pip, Poetry and uv, and the usual frameworks."""

from __future__ import annotations

import json

import pytest

from tests.detect.given import Files, Look, dockerfile, port, runs

POETRY = '[tool.poetry]\nname = "reviews"\n[tool.poetry.dependencies]\npython = "^3.13"\n'
UV = '[project]\nname = "reviews"\nrequires-python = ">=3.11,<3.12"\n[tool.uv]\n'


@pytest.mark.parametrize(
    ("files", "language", "cache", "image"),
    [
        ({"requirements.txt": ""}, "Python with pip", "pip", "python:3.12-slim"),
        ({"pyproject.toml": POETRY}, "Python with poetry", "poetry", "python:3.13-slim"),
        ({"pyproject.toml": UV}, "Python with uv", "uv", "python:3.11-slim"),
        ({"requirements.txt": "", "uv.lock": ""}, "Python with uv", "uv", "python:3.12-slim"),
        (
            {"setup.py": "", ".python-version": "3.10.4\n"},
            "Python with pip",
            "pip",
            "python:3.10-slim",
        ),
        (
            {"pyproject.toml": "[project]\nrequires-python = '~=3.10'\n"},
            "Python with pip",
            "pip",
            "python:3.10-slim",
        ),
    ],
)
def test_the_tool_and_the_version_are_seen(
    look: Look, files: Files, language: str, cache: str, image: str
) -> None:
    found = look({**files, "app.py": ""})
    assert (found.ecosystem.language, found.ecosystem.caches) == (language, [cache])
    assert dockerfile(found)[0] == f"FROM {image} AS base"


@pytest.mark.parametrize(
    ("required", "source", "number"),
    [
        ("flask", "", 5000),
        ("flask\ngunicorn", "", 8000),
        ("fastapi\nuvicorn", "", 8000),
        ("fastapi[standard]", "", 8000),
        ("flask", "app.run(port=5001)", 5001),
        ("flask", 'port = int(os.environ.get("PORT", "5002"))', 5002),
        ("celery", "", None),
    ],
)
def test_the_port_is_the_sources_or_else_the_frameworks(
    look: Look, required: str, source: str, number: int | None
) -> None:
    found = look({"requirements.txt": required, "app.py": source})
    assert port(found) == number
    assert found.worker == (number is None)


@pytest.mark.parametrize(
    ("files", "stages"),
    [
        ({"tests/test_a.py": ""}, {"unit": "pytest"}),
        ({"test_a.py": ""}, {"unit": "pytest"}),
        ({"shop/tests/test_a.py": ""}, {"unit": "pytest"}),
        ({}, {}),
        (
            {"tests/unit/a.py": "", "tests/integration/a.py": "", "tests/system/a.py": ""},
            {
                "unit": "pytest tests/unit",
                "integration": "pytest tests/integration",
                "system": "pytest tests/system",
            },
        ),
        (
            {"test/unit/a.py": "", "test/e2e/a.py": ""},
            {"unit": "pytest test/unit", "browsers": "pytest test/e2e"},
        ),
    ],
)
def test_the_folders_of_tests_become_stages(look: Look, files: Files, stages: object) -> None:
    assert runs(look({"requirements.txt": "", "app.py": "", **files})) == stages


def test_tests_that_start_containers_get_docker(look: Look) -> None:
    files = {"tests/unit/a.py": "", "tests/integration/a.py": ""}
    tests = look({"requirements.txt": "", **files}).ecosystem.tests
    assert {name: fact.value.docker for name, fact in tests.items()} == {
        "unit": False,
        "integration": True,
    }


@pytest.mark.parametrize(
    ("files", "lint"),
    [
        ({"requirements.txt": "", "ruff.toml": ""}, "ruff check ."),
        ({"pyproject.toml": POETRY + "[tool.ruff]\n"}, "poetry run ruff check ."),
        ({"requirements.txt": "", ".flake8": ""}, "flake8"),
        ({"requirements.txt": ""}, None),
    ],
)
def test_the_linter_is_the_one_that_is_set_up(look: Look, files: Files, lint: str | None) -> None:
    found = look({**files, "app.py": ""}).ecosystem.lint
    assert (found.value if found else None) == lint


def test_the_tests_image_has_the_tools_that_the_stages_call(look: Look) -> None:
    lines = dockerfile(look({"requirements.txt": "", ".flake8": "", "test_a.py": ""}))
    assert "RUN pip install --no-cache-dir pytest flake8" in lines


def test_requirements_in_a_folder_are_installed_from_it(look: Look) -> None:
    files = {"requirements/base.txt": "flask", "requirements/dev.txt": "-r base.txt"}
    lines = dockerfile(look({**files, "setup.py": "", "app.py": ""}))
    assert lines.count("COPY requirements ./requirements/") == 2
    assert "RUN pip install --no-cache-dir -r requirements/base.txt" in lines
    assert "RUN pip install --no-cache-dir -r requirements/dev.txt" in lines


def test_the_image_has_templates_and_every_package_but_no_tests(look: Look) -> None:
    files = ["shop/__init__.py", "cart/__init__.py", "templates/a.html", "static/a.css", "app.py"]
    files += ["gunicorn.conf.py", "tests/test_a.py", "docs/a.md", "setup.py", "conftest.py"]
    lines = dockerfile(look({"requirements.txt": "flask", **dict.fromkeys(files, "")}))
    runtime = lines[lines.index("FROM base AS runtime") :]
    assert [line for line in runtime if line.startswith("COPY")] == [
        "COPY cart ./cart/",
        "COPY shop ./shop/",
        "COPY static ./static/",
        "COPY templates ./templates/",
        "COPY app.py gunicorn.conf.py ./",
    ]


@pytest.mark.parametrize(
    ("required", "file", "source", "command"),
    [
        (
            "flask\ngunicorn",
            "shop/web.py",
            "app = Flask(__name__)",
            '["gunicorn", "--bind", "0.0.0.0:8000", "shop.web:app"]',
        ),
        (
            "flask\ngunicorn",
            "shop/__init__.py",
            "def create_app():\n    pass",
            '["gunicorn", "--bind", "0.0.0.0:8000", "shop:create_app()"]',
        ),
        (
            "fastapi\nhypercorn",
            "main.py",
            "api = FastAPI()",
            '["hypercorn", "--bind", "0.0.0.0:8000", "main:api"]',
        ),
        (
            "celery",
            "jobs/run.py",
            "if __name__ == '__main__':\n    pass",
            '["python", "-m", "jobs.run"]',
        ),
        ("celery", "worker.py", "", '["python", "worker.py"]'),
        ("celery", "src/jobs/__main__.py", "", '["python", "-m", "jobs"]'),
    ],
)
def test_the_image_starts_the_application(
    look: Look, required: str, file: str, source: str, command: str
) -> None:
    found = look({"requirements.txt": required, file: source})
    assert dockerfile(found)[-1] == f"CMD {command}"
    assert not any("CMD" in note for note in found.notes)


@pytest.mark.parametrize(
    ("files", "note"),
    [
        ({"requirements.txt": "flask", "a.py": "app = Flask(__name__)"}, "add gunicorn"),
        ({"requirements.txt": "django", "manage.py": ""}, "add gunicorn"),
        ({"requirements.txt": "celery", "lib/a.py": ""}, "write it into CMD"),
    ],
)
def test_a_start_that_is_not_what_an_expert_would_write_is_told(
    look: Look, files: Files, note: str
) -> None:
    assert [note in told for told in look(files).notes if "CMD" in told] == [True]


@pytest.mark.parametrize(
    ("arguments", "factory"),
    [("", True), ("config=None", True), ("*, a: int = 1,\n    b=2", True), ("store: Store", False)],
)
def test_a_factory_that_needs_arguments_is_not_called_without(
    look: Look, arguments: str, factory: bool
) -> None:
    source = f"def create_app({arguments}):\n    pass\n"
    found = look({"requirements.txt": "fastapi\nuvicorn", "main.py": source})
    start = ["uvicorn", "main:create_app", "--host", "0.0.0.0", "--port", "8000", "--factory"]
    assert dockerfile(found)[-1] == f"CMD {json.dumps(start if factory else ['python', 'main.py'])}"


def test_what_pyproject_toml_names_is_installed_before_the_source_is_copied(look: Look) -> None:
    project = (
        "[project]\nname = 'a'\ndependencies = ['flask']\noptional-dependencies = {dev = []}\n"
    )
    lines = dockerfile(look({"pyproject.toml": project, "a.py": ""}))
    assert lines.index("COPY pyproject.toml ./") < lines.index("COPY . .")
    assert any("project['optional-dependencies']['dev']" in line for line in lines)
