"""Which services a repository holds, what they are called and who owns them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipelinegen.detect.services import find
from tests.detect.given import Files, Look, loaded
from tests.helpers import write_tree

APP: Files = {"package.json": '{"private": true}', "server.js": "x.listen(3000)"}


def tree(top: Path, *folders: str) -> Path:
    for folder in folders:
        write_tree(top / folder, APP)
    (top / ".git").mkdir(exist_ok=True)
    return top


@pytest.mark.parametrize(
    ("folders", "services"),
    [
        (["."], ["."]),
        (["a", "b"], ["a", "b"]),
        (["services/a", "apps/x/b"], ["apps/x/b", "services/a"]),
        (["a", "a/inner"], ["a"]),
        (["a", "node_modules/x", "tests/y", ".hidden/z", "vendor/w"], ["a"]),
        (["a", "one/two/three/four/deep"], ["a"]),
    ],
)
def test_each_folder_with_a_build_file_is_a_service(
    tmp_path: Path, folders: list[str], services: list[str]
) -> None:
    found = find(tree(tmp_path, *folders))
    assert [one.folder.relative_to(tmp_path).as_posix() for one in found] == services


@pytest.mark.parametrize("folder", ["my service", "größe", "a/b c"])
def test_folders_of_any_language_work(tmp_path: Path, folder: str) -> None:
    found = find(tree(tmp_path, folder))[0]
    config = loaded(found)
    assert config.model.service.path == folder


def test_a_link_to_a_repository_is_that_repository(tmp_path: Path) -> None:
    tree(tmp_path / "real", ".")
    (tmp_path / "link").symlink_to("real")
    assert loaded(find(tmp_path / "link")[0]).model.service.path is None


@pytest.mark.parametrize(
    ("name", "legal", "told"),
    [
        ("orders", "orders", False),
        ("Orders", "orders", False),
        ("@acme/web-shop", "web-shop", True),
        ("Größe", "grosse", True),
        ("1st_shop", "st-shop", True),
        ("注文", "service", True),
        ("a" * 50, "a" * 40, True),
    ],
)
def test_a_name_becomes_one_that_kubernetes_takes(
    look: Look, name: str, legal: str, told: bool
) -> None:
    found = look({"package.json": f'{{"name": "{name}"}}'})
    assert (found.name.value, bool(found.notes and "became" in found.notes[0])) == (legal, told)


@pytest.mark.parametrize(
    ("files", "team"),
    [
        ({"CODEOWNERS": "# x\n* @acme/shop-team\n"}, "shop-team"),
        ({".github/CODEOWNERS": "/docs @acme/docs\n* @acme/Shop_Team @b\n"}, "shop-team"),
        ({"CODEOWNERS": "/docs @acme/docs\n"}, None),
    ],
)
def test_the_team_is_the_owner_of_everything(look: Look, files: Files, team: str | None) -> None:
    found = look({**APP, **files}).team
    assert (found.value if found else None) == team


@pytest.mark.parametrize(
    "remote", ["git@git.example.com:Shop/orders.git", "https://git.example.com/shop/orders"]
)
def test_else_the_team_is_the_organisation_of_the_remote(tmp_path: Path, remote: str) -> None:
    write_tree(tmp_path, APP)
    for command in (["init", "-q"], ["remote", "add", "origin", remote]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    team = find(tmp_path)[0].team
    assert team is not None
    assert (team.value, team.because) == ("shop", "the git remote")


@pytest.mark.parametrize(
    ("text", "platform"), [("apiVersion: pipelinegen/v1\n", "../platform.yaml"), ("a: 1\n", None)]
)
def test_a_platform_file_of_ours_is_used(tmp_path: Path, text: str, platform: str | None) -> None:
    (tmp_path / "platform.yaml").write_text(text)
    assert find(tree(tmp_path / "shop", "."))[0].platform == platform
