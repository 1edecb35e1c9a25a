"""Which images are used where: the official ones where there are any, stand-ins elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lab import Missing
from tests.lab.docker import compiled, images
from tests.lab.docker.base import BASE
from tests.lab.docker.catalogue import IMAGES, TOOLS_PYTHON
from tests.lab.docker.cli import DockerError
from tests.lab.docker.images import FOLDER, RECIPE, TOOLS_PYTHON_BARE, prepare


class FakeDocker:
    """Images by name, as `docker image inspect` tells of them; builds and pulls are noted."""

    def __init__(self, *, online: bool) -> None:
        self.online = online
        self.broken = False
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
        elif command == "cp":
            Path(words[1]).write_text(words[0])
        elif command == "build" and "--tag" not in words:
            self.done.append(f"compile {Path(words[-1]).name}")
            if self.broken:
                raise DockerError("error: linker `cc` not found")
        elif command == "build":
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
    monkeypatch.setattr(compiled, "docker", made)
    monkeypatch.setattr(images, "inspect", made.inspect)
    monkeypatch.setattr(images, "build_base", base)
    monkeypatch.setattr(images, "_wheel", lambda target: target.mkdir())
    monkeypatch.setenv("PIPELINEGEN_LAB_CACHE", str(tmp_path))
    return made


online = pytest.mark.parametrize("fake", ["online"], indirect=True)
offline = pytest.mark.parametrize("fake", ["offline"], indirect=True)


MINIO = "minio/minio:RELEASE.2025-09-07T16-13-09Z"


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
def test_nothing_is_compiled_for_what_can_be_pulled(fake: FakeDocker) -> None:
    assert how(MINIO) == {MINIO: "official"}
    assert fake.done == [f"pull {MINIO}"]


@offline
def test_a_program_is_compiled_once_for_all_builds(fake: FakeDocker) -> None:
    found = how(MINIO)
    assert found["versitygw"] == "compiled"
    # What it is compiled in, which the image itself is not from.
    assert found["golang:1.24"] == "built"
    assert compiled.kept("versitygw").stat().st_mode & 0o111
    del fake.images[MINIO]
    assert how(MINIO) == {BASE: "unchanged", MINIO: "built"}
    assert [each for each in fake.done if "versitygw" in each] == ["compile versitygw"]


@offline
def test_an_image_that_is_there_needs_no_program(fake: FakeDocker) -> None:
    how(MINIO)
    compiled.kept("versitygw").unlink()
    assert how(MINIO) == {BASE: "unchanged", MINIO: "unchanged"}


@offline
def test_what_does_not_compile_is_not_kept(fake: FakeDocker) -> None:
    fake.broken = True
    with pytest.raises(Missing, match=r"pulled \(no such host\) nor built here \(error: linker"):
        how(MINIO)
    assert not compiled.kept("versitygw").exists()


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


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_the_recipe_of_a_stand_in_is_whole(name: str) -> None:
    stand_in = IMAGES[name]
    text = (FOLDER / stand_in.folder / "Dockerfile").read_text()
    assert stand_in.target is None or f" AS {stand_in.target}\n" in text
    for argument in stand_in.arguments:
        assert f"ARG {argument}\n" in text
    if stand_in.compiled:
        assert stand_in.compiled in compiled.VERSIONS
        assert f"COPY {stand_in.compiled} " in text
        assert (FOLDER / stand_in.compiled / "Dockerfile").is_file()


def test_no_folder_is_left_over() -> None:
    used = {each.folder for each in IMAGES.values()} | set(compiled.VERSIONS)
    assert {path.name for path in FOLDER.iterdir()} == used
