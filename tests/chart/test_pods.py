"""What the chart says of pods besides the essentials, as the real helm renders it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.chart.manifests import FULL, LEAST, SELECTOR, Render, container, environment
from tests.chart.security import unrestricted
from tests.lab.helm import HelmError

Manifests = dict[str, Any]


def template(manifests: Manifests) -> Any:
    return manifests["Deployment"]["spec"]["template"]


def test_given_labels_are_on_every_object_and_pod_but_in_no_selector(render: Render) -> None:
    given = {"pipelinegen/build": "orders-7", "example.com/cost": "1e3", "empty": ""}
    manifests = render(FULL, {"labels": {**given, "gone": None}})
    for labels in (
        *(manifest["metadata"]["labels"] for manifest in manifests.values()),
        template(manifests)["metadata"]["labels"],
    ):
        assert labels.items() >= {**given, **SELECTOR}.items()
        assert "gone" not in labels
    assert manifests["Deployment"]["spec"]["selector"]["matchLabels"] == SELECTOR
    assert manifests["Service"]["spec"]["selector"] == SELECTOR
    assert manifests["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == SELECTOR


def test_the_labels_that_pods_are_selected_by_cannot_be_given(render: Render) -> None:
    manifests = render(FULL, {"labels": {"app.kubernetes.io/name": "x", "helm.sh/chart": "x"}})
    assert template(manifests)["metadata"]["labels"].items() >= SELECTOR.items()
    assert manifests["Service"]["metadata"]["labels"]["helm.sh/chart"].startswith("service-")


def test_a_rollout_that_stands_still_has_failed_after_a_while(render: Render) -> None:
    assert render()["Deployment"]["spec"]["progressDeadlineSeconds"] == 600
    given = render(LEAST, {"progressDeadlineSeconds": 1_000_000})
    assert given["Deployment"]["spec"]["progressDeadlineSeconds"] == 1_000_000


def test_a_pod_still_serves_until_nobody_sends_it_anything(render: Render) -> None:
    assert "lifecycle" not in container(render())
    assert "lifecycle" not in container(render(LEAST, {"drainSeconds": None}))
    manifests = render(LEAST, {"drainSeconds": 7, "terminationGracePeriodSeconds": 60})
    assert container(manifests)["lifecycle"] == {"preStop": {"sleep": {"seconds": 7}}}
    assert template(manifests)["spec"]["terminationGracePeriodSeconds"] == 60


def mounts(manifests: Manifests) -> dict[str, Any]:
    """By path, the volume there and how it is mounted."""
    volumes = {volume.pop("name"): volume for volume in template(manifests)["spec"]["volumes"]}
    mounted = container(manifests)["volumeMounts"]
    found = {m.pop("mountPath"): (volumes[m.pop("name")], m) for m in mounted}
    assert len(found) == len(mounted)
    return found


def test_a_pod_writes_where_it_was_allowed_to(render: Render) -> None:
    cache = {"sizeLimit": "100Mi"}
    folders = {"/data": {}, "/logs": cache, "/var/cache/orders": cache, "/gone": None}
    assert mounts(render(LEAST, {"writable": folders})) == {
        "/tmp": ({"emptyDir": {}}, {}),
        "/data": ({"emptyDir": {}}, {}),
        "/logs": ({"emptyDir": cache}, {}),
        "/var/cache/orders": ({"emptyDir": cache}, {}),
    }
    small = {"writable": {"/tmp": {"sizeLimit": "1Mi"}, "/data": {"sizeLimit": None}}}
    assert mounts(render(LEAST, small)) == {
        "/tmp": ({"emptyDir": {"sizeLimit": "1Mi"}}, {}),
        "/data": ({"emptyDir": {}}, {}),
    }


@pytest.mark.parametrize(("value", "shown"), [(False, False), (True, True), (None, True)], ids=str)
def test_only_false_opens_the_root_filesystem(
    render: Render, value: bool | None, shown: bool
) -> None:
    manifests = render(LEAST, {"security": {"readOnlyRootFilesystem": value}})
    assert container(manifests)["securityContext"]["readOnlyRootFilesystem"] is shown


def files(manifests: Manifests) -> dict[str, str]:
    """The files that a container finds, by path."""
    config = manifests["ConfigMap"]
    found = {}
    for path, (volume, mount) in mounts(manifests).items():
        if volume == {"configMap": {"name": config["metadata"]["name"]}}:
            assert mount == {"subPath": mount["subPath"], "readOnly": True}
            assert re.fullmatch(r"[-._a-zA-Z0-9]{1,253}", mount["subPath"])
            found[path] = config["data"].pop(mount["subPath"])
    assert not config["data"]
    return found


def test_the_container_finds_its_files(render: Render) -> None:
    assert "ConfigMap" not in render()
    odd = {
        "/a": "",
        "/a_b": "1",
        "/a/b": "2",
        "/c/b": "",
        "/ü/é|x": "{{ .x }}\t\n",
        "/etc/" + "x" * 300: "3",
    }
    assert files(render(LEAST, {"configFiles": {**odd, "/gone": None}})) == odd
    assert "ConfigMap" not in render(LEAST, {"configFiles": {"/gone": None}})


def test_a_change_of_a_file_rolls_the_pods(render: Render) -> None:
    def shown(*contents: Any) -> Any:
        values = [{"configFiles": content} for content in contents]
        return template(render(LEAST, *values))["metadata"].get("annotations")

    one = shown({"/a": "x"})
    assert one == shown({"/a": "x", "/b": None})
    assert one != shown({"/a": "y"})
    assert list(one) == ["checksum/config"]
    assert shown({}) is None
    both = template(render(FULL))["metadata"]["annotations"]
    assert len(both) == 4


def test_the_image_is_pulled_with_a_secret_where_one_is_named(render: Render) -> None:
    assert "imagePullSecrets" not in template(render())["spec"]
    given = template(render(LEAST, {"image": {"pullSecret": "123"}}))["spec"]
    assert given["imagePullSecrets"] == [{"name": "123"}]


def test_a_variable_is_taken_from_a_store_by_external_secrets(render: Render) -> None:
    assert "ExternalSecret" not in render()
    own = {"DATABASE_URL": {"name": "orders-db", "key": "url"}}
    assert "ExternalSecret" not in render(LEAST, {"secretEnv": own})
    stored = {
        "API_KEY": {"store": "vault", "remote": "shop/orders", "property": "token"},
        "OTHER": {"store": "123", "remote": "1e3"},
        "GONE": None,
    }
    manifests = render(LEAST, {"secretEnv": {**own, **stored}}, release="orders-t-1")
    spec = manifests["ExternalSecret"]["spec"]
    assert spec["target"] == {"name": "orders-t-1-external"}
    assert spec["data"] == [
        {
            "secretKey": "API_KEY",
            "sourceRef": {"storeRef": {"kind": "ClusterSecretStore", "name": "vault"}},
            "remoteRef": {"key": "shop/orders", "property": "token"},
        },
        {
            "secretKey": "OTHER",
            "sourceRef": {"storeRef": {"kind": "ClusterSecretStore", "name": "123"}},
            "remoteRef": {"key": "1e3"},
        },
    ]
    found = environment(manifests)
    for name in ("API_KEY", "OTHER"):
        assert found[name] == {"secretKeyRef": {"name": "orders-t-1-external", "key": name}}
    assert found["DATABASE_URL"] == {"secretKeyRef": {"name": "orders-db", "key": "url"}}


def test_a_region_may_take_from_a_store_what_others_have_in_a_secret(render: Render) -> None:
    own = {"secretEnv": {"KEY": {"name": "a", "key": "b"}}}
    stored = {"secretEnv": {"KEY": {"store": "vault", "remote": "c"}}}
    to_store = {"secretEnv": {"KEY": {"name": None, "key": None, **stored["secretEnv"]["KEY"]}}}
    assert render(LEAST, own, to_store) == render(LEAST, stored)
    to_own = {"secretEnv": {"KEY": {"store": None, "remote": None, **own["secretEnv"]["KEY"]}}}
    assert render(LEAST, stored, to_own) == render(LEAST, own)


def test_a_zone_that_is_required_is_waited_for(render: Render) -> None:
    def rules(values: Any) -> dict[str, Any]:
        found = template(render(LEAST, values))["spec"]["topologySpreadConstraints"]
        return {each["topologyKey"].rpartition("/")[2]: each for each in found}

    strict = rules({"spread": {"zone": "required"}})
    assert strict["zone"]["whenUnsatisfiable"] == "DoNotSchedule"
    assert strict["zone"]["matchLabelKeys"] == ["pod-template-hash"]
    assert strict["hostname"]["whenUnsatisfiable"] == "ScheduleAnyway"
    for values in ({}, {"spread": {"zone": "preferred"}}, {"spread": {"zone": None}}):
        assert {rule["whenUnsatisfiable"] for rule in rules(values).values()} == {"ScheduleAnyway"}


def test_only_those_who_are_named_may_connect(render: Render) -> None:
    assert "NetworkPolicy" not in render()
    peers = [
        {"service": "gateway"},
        {"namespace": "123"},
        {"service": "prometheus", "namespace": "monitoring"},
    ]
    policy = {"networkPolicy": {"from": peers}}
    spec = render(FULL, policy, {"metrics": {"port": 9000}})["NetworkPolicy"]["spec"]
    assert spec["podSelector"] == {"matchLabels": SELECTOR}
    assert spec["policyTypes"] == ["Ingress"]
    (rule,) = spec["ingress"]
    gateway, prometheus = (
        {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name}}}
        for name in ("gateway", "prometheus")
    )
    other, monitoring = (
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
        for name in ("123", "monitoring")
    )
    assert rule["from"] == [gateway, other, {**prometheus, **monitoring}]
    assert [port["port"] for port in rule["ports"]] == [8080, 9000]


def test_a_port_is_opened_once(render: Render) -> None:
    def ports(*values: Any) -> list[int]:
        (rule,) = render(FULL, *values)["NetworkPolicy"]["spec"]["ingress"]
        return [port["port"] for port in rule["ports"]]

    assert ports() == [8080]
    assert ports({"metrics": None}) == [8080]
    assert ports({"port": None, "metrics": {"port": 9000}}) == [9000]


@pytest.mark.parametrize(
    "values",
    [{"port": None, "metrics": None}, {"networkPolicy": {"from": []}}],
    ids=["no port", "nobody"],
)
def test_a_network_policy_never_lets_everybody_in(render: Render, values: Any) -> None:
    with pytest.raises(HelmError, match="networkPolicy needs from, and port"):
        render(FULL, values)


def test_pods_run_on_the_nodes_that_were_named(render: Render) -> None:
    least = template(render())["spec"]
    assert not {"nodeSelector", "tolerations"} & set(least)
    nodes = {"kubernetes.io/arch": "arm64", "gone": None, "number": "1e3"}
    taints = [{"key": "a", "operator": "Equal", "value": "1e3", "effect": "NoSchedule"}]
    given = template(render(LEAST, {"nodeSelector": nodes, "tolerations": taints}))["spec"]
    assert given["nodeSelector"] == {"kubernetes.io/arch": "arm64", "number": "1e3"}
    assert given["tolerations"] == taints


POD: dict[str, Any] = {
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {"securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
    ],
}


def test_the_judge_of_pods_finds_what_the_standard_forbids() -> None:
    (least,) = POD["containers"]
    assert unrestricted(POD) == []
    for key, value in {
        "hostPID": True,
        "volumes": [{"name": "x", "hostPath": {"path": "/"}}],
        "securityContext": {},
        "initContainers": [{}],
        "containers": [{**least, "ports": [{"containerPort": 1, "hostPort": 1}]}],
    }.items():
        assert unrestricted({**POD, key: value}), key
    for key, value in {
        "runAsUser": 0,
        "runAsNonRoot": False,
        "privileged": True,
        "allowPrivilegeEscalation": True,
        "seccompProfile": {"type": "Unconfined"},
        "capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]},
    }.items():
        said = {**least["securityContext"], key: value}
        assert unrestricted({**POD, "containers": [{"securityContext": said}]}), key


@pytest.mark.parametrize(
    ("where", "values"),
    [
        ("invalid propertyName", {"labels": {"a b": "x"}}),
        ("labels/a", {"labels": {"a": "-x"}}),
        ("labels/a", {"labels": {"a": 1}}),
        ("labels/a", {"labels": {"a": "x" * 64}}),
        ("progressDeadlineSeconds", {"progressDeadlineSeconds": 0}),
        ("drainSeconds", {"drainSeconds": -1}),
        ("invalid propertyName", {"writable": {"data": {}}}),
        ("invalid propertyName", {"writable": {"/a:b": {}}}),
        ("invalid propertyName", {"configFiles": {"etc": ""}}),
        ("configFiles", {"configFiles": {"/etc/a": 1}}),
        ("pullSecret", {"image": {"pullSecret": "a b"}}),
        ("secretEnv/A", {"secretEnv": {"A": {"store": "vault"}}}),
        ("secretEnv/A", {"secretEnv": {"A": {"store": "v", "remote": "r", "name": "n"}}}),
        ("secretEnv/A", {"secretEnv": {"A": {"name": "n", "key": "k", "property": "p"}}}),
        ("spread/zone", {"spread": {"zone": "always"}}),
        ("networkPolicy/from/0", {"networkPolicy": {"from": [{}]}}),
        ("networkPolicy/from/0/service", {"networkPolicy": {"from": [{"service": "A"}]}}),
        ("networkPolicy/from/0/namespace", {"networkPolicy": {"from": [{"namespace": ""}]}}),
        ("nodeSelector/a", {"nodeSelector": {"a": "x y"}}),
        ("tolerations/0/effect", {"tolerations": [{"key": "a", "effect": "Never"}]}),
        ("sizeLimit", {"writable": {"/data": {"sizeLimit": "much"}}}),
        ("runAsUser", {"security": {"runAsUser": 0}}),
        ("host", {"probes": {"liveness": {"httpGet": {"port": 1, "host": "example.com"}}}}),
    ],
)
def test_a_wrong_value_is_refused_at_its_place(render: Render, where: str, values: Any) -> None:
    with pytest.raises(HelmError, match=where):
        render(LEAST, values)
