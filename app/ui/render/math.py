"""Formulas: LaTeX to SVG by ziamath in a worker, SVG to pictures here, kept by source.

ziamath's time doubles with every level of nesting, so what a formula may cost is bounded before
it is tried (about half a second at the most). What is too costly, too large or not understood
stays readable source.
"""

from __future__ import annotations

import logging
import math
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

_log = logging.getLogger(__name__)
_COST = 2500
_LENGTH = 1200
_WIDEST, _HIGHEST = 2400, 1600
_KEPT = 512
_STEP = re.compile(r"\\(?:left|begin)\b|\\(?:right|end)\b|[{}]|\\.|.", re.DOTALL)

Batch = Callable[[], "list[Drawing | None]"]


class Defer(Protocol):
    """Runs a function off the GUI thread and hands its result back: Tasks.call."""

    def __call__(
        self, function: Batch, on_result: Callable[[list[Drawing | None]], None]
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A formula as it is to look. size and x_height: of the text around it, in pixels."""

    latex: str
    display: bool
    color: str
    size: float
    x_height: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """A formula's SVG and its measures in pixels; descent is what hangs below the line."""

    svg: str
    width: float
    height: float
    descent: float


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula ready to be shown. name: of its picture, which is width x height pixels with the
    drawing `top` pixels below its upper edge."""

    name: str
    wanted: Wanted
    drawing: Drawing
    width: int
    height: int
    top: float


class MathShelf(QObject):
    """Formulas by their source. Without `defer` they are made at once (tests, export)."""

    ready = Signal()

    def __init__(self, defer: Defer | None = None) -> None:
        super().__init__()
        self._defer = defer
        self._made: OrderedDict[Wanted, Formula | None] = OrderedDict()
        self._by_name: dict[str, Formula] = {}
        self._waiting: list[Wanted] = []
        self._busy: list[Wanted] = []
        self._count = 0

    def get(self, wanted: Wanted) -> Formula | None:
        """The formula, or None while it is being made and when it can't be."""
        if wanted in self._made:
            self._made.move_to_end(wanted)
            return self._made[wanted]
        if cost(wanted.latex) > _COST or len(wanted.latex) > _LENGTH:
            self._keep(wanted, None)
        elif self._defer is None:
            self._keep(wanted, draw(wanted))
        elif wanted not in self._waiting and wanted not in self._busy:
            self._waiting.append(wanted)
            self._start()
        return self._made.get(wanted)

    def picture(self, name: str, scale: float) -> QImage | None:
        """The picture under a name that `get` gave, for `scale` device pixels a pixel."""
        formula = self._by_name.get(name)
        if formula is None:
            return None
        image = QImage(
            round(formula.width * scale),
            round(formula.height * scale),
            QImage.Format.Format_ARGB32_Premultiplied,
        )
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.scale(scale, scale)
        drawing = formula.drawing
        place = QRectF(0, formula.top, drawing.width, drawing.height)
        QSvgRenderer(QByteArray(drawing.svg.encode())).render(painter, place)
        painter.end()
        return image

    def source(self, name: str) -> str:
        """The LaTeX behind a picture, with its marks; empty for an unknown name."""
        formula = self._by_name.get(name)
        if formula is None:
            return ""
        mark = "$$" if formula.wanted.display else "$"
        return f"{mark}{formula.wanted.latex}{mark}"

    def _start(self) -> None:
        if self._busy or not self._waiting or self._defer is None:
            return
        self._busy, self._waiting = self._waiting, []
        batch = tuple(self._busy)
        self._defer(lambda: [draw(each) for each in batch], self._take)

    def _take(self, drawings: list[Drawing | None]) -> None:
        for wanted, drawing in zip(self._busy, drawings, strict=True):
            self._keep(wanted, drawing)
        self._busy = []
        self.ready.emit()
        self._start()

    def _keep(self, wanted: Wanted, drawing: Drawing | None) -> None:
        formula = None
        if drawing is not None:
            self._count += 1
            formula = _placed(f"math:{self._count}", wanted, drawing)
            self._by_name[formula.name] = formula
        self._made[wanted] = formula
        if len(self._made) > _KEPT:
            _, old = self._made.popitem(last=False)
            if old is not None:
                del self._by_name[old.name]


def cost(latex: str) -> float:
    """What a formula may cost to set, in units of about a quarter of a millisecond."""
    total, depth = 0.0, 0
    for match in _STEP.finditer(latex):
        step = match[0]
        if step == "{" or step in (r"\left", r"\begin"):
            depth += 1
        elif step == "}" or step in (r"\right", r"\end"):
            depth = max(0, depth - 1)
        elif step in "^_":
            total += 1
        if depth > 12:
            return float("inf")
        total += 2.0**depth
    return total


def draw(wanted: Wanted) -> Drawing | None:
    """Set one formula; None when it is not understood or comes out absurdly large."""
    import ziamath

    ziamath.config.svg2 = False
    try:
        made = ziamath.Latex(
            wanted.latex,
            size=wanted.size * 1.08,
            color=wanted.color,
            inline=not wanted.display,
        )
        width, height = made.getsize()
        if not (0 < width <= _WIDEST and 0 < height <= _HIGHEST):
            return None
        return Drawing(made.svg(), width + 2, height + 2, max(0.0, -made.getyofst()) + 1)
    except Exception as error:  # ziamath and its parts raise whatever they meet
        _log.info("A formula stays as source: %s", type(error).__name__)
        return None


def _placed(name: str, wanted: Wanted, drawing: Drawing) -> Formula:
    """Give it room above or below so that Qt, which sets the middle of a picture a quarter of the
    x-height above the line, puts the formula's own line on that of the text."""
    above = drawing.height - drawing.descent
    half = wanted.x_height / 2
    top = max(0.0, drawing.descent + half - above)
    height = math.ceil(max(drawing.height + top, 2 * above - half))
    return Formula(name, wanted, drawing, math.ceil(drawing.width), height, top)
