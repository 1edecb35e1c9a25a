"""What ``deploy`` says of pods, as values of the chart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipelinegen.plan.values import value_files
from tests.configs import PLATFORM, load


def base(folder: Path, body: str = "") -> Any:
    return value_files(load(folder, body))["deploy/values.yaml"]


def test_a_pod_drains_for_five_seconds_unless_it_serves_nobody(tmp_path: Path) -> None:
    served = base(tmp_path / "a")
    assert (served["terminationGracePeriodSeconds"], served["drainSeconds"]) == (30, 5)
    worker = base(tmp_path / "b", "port: null")
    assert worker["terminationGracePeriodSeconds"] == 30
    assert "drainSeconds" not in worker
    own = base(tmp_path / "c", "deploy: {shutdown: {graceSeconds: 60, drainSeconds: null}}")
    assert own["terminationGracePeriodSeconds"] == 60
    assert "drainSeconds" not in own
    assert "terminationGracePeriodSeconds" not in base(tmp_path / "d", "deploy: {shutdown: null}")


def test_a_folder_that_can_be_written_has_a_limit_or_none(tmp_path: Path) -> None:
    body = """
    deploy:
      writable: {/var/cache/orders: 100Mi, /data: unlimited, /big: 1000000}
      clusters: {eu-a: {writable: {/data: 1Gi, /big: null, /var/cache/orders: unlimited}}}
    """
    files = value_files(load(tmp_path, body))
    assert files["deploy/values.yaml"]["writable"] == {
        "/var/cache/orders": {"sizeLimit": "100Mi"},
        "/data": {},
        "/big": {"sizeLimit": "1000000"},
    }
    assert files["deploy/values-eu-a.yaml"]["writable"] == {
        "/big": None,
        "/data": {"sizeLimit": "1Gi"},
        "/var/cache/orders": {"sizeLimit": None},
    }


def test_the_root_filesystem_is_opened_by_name(tmp_path: Path) -> None:
    assert "security" not in base(tmp_path / "a")
    opened = base(tmp_path / "b", "deploy: {security: {readOnlyRootFilesystem: false}}")
    assert opened["security"] == {"readOnlyRootFilesystem": False}


def test_files_are_merged_like_every_map(tmp_path: Path) -> None:
    body = """
    deploy:
      configFiles: {/etc/orders/mode: "fast\\n", /etc/orders/on: ""}
      accounts: {test: {configFiles: {/etc/orders/mode: slow, /etc/orders/on: null}}}
    """
    files = value_files(load(tmp_path, body))
    assert files["deploy/values.yaml"]["configFiles"] == {
        "/etc/orders/mode": "fast\n",
        "/etc/orders/on": "",
    }
    assert files["deploy/values-test-eu.yaml"]["configFiles"] == {
        "/etc/orders/mode": "slow",
        "/etc/orders/on": None,
    }


def test_the_platform_names_the_secret_that_images_are_pulled_with(tmp_path: Path) -> None:
    platform = PLATFORM.replace("credentials: registry-push", "pullSecret: registry-pull")
    made = value_files(load(tmp_path, platform=platform))["deploy/values.yaml"]
    assert made["image"] == {
        "repository": "registry.example.com/shop/orders",
        "pullSecret": "registry-pull",
    }


def test_a_variable_comes_from_a_secret_or_from_a_store(tmp_path: Path) -> None:
    body = """
    deploy:
      secrets:
        A: {name: a}
        B: {store: vault, remote: shop/orders, property: token}
      clusters: {eu-a: {secrets: {A: {name: null, store: vault, remote: a}}}}
    """
    files = value_files(load(tmp_path, body))
    assert files["deploy/values.yaml"]["secretEnv"] == {
        "A": {"name": "a", "key": "url"},
        "B": {"store": "vault", "remote": "shop/orders", "property": "token"},
    }
    assert files["deploy/values-eu-a.yaml"]["secretEnv"] == {
        "A": {"name": None, "key": None, "store": "vault", "remote": "a"}
    }


def test_where_pods_run_and_who_may_connect(tmp_path: Path) -> None:
    body = """
    deploy:
      spread: {zone: required}
      networkPolicy: {from: [{service: gateway, namespace: null}, {namespace: monitoring}]}
      nodeSelector: {disk: ssd}
      tolerations: [{key: a}, {key: b, value: x}, {key: c, value: null, effect: NoSchedule}]
      clusters: {eu-a: {nodeSelector: {disk: null}, tolerations: [], networkPolicy: null}}
    """
    files = value_files(load(tmp_path, body))
    made = files["deploy/values.yaml"]
    assert made["spread"] == {"zone": "required"}
    assert made["networkPolicy"] == {"from": [{"service": "gateway"}, {"namespace": "monitoring"}]}
    assert made["nodeSelector"] == {"disk": "ssd"}
    assert made["tolerations"] == [
        {"key": "a", "operator": "Exists"},
        {"key": "b", "operator": "Equal", "value": "x"},
        {"key": "c", "operator": "Exists", "effect": "NoSchedule"},
    ]
    gone = dict.fromkeys(["nodeSelector", "tolerations", "networkPolicy"])
    assert files["deploy/values-eu-a.yaml"] == gone
