"""CodeNarc with its rules for Jenkins, made to fail where it would say nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.lab.groovy import java_path
from tests.lab.maven import jars

HERE = Path(__file__).with_name("codenarc")
# The transformer is there for its annotations: what a file names must be found to compile it.
NEEDED = (
    "CodeNarc",
    "GMetrics",
    "groovy",
    "groovy-ant",
    "groovy-json",
    "groovy-templates",
    "groovy-xml",
    "slf4j-api",
    "slf4j-simple",
    "groovy-cps",
)
# Jenkins has it imported in every script. On the first line, so that the others keep their number.
IMPORT = "import com.cloudbees.groovy.cps.NonCPS; "


class CodeNarcError(Exception):
    """CodeNarc did not look at everything: a file does not compile, or it failed itself."""


@dataclass(frozen=True)
class Violation:
    file: str
    line: int | None
    rule: str
    message: str


def codenarc(sources: Mapping[str, str]) -> list[Violation]:
    """What the Jenkins rules have against these files, by `{name: text}`; one JVM for them all.

    Raises CodeNarcError where a file does not compile, which to CodeNarc is only a warning, and
    where it left one out.
    """
    with tempfile.TemporaryDirectory(prefix="codenarc-") as scratch:
        names = _lay_out(sources, Path(scratch) / "src")
        report = Path(scratch) / "report.json"
        command = [
            str(java_path()),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            os.pathsep.join([*(str(jar) for jar in jars(*NEEDED)), str(HERE)]),
            "org.codenarc.CodeNarc",
            "-basedir=src",
            "-includes=**/*",
            f"-rulesetfiles={(HERE / 'rules.groovy').as_uri()}",
            f"-report=json:{report}",
        ]
        done = subprocess.run(
            command, cwd=scratch, capture_output=True, text=True, timeout=300, check=False
        )
        said = done.stdout + done.stderr
        if done.returncode or not report.is_file():
            raise CodeNarcError(f"CodeNarc failed:\n{said[-3000:]}")
        if broken := sorted(set(re.findall(r"Compilation failed for .*?/src/(\d+)/", said))):
            told = re.findall(r"^None: \d+: .*", said, re.M)
            files = ", ".join(names[number] for number in broken)
            raise CodeNarcError("\n".join([f"Compilation failed: {files}", *dict.fromkeys(told)]))
        return _read(json.loads(report.read_text("utf-8")), names)


def _lay_out(sources: Mapping[str, str], root: Path) -> dict[str, str]:
    """Each file under its own number, since many are named Jenkinsfile."""
    names = {}
    for number, (name, text) in enumerate(sources.items()):
        target = root / str(number) / Path(name).name
        target.parent.mkdir(parents=True)
        target.write_text(IMPORT + text, "utf-8")
        names[str(number)] = name
    return names


def _read(report: dict[str, object], names: dict[str, str]) -> list[Violation]:
    found = []
    seen = set()
    packages = report["packages"]
    assert isinstance(packages, list)
    for package in packages:
        for file in package.get("files", ()):
            name = names[package["path"]]
            seen.add(name)
            for violation in file["violations"]:
                message = violation.get("message") or ""
                line = violation.get("lineNumber")
                found.append(Violation(name, line, violation["ruleName"], message))
    if missing := sorted(set(names.values()) - seen):
        raise CodeNarcError(f"CodeNarc left out {', '.join(missing)}")
    return sorted(found, key=lambda one: (one.file, one.line or 0, one.rule))
