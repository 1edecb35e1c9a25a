"""The plan as an SVG picture: for a README, a wiki, a pull request.

It has its own background and colours for light and dark, text in the machine's own font with room
for the widest one, and nothing that has to be fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelinegen.plan.model import Plan
from pipelinegen.render.flow import BUILD, Band, Box, Column, bands, description
from pipelinegen.render.quoting import xml
from pipelinegen.render.svgshapes import (
    CLASS,
    HEAD,
    PILL,
    SMALL,
    SMALL_LINE,
    TITLE,
    TITLE_LINE,
    arrow,
    bar,
    hexagon,
    pill,
    pill_width,
    rect,
    style,
    text,
)
from pipelinegen.render.svgtext import cut, cut_middle, width, wrap

WIDTH = 900
EDGE, PAD = 16, 20  # around the picture, within a band
COLUMN, GAP = 146, 24
INSIDE = 10  # from a box to its text
FRAME = 8  # from a frame to its boxes
BAND_GAP, ROW_GAP = 30, 34
BAND_HEAD = 40
MOST = 5  # columns in a row
MOST_LINES = 8  # of clusters in a box


def svg(plan: Plan, regions: Mapping[str, str]) -> str:
    """The picture.

    Args:
        plan: the service's plan.
        regions: the region of each cluster.
    """
    found = bands(plan, regions)
    body: list[str] = []
    y = EDGE + 34.0
    down = 0.0
    for line in _lines(found):
        high = max(map(_height, line))
        if down:
            body.append(arrow([(down, y - BAND_GAP + 2), (down, y - 2)]))
        x = float(EDGE)
        for i, band in enumerate(line):
            last = i == len(line) - 1
            wide = WIDTH - EDGE - x if last else _needed(band)
            _band(band, (x, y, wide, high), body)
            if not last:
                middle = y + (BAND_HEAD + high - PAD) / 2
                body.append(arrow([(x + wide + 2, middle), (x + wide + BAND_GAP - 2, middle)]))
            down = x + PAD + COLUMN / 2
            x += wide + BAND_GAP
        y += high + BAND_GAP
    height = round(y - BAND_GAP + EDGE)
    name = f"pipeline-{xml(plan.service)}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{CLASS}" width="{WIDTH}" '
            f'height="{height}" viewBox="0 0 {WIDTH} {height}" role="img" '
            f'aria-labelledby="{name}-title {name}-text">',
            f'<title id="{name}-title">The pipeline of {xml(plan.service)}</title>',
            f'<desc id="{name}-text">{xml(description(found))}</desc>',
            f"<style>{style()}</style>",
            rect("canvas", 0.5, 0.5, WIDTH - 1, height - 1, 10),
            text("head", EDGE + 2, EDGE + 18, cut(plan.service, 500, HEAD), _team(plan)),
            *body,
            "</svg>\n",
        ]
    )


def _team(plan: Plan) -> str:
    return cut(f"team {plan.team}", 300, SMALL)


# Bands


def _lines(found: Sequence[Band]) -> list[list[Band]]:
    """The bands of each line: accounts with little in them stand beside each other."""
    lines: list[list[Band]] = []
    for band in found:
        before = lines[-1] if lines else []
        alone = BUILD in (band.kind, *(other.kind for other in before))
        together = [*before, band]
        wide = sum(map(_needed, together)) + BAND_GAP * (len(together) - 1)
        if before and not alone and wide <= WIDTH - 2 * EDGE:
            before.append(band)
        else:
            lines.append([band])
    return lines


def _needed(band: Band) -> float:
    """How wide the band has to be for its head and its longest row."""
    row = max(map(len, _rows(band.columns)))
    head = width(_title(band), TITLE) + 10 + width(band.note, SMALL)
    if band.where:
        head += 20 + pill_width(_where(band))
    return 2 * PAD + max(head, row * (COLUMN + GAP) - GAP)


def _title(band: Band) -> str:
    return cut(band.title, 250, TITLE)


def _where(band: Band) -> str:
    return cut(band.where, 300, SMALL)


def _height(band: Band) -> float:
    heights = [max(map(_column_height, row)) for row in _rows(band.columns)]
    return BAND_HEAD + sum(heights) + ROW_GAP * (len(heights) - 1) + PAD


def _band(band: Band, place: tuple[float, float, float, float], body: list[str]) -> None:
    """Draw a band at ``place``: x, y, width, height."""
    x, y, wide, high = place
    body.append(f'<g class="{band.kind if band.kind in _KINDS else BUILD}">')
    body.append(rect("band", *place, 10))
    body.append(text("name", x + PAD, y + 25, _title(band), band.note))
    if band.where:
        body.append(pill(_where(band), x + wide - PAD - pill_width(_where(band)), y + 12))
    rows = _rows(band.columns)
    left, top = x + PAD, y + BAND_HEAD
    start: tuple[float, float] | None = None
    for row in rows:
        # Where there is one row, it stands in the middle of what the bands beside it need.
        tall = max(map(_column_height, row)) if len(rows) > 1 else high - BAND_HEAD - PAD
        middle = top + tall / 2
        if start:
            body.append(_turn(start, (left, middle), top - ROW_GAP / 2))
        for i, column in enumerate(row):
            at = left + i * (COLUMN + GAP)
            if i:
                body.append(arrow([(at - GAP + 2, middle), (at - 2, middle)]))
            _column(column, at, middle, body)
        start = (left + len(row) * (COLUMN + GAP) - GAP, middle)
        top += tall + ROW_GAP
    body.append("</g>")


def _turn(start: tuple[float, float], end: tuple[float, float], between: float) -> str:
    """The arrow from a row's end to the beginning of the next one."""
    (x, y), (left, middle) = start, end
    out, back = x + 12, left - 12
    way = [(x + 2, y), (out, y), (out, between), (back, between), (back, middle)]
    return arrow([*way, (left - 2, middle)])


_KINDS = (BUILD, "test", "stage", "production")


def _rows(columns: Sequence[Column]) -> list[Sequence[Column]]:
    """The columns on as few rows as need be, all of about one length."""
    rows = -(-len(columns) // MOST)
    each = -(-len(columns) // rows)
    return [columns[i : i + each] for i in range(0, len(columns), each)]


# A column, and the boxes in it.


def _caption(column: Column) -> list[str]:
    lines = wrap(column.caption, COLUMN - 2 * FRAME, SMALL, 3)
    return lines if column.follows else [*lines, "in parallel"]


def _between(column: Column) -> float:
    return 16 if column.follows else 8


def _column_height(column: Column) -> float:
    if not column.caption:
        return _box_height(column.boxes[0], COLUMN)
    inner = sum(_box_height(box, COLUMN - 2 * FRAME) for box in column.boxes)
    head = len(_caption(column)) * SMALL_LINE + (PILL + 6 if column.where else 0)
    return 2 * FRAME + head + 6 + inner + _between(column) * (len(column.boxes) - 1)


def _column(column: Column, x: float, middle: float, body: list[str]) -> None:
    height = _column_height(column)
    y = middle - height / 2
    if not column.caption:
        _box(column.boxes[0], x, y, COLUMN, body)
        return
    body.append(f"<g><title>{xml(column.caption)}</title>")
    body.append(rect("frame", x, y, COLUMN, height, 8))
    y += FRAME
    for i, line in enumerate(_caption(column)):
        parallel = not column.follows and i == len(_caption(column)) - 1
        y += SMALL_LINE
        body.append(text("small" if parallel else "caption", x + FRAME + 2, y - 3, line))
    if column.where:
        body.append(pill(cut(column.where, COLUMN - 2 * FRAME - 14, SMALL), x + FRAME, y + 4))
        y += PILL + 6
    y += 6
    body.append("</g>")
    for i, box in enumerate(column.boxes):
        if i and column.follows:
            body.append(arrow([(x + COLUMN / 2, y - 15), (x + COLUMN / 2, y - 2)]))
        _box(box, x + FRAME, y, COLUMN - 2 * FRAME, body)
        y += _box_height(box, COLUMN - 2 * FRAME) + _between(column)


def _titles(box: Box, wide: float) -> list[str]:
    return wrap(box.title, wide - 2 * INSIDE, TITLE, 3)


def _details(box: Box, wide: float) -> list[tuple[str, str]]:
    """The lines below the title, each with its class."""
    most = wide - 2 * INSIDE
    lines = [("small", line) for detail in box.details for line in wrap(detail, most, SMALL, 2)]
    names: list[tuple[str, str]] = []
    for region, clusters in box.clusters:
        if region:
            names.append(("small", cut_middle(region, most, SMALL)))
        names += [("cluster", line) for line in _packed(clusters, most)]
    if len(names) <= MOST_LINES:
        return lines + names
    # Too many for their names: those are in the tooltip.
    counts = [(f"{len(clusters)} \u00d7 ", region) for region, clusters in box.clusters]
    if len(counts) > MOST_LINES:
        rest = len(counts) - MOST_LINES + 1
        counts = counts[: MOST_LINES - 1]
        more = [("small", f"and {rest} regions more")]
    else:
        more = []
    shown = [n + cut_middle(r, most - width(n, SMALL), SMALL) for n, r in counts]
    return lines + [("cluster", line) for line in shown] + more


def _packed(names: Sequence[str], most: float) -> list[str]:
    """Names, as many on a line as fit."""
    lines: list[str] = []
    for name in names:
        joined = f"{lines[-1]}, {name}" if lines else ""
        if joined and width(joined, SMALL) <= most:
            lines[-1] = joined
        else:
            lines.append(cut_middle(name, most, SMALL))
    return lines


def _box_height(box: Box, wide: float) -> float:
    lines = len(_titles(box, wide)) * TITLE_LINE + len(_details(box, wide)) * SMALL_LINE
    return 2 * 8 + lines + (PILL + 6 if box.where else 0)


def _box(box: Box, x: float, y: float, wide: float, body: list[str]) -> None:
    height = _box_height(box, wide)
    names = [f"{region}: {', '.join(names)}" for region, names in box.clusters]
    body.append(f"<g><title>{xml('; '.join([box.tooltip, *names]))}</title>")
    if box.gate:
        body.append(hexagon(x, y, wide, height))
    else:
        body += [rect("box", x, y, wide, height, 4), bar(x, y, height)]
    x += INSIDE + (4 if box.gate else 0)
    y += 8
    for line in _titles(box, wide):
        body.append(text("title", x, y + 13, line))
        y += TITLE_LINE
    if box.where:
        body.append(pill(cut(box.where, wide - 2 * INSIDE - 14, SMALL), x, y + 4))
        y += PILL + 6
    for kind, line in _details(box, wide):
        body.append(text(kind, x, y + 12, line))
        y += SMALL_LINE
    body.append("</g>")
