"""The programs of a cluster: Debian's containerd and runc, and Kubernetes compiled from Go modules.

What takes minutes to compile is kept in the lab's cache under a name made from what it is made of;
``NAME.zst`` beside it will do as well.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

from tests.lab import Missing
from tests.lab.cache import cache_dir

GO = Path(__file__).with_name("go")
VERSION = "v1.35.4"
PACKAGES = (
    "containerd", "runc", "containernetworking-plugins", "iptables", "nftables", "conntrack",
    "iproute2", "openssl", "zstd",
)  # fmt: skip
PAUSE = "kubeone.local/pause:1"
_NEEDED = ("containerd", "runc", "conntrack", "nft", "ip", "openssl", "zstd")
_VERSION = "k8s.io/component-base/version"
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
    if all(shutil.which(name) for name in _NEEDED):
        return
    if os.getuid() != 0 or not shutil.which("apt-get"):
        raise Missing("Kubernetes", "a package is missing", f"install {' '.join(PACKAGES)}")
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        [*apt, "update", "-q"],
        [*apt, "install", "-y", "-q", "--no-install-recommends", *PACKAGES],
    ):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
        if done.returncode:
            said = done.stderr.strip().splitlines() or ["apt-get failed"]
            raise Missing("Kubernetes", said[-1], f"install {' '.join(PACKAGES)}")


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
                subprocess.run(["zstd", "-dqf", packed, "-o", scratch], check=True)
            else:
                _compile(name, source, scratch)
            scratch.chmod(0o755)
            scratch.replace(kept)
    return kept


def _key(source: Path) -> str:
    go = _go("env", "GOVERSION")
    parts = [source / file for file in ("go.mod", "go.sum", "main.go")]
    content = b"".join(part.read_bytes() for part in parts if part.exists())
    return hashlib.sha256(content + go.encode()).hexdigest()[:16]


def _go(*arguments: str) -> str:
    try:
        done = subprocess.run(["go", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing("Kubernetes", f"Go does not run ({error})", "install Go") from error
    return done.stdout


def _compile(name: str, source: Path, target: Path) -> None:
    print(f"compiling {name}: some minutes, once", file=sys.stderr, flush=True)
    command = ["nice", "go", "build", "-mod=mod", "-p", "2", "-trimpath", "-tags", "grpcnotrace"]
    command += ["-ldflags", f"-s -w {_LD.get(name, '')}".strip(), "-o", str(target), "."]
    done = subprocess.run(
        command,
        cwd=source,
        env={**os.environ, "CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["go build failed"]
        raise Missing("Kubernetes", f"{name}: {said[-1]}", "let Go reach its module proxy")


def pause_image() -> Path:
    """An archive with the image of the process that holds a pod's namespaces."""
    binary = program("pause")
    target = binary.with_name(f"{binary.name}.tar")
    if not target.exists():
        scratch = target.with_suffix(".part")
        scratch.write_bytes(_image(PAUSE, "pause", binary.read_bytes()))
        scratch.replace(target)
    return target


def _image(name: str, entrypoint: str, binary: bytes) -> bytes:
    """An image of one layer that holds one program.

    https://github.com/opencontainers/image-spec/blob/main/image-layout.md
    """
    layer = _tar({entrypoint: binary})
    platform = {"architecture": "amd64", "os": "linux"}
    how = {"Entrypoint": [f"/{entrypoint}"], "User": "65532:65532"}
    rootfs = {"type": "layers", "diff_ids": [_digest(layer)]}
    config = json.dumps({**platform, "config": how, "rootfs": rootfs}).encode()
    kind = "application/vnd.oci.image"
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": f"{kind}.manifest.v1+json",
            "config": _described(f"{kind}.config.v1+json", config),
            "layers": [_described(f"{kind}.layer.v1.tar", layer)],
        }
    ).encode()
    entry = _described(f"{kind}.manifest.v1+json", manifest)
    entry["annotations"] = {"io.containerd.image.name": name}
    files = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode(),
    }
    files |= {f"blobs/sha256/{_digest(blob)[7:]}": blob for blob in (layer, config, manifest)}
    return _tar(files)


def _described(kind: str, blob: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": _digest(blob), "size": len(blob)}


def _digest(blob: bytes) -> str:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"


def _tar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def run(command: Sequence[str | Path], *, stdin: str | None = None) -> str:
    """What a program prints.

    Raises:
        CommandError: it failed.
    """
    done = subprocess.run(
        [str(part) for part in command], input=stdin, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(f"{command[0]} {command[1]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


class CommandError(Exception):
    """A program failed; the text is what it said."""
