"""Draws a dashboard from what a real Prometheus answers to its queries.

    python -m tests.lab.grafana.picture sample-service docs/dashboard.svg

It is no screenshot of Grafana, and the picture says so.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Any

from pipelinegen.config.load import Loader
from pipelinegen.render.dashboard import service_dashboard
from pipelinegen.render.quoting import xml
from tests.lab.grafana.queries import Shown, everything, options
from tests.lab.grafana.seed import prometheus_of
from tests.lab.grafana.units import shown as with_unit

# The same at every run.
END = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp())
HOURS = 6
COLUMN, ROW, GAP = 50, 27, 6
TOP, MARGIN = 96, 12
WIDTH = 24 * COLUMN + 2 * MARGIN
COLOURS = ("#3871dc", "#e0702c", "#299c46", "#a352cc", "#c4162a", "#1f9bb0", "#b08b00", "#6b6b6b")
FONT = "font-family='Inter,Helvetica,Arial,sans-serif'"
INK, SOFT, LINE = "#24292f", "#6e7781", "#d8dee4"

Box = tuple[float, float, float, float]


def picture(folder: Path, scratch: Path) -> str:
    """The dashboard of the service in a folder, as SVG."""
    config = Loader().service(folder)
    dashboard = loads(service_dashboard(config))
    start = END - HOURS * 3600
    with prometheus_of([config], END, scratch) as server:
        options(server, dashboard, start, END)
        chosen = {**everything(dashboard), "account": "production"}
        shown = Shown(server, dashboard, start, END, chosen, step=120)
        body = [*_head(dashboard), *_panels(shown)]
    height = TOP + max(_bottom(p) for p in dashboard["panels"]) * ROW + MARGIN
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' "
        f"width='{WIDTH}' height='{height}' {FONT}>\n"
        f"<rect width='{WIDTH}' height='{height}' fill='#f4f5f7'/>\n"
        + "\n".join(body)
        + "\n</svg>\n"
    )


def _bottom(panel: dict[str, Any]) -> int:
    at = panel["gridPos"]
    return int(at["y"] + at["h"])


def _text(x: float, y: float, said: str, size: float = 12, **more: str) -> str:
    attributes = {"fill": INK, **{key.replace("_", "-"): value for key, value in more.items()}}
    said_so = " ".join(f"{key}='{value}'" for key, value in attributes.items())
    return f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' {said_so}>{xml(said)}</text>"


def _head(dashboard: dict[str, Any]) -> Iterator[str]:
    yield _text(MARGIN + 4, 30, dashboard["title"], 20, font_weight="600")
    yield _text(
        WIDTH - MARGIN - 4, 30,
        "drawn from the dashboard's queries on a real Prometheus with made-up samples; "
        "no screenshot of Grafana",
        12, text_anchor="end", fill=SOFT, font_style="italic",
    )  # fmt: skip
    x = float(MARGIN)
    for variable in dashboard["templating"]["list"]:
        value = (variable.get("current") or {"text": ["Prometheus"]})["text"][0]
        label, wide = variable["label"], 7 * len(variable["label"]) + 14
        width = wide + 7 * len(value) + 26
        yield (
            f"<rect x='{x}' y='48' width='{width}' height='26' rx='3' fill='#fff' stroke='{LINE}'/>"
        )
        yield _text(x + 8, 65, label, 12, fill=SOFT)
        yield _text(x + wide + 4, 65, f"{value} ▾", 12)
        x += width + 8
    x = float(WIDTH - MARGIN - 4)
    for link in reversed(dashboard["links"]):
        yield _text(x, 65, f"{link['title']} ↗", 12, text_anchor="end", fill="#1f60c4")
        x -= 7 * len(link["title"]) + 34


def _panels(shown: Shown) -> Iterator[str]:
    marks = [
        at
        for annotation in shown.dashboard["annotations"]["list"]
        if annotation["enable"]
        for series in shown.marks(annotation)
        for at in _begins([at for at, _ in series["values"]])
    ]
    for panel in shown.dashboard["panels"]:
        at = panel["gridPos"]
        x, y = MARGIN + at["x"] * COLUMN + GAP / 2, TOP + at["y"] * ROW + GAP / 2
        box = (x, y, at["w"] * COLUMN - GAP, at["h"] * ROW - GAP)
        if panel["type"] == "row":
            yield _text(x + 2, y + 16, f"⌄ {panel['title']}", 13, font_weight="600")
            continue
        yield (
            f"<rect x='{box[0]}' y='{box[1]}' width='{box[2]}' height='{box[3]}' rx='3' "
            f"fill='#fff' stroke='{LINE}'/>"
        )
        yield _text(x + 10, y + 18, panel["title"], 12.5, font_weight="600")
        yield from _KINDS[panel["type"]](shown, panel, box, marks)


def _begins(times: list[float]) -> Iterator[float]:
    """The first of each run of neighbouring times."""
    for before, at in zip([-math.inf, *times], times, strict=False):
        if at - before > 60:
            yield at


def _number(shown: Shown, panel: dict[str, Any], box: Box, marks: list[float]) -> Iterator[str]:
    answer = shown.answer(panel["targets"][0])
    value = float(answer[0]["value"][1]) if answer else math.nan
    defaults = panel["fieldConfig"]["defaults"]
    colour = "green"
    for step in defaults["thresholds"]["steps"]:
        if step["value"] is None or value >= step["value"]:
            colour = step["color"]
    fill = {"green": "#299c46", "orange": "#e0702c", "red": "#c4162a"}[colour]
    x, y, width, height = box
    yield _text(
        x + width / 2, y + height / 2 + 22, with_unit(value, defaults["unit"]), 28,
        text_anchor="middle", fill=fill, font_weight="500",
    )  # fmt: skip


def _name(target: dict[str, Any], metric: dict[str, str]) -> str:
    said = str(target["legendFormat"])
    for label, value in metric.items():
        said = said.replace("{{" + label + "}}", value)
    return said


def _lines(shown: Shown, panel: dict[str, Any], box: Box, marks: list[float]) -> Iterator[str]:
    defaults = panel["fieldConfig"]["defaults"]
    series = [
        (_name(target, one["metric"]), [(float(t), float(v)) for t, v in one["values"]])
        for target in panel["targets"]
        for one in shown.answer(target)
    ]
    series.sort(key=lambda each: each[0].startswith(("requested", "limit", "wanted")))
    points = [v for _, values in series for _, v in values if math.isfinite(v)]
    low, step, count = _scale(points, defaults["unit"], zero="min" in defaults)
    high = low + step * count
    x, y, width, height = box
    left, right, top, bottom = x + 62, x + width - 12, y + 32, y + height - 44

    def place(at: float, value: float) -> tuple[float, float]:
        across = left + (at - shown.start) / (shown.end - shown.start) * (right - left)
        return across, bottom - (value - low) / (high - low) * (bottom - top)

    for number in range(count + 1):
        value = low + number * step
        _, at = place(shown.start, value)
        yield f"<path d='M{left:.1f} {at:.1f}H{right:.1f}' stroke='{LINE}' stroke-width='.7'/>"
        label = with_unit(value, defaults["unit"])
        yield _text(left - 6, at + 3.5, label, 10, text_anchor="end", fill=SOFT)
    for hour in range(1, HOURS, 2):
        moment = shown.start + hour * 3600
        across, _ = place(moment, low)
        label = datetime.fromtimestamp(moment, UTC).strftime("%H:%M")
        yield _text(across, bottom + 14, label, 10, text_anchor="middle", fill=SOFT)
    for mark in marks:
        across, _ = place(mark, low)
        yield (
            f"<path d='M{across:.1f} {top}V{bottom:.1f}' stroke='#3871dc' stroke-width='.8' "
            "stroke-dasharray='2 3'/>"
        )
    names: dict[str, str] = {}
    for name, values in series:
        fixed = {"requested": "#e0702c", "limit": "#c4162a"}.get(name)
        colour = fixed or COLOURS[len(names) % len(COLOURS)]
        names[name] = colour
        dashed = name.startswith(("requested", "limit", "wanted"))
        dash = " stroke-dasharray='6 4'" if dashed else ""
        yield (
            f"<path d='{_path(place(t, v) for t, v in values if math.isfinite(v))}' fill='none' "
            f"stroke='{colour}' stroke-width='1.4' stroke-linejoin='round'{dash}/>"
        )
    yield from _legend(names, box)


def _path(points: Iterable[tuple[float, float]]) -> str:
    """A line; not across a time without values."""
    made, before = "", -math.inf
    for x, y in points:
        made += f"{'M' if x - before > 12 else 'L'}{x:.1f} {y:.1f}"
        before = x
    return made


def _scale(values: list[float], unit: str, *, zero: bool) -> tuple[float, float, int]:
    """The lowest value, a round step and how many of them."""
    low = 0.0 if zero else min(values, default=0.0)
    high = max(values, default=1.0)
    if high <= low:
        high = low + 1
    rough = (high - low) / 4
    if unit == "bytes":
        step = 2.0 ** math.ceil(math.log2(rough) - 1e-3)
    else:
        power = 10 ** math.floor(math.log10(rough))
        step = next(power * of for of in (1, 2, 2.5, 5, 10) if power * of >= rough * 0.999)
    low = math.floor(low / step) * step
    return low, step, max(1, math.ceil((high - low) / step - 1e-9))


def _legend(names: dict[str, str], box: Box) -> Iterator[str]:
    x, y, width, height = box
    across, down = x + 12, y + height - 12
    for number, (name, colour) in enumerate(names.items()):
        wide = 5.7 * len(name) + 26
        rest = len(names) - number
        if across + wide > x + width - (50 if rest > 1 else 4):
            yield _text(across, down + 3.5, f"… {rest} more", 10, fill=SOFT)
            return
        yield f"<path d='M{across:.1f} {down:.1f}h12' stroke='{colour}' stroke-width='2.5'/>"
        yield _text(across + 16, down + 3.5, name, 10)
        across += wide


def _table(shown: Shown, panel: dict[str, Any], box: Box, marks: list[float]) -> Iterator[str]:
    (organize,) = (t["options"] for t in panel["transformations"] if t["id"] == "organize")
    rows = [one["metric"] for one in shown.answer(panel["targets"][0])]
    columns = sorted(
        {key for row in rows for key in row} - set(organize["excludeByName"]),
        key=lambda name: (organize["indexByName"].get(name, 99), name),
    )
    x, y, width, _ = box
    each = (width - 20) / max(1, len(columns))
    for number, column in enumerate(columns):
        at = x + 12 + number * each
        name = organize["renameByName"].get(column, column)
        yield _text(at, y + 42, name, 11, fill="#1f60c4", font_weight="600")
        for line, row in enumerate(rows):
            yield _text(at, y + 66 + 22 * line, row.get(column, ""), 12)
    yield f"<path d='M{x + 8} {y + 50}h{width - 16}' stroke='{LINE}'/>"


_KINDS = {"stat": _number, "timeseries": _lines, "table": _table}


def main() -> None:
    """Write the picture of the service in the first argument's folder into the second's file."""
    service, target = (Path(argument) for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as scratch:
        target.write_text(picture(service, Path(scratch)), "utf-8")


if __name__ == "__main__":
    main()
