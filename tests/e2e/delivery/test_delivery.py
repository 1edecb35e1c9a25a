"""The whole way of a change of the sample service: from its commit to four production clusters.

Jenkins' stand-in runs the generated Jenkinsfile; the clusters, helm, kubectl, the registry and the
containers are real.
"""

from __future__ import annotations

import json

import pytest

from tests.e2e.conftest import CREDENTIALS, Clone, Start, leftovers
from tests.e2e.delivery.place import ACCOUNTS, NAMESPACE, pipelinegen
from tests.e2e.test_pipelines import LABEL, assert_green, counted
from tests.lab.kubernetes import Cluster

GATE = "Deploy orders to production?"


def environment(cluster: Cluster) -> list[dict[str, str]]:
    """What the processes of the ready pods of the sample have in their environment."""
    pods = cluster.get("pods", "-n", NAMESPACE, "-l", "app.kubernetes.io/instance=orders")["items"]
    found: list[dict[str, str]] = []
    for pod in pods:
        statuses = pod["status"].get("containerStatuses", [])
        if "deletionTimestamp" in pod["metadata"] or not all(each["ready"] for each in statuses):
            continue
        script = "import json, os; print(json.dumps(dict(os.environ)))"
        name = pod["metadata"]["name"]
        text = cluster.kubectl("exec", "-n", NAMESPACE, name, "--", "python", "-c", script)
        found.append(json.loads(text))
    return found


@pytest.mark.usefixtures("catalog_deployed", "as_root")
@pytest.mark.timeout(1200)
def test_a_change_comes_from_its_commit_to_production(
    jenkins: Start, clone: Clone, world: dict[str, Cluster]
) -> None:
    kubeconfigs = {
        f"kubeconfig-{name}": {"file": True, "text": cluster.kubeconfig.read_text("utf-8")}
        for name, cluster in world.items()
    }
    repository = clone("sample-service", uid=12345)
    build = jenkins(12345, credentials={**CREDENTIALS, **kubeconfigs}).run(
        repository, answers={GATE: "proceed"}
    )
    assert_green(build)
    assert counted(build)["System tests"] == {"passed": 5}
    # Its temporary release is gone, and what it printed is kept.
    test = world["test-eu"]
    assert test.get("secrets", "-n", NAMESPACE, "-l", "pipelinegen/temporary=true") is None
    assert any("reports/temporary/orders-t-" in name for name in build.artifacts)
    for name, cluster in world.items():
        found = environment(cluster)
        american, account = name.startswith("us"), ACCOUNTS[name]
        assert len(found) == {"production": 4 if american else 2}.get(account, 1)
        assert {each["LOG_LEVEL"] for each in found} == {"warning" if american else "info"}
        assert {each.get("CURRENCY") for each in found} == {"USD" if american else None}
        assert {(each["CLUSTER"], each["ACCOUNT"]) for each in found} == {(name, account)}
    status = json.loads(pipelinegen(repository, world, "status", "--format", "json"))
    assert {(each["state"], each["verified"]) for each in status} == {("deployed", True)}
    assert len({each["digest"] for each in status}) == 1
    assert len({each["version"] for each in status}) == 1
    assert [each["drift"] for each in status] == [[]] * 6
    (label,) = {each["version"] for each in status}
    assert leftovers(f"{LABEL}={label}") == {}
