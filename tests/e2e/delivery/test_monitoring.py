"""The sample's counter in four clusters: scraped, out of its range, told once.

Prometheus (with Kubernetes' discovery), Alertmanager, clusters and the sample are real; a webhook
and a mail server stand for Slack and for the organisation's.
"""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from tests.e2e.conftest import Clone
from tests.e2e.delivery.place import ACCOUNTS, NAMESPACE, pipelinegen
from tests.lab.docker.cli import docker
from tests.lab.docker.registry import Registry
from tests.lab.kubernetes import Cluster
from tests.lab.kubernetes.programs import program
from tests.lab.monitoring.servers import Server, alertmanager, free_port, prometheus, until
from tests.lab.monitoring.sinks import Sinks, sinks

PRODUCTION = [name for name, account in ACCOUNTS.items() if account == "production"]
PODS = {"eu-a": 2, "eu-b": 2, "us-a": 4, "us-b": 4}
ORDERS = 100
T = TypeVar("T")
# Seconds.
SEEN = 90.0
TOLD = 120.0


@dataclass(frozen=True)
class Watched:
    """The sample in production, and who watches it.

    Args:
        folder: its repository.
        clusters: where it runs.
        prometheus: the Prometheus of each cluster.
        alertmanager: where all of them send alerts.
        arrived: what people got.
    """

    folder: Path
    clusters: dict[str, Cluster]
    prometheus: dict[str, Server]
    alertmanager: Server
    arrived: Sinks


@pytest.fixture
def watched(
    catalog_deployed: None,
    clone: Clone,
    registry: Registry,
    world: dict[str, Cluster],
    tmp_path: Path,
) -> Iterator[Watched]:
    folder = clone("sample-service")
    with ExitStack() as stack:
        arrived = stack.enter_context(sinks())
        port = free_port()
        _adapt(folder, tmp_path, arrived, port)
        pipelinegen(folder, world, "generate")
        pipelinegen(folder, world, "run", "image")
        image = f"{registry.host}/shop/orders"
        docker("tag", f"{image}:local", f"{image}:watched")
        docker("push", "--quiet", f"{image}:watched")
        digest = registry.digest("shop/orders", "watched")
        what = ["--image", str(digest), "--version", "watched"]
        pipelinegen(folder, world, "deploy", "--account", "production", *what)
        out = tmp_path / "monitoring"
        pipelinegen(folder, world, "monitoring", str(out), "--root", ".")
        manager = stack.enter_context(_alertmanager(out, tmp_path, port))
        servers = {
            name: stack.enter_context(_prometheus(out, world[name], tmp_path / name))
            for name in PRODUCTION
        }
        yield Watched(folder, {n: world[n] for n in PRODUCTION}, servers, manager, arrived)


def _adapt(folder: Path, scratch: Path, arrived: Sinks, port: int) -> None:
    """The times of a test instead of a day's, and the addresses of this machine."""
    edits = {
        "pipeline.yaml": {
            "window: 1h, between: [2000000, 6000000]": "window: 1m, between: [null, 40], "
            "lasting: 1s",
        },
        "platform.yaml": {
            "alertmanagers: [alertmanager.monitoring:9093]": f'alertmanagers: ["127.0.0.1:{port}"]'
            "\n    intervalSeconds: 1",
            "/etc/alertmanager/secrets/slack": str(scratch / "slack"),
            "smtp.example.com:587": arrived.smtp,
            "    username: alerts\n    passwordFile: /etc/alertmanager/secrets/smtp\n": "    tls: "
            "false\n",
        },
    }
    for name, changes in edits.items():
        text = (folder / name).read_text("utf-8")
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / name).write_text(text, "utf-8")
    (scratch / "slack").write_text(arrived.slack_url)


def _alertmanager(out: Path, scratch: Path, port: int) -> AbstractContextManager[Server]:
    file = out / "alertmanager/alertmanager.yaml"
    text = file.read_text("utf-8")
    assert 'group_wait: "30s"' in text
    file.write_text(text.replace('group_wait: "30s"', 'group_wait: "10s"'))
    return alertmanager(file, scratch / "alertmanager", port)


def _prometheus(out: Path, cluster: Cluster, scratch: Path) -> AbstractContextManager[Server]:
    """As in a pod of the cluster, but that it has another way to log in."""
    file = out / f"prometheus/{cluster.name}/prometheus.yaml"
    said = yaml.safe_load(file.read_text("utf-8"))
    user = yaml.safe_load(cluster.kubeconfig.read_text("utf-8"))["users"][0]["user"]
    server = yaml.safe_load(cluster.kubeconfig.read_text("utf-8"))["clusters"][0]["cluster"]
    scratch.mkdir()
    files = {
        "ca_file": server["certificate-authority-data"],
        "cert_file": user["client-certificate-data"],
        "key_file": user["client-key-data"],
    }
    for name, text in files.items():
        (scratch / name).write_bytes(base64.b64decode(text))
    for config in said["scrape_configs"]:
        for found in config["kubernetes_sd_configs"]:
            found["kubeconfig_file"] = str(cluster.kubeconfig)
        if "authorization" in config:
            del config["authorization"]
            config["tls_config"] = {name: str(scratch / name) for name in files}
            for rule in config["relabel_configs"]:
                if rule.get("target_label") == "__address__":
                    rule["replacement"] = server["server"].partition("//")[2]
    file.write_text(yaml.safe_dump(said))
    return prometheus(file, scratch, binary=program("prometheus-k8s"))


def address(cluster: Cluster, kind: str) -> list[str]:
    """The addresses of the sample's Service or of its pods."""
    if kind == "service":
        service = cluster.get("service", "orders", "-n", NAMESPACE)
        return [f"http://{service['spec']['clusterIP']}:{service['spec']['ports'][0]['port']}"]
    label = "app.kubernetes.io/instance=orders"
    pods = cluster.get("pods", "-n", NAMESPACE, "-l", label)["items"]
    live = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    return [f"http://{pod['status']['podIP']}:8080" for pod in live]


def order(cluster: Cluster, times: int) -> None:
    (url,) = address(cluster, "service")
    body = json.dumps({"sku": "tea", "quantity": 1}).encode()
    for _ in range(times):
        request = urllib.request.Request(
            f"{url}/api/orders", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 201


def counted(page_of: str) -> float:
    """What a pod's page says of the orders."""
    with urllib.request.urlopen(f"{page_of}/metrics", timeout=30) as answer:
        found = re.findall(r"^orders_total\{.*\} (\S+)$", answer.read().decode(), re.MULTILINE)
    return sum(map(float, found))


@pytest.mark.timeout(1200)
def test_orders_out_of_their_range_in_four_clusters_are_one_message(watched: Watched) -> None:
    before = {name: _warm(watched, name) for name in PRODUCTION}
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: order(watched.clusters[name], ORDERS), PRODUCTION))
    for name, cluster in watched.clusters.items():
        pages = {page: counted(page) for page in address(cluster, "pod")}
        assert sum(pages.values()) == before[name] + ORDERS
        # Each of a pod's workers tells what all of them have counted.
        assert {counted(page) - number for page, number in pages.items() for _ in range(10)} == {0}
    (message,) = until(_one(watched.arrived.slack, _title), TOLD)
    assert message["channel"] == "#shop-oncall"
    (said,) = message["attachments"]
    assert said["title"] == "[FIRING 4] orders: orders_rate in production"
    assert said["title_link"] == "https://grafana.example.com/d/shop-orders"
    assert all(name in said["text"] for name in PRODUCTION)
    assert "Logs: https://graylog.example.com/search?" in said["text"]
    (mail,) = until(_one(watched.arrived.mails, _subject), TOLD)
    assert mail["Subject"] == "[FIRING 4] orders: orders_rate in production"
    assert mail["X-Recipients"] == "shop-oncall@example.com"
    active = watched.alertmanager.get("/api/v2/alerts", filter='alertname="orders_rate"')
    assert sorted(one["labels"]["cluster"] for one in active) == sorted(PRODUCTION)


def _warm(watched: Watched, name: str) -> float:
    """How many orders each Prometheus knows, once every pod has counted some.

    A counter's first value is no increase.
    """
    cluster, server, pods = watched.clusters[name], watched.prometheus[name], PODS[name]
    for one in until(lambda: _up(server, pods), SEEN):
        assert (one["account"], one["region"], one["cluster"]) == (
            "production",
            cluster.region,
            name,
        )
        assert (one["team"], one["namespace"]) == ("shop", NAMESPACE)
        assert one["version"] == "watched" and one["pod"].startswith("orders-")

    # What the kubelet tells of its containers.
    memory = 'container_memory_working_set_bytes{namespace="shop", container="orders"}'
    for found in until(lambda: server.query(memory), SEEN):
        assert (found["metric"]["cluster"], found["metric"]["region"]) == (name, cluster.region)
        assert found["metric"]["pod"].startswith("orders-")

    def all_pods() -> bool:
        order(cluster, 1)
        return all(map(counted, address(cluster, "pod")))

    until(all_pods, SEEN)
    there = sum(map(counted, address(cluster, "pod")))
    until(lambda: _sum(server, pods) == there, SEEN)
    return there


def _up(server: Server, pods: int) -> list[dict[str, str]]:
    found = [one["metric"] for one in server.query('up{service="orders"} == 1')]
    return found if len({one["pod"] for one in found}) == pods else []


def _sum(server: Server, pods: int) -> float:
    """The orders of all pods, 0 until each has been scraped."""
    found = server.query('sum by (pod) (orders_total{service="orders"})')
    values = [float(one["value"][1]) for one in found]
    return sum(values) if len(values) == pods else 0


def _title(message: dict[str, Any]) -> str:
    return str(message["attachments"][0]["title"])


def _subject(mail: EmailMessage) -> str:
    return str(mail["Subject"])


def _one(found: list[T], title: Callable[[T], str]) -> Callable[[], list[T]]:
    """What there is to be told of the orders: one message, and no other."""

    def look() -> list[T]:
        told = [one for one in found if "orders_rate" in title(one)]
        assert len(told) <= 1
        return told

    return look
