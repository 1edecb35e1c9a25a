"""What a service says of itself in its image is what others read of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.errors import Refused
from pipelinegen.plan.declaration import Published, declaration, published
from tests.configs import load
from tests.strategies import texts

IMAGE = "registry.example.com/shop/catalog:1"
FULL = """
    port: 8000
    dependencies:
      db: {type: postgres, version: "15", env: DATABASE_URL, port: 5433, init: [schema.sql],
           migrate: alembic upgrade head}
      stock: {type: service, image: "stock:2", env: STOCK_URL, health: /up}
      files: {type: s3, env: FILES, secret: {name: files, key: url}}
    deploy:
      env: {LOG_LEVEL: info, WORKERS: 4, DEBUG: false, RATIO: "0.5", GONE: null}
      health: {liveness: {path: /alive}, readiness: {path: /ready}}
      regions:
        eu-west-1: {env: {LOG_LEVEL: warning}}
        us-east-1: {}
"""


def read(folder: Path, body: str = "") -> Published:
    """What others read of a service."""
    return published(IMAGE, json.dumps(declaration(load(folder, body))))


def test_others_read_what_the_service_says(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("")
    found = read(tmp_path, FULL)
    assert (found.port, found.health) == (8000, "/ready")
    assert found.env == {"LOG_LEVEL": "info", "WORKERS": "4", "DEBUG": "false", "RATIO": "0.5"}
    said = load(tmp_path, FULL).model.dependencies
    # Where it is deployed is not told, and its files are not in the image.
    hidden: dict[str, object] = {"init": [], "secret": None, "url": None}
    assert found.dependencies == {
        name: each.model_copy(update=hidden) for name, each in said.items()
    }
    assert found.dependencies["db"].migrate == "alembic upgrade head"


def test_five_lines_say_the_port(tmp_path: Path) -> None:
    assert declaration(load(tmp_path)) == {"port": 8080}
    assert read(tmp_path) == Published()


def test_a_worker_says_that_it_listens_on_no_port(tmp_path: Path) -> None:
    assert read(tmp_path, "port: null").port is None


def test_a_secret_is_no_part_of_it(tmp_path: Path) -> None:
    body = "deploy: {env: {LEVEL: info}, secrets: {TOKEN: {name: tokens, key: orders}}}"
    assert declaration(load(tmp_path, body)) == {"port": 8080, "env": {"LEVEL": "info"}}


@given(texts())
def test_no_label_breaks_whoever_reads_it(label: str) -> None:
    try:
        published(IMAGE, label)
    except Refused as refused:
        assert str(refused).startswith(f"{IMAGE}: its label `pipelinegen.about` is not understood:")


@pytest.mark.parametrize(
    ("label", "where"),
    [
        ({"port": "80"}, "port: "),
        ({"port": 70000}, "port: "),
        ({"health": "up"}, "health: "),
        ({"env": ["a"]}, "env: "),
        ({"env": {"A": 1}}, "env.A: "),
        ({"dependencies": {"db": {}}}, "dependencies.db.type: "),
        ({"dependencies": {"db": {"type": "oracle"}}}, "dependencies.db.type: "),
        ({"dependencies": {"db": {"type": "redis", "x": 1}}}, "dependencies.db.x: "),
    ],
    ids=str,
)
def test_a_label_that_is_broken_is_refused_with_the_place_and_a_way_out(
    label: object, where: str
) -> None:
    with pytest.raises(Refused) as raised:
        published(IMAGE, json.dumps(label))
    first, mend = str(raised.value).splitlines()
    assert first.startswith(f"{IMAGE}: its label `pipelinegen.about` is not understood: {where}")
    assert mend == "      = build that image with this version of pipelinegen"


@given(st.dictionaries(st.text(min_size=1), st.none() | st.text() | st.integers(), max_size=3))
def test_what_a_later_version_says_besides_is_not_read(more: dict[str, object]) -> None:
    known = {"port": 80, "health": "/up", "env": {}, "dependencies": {}}
    assert published(IMAGE, json.dumps({**more, **known})).port == 80
