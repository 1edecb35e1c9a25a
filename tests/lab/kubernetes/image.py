"""An image of one program, as an archive that containerd imports."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import tarfile

# What images call the machines that the kernel calls so.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def image(name: str, entrypoint: str, binary: bytes) -> bytes:
    """An archive with an image of one layer that holds one program.

    https://github.com/opencontainers/image-spec/blob/main/image-layout.md
    """
    layer = _tar({entrypoint: binary})
    machine = platform.machine()
    where = {"architecture": ARCHITECTURES.get(machine, machine), "os": "linux"}
    how = {"Entrypoint": [f"/{entrypoint}"], "User": "65532:65532"}
    rootfs = {"type": "layers", "diff_ids": [_digest(layer)]}
    config = json.dumps({**where, "config": how, "rootfs": rootfs}).encode()
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
