"""What an existing Dockerfile says (https://docs.docker.com/reference/dockerfile/)."""

from __future__ import annotations

import re

from pipelinegen.detect.found import Dockerfile
from pipelinegen.detect.repo import Fact, Repo

NAMES = ("Dockerfile", "docker/Dockerfile", "Containerfile")
_FROM = re.compile(r"^FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_TESTS = ("test", "tests", "testing", "ci", "dev", "development", "build", "builder")


def look(repo: Repo) -> Dockerfile | None:
    """The Dockerfile's stages, and what its last stage exposes and runs as."""
    path = repo.has(*NAMES)
    if path is None:
        return None
    stages: list[str] = []
    user: Fact[str] | None = None
    ports: list[Fact[int]] = []
    for number, line in enumerate(repo.text(path).splitlines(), 1):
        words = line.split()
        if match := _FROM.match(line.strip()):
            stages.append(match.group(1) or "")
            user, ports = None, []
        elif words and words[0].upper() == "USER" and len(words) > 1:
            user = Fact(words[1], f"{path}:{number}")
        elif words and words[0].upper() == "EXPOSE":
            found = [word.split("/")[0] for word in words[1:]]
            ports += [Fact(int(port), f"{path}:{number}") for port in found if port.isdigit()]
    return Dockerfile(path, tuple(stages), user, tuple(ports))


def test_target(found: Dockerfile) -> Fact[str] | None:
    """The stage in which the tests can run; None where the last one has to do."""
    by_name = {stage.lower(): stage for stage in found.stages if stage}
    for name in _TESTS:
        if name in by_name and (len(found.stages) == 1 or by_name[name] != found.stages[-1]):
            why = "" if name.startswith("test") else ", where the tools are"
            return Fact(by_name[name], f"{found.path}, stage {by_name[name]}{why}")
    return None


def image_target(found: Dockerfile) -> Fact[str] | None:
    """The stage that is deployed, where it is not the last one."""
    if len(found.stages) > 1 and found.stages[-1].lower().startswith("test"):
        named = [stage for stage in found.stages[:-1] if stage]
        if named:
            return Fact(named[-1], f"{found.path}, since its last stage is `{found.stages[-1]}`")
    return None


def user_note(found: Dockerfile) -> str | None:
    """Why the pod would not start, if it would not."""
    user = found.user.value.split(":")[0] if found.user else None
    where = found.user.because if found.user else found.path
    if user is None or user in ("root", "0"):
        said = f"runs as {user or 'root'}"
    elif not user.isdigit():
        said = f"`USER {user}` is a name"
    else:
        return None
    return (
        f"{where}: {said}; the pod runs with runAsNonRoot, and Kubernetes needs a number to see "
        "that it holds: write `USER 10001`"
    )
