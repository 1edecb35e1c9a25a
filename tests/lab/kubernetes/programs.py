"""The programs of a cluster: Debian's containerd and runc, and Kubernetes compiled from Go modules.

What takes minutes to compile is kept in the lab's cache under a name made from what it is made of;
``NAME.zst`` beside it will do as well.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.lab import Missing
from tests.lab.cache import cache_dir
from tests.lab.debian import install_packages
from tests.lab.kubernetes.image import image

GO = Path(__file__).with_name("go")
VERSION = "v1.35.4"
PACKAGES = (
    "containerd", "runc", "containernetworking-plugins", "iptables", "nftables", "conntrack",
    "iproute2", "openssl", "procps", "zstd",
)  # fmt: skip
PAUSE = "kubeone.local/pause:1"
# One program of each package. A user's PATH may lack the folders of the administrator.
_NEEDED = (
    "containerd", "runc", "iptables", "nft", "conntrack", "ip", "openssl", "sysctl", "zstd",
)  # fmt: skip
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
_CNI = Path("/usr/lib/cni/bridge")
# Seconds.
_COMPILES = 3600.0
_TELLS = 30.0
_RUNS = 120.0
_VERSION = "k8s.io/component-base/version"
# What is compiled where it is not the folder's own main.go.
_OF_OTHERS = {
    "prometheus-k8s": (
        "github.com/prometheus/prometheus/cmd/prometheus",
        "netgo,remove_all_sd,enable_kubernetes_sd,enable_file_sd",
    )
}
_LD = {
    "kubeone": f"-X {_VERSION}.gitVersion={VERSION} -X {_VERSION}.gitMajor=1 "
    f"-X {_VERSION}.gitMinor=35 -X {_VERSION}.gitTreeState=clean "
    f"-X {_VERSION}.gitCommit=goproxy -X {_VERSION}.buildDate=2026-01-01T00:00:00Z",
}


def install() -> None:
    """Debian's packages that a node needs.

    Raises:
        Missing: they are not there, and cannot be installed.
    """
    missing = [name for name in _NEEDED if not shutil.which(name, path=_PATH)]
    missing += [] if _CNI.exists() else [str(_CNI)]
    if not missing:
        return
    told = f"there is no {', '.join(missing)}"
    install_packages("Kubernetes", told, PACKAGES)


def program(name: str) -> Path:
    """A program of ``go/``, compiled once.

    Raises:
        Missing: there is no Go, or it does not compile.
    """
    source = GO / name
    # It looks at its own name to know what it is.
    kept = cache_dir() / f"{name}-{_key(source)}" / name
    with (cache_dir() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            packed = cache_dir() / f"{kept.parent.name}.zst"
            scratch = kept.with_name(f"{name}.part")
            if packed.exists():
                try:
                    run(["zstd", "-dqf", packed, "-o", scratch])
                except CommandError as error:
                    raise Missing("Kubernetes", str(error), f"remove {packed}") from error
            else:
                _compile(name, source, scratch)
            scratch.chmod(0o755)
            scratch.replace(kept)
    return kept


def _key(source: Path) -> str:
    # Asked where it compiles: a module may name a newer Go than the one that is installed.
    go = _go(source, "env", "GOVERSION")
    parts = [source / file for file in ("go.mod", "go.sum", "main.go")]
    content = b"".join(part.read_bytes() for part in parts if part.exists())
    return hashlib.sha256(content + go.encode()).hexdigest()[:16]


def _go(source: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["go", *arguments], cwd=source, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing("Kubernetes", f"Go does not run ({error})", "install Go") from error
    return done.stdout


def _compile(name: str, source: Path, target: Path) -> None:
    package, tags = _OF_OTHERS.get(name, (".", "grpcnotrace"))
    command = ["nice", "go", "build", "-mod=mod", "-buildvcs=false", "-p", "2", "-trimpath"]
    command += ["-tags", tags, "-ldflags", f"-s -w {_LD.get(name, '')}".strip()]
    command += ["-o", str(target), package]
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command,
            cwd=source,
            env={**os.environ, "CGO_ENABLED": "0"},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
        with process:
            while (took := time.monotonic() - began) < _COMPILES:
                # So that nobody thinks it hangs: kubeone takes some ten minutes on two cores.
                told = f"compiling {name}, once: {took / 60:.1f} min"
                print(told, file=sys.stderr, flush=True)
                try:
                    process.wait(_TELLS)
                    break
                except subprocess.TimeoutExpired:
                    pass
            else:
                process.kill()
        if took >= _COMPILES:
            reason = f"{name} does not compile in {_COMPILES / 60:.0f} min"
            raise Missing("Kubernetes", reason, "try again with less else going on")
        if process.returncode:
            said.seek(0)
            lines = said.read().strip().splitlines() or ["go build failed"]
            reason = f"{name} does not compile: {lines[-1]}"
            raise Missing("Kubernetes", reason, "let Go reach its module proxy")


def pause_image() -> Path:
    """An archive with the image of the process that holds a pod's namespaces."""
    binary = program("pause")
    target = binary.with_name(f"{binary.name}.tar")
    if not target.exists():
        scratch = target.with_suffix(".part")
        scratch.write_bytes(image(PAUSE, "pause", binary.read_bytes()))
        scratch.replace(target)
    return target


class CommandError(Exception):
    """A program failed; the text is what it said."""


def run(
    command: Sequence[str | Path],
    *,
    stdin: str | None = None,
    check: bool = True,
    seconds: float = _RUNS,
) -> str:
    """What a program prints.

    Args:
        command: the program and its arguments.
        stdin: what it reads.
        check: whether it has to succeed; else what it says of its failure is a part of the result.
        seconds: how long it may take.

    Raises:
        CommandError: it failed, and must not; or it took too long.
    """
    parts = [str(part) for part in command]
    verbs = [part for part in parts[1:] if not part.startswith("-")]
    what = " ".join([Path(parts[0]).name, *verbs[:1]])
    try:
        done = subprocess.run(
            parts,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            env={**os.environ, "PATH": _PATH},
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{what}: no answer in {seconds:.0f} s") from error
    except OSError as error:
        raise CommandError(f"{what}: {error}") from error
    if done.returncode and check:
        raise CommandError(f"{what}: {(done.stderr or done.stdout).strip()}")
    return done.stdout + ("" if check else done.stderr)
