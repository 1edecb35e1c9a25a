"""What the collector makes of a container's line. Fluent Bit itself is not to be had here: its
configuration is held to the documented options, and its script runs in the Lua that it has."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from lupa.luajit21 import LuaRuntime

from pipelinegen.config.platform import Platform
from pipelinegen.render.fluentbit import fluent_bit
from tests.chart.manifests import FULL, container, rendered
from tests.helpers import write_tree
from tests.lab.helm import Helm, kubectl_binary
from tests.lab.kubeschema import validate
from tests.strategies import texts

DOCS = Path(__file__).parents[2] / "docs/logs-collect.md"
LABELS = {
    "app.kubernetes.io/name": "orders",
    "app.kubernetes.io/instance": "orders",
    "app.kubernetes.io/version": "1.4.2",
    "pipelinegen/team": "shop",
    "pipelinegen/account": "production",
    "pipelinegen/region": "eu-west-1",
    "pipelinegen/cluster": "eu-a",
}
POD = {
    "pod_name": "orders-6d4cf56db6-x7k2p",
    "namespace_name": "shop",
    "container_name": "orders",
    "host": "node-7",
    "labels": LABELS,
}
# What every message of that pod has.
OF_THE_POD = {
    "container_name": "orders",
    "service": "orders",
    "version": "1.4.2",
    "team": "shop",
    "account": "production",
    "region": "eu-west-1",
    "cluster": "eu-a",
    "pod": "orders-6d4cf56db6-x7k2p",
    "namespace": "shop",
    "host": "node-7",
    "stream": "stdout",
}
# The options that https://docs.fluentbit.io/manual documents, of those that are used here.
DOCUMENTED = {
    # administration/configuring-fluent-bit/yaml/service-section, administration/monitoring,
    # administration/buffering-and-storage, administration/scheduling-and-retries
    "service": {
        *("flush", "log_level", "http_server", "http_listen", "http_port", "storage.path"),
        "scheduler.cap",
    },
    # data-pipeline/inputs/tail
    "tail": {
        *("tag", "path", "multiline.parser", "db", "skip_long_lines", "refresh_interval"),
        "storage.type",
    },
    # data-pipeline/filters/kubernetes
    "kubernetes": {
        *("match", "kube_tag_prefix", "merge_log", "merge_log_key", "keep_log", "labels"),
        *("annotations", "buffer_size"),
    },
    # data-pipeline/filters/lua
    "lua": {"match", "script", "call"},
    # data-pipeline/outputs/gelf
    "gelf": {
        *("match", "host", "port", "mode", "gelf_short_message_key", "gelf_level_key"),
        *("gelf_host_key", "retry_limit", "storage.total_limit_size"),
    },
}


def files(gelf: str = "graylog.logging:12201") -> dict[str, str]:
    return fluent_bit(Platform.model_validate({"monitoring": {"graylog": {"gelf": gelf}}}))


def text(name: str) -> str:
    return files()[f"fluent-bit/{name}"]


@pytest.fixture(scope="module")
def lua() -> LuaRuntime:
    """The script, loaded as Fluent Bit does: into LuaJIT 2.1, with its standard library."""
    runtime = LuaRuntime(unpack_returned_tuples=True)
    runtime.execute(text("fields.lua"))
    return runtime


def table(lua: LuaRuntime, value: Any) -> Any:
    """A record as Fluent Bit gives it to Lua: maps and lists are tables, null is left out."""
    if isinstance(value, dict):
        made = lua.table()
        for key, each in value.items():
            made[key] = table(lua, each)
        return made
    return lua.table(*(table(lua, each) for each in value)) if isinstance(value, list) else value


def plain(value: Any) -> Any:
    keys = list(value) if hasattr(value, "items") else None
    if keys is None:
        return value
    if keys and keys == list(range(1, len(keys) + 1)):
        return [plain(value[key]) for key in keys]
    return {key: plain(value[key]) for key in keys}


def message(lua: LuaRuntime, line: str, pod: dict[str, Any] = POD) -> dict[str, Any] | None:
    """What is sent of a line, as the filter `kubernetes` hands it on; None: nothing."""
    record: dict[str, Any] = {"time": "2026-01-02T03:04:05.6Z", "stream": "stdout", "_p": "F"}
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    # `merge_log` takes maps alone.
    record |= {"said": said} if isinstance(said, dict) else {"log": line}
    given = table(lua, {**record, "kubernetes": pod})
    code, _, made = lua.globals().fields("kube.x", 1.5, given)
    if code == -1:
        return None
    assert code == 2, "the record is new, the time stays that of the line"
    return dict(plain(made))


def test_a_line_of_json_has_its_own_fields_and_those_of_its_pod(lua: LuaRuntime) -> None:
    line = '{"level": "ERROR", "message": "no stock", "order": 17, "took": 0.25, "sku": {"a": "b"}}'
    assert message(lua, line) == {
        **OF_THE_POD,
        "short_message": "no stock",
        "level": 3,
        "level_name": "ERROR",
        "order": 17,
        "took": 0.25,
        "sku": {"a": "b"},
    }


def test_the_charts_pods_are_those_that_are_read(
    lua: LuaRuntime, helm: Helm, tmp_path: Path
) -> None:
    manifests = rendered(helm, tmp_path, FULL)
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
    made = message(lua, "x", {"labels": labels, "container_name": container(manifests)["name"]})
    assert made == {
        "short_message": "x",
        "level": 6,
        "stream": "stdout",
        "container_name": "orders",
        "service": "orders",
        "version": "1.2",
        "team": "shop",
        "account": "test",
        "region": "eu-west-1",
        "cluster": "eu-a",
    }


def test_a_line_of_the_sample_service(lua: LuaRuntime) -> None:
    line = {
        "message": "order placed", "level": "INFO", "logger": "orders", "order": 17,
        "sku": "tea", "quantity": 2, "service": "orders", "timestamp": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip
    assert message(lua, json.dumps(line)) == {
        **OF_THE_POD, "short_message": "order placed", "level": 6, "level_name": "INFO",
        "logger": "orders", "order": 17, "sku": "tea", "quantity": 2,
        "own_timestamp": "2026-01-02T03:04:05+00:00",
    }  # fmt: skip


def test_any_other_line_is_a_message(lua: LuaRuntime) -> None:
    assert message(lua, "Started in 3 s") == {
        **OF_THE_POD,
        "short_message": "Started in 3 s",
        "level": 6,
    }


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ('{"level": "emerg"}', 0),
        ('{"level": "alert"}', 1),
        ('{"level": "CRITICAL"}', 2),
        ('{"level": "fatal"}', 2),
        ('{"level": "error"}', 3),
        ('{"level": "SEVERE"}', 3),
        ('{"level": "warn"}', 4),
        ('{"level": "WARNING"}', 4),
        ('{"level": "notice"}', 5),
        ('{"level": "Info"}', 6),
        ('{"LogLevel": "Information"}', 6),  # .NET's console
        ('{"severity": "DEBUG"}', 7),
        ('{"levelname": "WARNING"}', 4),  # Python's logging
        ('{"log.level": "error"}', 3),  # Elastic's schema
        ('{"level": "TRACE"}', 7),
        ('{"level": 3}', 3),
        ('{"level": "4"}', 4),
        ('{"level": 10}', 7),  # bunyan and pino
        ('{"level": 20}', 7),
        ('{"level": 30}', 6),
        ('{"level": 40}', 4),
        ('{"level": 50}', 3),
        ('{"level": 60}', 2),
    ],
)
def test_a_level_is_syslogs_and_keeps_its_name(lua: LuaRuntime, line: str, level: int) -> None:
    made = message(lua, line)
    assert made and made["level"] == level
    (said,) = json.loads(line).values()
    assert made["level_name"] == str(said)


@pytest.mark.parametrize("said", ["true", "null", "{}", "[1]", '"loud"', "-5", '""'])
def test_no_level_loses_a_message(lua: LuaRuntime, said: str) -> None:
    made = message(lua, f'{{"level": {said}, "msg": "kept"}}')
    assert made and (made["level"], made["short_message"]) == (6, "kept")


@pytest.mark.parametrize(
    ("line", "short"),
    [
        ('{"message": "a"}', "a"),
        ('{"msg": "a"}', "a"),  # zap, pino, slog
        ('{"Message": "a"}', "a"),  # .NET
        ('{"event": "a"}', "a"),  # structlog
        ('{"log": "a"}', "a"),
        ('{"message": "", "msg": "a"}', "a"),
        ('{"message": 17}', "17"),
        ('{"message": {"a": 1}}', "-"),
        ('{"order": 17}', "-"),
        ("", "-"),
        (" \t", "-"),
        ("[1, 2]", "[1, 2]"),
        ("17", "17"),
    ],
)
def test_a_message_has_a_text(lua: LuaRuntime, line: str, short: str) -> None:
    made = message(lua, line)
    assert made and made["short_message"] == short


def test_a_service_cannot_say_that_it_is_another(lua: LuaRuntime) -> None:
    lies = {field: "lie" for field in OF_THE_POD if field != "stream"}
    own = {"kubernetes": {"labels": {}}, "timestamp": "2026-01-02", "id": 7}
    made = message(lua, json.dumps({"message": "m", **lies, **own}))
    assert made == {
        **OF_THE_POD,
        "short_message": "m",
        "level": 6,
        "kubernetes": {"labels": {}},
        # GELF has a meaning for these.
        "own_timestamp": "2026-01-02",
        "own_id": 7,
        "own_host": "lie",
    }


def test_what_a_pod_does_not_say_stays_the_services(lua: LuaRuntime) -> None:
    labels = {"pipelinegen/team": "shop", "app.kubernetes.io/name": "orders"}
    made = message(lua, '{"message": "m", "version": "2"}', {**POD, "labels": labels})
    assert made and made["version"] == "2"
    assert "account" not in made


@pytest.mark.parametrize(
    "pod", [{}, {**POD, "labels": {}}, {**POD, "labels": {"app.kubernetes.io/name": "nginx"}}]
)
def test_pods_of_others_are_left_out(lua: LuaRuntime, pod: dict[str, Any]) -> None:
    assert message(lua, '{"message": "secret"}', pod) is None


NAMES = texts(min_size=1, max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts(max_size=30),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(NAMES | st.sampled_from(["level", "message", "host"]), VALUES, max_size=6))
def test_whatever_a_service_writes_is_a_message_of_it(
    lua: LuaRuntime, said: dict[str, Any]
) -> None:
    made = message(lua, json.dumps(said))
    assert made and made["short_message"].strip()
    assert made["level"] in range(8)
    assert {field: made[field] for field in OF_THE_POD if field != "stream"} == {
        field: value for field, value in OF_THE_POD.items() if field != "stream"
    }


def test_every_option_is_a_documented_one() -> None:
    # YAML 1.1 says that `on` is true; Fluent Bit takes either.
    said = yaml.safe_load(text("fluent-bit.yaml"))
    assert set(said) == {"service", "pipeline"}
    assert set(said["service"]) <= DOCUMENTED["service"]
    assert list(said["pipeline"]) == ["inputs", "filters", "outputs"]
    plugins = [each for part in said["pipeline"].values() for each in part]
    assert [each["name"] for each in plugins] == ["tail", "kubernetes", "lua", "gelf"]
    for each in plugins:
        assert set(each) <= DOCUMENTED[each["name"]] | {"name"}, each["name"]


def test_it_sends_to_the_platforms_graylog() -> None:
    said = yaml.safe_load(files("logs.example.com:5555")["fluent-bit/fluent-bit.yaml"])
    (output,) = said["pipeline"]["outputs"]
    assert (output["host"], output["port"], output["mode"]) == ("logs.example.com", 5555, "tcp")


def test_it_reads_what_it_keeps_no_secret_of() -> None:
    """Fluent Bit replaces `${...}` in its configuration: there is nothing to replace."""
    assert not re.search(r"\$\{", text("fluent-bit.yaml"))


def test_the_tag_is_the_one_that_the_filter_expects() -> None:
    tail, kubernetes = (
        yaml.safe_load(text("fluent-bit.yaml"))["pipeline"][part][0]
        for part in ("inputs", "filters")
    )
    path = tail["path"].removesuffix("*.log").replace("/", ".").lstrip(".")
    assert tail["tag"].replace("*", path) == kubernetes["kube_tag_prefix"]


def test_kubectl_makes_objects_of_the_folder_that_kubernetes_takes(tmp_path: Path) -> None:
    write_tree(tmp_path, files())
    command = [str(kubectl_binary()), "kustomize", str(tmp_path / "fluent-bit")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    objects = {each["kind"]: each for each in yaml.safe_load_all(done.stdout)}
    assert sorted(objects) == [
        *("ClusterRole", "ClusterRoleBinding", "ConfigMap", "DaemonSet", "Namespace"),
        "ServiceAccount",
    ]
    assert [problem for each in objects.values() for problem in validate(each)] == []
    held = objects["ConfigMap"]
    assert held["data"] == {name: text(name) for name in ("fluent-bit.yaml", "fields.lua")}
    pod = objects["DaemonSet"]["spec"]["template"]["spec"]
    (config,) = [each["configMap"] for each in pod["volumes"] if "configMap" in each]
    assert config["name"] == held["metadata"]["name"]
    (container,) = pod["containers"]
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    assert container["args"] == ["-c", f"{mounts['config']}/fluent-bit.yaml"]


def test_what_the_documentation_says_of_it_is_valid() -> None:
    text = DOCS.read_text("utf-8")
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
    made = fluent_bit(Platform.model_validate(yaml.safe_load(block)))
    assert [path for path in made if f"| `{path.removeprefix('fluent-bit/')}` |" not in text] == []
    for field in OF_THE_POD:
        assert f"`{'source' if field == 'host' else field}`" in text


def test_a_platform_without_a_gelf_input_has_no_collector() -> None:
    assert fluent_bit(Platform()) == {}
    assert fluent_bit(Platform.model_validate({"monitoring": {}})) == {}
