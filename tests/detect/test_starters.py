"""`init` is right about the repositories that popular tutorials and generators leave behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect import starters
from tests.detect.given import Files, dockerfile, find, loaded, port, runs, said

ALL = {name: files for name, files in vars(starters).items() if name.isupper()}


@pytest.mark.parametrize("name", ALL)
def test_what_init_writes_for_a_starter_is_a_valid_service(tmp_path: Path, name: str) -> None:
    config = loaded(find(tmp_path, ALL[name]))
    assert config.model.service.team == "my-team"


CASES: dict[str, tuple[Files, str, int, dict[str, str], str | None, str]] = {
    "Flask's tutorial": (
        starters.FLASK_TUTORIAL,
        "flaskr",
        5000,
        {"unit": "pytest"},
        None,
        'CMD ["flask", "--app", "flaskr", "run", "--host", "0.0.0.0", "--port", "5000"]',
    ),
    "FastAPI": (
        starters.FASTAPI,
        "shop",
        8000,
        {"unit": "pytest"},
        "/health",
        'CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]',
    ),
    "Django": (
        starters.DJANGO,
        "shop",
        8000,
        {"unit": "python manage.py test"},
        "/healthz/",
        'CMD ["gunicorn", "--bind", "0.0.0.0:8000", "mysite.wsgi:application"]',
    ),
    "Spring's Petclinic": (
        starters.PETCLINIC,
        "spring-petclinic",
        8080,
        {"unit": "./mvnw -B test"},
        "/actuator/health/liveness",
        'CMD ["java", "-jar", "app.jar"]',
    ),
    "Quarkus": (
        starters.QUARKUS,
        "getting-started",
        8080,
        {"unit": "./mvnw -B test", "integration": "./mvnw -B verify -DskipITs=false"},
        "/q/health/live",
        'CMD ["java", "-jar", "quarkus-run.jar"]',
    ),
    "Gin": (
        starters.GIN,
        "gin-api",
        8080,
        {"unit": "gotestsum --junitfile reports/unit.xml ./..."},
        "/ping",
        'ENTRYPOINT ["/service"]',
    ),
    "NestJS": (
        starters.NESTJS,
        "nest-typescript-starter",
        3000,
        {"unit": "npm test", "integration": "npm run test:e2e"},
        None,
        'CMD ["node", "dist/main"]',
    ),
    "Next.js": (
        starters.NEXTJS,
        "my-app",
        3000,
        {},
        None,
        'CMD ["node_modules/.bin/next", "start"]',
    ),
    "Express in TypeScript": (
        starters.EXPRESS_TS,
        "express-ts",
        4000,
        {"unit": "yarn test"},
        "/health",
        'CMD ["node", "dist/index.js"]',
    ),
    "ASP.NET": (
        starters.ASPNET,
        "shop-api",
        8080,
        {"unit": "dotnet test"},
        "/healthz",
        'CMD ["dotnet", "Shop.Api.dll"]',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_starters_name_port_tests_health_and_start_are_seen(tmp_path: Path, case: str) -> None:
    files, name, number, tests, health, command = CASES[case]
    found = find(tmp_path / "shop", files)
    live = said(found.health).get("liveness", {}).get("path")
    assert (found.name.value, port(found), runs(found), live) == (name, number, tests, health)
    assert dockerfile(found)[-1] == command
