"""Jars come from Maven Central once, and only the pinned ones."""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

import pytest

from tests.lab import Missing, maven
from tests.lab.maven import JARS, jars


@pytest.fixture
def central(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of our own in place of Maven Central, and an empty cache."""
    monkeypatch.setattr(maven, "CENTRAL", (tmp_path / "central").as_uri())
    monkeypatch.setenv("PIPELINEGEN_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "central"


def publish(central: Path, content: bytes) -> Path:
    jar = central / "org/example/thing/1.0/thing-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(content)
    return jar


def pin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(JARS, "thing", ("org.example", "1.0", digest))


def test_the_real_transformer_comes_in_the_order_asked_for() -> None:
    guava, cps = jars("guava", "groovy-cps")
    assert (guava.name, cps.name) == ("guava-11.0.1.jar", "groovy-cps-1.31.jar")
    with zipfile.ZipFile(cps) as opened:
        assert "com/cloudbees/groovy/cps/CpsTransformer.class" in opened.namelist()


def test_a_jar_is_downloaded_once(central: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, b"thing")
    published = publish(central, b"thing")
    (first,) = jars("thing")
    assert first.read_bytes() == b"thing"
    published.unlink()
    assert jars("thing") == [first]
    assert [path.name for path in first.parent.iterdir()] == ["thing-1.0.jar"]


def test_a_jar_that_is_not_the_pinned_one_is_refused_each_time(
    central: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin(monkeypatch, b"thing")
    publish(central, b"another")
    for _ in range(2):
        with pytest.raises(Missing, match=r"thing: \S+ has the SHA-256 \w+ in place of \w+; look"):
            jars("thing")


def test_a_repository_out_of_reach_is_named(central: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin(monkeypatch, b"thing")
    url = re.escape(f"{central.as_uri()}/org/example/thing/1.0/thing-1.0.jar")
    with pytest.raises(Missing, match=rf"thing: {url}: .*; let this machine reach Maven Central"):
        jars("thing")
