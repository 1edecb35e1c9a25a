"""Health and metrics routes, and ports, in the words of each framework."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelinegen.detect import routes
from pipelinegen.detect.repo import Repo
from tests.helpers import write_tree


@pytest.mark.parametrize(
    ("file", "line", "path"),
    [
        ("a.py", '@app.route("/healthz")', "/healthz"),
        ("a.py", "@router.get('/livez')", "/livez"),
        ("a.py", '    path("healthz/", views.health),', "/healthz/"),
        ("a.js", "app.get('/health', (q, s) => s.send())", "/health"),
        ("a.ts", "fastify.get(`/health/live`, h)", "/health/live"),
        ("a.go", 'mux.HandleFunc("GET /healthz", h)', "/healthz"),
        ("a.go", 'r.GET("/ping", h)', "/ping"),
        ("a.cs", 'app.MapHealthChecks("/healthz");', "/healthz"),
        ("a.rb", "get '/health' do", "/health"),
        ("a.java", '@GetMapping("/status/health")', "/status/health"),
        ("a.py", '# app.route("/healthz")', None),
        ("a.go", '// GET "/healthz"', None),
        ("test/a.js", "get('/healthz')", None),
        ("a.spec.ts", "get('/healthz')", None),
    ],
)
def test_the_health_route_is_seen(tmp_path: Path, file: str, line: str, path: str | None) -> None:
    seen = routes.health(routes.routes(Repo(write_tree(tmp_path, {file: f"\n{line}\n"}))))
    assert {name: (fact.value["path"], fact.because) for name, fact in seen.items()} == (
        dict.fromkeys(("liveness", "readiness"), (path, f"{file}:2")) if path else {}
    )


def test_readiness_has_its_own_route_where_there_is_one(tmp_path: Path) -> None:
    text = "get('/healthz')\nget('/readyz')\nget('/metrics')\n"
    seen = routes.routes(Repo(write_tree(tmp_path, {"a.js": text})))
    assert routes.health(seen)["readiness"].value == {"path": "/readyz"}
    metrics = routes.metrics(seen)
    assert metrics is not None
    assert metrics.because == "a.js:3"


def test_a_line_that_declares_a_route_wins_over_one_that_names_it(tmp_path: Path) -> None:
    text = "const skip = ['/healthz'];\napp.get('/healthz', h);\n"
    seen = routes.routes(Repo(write_tree(tmp_path, {"a.js": text})))
    assert seen["/healthz"].because == "a.js:2"


def test_metrics_of_aspnet_have_a_route_without_a_path(tmp_path: Path) -> None:
    seen = routes.routes(Repo(write_tree(tmp_path, {"a.cs": "app.MapMetrics();\n"})))
    assert list(seen) == ["/metrics"]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('os.environ.get("PORT", 5001)', 5001),
        ("process.env.PORT || 5002", 5002),
        ('http.ListenAndServe(":5003", nil)', 5003),
        ('&http.Server{Addr: "0.0.0.0:5004"}', 5004),
        ("app.listen(5005)", 5005),
        ("uvicorn.run(app, port=5006)", 5006),
        ('e.Start(":5007")', 5007),
        ('bind = "0.0.0.0:5008"', 5008),
        ("support = 5009", None),
        ("port = 0", None),
        ("port = 70000", None),
    ],
)
def test_the_port_is_seen(tmp_path: Path, line: str, number: int | None) -> None:
    found = routes.port(Repo(write_tree(tmp_path, {"a.py": line})), ".py")
    assert (found.value if found else None) == number
