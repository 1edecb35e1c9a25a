"""The shapes of a picture, and their colours in light and dark.

Each text has a contrast of at least 4.5 to what it stands on (WCAG 2.2, AA); a test holds that.
Colours are never the only sign: accounts have a title, a gate has a shape of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipelinegen.render.quoting import xml
from pipelinegen.render.svgtext import width

# Sizes of text, and the height of a line of each.
HEAD, TITLE, SMALL = 18, 13, 11
TITLE_LINE, SMALL_LINE, PILL = 17, 15, 18
_PILL_INSIDE = 7

Point = tuple[float, float]

# The outermost class keeps the rules within the picture, where that is a part of a page.
CLASS = "pipelinegen"

# Of each class the fill and the stroke, in light and in dark. A class in a class is a band's own.
COLOURS: dict[str, tuple[str, str]] = {
    "canvas": ("#ffffff #d1d9e0", "#0d1117 #3d444d"),
    "head": ("#1f2328", "#f0f6fc"),
    "title": ("#1f2328", "#f0f6fc"),
    "cluster": ("#1f2328", "#f0f6fc"),
    "caption": ("#1f2328", "#f0f6fc"),
    "small": ("#59636e", "#9ea7b3"),
    "name": ("#3d4752", "#c3ccd6"),
    "band": ("#f6f8fa #d1d9e0", "#151b23 #3d444d"),
    "frame": ("#e9edf1 #c8d1da", "#1f262f #454d57"),
    "box": ("#ffffff #afb8c1", "#0d1117 #59626d"),
    "bar": ("#818b98", "#818b98"),
    "gate": ("#fff5d6 #9a6700", "#2b220b #d29922"),
    "pill": ("#ffffff #818b98", "#0d1117 #818b98"),
    "where": ("#3d4752", "#c3ccd6"),
    "line": ("none #6e7781", "none #8b949e"),
    "tip": ("#6e7781", "#8b949e"),
    "test band": ("#eef6ff #b6d4f5", "#0f1d30 #26466d"),
    "test name": ("#0550ae", "#79c0ff"),
    "test bar": ("#0969da", "#388bfd"),
    "stage band": ("#f8f2ff #dcc8f5", "#1d1630 #473673"),
    "stage name": ("#6639ba", "#d2a8ff"),
    "stage bar": ("#8250df", "#a371f7"),
    "production band": ("#eefaf0 #b0dfba", "#0f2117 #245533"),
    "production name": ("#116329", "#7ee787"),
    "production bar": ("#1a7f37", "#2ea043"),
}

_FONT = '-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif'
_SIZES = {
    "text": f"font-family:{_FONT};font-size:{SMALL}px",
    ".head": f"font-size:{HEAD}px;font-weight:600",
    ".title": f"font-size:{TITLE}px;font-weight:600",
    ".name": f"font-size:{TITLE}px;font-weight:600",
    ".caption": "font-weight:600",
    ".small": f"font-size:{SMALL}px;font-weight:400",
    ".where": "text-anchor:middle",
    ".line": "stroke-width:1.5",
}


def style() -> str:
    """The picture's style sheet: light, and what differs in the dark."""
    light, dark = ("".join(_rule(name, two[i]) for name, two in COLOURS.items()) for i in (0, 1))
    sizes = "".join(f".{CLASS} {name}{{{said}}}" for name, said in _SIZES.items())
    return f"{sizes}{light}@media (prefers-color-scheme:dark){{{dark}}}"


def _rule(classes: str, colours: str) -> str:
    selector = " ".join(f".{name}" for name in (CLASS, *classes.split()))
    said = zip(("fill", "stroke"), colours.split(), strict=False)
    return f"{selector}{{{';'.join(f'{key}:{colour}' for key, colour in said)}}}"


def rect(kind: str, x: float, y: float, wide: float, high: float, radius: float) -> str:
    """A rectangle with round corners."""
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" '
        f'rx="{radius:g}"/>'
    )


def text(kind: str, x: float, y: float, shown: str, small: str = "") -> str:
    """One line of text from ``x`` on, its base line at ``y``; ``small`` goes on behind it."""
    behind = f'<tspan class="small" dx="10">{xml(small)}</tspan>' if small else ""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}">{xml(shown)}{behind}</text>'


def bar(x: float, y: float, high: float) -> str:
    """The coloured left edge of a box."""
    return f'<path class="bar" d="M{x + 4:g} {y:g}a4 4 0 0 0-4 4v{high - 8:g}a4 4 0 0 0 4 4z"/>'


def hexagon(x: float, y: float, wide: float, high: float) -> str:
    """A gate: pointed to both sides."""
    tip = 9
    return (
        f'<path class="gate" d="M{x + tip:g} {y:g}H{x + wide - tip:g}L{x + wide:g} '
        f"{y + high / 2:g}L{x + wide - tip:g} {y + high:g}H{x + tip:g}L{x:g} "
        f'{y + high / 2:g}z"/>'
    )


def pill_width(shown: str) -> float:
    """How wide the pill around a text is."""
    return width(shown, SMALL) + 2 * _PILL_INSIDE


def pill(shown: str, x: float, y: float) -> str:
    """A condition."""
    wide = pill_width(shown)
    middle = text("where", x + wide / 2, y + 13, shown)
    return rect("pill", x, y, wide, PILL, PILL / 2) + middle


def arrow(points: Sequence[Point]) -> str:
    """A line through the points, its corners round, with a tip at the last one."""
    (x, y), (u, _) = points[-1], points[-2]
    if x != u:
        s = 1 if x > u else -1
        end, tip = (x - 5 * s, y), f"M{x:g} {y:g}l{-7 * s} -4v8z"
    else:
        end, tip = (x, y - 5), f"M{x:g} {y:g}l-4 -7h8z"
    path = [f"M{points[0][0]:g} {points[0][1]:g}"]
    way = [*points[:-1], end]
    for before, corner, after in zip(way, way[1:], way[2:], strict=False):
        a, b = _towards(corner, before), _towards(corner, after)
        path.append(f"L{a[0]:g} {a[1]:g}Q{corner[0]:g} {corner[1]:g} {b[0]:g} {b[1]:g}")
    path.append(f"L{end[0]:g} {end[1]:g}")
    return f'<path class="line" d="{"".join(path)}"/><path class="tip" d="{tip}"/>'


def _towards(start: Point, end: Point) -> Point:
    """The point a corner's radius away from ``start``."""
    far = abs(end[0] - start[0]) + abs(end[1] - start[1])
    part = min(6.0, far / 2) / far if far else 0
    return (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
