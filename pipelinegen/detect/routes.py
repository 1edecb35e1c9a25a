"""Health and metrics routes and ports, by the words that frameworks have for them."""

from __future__ import annotations

import re

from pipelinegen.detect.found import Data
from pipelinegen.detect.repo import Fact, Repo

SUFFIXES = (".py", ".js", ".mjs", ".cjs", ".ts", ".go", ".java", ".kt", ".cs", ".rs", ".rb", ".php")
# The more a path says, the earlier it stands.
_LIVE = ("/livez", "/health/live", "/health/liveness", "/healthz", "/live", "/alive", "/health")
_READY = ("/readyz", "/health/ready", "/health/readiness", "/ready", "/readiness")
_METRICS = ("/metrics", "/prometheus")
_OTHERS = ("/healthcheck", "/_health", "/status/health", "/api/health", "/ping")
_KNOWN = "|".join(map(re.escape, (*_LIVE, *_READY, *_METRICS, *_OTHERS)))
_BARE = _KNOWN.removeprefix("/").replace("|/", "|")
_ROUTE = re.compile(rf"""["'`](?:GET\s+)?({_KNOWN})/?["'`]""")
# What stands on a line that declares a route, and not on one that only mentions a path.
_DECLARES = re.compile(r"route|[gG]et|GET|[hH]andle|Map|path|mount|url|case|@|use\(", re.ASCII)
_COMMENT = re.compile(r"\s*(//|#|\*|/\*|<!--)")
# Django's paths have no slash in front, and often one behind.
_DJANGO = re.compile(rf"""\bpath\(\s*["']((?:{_BARE})/?)["']""")
_MAP_METRICS = re.compile(r"\bMapMetrics\(\s*\)|\bMapPrometheusScrapingEndpoint\(\s*\)")


def routes(repo: Repo) -> dict[str, Fact[str]]:
    """Every known path with the line that declares it, or else names it first."""
    found: dict[str, Fact[str]] = {}
    declared: set[str] = set()
    for file in repo.sources(*SUFFIXES):
        for number, line in enumerate(repo.text(file).splitlines(), 1):
            if _COMMENT.match(line):
                continue
            for match in _ROUTE.finditer(line):
                path = match.group(1)
                if _DECLARES.search(line) and path not in declared:
                    declared.add(path)
                    found[path] = Fact(path, f"{file}:{number}")
                found.setdefault(path, Fact(path, f"{file}:{number}"))
            if django := _DJANGO.search(line):
                path = f"/{django.group(1)}"
                declared.add(path.rstrip("/"))
                found[path.rstrip("/")] = Fact(path, f"{file}:{number}")
            if _MAP_METRICS.search(line):
                found.setdefault("/metrics", Fact("/metrics", f"{file}:{number}"))
    return found


def health(found: dict[str, Fact[str]]) -> dict[str, Fact[Data]]:
    """Liveness and readiness; a service with one route has it for both."""
    live = next((found[path] for path in (*_LIVE, *_OTHERS) if path in found), None)
    ready = next((found[path] for path in _READY if path in found), live)
    probes = {"liveness": live, "readiness": ready}
    return {
        name: Fact({"path": route.value}, route.because)
        for name, route in probes.items()
        if route is not None
    }


def metrics(found: dict[str, Fact[str]]) -> Fact[str] | None:
    """The metrics route."""
    return next((found[path] for path in _METRICS if path in found), None)


# A number of two to five digits that the source gives to something called a port.
_PORTS = (
    r"""PORT["']?\s*(?:,|\?\?|\|\||:-|\]\s*\|\|)\s*["']?(\d{2,5})\b""",
    r"""(?:ListenAndServe\w*\(|Addr:\s*)\s*["'][^"'\s]*:(\d{2,5})["']""",
    r"""\.(?:listen|Run|Start)\(\s*(?:\{\s*port:\s*)?["']?:?(\d{2,5})\b""",
    r"""\bport\s*[=:]\s*(?:int\()?["']?(\d{2,5})\b""",
    r"""--(?:port|bind)[ =](?:\S*:)?(\d{2,5})\b""",
    r"""\bbind\s*=\s*["'][^"']*:(\d{2,5})["']""",
    r"""["']:(\d{4,5})["']""",
)


def port(repo: Repo, *suffixes: str) -> Fact[int] | None:
    """The port that the source listens on."""
    files = repo.sources(*suffixes)
    for pattern in _PORTS:
        if (found := repo.search(files, pattern)) and 0 < int(found.value) < 65536:
            return Fact(int(found.value), found.because)
    return None
