"""Any text in any free-text key of the two files arrives as it was, as Groovy and Helm read it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pipelinegen import data
from pipelinegen.config import names, pod
from pipelinegen.config.load import Loader
from pipelinegen.config.loaded import Config
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.values import files_for
from pipelinegen.render.files import files
from tests.configs import DOCKERFILE
from tests.helpers import write_tree
from tests.lab.groovy import Groovy, Node
from tests.lab.helm import Helm, values_text
from tests.strategies import texts


def like(kind: Any) -> st.SearchStrategy[str]:
    """Nasty text that a key of this type takes."""
    adapter = TypeAdapter(kind)

    def takes(text: str) -> bool:
        try:
            adapter.validate_python(text, strict=True)
        except ValidationError:
            return False
        return True

    return texts(min_size=1, max_size=60).filter(takes)


TEXT = like(names.Text)
COMMAND = like(names.Command)
APPROVER = st.sampled_from(["shop-leads", "o'neil", "$USER", "a b", "${x}", '"q"', "ü\\n"])
EMAIL = st.sampled_from(["a@example.com", "o'neil+$x@example.com", "${a}@b.c", "`id`@x.y"])
GLOB = st.sampled_from(["reports/*.xml", "it's/**/$x.xml", "a b/*.xml", "${x}/*.xml,b.xml"])
VALUE = texts(max_size=60).filter(lambda text: _is_printable(text))


def _is_printable(text: str) -> bool:
    try:
        names.printable(text)
    except ValueError:
        return False
    return True


PATH = texts(max_size=60).map(lambda text: f"/{text}").filter(lambda text: _is_path(text))


def _is_path(text: str) -> bool:
    try:
        TypeAdapter(pod.ContainerPath).validate_python(text)
    except ValidationError:
        return False
    return text != "/tmp"


CONFIG = st.fixed_dictionaries(
    {
        "command": COMMAND,
        "label": TEXT,
        "value": VALUE,
        "glob": GLOB,
        "approver": APPROVER,
        "slack": TEXT,
        "email": EMAIL,
        "context": TEXT,
        "annotation": VALUE,
        "path": PATH,
        "remote": TEXT,
        "file": VALUE,
        "description": TEXT,
    }
)


def config_of(folder: Path, said: dict[str, str]) -> Config:
    """A service in which every free-text key holds something nasty."""
    platform = {
        "apiVersion": "pipelinegen/v1",
        "registry": {"url": "registry.example.com/shop"},
        "jenkins": {"label": said["label"]},
        "regions": {"eu": {"description": said["description"]}},
        "accounts": {
            "production": {"clusters": {"eu-a": {"region": "eu", "context": said["context"]}}}
        },
    }
    service = {
        "apiVersion": "pipelinegen/v1",
        "service": {"name": "orders", "team": "shop", "description": said["description"]},
        "platform": "platform.yaml",
        "lint": {"run": said["command"]},
        "tests": {
            "unit": {
                "run": said["command"],
                "env": {"A": said["value"]},
                "junit": said["glob"],
                "coverage": said["glob"],
            },
            "system": {"run": said["command"]},
        },
        "stages": {"own": {"after": "unit", "run": said["command"]}},
        "notify": {"slack": said["slack"], "email": [said["email"]]},
        "deploy": {
            "env": {"A": said["value"]},
            "secrets": {"S": {"store": "s", "remote": said["remote"], "property": said["remote"]}},
            "configFiles": {said["path"]: said["file"]},
            "serviceAccount": {"annotations": {"a": said["annotation"]}},
            "ingress": {"host": "a.example.com", "annotations": {"b": said["annotation"]}},
            "production": {"approvers": [said["approver"]]},
        },
    }
    write_tree(
        folder,
        {
            "Dockerfile": DOCKERFILE,
            "platform.yaml": values_text(platform),
            "pipeline.yaml": values_text(service),
        },
    )
    return Loader().service(folder)


def calls(tree: Node, name: str) -> list[Any]:
    """The arguments of every call of a step."""
    return [node.arg for node in tree.walk() if node.name == name]


@settings(max_examples=150)
@given(said=CONFIG)
def test_groovy_sees_the_very_text_of_every_key(groovy: Groovy, said: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        config = config_of(Path(temporary), said)
        tree = groovy.declarative(files(config)["Jenkinsfile"])
        by_name = {call["name"]: call for call in calls(tree, "runTests")}
        assert {name: call["command"] for name, call in by_name.items()} == dict.fromkeys(
            ("lint", "unit", "own", "system"), said["command"]
        )
        assert by_name["unit"]["env"]["A"] == said["value"]
        assert by_name["unit"]["junit"] == by_name["unit"]["coverage"] == said["glob"]
        assert set(calls(tree, "label")) == {said["label"]}
        assert calls(tree, "submitter") == [said["approver"]]
        told = calls(tree, "notifyTeam")
        assert {call["slack"] for call in told} == {said["slack"]}
        assert {call["email"] for call in told} == {said["email"]}
        # Nothing but what the plan has: a text that became code would add a stage or a call.
        expected = [t for n in build_plan(config).nodes for t in _titles(n)]
        assert [stage.arg for stage in tree.stages()] == expected


def _titles(node: Any) -> list[str]:
    return [node.title, *(stage.title for stage in getattr(node, "stages", ()))]


@settings(max_examples=40)
@given(said=CONFIG)
def test_kubernetes_gets_the_very_text_of_every_value(helm: Helm, said: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        config = config_of(folder, said)
        write_tree(folder, files(config))
        paths = [folder / path for path in files_for(config, "eu", "eu-a")]
        given = {"image.digest": "sha256:" + "0" * 64}
        manifests = helm.template("orders", data.chart(), paths, set_=given)
        kinds = {manifest["kind"]: manifest for manifest in manifests}
        (container,) = kinds["Deployment"]["spec"]["template"]["spec"]["containers"]
        env = {entry["name"]: entry.get("value", "") for entry in container["env"]}
        assert env["A"] == said["value"]
        assert kinds["ServiceAccount"]["metadata"]["annotations"]["a"] == said["annotation"]
        assert kinds["Ingress"]["metadata"]["annotations"]["b"] == said["annotation"]
        (mount,) = (mount for mount in container["volumeMounts"] if "subPath" in mount)
        assert mount["mountPath"] == said["path"]
        assert kinds["ConfigMap"]["data"] == {mount["subPath"]: said["file"]}
        (stored,) = kinds["ExternalSecret"]["spec"]["data"]
        assert stored["remoteRef"] == {"key": said["remote"], "property": said["remote"]}
