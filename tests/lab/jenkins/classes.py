"""The stand-in's classes: compiled once, and kept in the cache by what they are made of."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import time
from pathlib import Path

from tests.lab.cache import cache_dir
from tests.lab.groovy import groovy_jar, java_path
from tests.lab.maven import jars

SOURCES = Path(__file__).parent
ALLOWED = SOURCES / "allowed.txt"
# Compiled at run time, through the CPS transformer.
PROGRAMS = "cps"
KEPT_SECONDS = 7 * 24 * 3600
JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def class_path() -> list[Path]:
    """The jars, and the folder of the classes."""
    libraries = [groovy_jar(), *jars("groovy-cps", "guava", "jsr305")]
    found = (file.relative_to(SOURCES) for file in sorted(SOURCES.rglob("*.groovy")))
    sources = [SOURCES / file for file in found if file.parts[0] not in (PROGRAMS, "ran")]
    programs = sorted((SOURCES / PROGRAMS).glob("*.groovy"))
    digest = hashlib.sha256()
    for file in [*sources, *programs]:
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    target = cache_dir() / f"jenkins-{digest.hexdigest()[:16]}"
    with (cache_dir() / "jenkins.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            _compile(sources, programs, libraries, target)
    return [*libraries, target]


def _compile(
    sources: list[Path], programs: list[Path], libraries: list[Path], target: Path
) -> None:
    for old in cache_dir().glob("jenkins-*"):
        # Another checkout may be at work with its own.
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(old)
    made, copies = target.with_suffix(".new"), target.with_suffix(".src")
    made.mkdir()
    # In one folder of their own: the compiler takes classes from a source's neighbours as well.
    copies.mkdir()
    copied = [Path(shutil.copy(source, copies)) for source in sources]
    done = subprocess.run(
        [
            java_path(),
            *JVM,
            *("-cp", ":".join(map(str, libraries))),
            "org.codehaus.groovy.tools.FileSystemCompiler",
            *("-d", made),
            *copied,
        ],
        cwd=copies,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if done.returncode:
        told = f"{done.stdout}{done.stderr}"
        raise AssertionError(f"the stand-in for Jenkins does not compile:\n{told}")
    shutil.rmtree(copies)
    for program in programs:
        shutil.copy(program, made)
    made.rename(target)
