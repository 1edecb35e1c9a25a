"""A container's host name, and what is said when it cannot be started."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.containers.create import _failure, alias, gelf_fields
from pipelinegen.containers.need import Need

# What pipeline.yaml takes for the name of a dependency.
WORDS = st.from_regex(r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)
# What another service's own dependency is named.
NAMES = WORDS | st.builds("{}.{}".format, WORDS, WORDS)
RUNS = st.text(min_size=1, max_size=100)
NEED = Need("db", "postgres", "postgres:17")


@given(RUNS, NAMES)
def test_a_host_name_is_one_for_dns(run: str, name: str) -> None:
    found = alias(run, name)
    assert len(found) <= 253
    for part in found.split("."):
        assert len(part) <= 63
        assert re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", part)
    assert found.startswith(name)


@given(RUNS, RUNS, NAMES, NAMES)
def test_each_run_has_host_names_of_its_own(run: str, other: str, name: str, next_: str) -> None:
    assert alias(run, name) == alias(run, name)
    assert (alias(run, name) == alias(other, name)) == (run == other)
    assert (alias(run, name) == alias(run, next_)) == (name == next_)


@pytest.mark.parametrize(
    "said",
    [
        "pull access denied for postgres",
        "manifest for postgres:17 not found",
        "dial tcp: lookup registry-1.docker.io: no such host",
    ],
)
def test_an_image_that_cannot_be_had_is_told_with_the_way_to_another(said: str) -> None:
    told = str(_failure(NEED, "mirror/postgres:17", OSError(said)))
    assert told.startswith(f"db (mirror/postgres:17) did not start: {said}\n")
    assert "`docker pull mirror/postgres:17` must work" in told
    assert "`--dependency-image db=IMAGE`" in told


def test_a_reaper_that_cannot_be_had_is_told_with_its_settings() -> None:
    told = str(_failure(NEED, "postgres:17", OSError("pull of testcontainers/ryuk:0.8 failed")))
    assert "RYUK_CONTAINER_IMAGE" in told
    assert "docker pull postgres" not in told


def test_what_docker_says_is_told_as_it_is() -> None:
    told = str(_failure(NEED, "postgres:17", OSError("no space left on device")))
    assert told == (
        "db (postgres:17) did not start: no space left on device\n      = look at what Docker says"
    )


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("localhost:5000/shop/orders:1.4.2", "1.4.2"),
        ("localhost:5000/shop/orders", "latest"),
        ("orders@sha256:0a1b", "sha256:0a1b"),
        ("shop/orders:1.4.2@sha256:0a1b", "1.4.2"),
    ],
)
def test_a_services_messages_have_the_fields_that_they_have_in_a_cluster(
    image: str, version: str
) -> None:
    assert gelf_fields(Need("orders", "service", image)) == {
        "container_name": "orders",
        "service": "orders",
        "version": version,
        "account": "local",
        "region": "local",
        "cluster": "local",
    }


def test_a_host_for_logs_that_nobody_knows_is_told_with_its_option() -> None:
    said = (
        "failed to create task for container: failed to initialize logging driver: gelf: cannot "
        "connect to GELF endpoint: nowhere:12201 dial udp: lookup nowhere: no such host"
    )
    told = str(_failure(NEED, "shop/orders:1", OSError(said)))
    assert "name a host with `--gelf`" in told
    assert "docker pull" not in told
