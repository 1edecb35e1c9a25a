"""The picture of the flow: it can be read, by anybody, whatever the texts in it are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from click.testing import CliRunner
from hypothesis import given

from pipelinegen.commands.graph import command
from pipelinegen.config.load import Loader
from pipelinegen.plan.build import build_plan
from pipelinegen.plan.model import Agent, Condition, Gate, Parallel, Plan, Sequence, Stage, Step
from pipelinegen.render.graph import plain
from pipelinegen.render.svg import svg
from pipelinegen.render.svgshapes import COLOURS, HEAD, SMALL, TITLE
from pipelinegen.render.svgtext import width
from tests.configs import load
from tests.strategies import texts

TOP = Path(__file__).parents[2]
SIZES = {"head": HEAD, "title": TITLE, "name": TITLE}
SVG = "{http://www.w3.org/2000/svg}"

EVERYTHING = """
lint: {run: ruff check .}
dependencies: {db: {type: postgres, env: DB}}
tests:
  unit: {run: pytest tests/unit}
  integration: {run: pytest tests/integration, docker: true}
  browsers: {run: pytest tests/browsers, docker: true}
  system: {run: pytest tests/system, modes: {branch: containers, main: deployed}}
stages:
  contract: {after: integration, run: make contract, when: {branch: main}}
  smoke: {after: deploy-stage, run: make smoke}
deploy: {production: {approvers: [leads, "o'hara & <sons>"], waves: [[eu-a, us-b], [eu-b, us-a]]}}
"""


def drawn(folder: Path) -> Element:
    """The picture of the service in a folder, as the command prints it."""
    result = CliRunner().invoke(command, [str(folder), "--format", "svg"])
    assert (result.exit_code, result.stderr) == (0, "")
    return ElementTree.fromstring(result.stdout)


def shown(element: Element) -> list[str]:
    """Every text that is seen, in its order."""
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


def bands(picture: Element) -> dict[str, Element]:
    return {shown(group)[0]: group for group in picture.findall(f"{SVG}g")}


def tooltips(element: Element) -> list[str]:
    return [title.text or "" for title in element.iter(f"{SVG}title")]


def test_each_account_is_a_band_with_its_stages_in_order(tmp_path: Path) -> None:
    load(tmp_path, EVERYTHING)
    found = bands(drawn(tmp_path))
    build, test, stage, production = found.values()
    assert list(found) == [
        "Build and testin every build unless marked",
        "Test account1 cluster in 1 region",
        "Stage account1 cluster in 1 region",
        "Production account4 clusters in 2 regions",
    ]
    assert shown(build)[1:3] == ["Checks", "in parallel"]
    assert shown(test)[1:] == [
        *("on main", "System tests beside", "what is deployed", "Temporary", "release"),
        *("System tests", "Deploy to test", "eu-west-1", "test-eu"),
    ]
    # A stage of the team's own stays where it runs; only what differs has a mark.
    assert shown(stage)[1:] == ["Deploy to stage", "on main", "eu-west-1", "stage-eu", "Smoke"]
    assert shown(production)[-10:] == [
        *("Wave 1", "eu-west-1", "eu-a", "us-east-1", "us-b"),
        *("Wave 2", "eu-west-1", "eu-b", "us-east-1", "us-a"),
    ]


def test_a_condition_stands_where_it_holds(tmp_path: Path) -> None:
    load(tmp_path, EVERYTHING)
    build = next(iter(bands(drawn(tmp_path)).values()))
    texts = shown(build)
    assert texts[texts.index("Contract") + 1] == "on main"
    assert texts[texts.index("containers") + 1] == "not on main"
    assert texts.count("on main") == texts.count("not on main") == 1


def test_the_gate_has_a_shape_of_its_own_and_tells_who_is_waited_for(tmp_path: Path) -> None:
    load(tmp_path, EVERYTHING)
    picture = drawn(tmp_path)
    (gate,) = [
        g for g in picture.iter(f"{SVG}g") if g.find(f"{SVG}path[@class='gate']") is not None
    ]
    assert "by leads, o'hara & <sons>" in " ".join(shown(gate))
    assert "waits up to 24 h" in shown(gate)


def test_who_does_not_see_it_is_told(tmp_path: Path) -> None:
    load(tmp_path, EVERYTHING)
    picture = drawn(tmp_path)
    title, description = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None and description is not None
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "The pipeline of orders"
    told = description.text or ""
    assert "Checks (Lint, Unit tests in parallel), then Image, then Tests (" in told
    assert told.endswith("Production account: Approve production, then Wave 1, then Wave 2.")


def test_of_many_clusters_the_regions_are_counted_and_the_names_told(tmp_path: Path) -> None:
    regions = {f"region-{r}": [f"c-{r}-{c}" for c in range(5)] for r in range(12)}
    clusters = {name: region for region, names in regions.items() for name in names}
    step = Step("deployWave", {"account": "production", "kubeconfigs": dict.fromkeys(clusters, "")})
    picture = ElementTree.fromstring(svg(flow(Stage("x", "Deploy", step, None)), clusters))
    assert shown(picture)[2:] == [
        "Deploy",
        *(f"5 \u00d7 region-{r}" for r in range(7)),
        "and 5 regions more",
    ]
    (told,) = tooltips(picture)[1:]
    for region, names in regions.items():
        assert f"{region}: {', '.join(names)}" in told


def flow(*nodes: Stage | Parallel | Sequence, name: str = "orders") -> Plan:
    return Plan(name, "shop", "lib", "label", None, 1, 1, True, nodes, None)


def everywhere(text: str) -> Plan:
    """A plan that has a text at every place for one."""
    step = Step("runTests", {"command": text})
    deploy = Step("deployWave", {"account": text, "kubeconfigs": {text: text, f"{text}2": text}})
    stage = Stage(text, text, step, Agent(".", "Dockerfile"), when=Condition((text,)))
    gate = Stage(text, text, step, None, gate=Gate(text, (text,), 24))
    inner = (stage, stage)
    waves = Sequence(text, text, (Stage(text, text, deploy, None),) * 13)
    frame = Sequence(text, text, inner, when=Condition((text,)))
    return flow(stage, Parallel(text, inner), frame, gate, waves, name=text)


@given(text=texts(min_size=1))
def test_any_text_is_in_it_as_the_text_that_it_is(text: str) -> None:
    picture = ElementTree.fromstring(svg(everywhere(text), {text: text}))
    told = tooltips(picture)
    assert told[0] == f"The pipeline of {plain(text)}"
    # Each box and each frame tells its whole title, however much of it there is room for.
    boxes = ("box", "gate", "frame")
    drawn = [e for e in picture.iter() if e.get("class") in boxes]
    assert len(drawn) == len(told) - 1 == 8 + 13
    assert all(title.startswith(plain(text)) for title in told[1:])


def boxes_with_texts(picture: Element) -> Iterator[tuple[Element, Element]]:
    """Each box, frame, gate or pill with a text in it."""
    for group in picture.iter(f"{SVG}g"):
        around = group.find(f"{SVG}rect")
        if around is None:
            continue
        pill = None
        for element in group:
            pill = element if element.get("class") == "pill" else pill
            if element.tag == f"{SVG}text":
                yield (pill if element.get("class") == "where" and pill is not None else around,
                       element)  # fmt: skip


def number(element: Element, name: str) -> float:
    return float(element.get(name, "nan"))


@given(text=texts(min_size=1))
def test_no_text_leaves_its_box(text: str) -> None:
    picture = ElementTree.fromstring(svg(everywhere(text), {text: text}))
    seen = 0
    for box, label in boxes_with_texts(picture):
        left, right = number(box, "x"), number(box, "x") + number(box, "width")
        size = SIZES.get(label.get("class", ""), SMALL)
        wide = width(label.text or "", size)
        if (behind := label.find(f"{SVG}tspan")) is not None:
            wide += number(behind, "dx") + width(behind.text or "", SMALL)
        x = number(label, "x") - (wide / 2 if label.get("class") == "where" else 0)
        assert left <= x and x + wide <= right, label.text
        top, bottom = number(box, "y"), number(box, "y") + number(box, "height")
        assert top < number(label, "y") - size * 0.7 and number(label, "y") + 2 < bottom
        seen += 1
    assert seen >= 20


def places(picture: Element, kind: str) -> list[tuple[float, ...]]:
    rects = [e for e in picture.iter(f"{SVG}rect") if e.get("class") == kind]
    return [tuple(number(e, key) for key in ("x", "y", "width", "height")) for e in rects]


@pytest.mark.parametrize("many", [False, True], ids=["sample", "many waves"])
def test_nothing_overlaps_or_leaves_the_picture(many: bool) -> None:
    picture = drawn(TOP / "sample-service")
    if many:
        picture = ElementTree.fromstring(svg(everywhere("x"), {"x": "region"}))
    for kind in ("band", "box"):
        found = places(picture, kind)
        assert len(found) >= 2
        for i, (x, y, w, h) in enumerate(found):
            assert x >= 0 and x + w <= number(picture, "width")
            assert y >= 0 and y + h <= number(picture, "height")
            for u, v, p, q in found[i + 1 :]:
                assert x + w <= u or u + p <= x or y + h <= v or v + q <= y


# What stands on what.
ON = {
    "canvas": ("head", "small"),
    "frame": ("caption", "small"),
    "box": ("title", "small", "cluster"),
    "gate": ("title", "small"),
    "pill": ("where",),
    "band": ("name", "small"),
    "test band": ("test name", "small"),
    "stage band": ("stage name", "small"),
    "production band": ("production name", "small"),
}


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
def test_every_text_and_line_stands_out_from_what_it_is_on(mode: int) -> None:
    for ground, classes in ON.items():
        under = COLOURS[ground][mode].split()[0]
        for name in classes:
            assert contrast(COLOURS[name][mode].split()[0], under) >= 4.5, (name, ground)
        if ground.endswith("band") or ground == "canvas":
            assert contrast(COLOURS["tip"][mode], under) >= 3, ground
            assert contrast(COLOURS["line"][mode].split()[1], under) >= 3, ground
    # Nothing has a class that the style sheet does not know, or a ground that is not held above.
    plan = build_plan(Loader().service(TOP / "sample-service"))
    used = set(re.findall(r' class="(?!pipelinegen)(\w+)"', svg(plan, {})))
    assert used - {"build", "test", "stage", "production"} <= COLOURS.keys()


def test_the_readmes_picture_is_of_the_service_as_it_is() -> None:
    result = CliRunner().invoke(command, [str(TOP / "sample-service"), "--format", "svg"])
    expected = (TOP / "docs" / "sample-service.svg").read_text("utf-8")
    assert result.stdout == expected, "look at the picture, then run: make golden"
    assert "](docs/sample-service.svg)" in (TOP / "README.md").read_text("utf-8")
