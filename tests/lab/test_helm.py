"""Helm comes out of its wheel whole, and does with values what our own merging relies on."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.lab import Missing
from tests.lab import helm as lab
from tests.lab.helm import VERSION, Helm, HelmError, helm_binary, values_text


def _wheel(path: Path, script: bytes, name: str = "helm/helm") -> Path:
    layer = io.BytesIO()
    with zipfile.ZipFile(layer, "w") as zipped:
        zipped.writestr(name, script)
        zipped.writestr("kubectl/kubectl", script)
    package = io.BytesIO()
    with tarfile.open(fileobj=package, mode="w:gz") as tar:
        member = tarfile.TarInfo("package/lib/layer.zip")
        member.size = layer.tell()
        tar.addfile(member, io.BytesIO(layer.getvalue()))
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("package/_jsii/package@1.jsii.tgz", package.getvalue())
    return path


def test_it_is_the_pinned_version(helm: Helm) -> None:
    assert helm.run("version", "--short").startswith(f"v{VERSION}")


def test_processes_that_race_get_one_whole_helm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINEGEN_LAB_CACHE", str(tmp_path))
    script = b"#!/bin/sh\necho me\n" + b"#" * 1_000_000
    monkeypatch.setattr(lab, "_download", lambda scratch: _wheel(scratch / "x.whl", script))
    with ThreadPoolExecutor(8) as pool:
        binaries = set(pool.map(lambda _: helm_binary(), range(8)))
    (binary,) = binaries
    assert binary.read_bytes() == script
    assert subprocess.check_output([str(binary)]) == b"me\n"
    assert [path.name for path in tmp_path.iterdir()] == [binary.parent.name]


def test_a_package_index_out_of_reach_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINEGEN_LAB_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(Missing, match=r"helm: .*; let `pip download"):
        helm_binary()
    assert list(tmp_path.iterdir()) == []


def test_a_wheel_without_helm_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINEGEN_LAB_CACHE", str(tmp_path))
    monkeypatch.setattr(lab, "_download", lambda d: _wheel(d / "x.whl", b"", "helm/other"))
    with pytest.raises(Missing, match=r"x\.whl holds no helm"):
        helm_binary()
    assert list(tmp_path.iterdir()) == []


def test_what_helm_refuses_is_told(helm: Helm, tmp_path: Path) -> None:
    with pytest.raises(HelmError, match="no-such-chart"):
        helm.template("x", tmp_path / "no-such-chart")


A = {"x": 1, "y": 2}
# Each: the chart's default under one key (... for none), the files' values, what templates see.
MERGES: dict[str, tuple[Any, list[Any], Any]] = {
    "a null removes the chart's default": (1, [None], ...),
    "even when an earlier file had set it": (1, [2, None], ...),
    "even a whole map": (A, [{"z": 1}, None], ...),
    "a null stays where the chart has no default": (..., [1, None], None),
    "also within a map of the chart's": ({}, [{"k": 1}, {"k": None}], {"k": None}),
    "and within a map of the files alone": (..., [{"k": 1}, {"k": None}], {"k": None}),
    "within a map a null removes, too": ({"k": 1, "j": 2}, [{"k": None}], {"j": 2}),
    "a default that is null stays": (None, [...], None),
    "a top-level null over a null default removes it": (None, [None], ...),
    "within a map it does not": ({"k": None}, [{"k": None}], {"k": None}),
    "a later file takes a null back": (A, [None, {"z": 1}], {**A, "z": 1}),
    "a map over a scalar of the chart's": (1, [{"k": None}], {"k": None}),
    "a map over a scalar of a file": (A, [1, {"z": 1}], {**A, "z": 1}),
    "a scalar over a map": (A, [{"z": 1}, 0], 0),
    "an empty map changes nothing": (A, [{}], A),
    "a list is replaced": ([1, 2], [[]], []),
    "nulls in a list stay": ([1], [[None, {"k": None}]], [None, {"k": None}]),
}


def test_values_merge_as_is_told_here(helm: Helm, tmp_path: Path) -> None:
    defaults: dict[str, Any] = {}
    files: list[dict[str, Any]] = [{}, {}]
    wanted: dict[str, Any] = {}
    for name, (default, laid_over, seen) in MERGES.items():
        defaults |= {} if default is ... else {name: default}
        wanted |= {} if seen is ... else {name: seen}
        for file, value in zip(files, laid_over, strict=False):
            file |= {} if value is ... else {name: value}
    paths = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for path, content in zip(paths, files, strict=True):
        path.write_text(values_text(content))
    assert helm.values(defaults, paths) == wanted
