"""The Debian that the stand-ins are from, made with debootstrap from the machine's own mirror.

What is of this machine (its certificates and apt's settings) goes into this image alone, so that
ordinary Dockerfiles build on it unchanged.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.lab import Missing
from tests.lab.docker.cli import docker

BASE = "debian:bookworm-slim"
SUITE = "bookworm"
CERTIFICATES = Path("/usr/local/share/ca-certificates")
APT = Path("/etc/apt")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
MEND = "let Docker pull it, or run this as root on Debian with a mirror"

# What the official image has too: no package starts a service, and no caches and manuals are kept.
FILES = {
    "usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
    "etc/apt/apt.conf.d/docker-clean": (
        'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };\n'
        'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
    ),
    "etc/apt/apt.conf.d/docker-no-languages": 'Acquire::Languages "none";\n',
    "etc/dpkg/dpkg.cfg.d/docker-apt-speedup": "force-unsafe-io\n",
    "etc/dpkg/dpkg.cfg.d/01-nodoc": (
        "path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n"
        "path-exclude /usr/share/man/*\npath-exclude /usr/share/locale/*\n"
    ),
}


def base_recipe() -> str:
    """What the image is made of, as a hash: this file, and what is of this machine."""
    hashed = hashlib.sha256(Path(__file__).read_bytes())
    for path in _of_this_machine():
        hashed.update(path.read_bytes())
    return hashed.hexdigest()[:16]


def build_base(label: str) -> None:
    """Makes the image and gives it a label.

    Raises:
        Missing: this is no Debian, we are not root, or debootstrap failed.
        DockerError: Docker did not take it.
    """
    name = f"image {BASE}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(name, "it can only be made as root on Debian", MEND)
    scratch = Path(tempfile.mkdtemp(prefix="pipelinegen-base-", dir="/var/tmp"))
    try:
        root = scratch / "root"
        _bootstrap(root)
        _settle(root)
        archive = scratch / "root.tar"
        _run("tar", "-C", str(root), "--numeric-owner", "-cf", str(archive), ".")
        changes = [f"LABEL {label}", 'CMD ["bash"]', *_environment()]
        arguments = [word for change in changes for word in ("--change", change)]
        docker("import", *arguments, str(archive), BASE)
    except OSError as error:
        raise Missing(name, str(error), MEND) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _bootstrap(root: Path) -> None:
    if shutil.which("debootstrap") is None:
        lock = ["-o", "DPkg::Lock::Timeout=600"]
        _run("apt-get", *lock, "update", "-q")
        _run("apt-get", *lock, "install", "-y", "-q", "--no-install-recommends", "debootstrap")
    packages = "--include=ca-certificates,tzdata,netbase"
    _run("debootstrap", "--variant=minbase", packages, SUITE, str(root), _mirror())


def _settle(root: Path) -> None:
    for name, text in FILES.items():
        target = root / name
        target.write_text(text)
        target.chmod(0o755 if name.startswith("usr/sbin") else 0o644)
    if (APT / "sources.list.d/debian.sources").exists():
        # The one of debootstrap names only the release, without its updates.
        (root / "etc/apt/sources.list").unlink(missing_ok=True)
    for path in _of_this_machine():
        target = root / path.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _run("chroot", str(root), "update-ca-certificates")
    if _certificates():
        # pip brings certificates of its own.
        (root / "etc/pip.conf").write_text(f"[global]\ncert = {BUNDLE}\n")
    for name in ("var/lib/apt/lists", "var/cache/apt", "usr/share/man", "usr/share/locale"):
        for path in (root / name).iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for name in ("etc/resolv.conf", "etc/hostname"):
        (root / name).unlink(missing_ok=True)
    root.chmod(0o755)


def _environment() -> list[str]:
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    found = [f"ENV PATH={path}"]
    if _certificates():
        # Node, and Python's requests, do not look at the system's certificates.
        found += [f"ENV NODE_EXTRA_CA_CERTS={BUNDLE}", f"ENV REQUESTS_CA_BUNDLE={BUNDLE}"]
        found += [f"ENV SSL_CERT_FILE={BUNDLE}"]
    return found


def _certificates() -> list[Path]:
    return sorted(CERTIFICATES.glob("*.crt"))


def _of_this_machine() -> list[Path]:
    """Its own certificates, and where and how its apt gets packages."""
    settings = sorted((APT / "apt.conf.d").glob("99*")) + sorted(
        (APT / "apt.conf.d").glob("*proxy*")
    )
    sources = APT / "sources.list.d/debian.sources"
    return [*_certificates(), *settings, *([sources] if sources.exists() else [])]


def _mirror() -> str:
    for path in [APT / "sources.list.d/debian.sources", APT / "sources.list"]:
        text = path.read_text() if path.exists() else ""
        found = re.search(r"^(?:URIs:|deb)\s.*?(https?://\S+)", text, re.MULTILINE)
        if found:
            return found[1]
    return "http://deb.debian.org/debian"


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise Missing(f"image {BASE}", f"{command[0]}: {said[-1]}", MEND)
