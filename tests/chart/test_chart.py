"""The chart, as the real helm renders it and as Kubernetes' own strict schemas judge it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pipelinegen.render.scrape import OF_PODS
from tests.chart.manifests import (
    CHART,
    DIGEST,
    FULL,
    LEAST,
    SELECTOR,
    Render,
    container,
    environment,
    rendered,
)
from tests.lab.helm import Helm, HelmError
from tests.strategies import PIECES, texts


def monitored(kind: str | None, **more: Any) -> dict[str, Any]:
    return {"metrics": {"monitor": kind, **more}}


def test_a_service_that_says_nothing_is_a_deployment_behind_a_service(render: Render) -> None:
    manifests = render()
    assert set(manifests) == {"Deployment", "Service", "ServiceAccount"}
    (port,) = manifests["Service"]["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, "http")
    assert container(manifests)["ports"] == [
        {"name": "http", "containerPort": 8080, "protocol": "TCP"}
    ]
    assert manifests["Deployment"]["spec"]["replicas"] == 2


def test_everything_at_once_is_one_object_of_each_kind(render: Render, helm: Helm) -> None:
    made = {"ConfigMap-dashboards": "dashboards"}
    kinds = set(render(FULL)) | set(render(FULL, monitored("PodMonitor")))
    kinds |= set(render(FULL, monitored("ServiceMonitor")))
    assert {made.get(kind, kind.lower()) for kind in kinds} == {
        path.stem for path in (CHART / "templates").glob("*.yaml")
    }


def test_helm_lint_has_nothing_to_say(helm: Helm, tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text(json.dumps(FULL))
    assert "WARNING" not in helm.lint(CHART) + helm.lint(CHART, [values], set_={"region": "x"})


def test_a_worker_has_no_service(render: Render) -> None:
    alive = {"exec": {"command": ["test", "-f", "/tmp/alive"]}}
    admin = {"httpGet": {"path": "/", "port": 9000}}
    probes = {"liveness": {**alive, "httpGet": None}, "startup": {**admin, "tcpSocket": None}}
    manifests = render(FULL, {"port": None, "metrics": {"port": 9000}, "probes": probes})
    assert not {"Service", "Ingress"} & set(manifests)
    shown = container(manifests)
    assert "ports" not in shown
    # Its own probes work; the one that asks the port `http`, which it does not have, cannot.
    assert shown["livenessProbe"] == {**alive, "periodSeconds": 10}
    assert shown["startupProbe"] == {**admin, "failureThreshold": 30}
    assert "readinessProbe" not in shown


def test_a_disruption_budget_only_where_asked_for(render: Render) -> None:
    assert "PodDisruptionBudget" not in render()
    spec = render(FULL)["PodDisruptionBudget"]["spec"]
    assert spec["maxUnavailable"] == 1
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    least = {"maxUnavailable": None, "minAvailable": "50%"}
    spec = render(FULL, {"disruptionBudget": least})["PodDisruptionBudget"]["spec"]
    assert (spec["minAvailable"], "maxUnavailable" in spec) == ("50%", False)
    none = {"disruptionBudget": {"maxUnavailable": 0}}
    assert render(FULL, none)["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 0


def test_a_disruption_budget_says_one_thing(render: Render) -> None:
    with pytest.raises(HelmError, match="either maxUnavailable or minAvailable"):
        render(FULL, {"disruptionBudget": {"minAvailable": 1}})


def test_with_an_autoscaler_the_deployment_has_no_number_of_pods(render: Render) -> None:
    manifests = render(FULL)
    assert "replicas" not in manifests["Deployment"]["spec"]
    spec = manifests["HorizontalPodAutoscaler"]["spec"]
    assert spec["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "orders",
    }
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 70


def test_zero_pods_are_zero_pods(render: Render) -> None:
    assert render(LEAST, {"replicas": 0})["Deployment"]["spec"]["replicas"] == 0


def test_a_digest_wins_over_a_tag(render: Render) -> None:
    repository = LEAST["image"]["repository"]
    assert container(render())["image"] == f"{repository}:1.2"
    image = {"image": {"digest": DIGEST}}
    assert container(render(LEAST, image))["image"] == f"{repository}@{DIGEST}"
    assert container(render(LEAST, image, {"image": {"tag": None}}))["image"].endswith(DIGEST)


def test_without_an_image_the_error_says_how_to_pass_it(render: Render) -> None:
    with pytest.raises(HelmError, match=r"--set-string image.digest=sha256:"):
        render(LEAST, {"image": {"tag": ""}})
    with pytest.raises(HelmError, match=r"image.repository is not set"):
        render(LEAST, {"image": {"repository": ""}})


def test_a_pod_may_do_the_least(render: Render) -> None:
    pod = render(FULL)["Deployment"]["spec"]["template"]["spec"]
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    (only,) = pod["containers"]
    assert only["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    writable = [volume["name"] for volume in pod["volumes"] if "emptyDir" in volume]
    mounts = [mount for mount in only["volumeMounts"] if not mount.get("readOnly")]
    assert (writable, mounts) == (["tmp"], [{"name": "tmp", "mountPath": "/tmp"}])


def test_a_pod_gets_no_token_and_no_addresses_of_other_services(render: Render) -> None:
    manifests = render(FULL)
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert manifests["ServiceAccount"]["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] == manifests["ServiceAccount"]["metadata"]["name"]
    assert pod["enableServiceLinks"] is False


def test_an_update_never_has_fewer_pods(render: Render) -> None:
    strategy = render()["Deployment"]["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}


def test_everything_selects_by_service_and_release_alone(render: Render) -> None:
    manifests = render(FULL)
    spec = manifests["Deployment"]["spec"]
    assert spec["selector"]["matchLabels"] == SELECTOR
    assert manifests["Service"]["spec"]["selector"] == SELECTOR
    assert manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == SELECTOR
    spread = spec["template"]["spec"]["topologySpreadConstraints"]
    assert [c["labelSelector"]["matchLabels"] for c in spread] == [SELECTOR, SELECTOR]
    assert {c["whenUnsatisfiable"] for c in spread} == {"ScheduleAnyway"}
    assert {c["topologyKey"] for c in spread} == {
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    }
    assert spec["template"]["metadata"]["labels"].items() >= SELECTOR.items()


@pytest.mark.parametrize("release", ["orders-1f2e3d", "1e3", "007", "true", "null"])
def test_a_temporary_release_stands_beside_the_deployed_one(render: Render, release: str) -> None:
    manifests = render(FULL, release=release)
    dashboards = manifests.pop("ConfigMap-dashboards")["metadata"]["name"]
    assert dashboards == f"{release}-dashboards"
    assert {manifest["metadata"]["name"] for manifest in manifests.values()} == {release}
    selector = manifests["Service"]["spec"]["selector"]
    assert selector == {**SELECTOR, "app.kubernetes.io/instance": release}
    ingress = manifests["Ingress"]["spec"]["rules"][0]["http"]["paths"][0]["backend"]
    assert ingress == {"service": {"name": release, "port": {"name": "http"}}}
    assert manifests["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == release
    assert manifests["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == selector


def test_pods_say_where_they_run_where_it_is_known(render: Render) -> None:
    own = "pipelinegen/"
    least = render()["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert {k: v for k, v in least.items() if k.startswith(own)} == {f"{own}team": "shop"}
    full = render(FULL)
    for labels in (
        full["Deployment"]["spec"]["template"]["metadata"]["labels"],
        full["Service"]["metadata"]["labels"],
    ):
        assert {k: v for k, v in labels.items() if k.startswith(own)} == {
            f"{own}team": "shop",
            f"{own}account": "test",
            f"{own}region": "eu-west-1",
            f"{own}cluster": "eu-a",
        }


def test_every_object_has_the_recommended_labels(render: Render) -> None:
    for manifest in render(FULL).values():
        labels = manifest["metadata"]["labels"]
        assert labels.items() >= SELECTOR.items()
        assert labels["app.kubernetes.io/version"] == "1.2"
        assert labels["app.kubernetes.io/managed-by"] == "Helm"
        assert labels["helm.sh/chart"].startswith("service-")


@pytest.mark.parametrize(
    ("tag", "label"),
    [("1.10", "1.10"), ("_a-", "a"), ("a" * 62 + "-b", "a" * 62), ("_", None), ("no", "no")],
)
def test_any_tag_makes_a_label_that_kubernetes_takes(
    render: Render, tag: str, label: str | None
) -> None:
    labels = render(LEAST, {"image": {"tag": tag}})["Service"]["metadata"]["labels"]
    assert labels.get("app.kubernetes.io/version") == label


def test_a_new_version_of_the_chart_restarts_no_pod(render: Render, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(CHART, newer)
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    (newer / "Chart.yaml").write_text(json.dumps({**chart, "version": "99.0.0+build"}))
    before, after = render(FULL), render(FULL, chart=newer)
    assert after["Deployment"]["metadata"]["labels"]["helm.sh/chart"] == "service-99.0.0_build"
    assert before["Deployment"]["spec"] == after["Deployment"]["spec"]


def test_the_container_is_told_its_place_unless_the_user_says_otherwise(render: Render) -> None:
    assert environment(render()) == {"SERVICE_NAME": "orders"}
    found = environment(render(FULL, {"env": {"REGION": "mine", "CLUSTER": ""}}))
    assert found["REGION"] == "mine"
    assert found["CLUSTER"] == ""
    assert found["ACCOUNT"] == "test"


def test_a_variable_that_a_region_removed_is_gone(render: Render) -> None:
    nothing = dict.fromkeys(FULL["secretEnv"])
    region = {"env": {"LOG_LEVEL": None, "NEVER": None}, "secretEnv": nothing}
    found = environment(render(FULL, region))
    assert set(found) == {"SERVICE_NAME", "ACCOUNT", "REGION", "CLUSTER"}


def test_secrets_come_before_the_values_that_may_refer_to_them(render: Render) -> None:
    found = environment(render(FULL, {"secretEnv": {"REGION": {"name": "r", "key": "k"}}}))
    assert list(found)[:3] == ["API_KEY", "DATABASE_URL", "REGION"]
    assert found["DATABASE_URL"] == {"secretKeyRef": {"name": "orders-db", "key": "url"}}
    assert found["REGION"] == {"secretKeyRef": {"name": "r", "key": "k"}}


def test_a_variable_has_one_source(render: Render) -> None:
    with pytest.raises(HelmError, match="DATABASE_URL is in env and in secretEnv"):
        render(FULL, {"env": {"DATABASE_URL": ""}})
    moved = {"env": {"DATABASE_URL": "x"}, "secretEnv": {"DATABASE_URL": None}}
    assert environment(render(FULL, moved))["DATABASE_URL"] == "x"


def test_prometheus_is_told_where_to_scrape_only_where_there_is_something(render: Render) -> None:
    def annotations(*values: Any) -> Any:
        return render(*values)["Deployment"]["spec"]["template"]["metadata"].get("annotations")

    assert annotations(LEAST) is None
    assert annotations(FULL, {"metrics": None, "configFiles": None}) is None
    assert annotations(LEAST, {"port": 5000, "metrics": {"path": "/m"}}) == {
        "prometheus.io/scrape": "true",
        "prometheus.io/path": "/m",
        "prometheus.io/port": "5000",
    }
    with pytest.raises(HelmError, match=r"metrics.port is not set"):
        render(LEAST, {"port": None, "metrics": {"path": "/m"}})


def test_probes_are_what_was_written(render: Render) -> None:
    shown = container(render(FULL, {"probes": {"liveness": {"periodSeconds": None}}}))
    assert shown["livenessProbe"] == {"httpGet": {"path": "/healthz", "port": "http"}}
    assert shown["readinessProbe"] == FULL["probes"]["readiness"]
    assert shown["startupProbe"] == FULL["probes"]["startup"]
    assert "startupProbe" not in container(render(FULL, {"probes": {"startup": None}}))
    assert not [key for key in container(render(FULL, {"probes": None})) if "Probe" in key]


def test_a_probe_has_one_handler(render: Render) -> None:
    both = {"probes": {"liveness": {"tcpSocket": {"port": 81}}}}
    with pytest.raises(HelmError, match=r"probes\.liveness needs one of"):
        render(FULL, both)
    both["probes"]["liveness"]["httpGet"] = None  # type: ignore[assignment]
    shown = container(render(FULL, both))["livenessProbe"]
    assert shown == {"tcpSocket": {"port": 81}, "periodSeconds": 10}


def test_a_limit_that_a_region_removed_is_gone(render: Render) -> None:
    memory = {"limits": {"memory": "256Mi"}}
    cpu = {"resources": {"limits": {"memory": "256Mi", "cpu": 2}}}
    gone = {"resources": {"limits": {"cpu": None}}}
    assert container(render(LEAST, cpu, gone))["resources"] == memory
    assert "resources" not in container(render(LEAST, cpu, {"resources": None}))


def test_large_numbers_stay_whole(render: Render) -> None:
    million = 1_000_000
    values = {
        "terminationGracePeriodSeconds": million,
        "replicas": million,
        "disruptionBudget": {"minAvailable": million},
        "probes": {"liveness": {"tcpSocket": {"port": 65535}, "periodSeconds": million}},
    }
    manifests = render(LEAST, values)
    spec = manifests["Deployment"]["spec"]
    assert spec["replicas"] == million
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == million
    assert container(manifests)["livenessProbe"]["periodSeconds"] == million
    assert manifests["PodDisruptionBudget"]["spec"]["minAvailable"] == million
    scaled = {"autoscaling": {"minReplicas": million, "maxReplicas": million, "cpu": million}}
    scaler = render(LEAST, scaled)["HorizontalPodAutoscaler"]["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (million, million)


def test_an_ingress_needs_only_a_host(render: Render) -> None:
    assert "Ingress" not in render()
    least = render(LEAST, {"ingress": {"host": "orders.example.com"}})["Ingress"]
    assert set(least["spec"]) == {"rules"}
    assert least["spec"]["rules"][0]["http"]["paths"][0]["path"] == "/"
    assert "annotations" not in least["metadata"]
    full = render(FULL)["Ingress"]
    assert full["spec"]["ingressClassName"] == "nginx"
    assert full["spec"]["tls"] == [{"hosts": ["orders.example.com"], "secretName": "orders-tls"}]
    assert full["metadata"]["annotations"] == FULL["ingress"]["annotations"]
    gone = {"ingress": {"annotations": dict.fromkeys(FULL["ingress"]["annotations"])}}
    assert "annotations" not in render(FULL, gone)["Ingress"]["metadata"]


def test_all_that_may_be_null_may_be_null(render: Render) -> None:
    top = yaml.safe_load((CHART / "values.yaml").read_text())
    nothing = dict.fromkeys(set(top) - {"service", "image"})
    manifests = render(FULL, nothing)
    assert set(manifests) == {"Deployment", "ServiceAccount"}
    assert environment(manifests) == {"SERVICE_NAME": "orders"}


ODD = st.lists(texts(), min_size=len(PIECES), max_size=len(PIECES) + 20)


@settings(max_examples=20)
@given(odd=ODD)
def test_any_text_arrives_as_it_was_written(
    helm: Helm, tmp_path_factory: pytest.TempPathFactory, odd: list[str]
) -> None:
    # Every piece that means something to YAML or to Helm, and what hypothesis made of them: many
    # in one call, since helm's start is what takes the time.
    sent = [*PIECES, *odd, "", " ", "no", "012", "0o7", "1_000", "=", "<<", "$(HOME)", "a: &b *c"]
    numbered = {f"V{number}": text for number, text in enumerate(sent)}
    annotations = {f"example.com/{name}": text for name, text in numbered.items()}
    values = {
        **FULL,
        "env": numbered,
        "secretEnv": {"S": {"store": "s", "remote": f"r{odd[5]}", "property": f"p{odd[6]}"}},
        "serviceAccount": {"annotations": annotations},
        "ingress": {**FULL["ingress"], "annotations": annotations, "path": f"/{odd[0]}"},
        "metrics": {"path": f"/{odd[1]}"},
        "configFiles": {f"/etc/{name}": text for name, text in numbered.items()},
        "probes": {
            "liveness": {"exec": {"command": sent}},
            "readiness": {"httpGet": {"path": odd[2], "port": "http"}},
            "startup": {"exec": {"command": odd[3:5]}},
        },
    }
    manifests = rendered(helm, tmp_path_factory.mktemp("odd"), values)
    found = environment(manifests)
    assert {name: found[name] for name in numbered} == numbered
    assert manifests["ServiceAccount"]["metadata"]["annotations"] == annotations
    assert manifests["Ingress"]["metadata"]["annotations"] == annotations
    assert sorted(manifests["ConfigMap"]["data"].values()) == sorted(sent)
    (stored,) = manifests["ExternalSecret"]["spec"]["data"]
    assert stored["remoteRef"] == {"key": f"r{odd[5]}", "property": f"p{odd[6]}"}
    (path,) = manifests["Ingress"]["spec"]["rules"][0]["http"]["paths"]
    assert path["path"] == f"/{odd[0]}"
    pod = manifests["Deployment"]["spec"]["template"]["metadata"]
    assert pod["annotations"]["prometheus.io/path"] == f"/{odd[1]}"
    shown = container(manifests)
    assert shown["livenessProbe"]["exec"]["command"] == sent
    assert shown["readinessProbe"]["httpGet"]["path"] == odd[2]
    assert shown["startupProbe"]["exec"]["command"] == odd[3:5]


WEIRD = ["A", "a b", "-a", "a-", "a.b", "é", "a\n", '"', "{{ .x }}", "a" * 64]


@pytest.mark.parametrize("key", ["team", "region"])
def test_a_label_takes_nothing_weird(render: Render, key: str) -> None:
    for text in WEIRD:
        place = {"service": {"team": text}} if key == "team" else {key: text}
        with pytest.raises(HelmError, match=rf"{key}'"):
            render(LEAST, place)


@pytest.mark.parametrize(
    ("where", "values"),
    [
        ("replica", {"replica": 2}),
        ("nam", {"service": {"nam": "x"}}),
        ("memori", {"resources": {"limits": {"memori": "1Gi"}}}),
        ("periodSecond", {"probes": {"liveness": {"periodSecond": 1}}}),
        ("port", {"port": "8080"}),
        ("port", {"port": 80.5}),
        ("port", {"port": 65536}),
        ("env/A", {"env": {"A": 1}}),
        ("env/A", {"env": {"A": True}}),
        ("invalid propertyName", {"env": {"A-B": "x"}}),
        ("invalid propertyName", {"env": {"1A": "x"}}),
        ("invalid propertyName", {"env": {"A\n": "x"}}),
        ("secretEnv/A", {"secretEnv": {"A": {"name": "x"}}}),
        ("secretEnv/A/name", {"secretEnv": {"A": {"name": "x y", "key": "k"}}}),
        ("memory", {"resources": {"limits": {"memory": "1 Gi"}}}),
        ("digest", {"image": {"digest": "sha256:1"}}),
        ("tag", {"image": {"tag": "a b"}}),
        ("repository", {"image": {"repository": "a b"}}),
        ("host", {"ingress": {"host": "a_b"}}),
        ("invalid propertyName", {"serviceAccount": {"annotations": {"A/b": "x"}}}),
        ("invalid propertyName", {"serviceAccount": {"annotations": {"a..b/c": "x"}}}),
        ("invalid propertyName", {"serviceAccount": {"annotations": {"a/b/c": "x"}}}),
        ("invalid propertyName", {"ingress": {"host": "a", "annotations": {"a b": "x"}}}),
        ("annotations/a", {"serviceAccount": {"annotations": {"a": 1}}}),
        ("name", {"service": {"name": "Orders"}}),
        ("minAvailable", {"disruptionBudget": {"minAvailable": "half"}}),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(render: Render, where: str, values: Any) -> None:
    with pytest.raises(HelmError, match=where):
        render(LEAST, values)


def _objects(schema: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema and isinstance(schema["properties"], dict):
            yield path, schema
        for key, value in schema.items():
            yield from _objects(value, f"{path}/{key}")


def test_the_schema_knows_every_default_and_refuses_every_other_key() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    Draft7Validator.check_schema(schema)
    assert not list(Draft7Validator(schema).iter_errors(defaults))
    assert set(schema["properties"]) - {"global"} == set(defaults)
    assert not [path for path, part in _objects(schema) if part["additionalProperties"]]


def test_every_default_says_what_it_is_for() -> None:
    above: list[str] = []
    bare = []
    for line in (CHART / "values.yaml").read_text().splitlines():
        if re.match(r"\s*#", line):
            above.append(line.strip())
        elif line.strip():
            if not above or not above[0].startswith("# -- "):
                bare.append(line)
            above = []
        else:
            above = []
    assert not bare


PLACED = [
    {
        "sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
        "targetLabel": "service",
    },
    {
        "sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_version"],
        "targetLabel": "version",
    },
    {"sourceLabels": ["__meta_kubernetes_pod_label_pipelinegen_team"], "targetLabel": "team"},
    {"targetLabel": "account", "replacement": "test"},
    {"targetLabel": "cluster", "replacement": "eu-a"},
    {"targetLabel": "region", "replacement": "eu-west-1"},
]


@pytest.mark.parametrize(
    ("kind", "endpoints", "port"),
    [("PodMonitor", "podMetricsEndpoints", "port"), ("ServiceMonitor", "endpoints", "targetPort")],
)
def test_the_operator_finds_the_pods_instead_of_annotations(
    render: Render, kind: str, endpoints: str, port: str
) -> None:
    manifests = render(FULL, monitored(kind))
    assert len({"PodMonitor", "ServiceMonitor"} & set(manifests)) == 1
    spec = manifests[kind]["spec"]
    assert spec["selector"] == {"matchLabels": SELECTOR}
    assert spec[endpoints] == [{port: "http", "path": "/metrics", "relabelings": PLACED}]
    annotations = manifests["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert list(annotations) == ["checksum/config"]
    assert (
        "annotations"
        not in render(LEAST, monitored(kind))["Deployment"]["spec"]["template"]["metadata"]
    )
    # What a Service selects are the same pods.
    assert manifests["Service"]["spec"]["selector"] == SELECTOR
    assert SELECTOR.items() <= manifests["Service"]["metadata"]["labels"].items()


def test_the_labels_of_metrics_are_those_of_the_scrape_configuration(render: Render) -> None:
    spec = render(FULL, monitored("PodMonitor"))["PodMonitor"]["spec"]
    ours = {
        tuple(one["sourceLabels"]): one["targetLabel"]
        for one in spec["podMetricsEndpoints"][0]["relabelings"]
        if "sourceLabels" in one
    }
    assert ours == {
        (f"__meta_kubernetes_pod_label_{name}",): label for name, label in OF_PODS.items()
    }


def test_a_port_of_its_own_for_metrics_has_a_name_that_the_operator_finds(render: Render) -> None:
    own = monitored("ServiceMonitor", port=9000)
    manifests = render(FULL, own)
    assert manifests["ServiceMonitor"]["spec"]["endpoints"][0]["targetPort"] == "metrics"
    ports = {port["name"]: port["containerPort"] for port in container(manifests)["ports"]}
    assert ports == {"http": 8080, "metrics": 9000}
    worker = render(FULL, {"port": None, "probes": None}, monitored("PodMonitor", port=9000))
    assert worker["PodMonitor"]["spec"]["podMetricsEndpoints"][0]["port"] == "metrics"
    assert [port["name"] for port in container(worker)["ports"]] == ["metrics"]
    with pytest.raises(HelmError, match="needs a Service, and so port: take"):
        render(FULL, {"port": None, "probes": None}, own)
    # Else it is only an annotation.
    assert "metrics" not in {
        port["name"] for port in container(render(FULL, monitored(None, port=9000)))["ports"]
    }


def test_rules_reach_the_operator_as_they_are(render: Render) -> None:
    assert render(FULL)["PrometheusRule"]["spec"] == FULL["prometheusRule"]
    assert "PrometheusRule" not in render(FULL, {"prometheusRule": None})


@settings(max_examples=10)
@given(found=st.lists(texts(min_size=1), min_size=1, max_size=20))
def test_any_text_in_a_rule_or_dashboard_stays_what_it_is(
    helm: Helm, tmp_path: Path, found: list[str]
) -> None:
    rules = [{"alert": "x", "expr": text, "annotations": {"summary": text}} for text in found]
    values = {
        "prometheusRule": {"groups": [{"name": found[0], "rules": rules}]},
        "dashboards": {f"d{number}": text for number, text in enumerate(found)},
    }
    made = rendered(helm, tmp_path, LEAST, values)
    assert made["PrometheusRule"]["spec"] == values["prometheusRule"]
    assert made["ConfigMap-dashboards"]["data"] == {
        f"d{number}.json": text for number, text in enumerate(found)
    }


def test_dashboards_are_for_grafanas_sidecar(render: Render) -> None:
    made = render(FULL)["ConfigMap-dashboards"]
    assert made["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert made["data"] == {"orders.json": FULL["dashboards"]["orders"]}
    assert "ConfigMap-dashboards" not in render(FULL, {"dashboards": {"orders": None}})
    assert "ConfigMap-dashboards" not in render(FULL, {"dashboards": None})


@pytest.mark.parametrize(
    "values",
    [
        monitored("podMonitor"),
        {"prometheusRule": {"groups": [{"name": "x", "rules": [{"exprs": "up"}]}]}},
        {"prometheusRule": {"rules": []}},
        {"dashboards": {"a/b": "{}"}},
    ],
)
def test_a_mistake_in_what_is_monitored_is_refused(render: Render, values: dict[str, Any]) -> None:
    with pytest.raises(HelmError, match="values don't meet the specifications of the schema"):
        render(FULL, values)
