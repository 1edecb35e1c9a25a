"""A cluster's certificates, and the kubeconfigs that hold them."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path

from tests.lab.kubernetes.programs import run

# Component -> its name to the API server. https://kubernetes.io/docs/setup/best-practices/certificates/
CLIENTS = {
    "admin": "/O=system:masters/CN=admin",
    "kube-controller-manager": "/CN=system:kube-controller-manager",
    "kube-scheduler": "/CN=system:kube-scheduler",
    "kube-proxy": "/CN=system:kube-proxy",
}
_DAYS = "3650"
_NAMES = (
    "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
)  # fmt: skip


def make_certificates(folder: Path, node: str, address: str, service: str) -> None:
    """All keys and certificates of a cluster; none is made twice.

    Args:
        folder: where they go.
        node: the node's name.
        address: the node's address, which is the API server's as well.
        service: the API server's address as a Service.
    """
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    _key(folder / "ca.key")
    authority: list[str | Path] = [
        "-key",
        folder / "ca.key",
        "-out",
        folder / "ca.crt",
        "-subj",
        "/CN=lab",
    ]
    run(["openssl", "req", "-x509", "-new", "-days", _DAYS, *authority])
    run(["openssl", "genrsa", "-out", folder / "sa.key", "2048"])
    names = ",".join([*(f"DNS:{name}" for name in _NAMES), f"IP:127.0.0.1,IP:{address}"])
    _issue(folder, "apiserver", "/CN=kube-apiserver", f"subjectAltName={names},IP:{service}")
    _issue(
        folder,
        "kubelet",
        f"/O=system:nodes/CN=system:node:{node}",
        f"subjectAltName=DNS:{node},IP:{address}\nextendedKeyUsage=clientAuth,serverAuth",
    )
    for name, subject in CLIENTS.items():
        _issue(folder, name, subject, "extendedKeyUsage=clientAuth")
    (folder / "done").touch()


def _key(path: Path) -> None:
    run(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", path])


def _issue(folder: Path, name: str, subject: str, extensions: str) -> None:
    key, request = folder / f"{name}.key", folder / f"{name}.csr"
    _key(key)
    run(["openssl", "req", "-new", "-key", key, "-subj", subject, "-out", request])
    with tempfile.NamedTemporaryFile("w", suffix=".ext") as file:
        file.write(extensions)
        file.flush()
        signed: list[str | Path] = [
            "-CA",
            folder / "ca.crt",
            "-CAkey",
            folder / "ca.key",
            "-CAcreateserial",
        ]
        made: list[str | Path] = [
            "-in",
            request,
            "-out",
            folder / f"{name}.crt",
            "-extfile",
            file.name,
        ]
        run(["openssl", "x509", "-req", "-days", _DAYS, *signed, *made])


def write_kubeconfig(path: Path, folder: Path, who: str, server: str, cluster: str) -> None:
    """A kubeconfig with everything in it, so that it works wherever the server is reached.

    Args:
        path: the file.
        folder: the certificates.
        who: one of them.
        server: the API server's URL.
        cluster: the cluster's name, which the context has as well.
    """

    def text(name: str) -> str:
        return base64.b64encode((folder / name).read_bytes()).decode()

    user = {
        "client-certificate-data": text(f"{who}.crt"),
        "client-key-data": text(f"{who}.key"),
    }
    where = {"server": server, "certificate-authority-data": text("ca.crt")}
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": cluster, "cluster": where}],
                "users": [{"name": who, "user": user}],
                "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": who}}],
                "current-context": cluster,
            }
        )
    )
