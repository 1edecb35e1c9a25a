"""The server itself: HTTP, TLS, how fast it is, and what a test sees of it."""

from __future__ import annotations

import base64
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from tests.lab import Missing
from tests.lab.jenkins_server import JenkinsServer
from tests.lab.jenkins_server.client import Client
from tests.lab.jenkins_server.conftest import Connect
from tests.lab.jenkins_server.documents import folder, multibranch, pipeline

BASIC = base64.b64encode(b"admin:11token").decode()


def lines(server: JenkinsServer) -> socket.socket:
    host, port = server.url.split("/")[2].split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def test_the_requests_are_written_down(admin: Client, server: JenkinsServer) -> None:
    admin.xml("/createItem?name=a", pipeline())
    admin.get("/job/a/api/json?tree=name")
    admin.post("/job/a/doDelete")
    admin.get("/job/a/api/json?tree=name")
    seen = [(one.method, one.path, one.status, one.user) for one in server.requests]
    assert seen == [
        ("POST", "/createItem", 200, "admin"),
        ("GET", "/job/a/api/json", 200, "admin"),
        ("POST", "/job/a/doDelete", 302, "admin"),
        ("GET", "/job/a/api/json", 404, "admin"),
    ]
    assert server.writes == {"createItem": 1, "doDelete": 1}
    server.forget_requests()
    assert server.requests == []


def test_connections_are_kept(server: JenkinsServer) -> None:
    """Requests that come at once are answered in their order."""
    with lines(server) as line:
        head = "Host: x\r\n"
        line.sendall(f"GET /api/json HTTP/1.1\r\n{head}\r\nGET /no HTTP/1.1\r\n{head}".encode())
        time.sleep(0.02)
        line.sendall(b"Connection: close\r\n\r\n")
        got = b"".join(iter(lambda: line.recv(65536), b"")).decode()
    assert got.startswith("HTTP/1.1 200 OK\r\n")
    assert got.count("HTTP/1.1 404 Not Found\r\n") == 1


def test_bodies_in_chunks(server: JenkinsServer) -> None:
    body = folder("größe").encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(b), b) for b in (body[:20], body[20:]))
    head = (
        "POST /createItem?name=a HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
        f"Authorization: Basic {BASIC}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
        "Expect: 100-continue\r\n\r\n"
    ).encode()
    with lines(server) as line:
        line.sendall(head)
        assert line.recv(1024) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(chunks + b"0\r\n\r\n")
        assert line.recv(1024).startswith(b"HTTP/1.1 200 OK\r\n")
    assert server.item("a").description == "größe"


def test_no_http(server: JenkinsServer) -> None:
    with lines(server) as line:
        line.sendall(b"HELO\r\n\r\n")
        assert line.recv(1024).startswith(b"HTTP/1.1 400 ")


def test_a_fault_of_its_own_is_told(admin: Client, server: JenkinsServer) -> None:
    """What a test plugged in fails: the client has an answer, and the trace is kept."""
    server.app.lint = lambda jenkinsfile: [][0]
    answer = admin.form("/pipeline-model-converter/validate", "jenkinsfile=pipeline {}")
    assert (answer.status, answer.headers["X-Stand-In"]) == (500, "failed")
    assert "IndexError" in server.errors[-1].thrown


def test_head_has_no_body(admin: Client, server: JenkinsServer) -> None:
    answer = admin.send("HEAD", "/api/json", None, {})
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0
    assert admin.get("/api/json").status == 200


def test_tls(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise Missing("openssl", "there is none", "as root run `apt-get install openssl`")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=stand-in", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.create_default_context(cafile=certificate)
    with JenkinsServer(certificate=(str(certificate), str(key))) as server:
        assert server.url.startswith("https://")
        with urllib.request.urlopen(f"{server.url}api/json", context=context, timeout=10) as answer:
            assert answer.headers["X-Jenkins"] == "2.479.3"


def test_many_clients_at_once(connect: Connect, server: JenkinsServer) -> None:
    """Sixteen clients that make the same jobs: each is made once, and told to the others."""
    server.add("shop", folder())
    clients = [connect("admin", "11token") for _ in range(16)]
    statuses: list[int] = []

    def make(client: Client) -> None:
        for number in range(20):
            path = f"/job/shop/createItem?name=a{number}"
            statuses.append(client.xml(path, pipeline()).status)

    threads = [threading.Thread(target=make, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (statuses.count(200), statuses.count(400)) == (20, 300)


@pytest.mark.timeout(60)
def test_it_is_fast_enough_to_be_measured_against(admin: Client, server: JenkinsServer) -> None:
    """Most of the time is this client's; a benchmark must not measure the server."""
    server.add("shop", folder())
    start = time.monotonic()
    for number in range(500):
        admin.xml(f"/job/shop/createItem?name=a{number}", multibranch())
        admin.get(f"/job/shop/job/a{number}/config.xml")
    assert 1000 / (time.monotonic() - start) > 300
    start = time.monotonic()
    shown = admin.get("/job/shop/api/json?tree=jobs[name,description]").json
    assert len(shown["jobs"]) == 500
    assert time.monotonic() - start < 1


def test_it_stops_with_its_clients_still_there() -> None:
    server = JenkinsServer()
    server.start()
    client = Client(server.url)
    assert client.get("/api/json").status == 200
    server.stop()
    with pytest.raises(OSError):
        client.get("/api/json")
    client.close()
