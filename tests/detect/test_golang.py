"""Go services."""

from __future__ import annotations

import pytest

from tests.detect.given import Look, dockerfile, port, runs

MAIN = 'package main\nimport "net/http"\nfunc main() {\n\thttp.ListenAndServe(":8081", nil)\n}\n'
REPORTING = "gotestsum --junitfile reports/unit.xml ./..."
MOD = "module example.com/shop/rates/v2\n\ngo 1.23\n"


def test_a_module_is_named_by_its_path_without_the_version(look: Look) -> None:
    found = look({"go.mod": MOD, "main.go": MAIN})
    assert (found.name.value, port(found), found.worker) == ("rates", 8081, False)
    assert dockerfile(found)[0] == "FROM golang:1.23 AS base"


def test_the_image_is_built_from_the_package_with_main(look: Look) -> None:
    found = look({"go.mod": MOD, "cmd/rates/main.go": MAIN, "internal/a.go": ""})
    assert "RUN CGO_ENABLED=0 go build -trimpath -o /service ./cmd/rates" in dockerfile(found)


def test_a_second_main_is_told(look: Look) -> None:
    found = look({"go.mod": MOD, "cmd/a/main.go": MAIN, "cmd/b/main.go": MAIN})
    assert found.notes == [
        "cmd/a/main.go is taken for the service; there are others: cmd/b/main.go"
    ]


def test_folders_that_it_reads_while_it_runs_are_in_the_image(look: Look) -> None:
    lines = dockerfile(look({"go.mod": MOD, "main.go": MAIN, "templates/a.html": ""}))
    assert "COPY templates ./templates/" in lines[lines.index("WORKDIR /app") :]


@pytest.mark.parametrize(
    ("dockerfile_text", "run"),
    [
        (None, REPORTING),
        ("FROM a AS test\nRUN go install gotestsum\n", REPORTING),
        ("FROM a AS test\n", "go test ./..."),
    ],
)  # fmt: skip
def test_the_tests_write_a_report_where_the_image_has_the_tool(
    look: Look, dockerfile_text: str | None, run: str
) -> None:
    files = {"go.mod": MOD, "main.go": MAIN, "main_test.go": ""}
    found = look({**files, **({"Dockerfile": dockerfile_text} if dockerfile_text else {})})
    assert runs(found) == {"unit": run}


@pytest.mark.parametrize(("text", "version"), [('version: "2"\n', "v2.1.6"), ("", "v1.64.8")])
def test_the_linter_that_is_set_up_is_in_the_image(look: Look, text: str, version: str) -> None:
    found = look({"go.mod": MOD, "main.go": MAIN, ".golangci.yml": text})
    assert found.ecosystem.lint is not None
    assert found.ecosystem.lint.value == "golangci-lint run"
    assert any(f"golangci-lint:{version}" in line for line in dockerfile(found))


def test_a_program_that_listens_nowhere_is_a_worker(look: Look) -> None:
    assert look({"go.mod": MOD, "main.go": "package main\nfunc main() {}\n"}).worker
