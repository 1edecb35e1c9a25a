"""Jars from Maven Central, each held to its checksum."""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from tests.lab import Missing
from tests.lab.cache import cache_dir

CENTRAL = "https://repo1.maven.org/maven2"

# name -> (group, version, SHA-256)
JARS = {
    # What Jenkins runs pipelines with, in its last release outside of workflow-cps.
    "groovy-cps": (
        "com.cloudbees",
        "1.31",
        "ecfd4e43d75ca8204e278ff01d27c10d4b0d7b3ee781a18d1c363fc04c5c3e7e",
    ),
    "guava": (
        "com.google.guava",
        "11.0.1",
        "aa7cef9d2ba0110a2db7be0fb6e679cd71f6a26fc3ba9da7715f41d3300def1d",
    ),
    "jsr305": (
        "com.google.code.findbugs",
        "1.3.9",
        "905721a0eea90a81534abb7ee6ef4ea2e5e645fa1def0a5cd88402df1b46c9ed",
    ),
    # CodeNarc, and what it needs to read its rules and to write a report.
    "CodeNarc": (
        "org.codenarc",
        "3.5.0",
        "444e61901aa646d9a980e4c12197e2d1c859e3b7a0c6737dfe80f67725282a27",
    ),
    "GMetrics": (
        "org.gmetrics",
        "2.1.0",
        "2aa46be0478c46e921b2d9e699ae408ec82b5fc2516abecf56c42682ee2914b3",
    ),
    "groovy": (
        "org.codehaus.groovy",
        "3.0.9",
        "77bf86897f295f8cae2e1f46b1eca109f487ba81b66ef24a2b6dcba1eb7d6ce7",
    ),
    "groovy-ant": (
        "org.codehaus.groovy",
        "3.0.9",
        "b22c2f153a67af2abbbbccf768cfb333181c7d089aee113b36d8ef04e5ae8581",
    ),
    "groovy-json": (
        "org.codehaus.groovy",
        "3.0.9",
        "fb8edd9f367e0a5debc03f31523755a95e9eedae8bd1c0e9df1493188e350263",
    ),
    "groovy-templates": (
        "org.codehaus.groovy",
        "3.0.9",
        "6188c3be1f2db4c562976339464847345c38ae43136c9334c9e2c027c6f38059",
    ),
    "groovy-xml": (
        "org.codehaus.groovy",
        "3.0.9",
        "2bcecd848caed3975358a5c556aa49154b2d66f0c8a5c17043dd7b7d8985b6fe",
    ),
    "slf4j-api": (
        "org.slf4j",
        "1.7.36",
        "d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0",
    ),
    "slf4j-simple": (
        "org.slf4j",
        "1.7.36",
        "2f39bed943d624dfa8f4102d0571283a10870b6aa36f197a8a506f147010c10f",
    ),
    # The parser of search queries, and what it needs to index what they find.
    "lucene-core": (
        "org.apache.lucene",
        "9.12.1",
        "8d812e9fa6dbd816808205e6cb4d7ab43a747e379c8cb31a0d6dc91050b3f97a",
    ),
    "lucene-queryparser": (
        "org.apache.lucene",
        "9.12.1",
        "9746eb991203553ade09491ac49415e3711ec32e4ad3cd705d8d9620a32192dd",
    ),
    "lucene-analysis-common": (
        "org.apache.lucene",
        "9.12.1",
        "0e7534d4b6e1c3ce7af939028b3e8c1730ffb29ea5d689de2bc166c482e01b5d",
    ),
}


def jars(*names: str) -> list[Path]:
    """The files of those jars, in that order, downloaded when they are not there.

    Raises Missing when one cannot be had, or is not the one that was pinned.
    """
    return [_jar(name, *JARS[name]) for name in names]


def listed(file: Path) -> list[Path]:
    """The jars of a list with a line `group:name:version SHA-256` each, likewise."""
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    found = []
    for line in lines:
        coordinates, digest = line.split()
        group, name, version = coordinates.split(":")
        found.append(_jar(name, group, version, digest))
    return found


def _jar(name: str, group: str, version: str, digest: str) -> Path:
    file = f"{name}-{version}.jar"
    # By its checksum: another one under the same name is another file.
    kept = cache_dir() / "maven" / digest[:16] / file
    if not kept.is_file():
        url = f"{CENTRAL}/{group.replace('.', '/')}/{name}/{version}/{file}"
        content = _download(name, url)
        found = hashlib.sha256(content).hexdigest()
        if found != digest:
            raise Missing(
                name,
                f"{url} has the SHA-256 {found} in place of {digest}",
                "look for a proxy that answers in its stead",
            )
        kept.parent.mkdir(parents=True, exist_ok=True)
        # Whoever looks sees a whole file or none: tests run in several processes.
        with tempfile.NamedTemporaryFile(dir=kept.parent, delete=False) as scratch:
            scratch.write(content)
        Path(scratch.name).chmod(0o644)
        os.replace(scratch.name, kept)
    return kept


def _download(name: str, url: str) -> bytes:
    told = ""
    for _ in range(3):
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                content: bytes = answer.read()
                return content
        except (OSError, http.client.HTTPException) as error:
            told = str(error)
            if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                break
    raise Missing(name, f"{url}: {told}", "let this machine reach Maven Central")
