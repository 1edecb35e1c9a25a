"""Where tests find what is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelinegen.config.loaded import Config
from pipelinegen.containers.sources import Sources
from pipelinegen.deploy import urls
from pipelinegen.errors import OutsideError, Refused
from tests.configs import PLATFORM, load

CATALOG = "dependencies: {catalog: {type: service, env: CATALOG_URL%s}}"


class Live:
    """A cluster's Services and Ingresses, by namespace, and its nodes."""

    cluster = "test-eu"
    namespace = "shop"

    def __init__(self, **items: list[Any]) -> None:
        self.items = items

    def get(self, kinds: str, namespace: str = "") -> Any:
        """What kubectl finds."""
        if kinds == "nodes":
            address = {"type": "InternalIP", "address": "10.0.0.3"}
            return {"items": [{"status": {"addresses": [address]}}]}
        found = self.items.get(namespace.partition("=")[2])
        return {"items": found} if found else None


def service(name: str, address: str = "10.1.2.3", **more: Any) -> Any:
    spec = {"clusterIP": address, "ports": [{"name": "http", "port": 80, **more.pop("port", {})}]}
    status = more.pop("status", {})
    return {
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {**spec, **more},
        "status": status,
    }


def ingress(name: str, host: str, *, tls: bool = False, path: str = "/") -> Any:
    backend = {"service": {"name": name}}
    rule = {"host": host, "http": {"paths": [{"path": path, "backend": backend}]}}
    secured = {"tls": [{"hosts": [host]}]} if tls else {}
    return {"kind": "Ingress", "metadata": {"name": name}, "spec": {"rules": [rule], **secured}}


LOAD_BALANCER = {"loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}}


@pytest.mark.parametrize(
    ("items", "url"),
    [
        ([service("catalog")], "http://10.1.2.3"),
        ([service("catalog", "fd00::1")], "http://[fd00::1]"),
        ([service("catalog", port={"port": 8080})], "http://10.1.2.3:8080"),
        ([service("catalog", status=LOAD_BALANCER)], "http://lb.example.com"),
        (
            [service("catalog", type="NodePort", port={"nodePort": 30080})],
            "http://10.0.0.3:30080",
        ),
        ([service("catalog"), ingress("catalog", "c.example.com")], "http://c.example.com"),
        (
            [ingress("catalog", "c.example.com", tls=True, path="/catalog/"), service("catalog")],
            "https://c.example.com/catalog",
        ),
        ([ingress("other", "o.example.com"), service("catalog")], "http://10.1.2.3"),
        ([ingress("catalog", "*.example.com"), service("catalog")], "http://10.1.2.3"),
    ],
)
def test_a_service_is_found_in_the_cluster(tmp_path: Path, items: list[Any], url: str) -> None:
    config = load(tmp_path, CATALOG % "")
    found = look(config, Live(shop=items))
    assert found["catalog"].value == url
    assert urls.variables(config, found) == {"CATALOG_URL": url}


@pytest.mark.parametrize("items", [[], [service("catalog", "None")], [service("other")]])
def test_one_that_is_not_deployed_is_told(tmp_path: Path, items: list[Any]) -> None:
    with pytest.raises(Refused, match=r"catalog: it is not deployed in test-eu \(namespace shop\)"):
        look(load(tmp_path, CATALOG % ""), Live(shop=items))


def test_a_url_that_holds_in_the_cluster_alone_is_looked_up_there(tmp_path: Path) -> None:
    config = load(tmp_path, CATALOG % ", url: 'http://goods.trade.svc.cluster.local'")
    assert look(config, Live(trade=[service("goods")]))["catalog"].value == "http://10.1.2.3"


def test_a_url_that_holds_everywhere_is_taken(tmp_path: Path) -> None:
    config = load(tmp_path, CATALOG % ", url: 'https://catalog.example.com/v1'")
    assert look(config, Live())["catalog"].value == "https://catalog.example.com/v1"


def test_a_person_s_word_is_above_the_platform_s(tmp_path: Path) -> None:
    said = "test:\n    dependencies: {catalog: {url: 'https://c.test.example.com'}}"
    config = load(tmp_path, CATALOG % "", PLATFORM.replace("test:", said, 1))
    found = look(config, Live())["catalog"]
    assert (found.value, found.source) == ("https://c.test.example.com", "the platform")
    by_hand = look(config, Live(), catalog="http://localhost:1")["catalog"]
    assert (by_hand.value, by_hand.source) == ("http://localhost:1", "--dependency-url")


def test_a_url_that_is_a_secret_is_left_to_jenkins(tmp_path: Path) -> None:
    said = "test:\n    dependencies: {catalog: {credentials: catalog-url}}"
    config = load(tmp_path, CATALOG % "", PLATFORM.replace("test:", said, 1))
    assert look(config, Live()) == {}


def test_a_database_is_known_to_the_release_alone(tmp_path: Path) -> None:
    config = load(tmp_path, "dependencies: {db: {type: postgres, env: DB_URL}}")
    assert look(config, Live()) == {}


def test_what_cannot_be_reached_from_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "ANSWER_SECONDS", 0.0)
    with pytest.raises(OutsideError, match="cannot be reached from here"):
        urls.answers("http://127.0.0.1:1", lambda seconds: None)


def look(config: Config, live: Live, **given: str) -> Any:
    account = config.platform.model.accounts.test
    assert account is not None
    sources = Sources(urls=given, environment={})
    return urls.dependency_urls(config, account, sources, live)  # type: ignore[arg-type]
