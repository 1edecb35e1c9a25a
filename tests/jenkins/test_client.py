"""One connection: crumbs, retries, and what is said when it goes wrong."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from pipelinegen.jenkins.access import Access
from pipelinegen.jenkins.answers import NotThere, ServerError, item_of
from pipelinegen.jenkins.client import Server
from pipelinegen.patience import Patience, seconds
from tests.jenkins.given import ADMIN, PASSWORD, TOKEN, jenkins_server
from tests.lab import Missing
from tests.lab.jenkins_server import Fault, JenkinsServer, User, faults
from tests.lab.jenkins_server.documents import folder, pipeline
from tests.lab.jenkins_server.security import READER


@dataclass
class Waits:
    """Lets no time pass, and remembers how much was asked for."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        return False


def client(server: JenkinsServer, secret: str = TOKEN, **patience: object) -> Server:
    return Server(Access(server.url, "ci", secret), Patience(**patience))  # type: ignore[arg-type]


def fails(server: Server, address: str = "api/json") -> str:
    with pytest.raises(ServerError) as caught:
        server.json(address)
    return str(caught.value)


def create(server: Server, name: str = "shop", xml: str | None = None) -> None:
    server.create(name, xml or folder())


def told(server: Server) -> str:
    with pytest.raises(ServerError) as caught:
        create(server)
    return str(caught.value)


# Crumbs.


def test_a_token_needs_no_crumb(server: JenkinsServer) -> None:
    create(client(server))
    assert [seen.action for seen in server.requests] == ["createItem"]


def test_a_password_gets_one_crumb_for_all_that_follows(server: JenkinsServer) -> None:
    one = client(server, PASSWORD)
    for name in ("a", "b", "c"):
        create(one, name)
    actions = [seen.action for seen in server.requests]
    assert actions == ["createItem", "json", "createItem", "createItem", "createItem"]


def test_a_crumb_that_is_refused_is_fetched_anew(server: JenkinsServer) -> None:
    one = client(server, PASSWORD)
    create(one, "a")
    server.security.end_sessions()
    create(one, "b")
    assert list(server.items) == ["a", "b"]


def test_without_crumbs_at_all(server: JenkinsServer) -> None:
    server.security.crumbs = False
    create(client(server, PASSWORD))
    assert list(server.items) == ["shop"]


def test_a_server_that_refuses_even_fresh_crumbs(server: JenkinsServer) -> None:
    page = faults.status(403)
    assert page.answer is not None
    text = b"<title>Error 403 No valid crumb was included in the request</title>"
    no_crumb = replace(page, answer=replace(page.answer, body=text))
    server.faults.add(no_crumb, when=faults.writes)
    assert "refuses even a fresh crumb" in told(client(server, PASSWORD))


# Retries.


@pytest.mark.parametrize(
    "fault",
    [faults.status(429), faults.status(503), faults.starting(), faults.status(502),
     faults.status(504), faults.drop(), faults.drop(after=True), faults.truncate()],
    ids=lambda fault: fault.name,
)  # fmt: skip
def test_what_passes_is_tried_again(server: JenkinsServer, fault: Fault) -> None:
    server.add("shop", folder())
    server.faults.add(fault, nth=(1, 2))
    one = client(server)
    assert one.json("api/json?tree=jobs[name]")["jobs"]
    server.faults.clear()
    server.faults.add(fault, when=faults.writes, nth=(1, 2))
    one.reconfig_job("shop", folder("new"))
    assert server.item("shop").description == "new"


def test_waits_grow_with_chance_up_to_a_limit(server: JenkinsServer) -> None:
    waits = Waits()
    server.faults.add(faults.status(503))
    fails(client(server, tries=9, wait=waits, chance=lambda: 0.5))
    assert waits.seconds == [0.25, 0.5, 1, 2, 4, 8, 16, 30]


@pytest.mark.parametrize(("said", "waited"), [(7, 7.0), (0, 0.0), (9_999, 60.0)])
def test_retry_after_is_what_is_waited(server: JenkinsServer, said: int, waited: float) -> None:
    waits = Waits()
    server.faults.add(faults.status(429, retry_after=said), nth=1)
    client(server, wait=waits).json("api/json")
    assert waits.seconds == [waited]


def test_retry_after_may_be_a_date() -> None:
    assert seconds("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert (seconds("Wed, 21 Oct 2099 07:28:00 GMT") or 0) > 1e9
    assert seconds("soon") is None and seconds(None) is None


def test_a_stop_ends_the_waiting(server: JenkinsServer) -> None:
    server.faults.add(faults.status(503))
    fails(client(server, wait=lambda seconds: True))
    assert len(server.requests) == 1


@pytest.mark.parametrize("action", ["createItem?name=a", "job/shop/move/move", "job/shop/build"])
@pytest.mark.parametrize("fault", [faults.drop(after=True), faults.drop(), faults.status(502)])
def test_what_must_not_happen_twice_is_asked_once(
    server: JenkinsServer, action: str, fault: Fault
) -> None:
    server.faults.add(fault, when=faults.writes)
    with pytest.raises(ServerError) as caught:
        client(server).post(action, folder())
    assert caught.value.unknown
    assert len(server.requests) == 1


def test_what_was_not_carried_out_is_asked_again(server: JenkinsServer) -> None:
    server.faults.add(faults.status(503), when=faults.writes, nth=(1, 2))
    create(client(server))
    assert len(server.requests) == 3


# Messages.


def test_a_wrong_token(server: JenkinsServer) -> None:
    said = fails(client(server, "wr0ng"))
    assert "`ci` or the token was refused" in said and "me/security" in said
    assert "wr0ng" not in said


def test_a_token_that_may_only_read(server: JenkinsServer) -> None:
    server.secure([User("ci", token=TOKEN, permissions=READER)])
    assert "`ci` lacks the permission Job/Create" in told(client(server))
    server.add("shop", folder())
    with pytest.raises(ServerError) as caught:
        client(server).get_job_config("shop")
    assert str(caught.value).startswith("shop: `ci` lacks the permission Job/ExtendedRead")


def test_a_proxys_403(server: JenkinsServer) -> None:
    server.faults.add(faults.status(403))
    said = fails(client(server))
    assert "not by Jenkins but by something before it" in said and "403 Forbidden" in said


def test_a_wrong_address(server: JenkinsServer) -> None:
    elsewhere = Access(f"{server.url}ci/", "ci", TOKEN)
    assert "there is none" in fails(Server(elsewhere, Patience()))


def test_a_proxys_login_page(server: JenkinsServer) -> None:
    server.faults.add(faults.login_page())
    for said in (fails(client(server)), told(client(server))):
        assert "a web page (Sign in), not one of Jenkins" in said and "JENKINS_URL" in said


@pytest.mark.parametrize("where", ["/sso/login", "https://login.example.com/oauth?x=s3cret"])
def test_a_proxys_redirection(server: JenkinsServer, where: str) -> None:
    server.faults.add(faults.login_redirect(where))
    for said in (fails(client(server)), told(client(server))):
        assert where.partition("?")[0] in said and "s3cret" not in said


def test_a_server_that_moved(server: JenkinsServer) -> None:
    server.faults.add(faults.login_redirect("https://new.example.com/"))
    assert "set JENKINS_URL to https://new.example.com/" in fails(client(server))


def test_nobody_there() -> None:
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{port.getsockname()[1]}/"
        waits = Waits()
        server = Server(Access(url, "ci", TOKEN), Patience(3, wait=waits))
        said = fails(server)
    assert "connection is refused" in said and "JENKINS_URL" in said
    assert len(waits.seconds) == 2  # it may be starting


def test_no_such_host() -> None:
    server = Server(Access("http://jenkins.invalid/", "ci", TOKEN), Patience(2))
    assert "there is no host of that name" in fails(server) or "cannot be found" in fails(server)


def test_an_exception_of_jenkins_is_told_by_its_number(server: JenkinsServer) -> None:
    with pytest.raises(ServerError) as caught:
        create(client(server), xml="<not-xml")
    assert "Jenkins failed with an exception (Logging ID " in str(caught.value)
    assert len(server.requests) == 1


def test_a_name_that_jenkins_refuses(server: JenkinsServer) -> None:
    with pytest.raises(ServerError) as caught:
        create(client(server), "a?b")
    assert "is an unsafe character" in caught.value.said


def test_what_is_not_there_is_named(server: JenkinsServer) -> None:
    with pytest.raises(NotThere) as caught:
        client(server).get_job_config("shop/ü ber/feature%2Fx")
    assert str(caught.value).startswith("shop/ü ber/feature%2Fx: there is none")


def test_a_page_of_jenkins_where_data_was_due(server: JenkinsServer) -> None:
    assert "answers with a page" in fails(client(server), "")


@pytest.mark.parametrize("extra", ["X-Secret: s3cret", "nonsense"])
def test_extra_headers_are_sent_and_not_told(
    server: JenkinsServer,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("JENKINS_API_EXTRA_HEADERS", extra)
    one = client(server)
    assert one.json("api/json?tree=mode")
    assert "s3cret" not in caplog.text
    assert logging.root.manager.disable == logging.NOTSET


# Names.


@pytest.mark.parametrize("name", ["ü ber", "a+b", "(a) 'b'", "~a=b", "naïve 日本"])
def test_names_that_need_escaping(server: JenkinsServer, name: str) -> None:
    one = client(server)
    one.create(name, folder("x"))
    one.reconfig_job(name, folder("y"))
    assert server.item(name).description == "y"
    assert one.json(one.address(name, "api/json?tree=name"))["name"] == name
    assert item_of(f"{server.url}{one.address(name, 'api/json')}") == name


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1))
def test_an_address_leads_back_to_the_name(name: str) -> None:
    one = Server(Access("https://jenkins.example.com/", "ci", TOKEN), Patience())
    address = one.address(f"shop/{name}", "api/json")
    assert item_of(f"https://jenkins.example.com/{address}") == f"shop/{name}"
    prepared = requests.Request("GET", one._build_url(address)).prepare()
    if name.strip("."):  # `..` is no name to Jenkins
        assert item_of(prepared.url or "") == f"shop/{name}"


def test_what_is_no_ascii_comes_back_as_it_was(server: JenkinsServer) -> None:
    """Jenkins does not say in which charset a config.xml is."""
    server.add("shop", pipeline("Größe 日本 ☃"))
    assert "Größe 日本 ☃" in client(server).get_job_config("shop")


# TLS.


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    openssl = shutil.which("openssl")
    if openssl is None:
        raise Missing("openssl", "there is none", "as root run `apt-get install openssl`")
    path = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=stand-in", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(path / "key.pem"), "-out", str(path / "certificate.pem")),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return str(path / "certificate.pem"), str(path / "key.pem")


@pytest.fixture
def secure(certificate: tuple[str, str]) -> Iterator[JenkinsServer]:
    with jenkins_server(users=[ADMIN], certificate=certificate) as server:
        yield server


def test_a_certificate_of_nobody_we_know(
    secure: JenkinsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    said = fails(client(secure))
    assert "its certificate is not trusted" in said and "--ca" in said
    assert secure.requests == []


def test_an_authority_of_ones_own(secure: JenkinsServer, certificate: tuple[str, str]) -> None:
    access = Access(secure.url, "ci", TOKEN, Path(certificate[0]))
    assert Server(access, Patience()).json("api/json")["mode"] == "NORMAL"


def test_an_authority_that_is_none(secure: JenkinsServer, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    server = Server(Access(secure.url, "ci", TOKEN, tmp_path / "ca.pem"), Patience())
    assert "certificate" in fails(server)
