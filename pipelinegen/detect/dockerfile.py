"""What an existing Dockerfile says (https://docs.docker.com/reference/dockerfile/)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelinegen.detect.found import Dockerfile
from pipelinegen.detect.repo import Fact, Repo

NAMES = ("Dockerfile", "docker/Dockerfile", "Containerfile")
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_TESTS = ("test", "tests", "testing", "ci", "dev", "development", "build", "builder")
_VARIABLE = re.compile(r"\$\{?(\w+)(?::-([^}]*))?\}?")
_HEREDOC = re.compile(r"<<-?[\"']?(\w+)[\"']?")


@dataclass
class _Stage:
    name: str
    user: Fact[str] | None = None
    ports: list[Fact[int]] = field(default_factory=list)


def look(repo: Repo) -> Dockerfile | None:
    """The Dockerfile's stages, and what the deployed one exposes and runs as."""
    path = repo.has(*NAMES)
    if path is None:
        return None
    stages: list[_Stage] = []
    values: dict[str, str] = {}

    def value(text: str) -> str:
        return _VARIABLE.sub(lambda m: values.get(m[1], m[2] or ""), text)

    for number, line in _instructions(repo.text(path)):
        word, _, rest = line.partition(" ")
        where = f"{path}:{number}"
        if match := _FROM.match(line):
            stages.append(_from(stages, value(match[1]), match[2] or "", where))
        elif word in ("ARG", "ENV"):
            for name, said in re.findall(r"(\w+)=[\"']?([^\s\"']*)", rest):
                values[name] = value(said)
        elif word == "USER" and stages and (user := value(rest).strip("\"' ")):
            stages[-1].user = Fact(user.split()[0], where)
        elif word == "EXPOSE" and stages:
            found = [said.partition("/") for said in value(rest).split()]
            numbers = [n for n, _, how in found if n.isdecimal() and how.lower() != "udp"]
            stages[-1].ports += [Fact(int(n), where) for n in numbers if 0 < int(n) < 65536]
    names = tuple(stage.name for stage in stages)
    found_file = Dockerfile(path, names, None, ())
    if not stages:
        return found_file
    deployed = image_target(found_file)
    last = stages[names.index(deployed.value)] if deployed else stages[-1]
    return Dockerfile(path, names, last.user, tuple(last.ports))


def _from(stages: list[_Stage], base: str, name: str, where: str) -> _Stage:
    """A new stage, with what its base has set."""
    for stage in stages:
        if stage.name.lower() == base.lower():
            return _Stage(name, stage.user, list(stage.ports))
    nonroot = Fact("65532", where) if "nonroot" in base else None  # distroless images' user
    return _Stage(name, nonroot)


def _instructions(text: str) -> Iterator[tuple[int, str]]:
    """Each instruction as one line, its word in capitals, with the number of its first line."""
    whole, start, end = "", 0, ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if end:  # in a heredoc
            end = "" if line == end else end
            continue
        if not line or line.startswith("#"):
            continue
        start = start if whole else number
        if line.endswith("\\"):
            whole += line[:-1] + " "
            continue
        word, _, rest = (whole + line).replace("\t", " ").partition(" ")
        yield start, f"{word.upper()} {rest.strip()}"
        heredoc = _HEREDOC.search(rest) if word.upper() in ("RUN", "COPY", "ADD") else None
        whole, end = "", heredoc[1] if heredoc else ""


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
    if user is None:
        said = "sets no `USER`, so it runs as its base image's, which most often is root"
    elif user in ("root", "0"):
        said = "runs as root"
    elif not user.isdecimal():
        said = f"`USER {user}` is a name"
    else:
        return None
    return (
        f"{where}: {said}; the pod runs with runAsNonRoot, and Kubernetes needs a number to see "
        "that it holds: write `USER 10001`"
    )
