"""Which images are used where: the official ones where there are any, stand-ins elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lab import Missing
from tests.lab.docker import images
from tests.lab.docker.base import BASE
from tests.lab.docker.cli import DockerError
from tests.lab.docker.images import RECIPE, TOOLS_PYTHON, TOOLS_PYTHON_BARE, prepare


class FakeDocker:
    """Images by name, as `docker image inspect` tells of them; builds and pulls are noted."""

    def __init__(self, *, online: bool) -> None:
        self.online = online
        self.images: dict[str, dict[str, Any]] = {}
        self.done: list[str] = []

    def have(self, name: str, label: str = "", *, official: bool = False) -> None:
        digests = [f"{name}@sha256:0"] if official else []
        identity = f"{name} {label} {len(self.done)}"
        key, _, value = label.partition("=")
        config = {"Labels": {key: value} if label else None}
        self.images[name] = {"Id": identity, "RepoDigests": digests, "Config": config}

    def inspect(self, _: str, name: str) -> dict[str, Any] | None:
        return self.images.get(name)

    def __call__(self, command: str, *arguments: str, timeout: float | None = None) -> str:
        words = list(arguments)
        if command == "tag":
            self.images[words[1]] = self.images[words[0]]
        elif command == "pull":
            self.done.append(f"pull {words[-1]}")
            if not self.online:
                raise DockerError("no such host")
            self.have(words[-1], official=True)
        else:
            name = words[words.index("--tag") + 1]
            self.done.append(f"build {name}")
            self.have(name, words[words.index("--label") + 1])
        return ""


@pytest.fixture(params=["online", "offline"])
def fake(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    made = FakeDocker(online=request.param == "online")

    def base(label: str) -> None:
        made.done.append(f"build {BASE}")
        made.have(BASE, label)

    monkeypatch.setattr(images, "docker", made)
    monkeypatch.setattr(images, "inspect", made.inspect)
    monkeypatch.setattr(images, "build_base", base)
    monkeypatch.setattr(images, "_wheel", lambda target: target.mkdir())
    monkeypatch.setenv("PIPELINEGEN_LAB_CACHE", str(tmp_path))
    return made


online = pytest.mark.parametrize("fake", ["online"], indirect=True)
offline = pytest.mark.parametrize("fake", ["offline"], indirect=True)


def how(*names: str) -> dict[str, str]:
    return {each.name: each.how for each in prepare(names)}


def test_an_official_image_is_used_as_it_is(fake: FakeDocker) -> None:
    fake.have("redis:7", official=True)
    assert how("redis:7") == {"redis:7": "official"}
    assert fake.done == []


@online
def test_it_is_pulled_where_it_can_be(fake: FakeDocker) -> None:
    assert how("redis:7", "postgres:15") == {"redis:7": "official", "postgres:15": "official"}
    assert fake.done == ["pull redis:7", "pull postgres:15"]


@offline
def test_a_stand_in_is_built_from_its_base_and_then_kept(fake: FakeDocker) -> None:
    assert how("redis:7") == {BASE: "built", "redis:7": "built"}
    # The registry is asked once.
    assert fake.done == ["pull redis:7", f"build {BASE}", "build redis:7"]
    assert how("redis:7") == {BASE: "unchanged", "redis:7": "unchanged"}
    assert len(fake.done) == 3


@offline
def test_a_stand_in_is_built_again_when_its_base_is_another(fake: FakeDocker) -> None:
    how("redis:7")
    fake.have(BASE, f"{RECIPE}=another")
    assert how("redis:7") == {BASE: "built", "redis:7": "built"}


@offline
def test_what_somebody_else_built_under_that_name_is_not_trusted(fake: FakeDocker) -> None:
    fake.have("redis:7")
    assert how("redis:7")["redis:7"] == "built"


@online
def test_the_wheel_is_put_on_the_official_python_once(fake: FakeDocker) -> None:
    assert how(TOOLS_PYTHON) == {TOOLS_PYTHON: "built"}
    assert fake.images[TOOLS_PYTHON_BARE]["RepoDigests"]
    assert how(TOOLS_PYTHON) == {TOOLS_PYTHON: "unchanged"}
    assert fake.done == [f"pull {TOOLS_PYTHON}", f"build {TOOLS_PYTHON}"]


@offline
def test_what_cannot_be_had_says_both_reasons(
    fake: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def base(_: str) -> None:
        raise Missing(BASE, "this is no Debian", "")

    monkeypatch.setattr(images, "build_base", base)
    with pytest.raises(
        Missing, match=r"pulled \(no such host\) nor built here \(this is no Debian\)"
    ):
        how("redis:7")
