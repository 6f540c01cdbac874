"""Curves of losses and running scores as a picture; needs the extra `plot`."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Sequence

from auditor.evidence.curves import RUNNING, Curve
from auditor.report.escape import for_terminal

FORMATS = ("png", "svg")
_WIDTH, _HEIGHT = 9.0, 3.2
_MOST_CURVES = 24
_LONGEST_NAME = 40
_FEW = 40
#: Share of a run that counts as its start, and room above the highest value of the rest.
_START, _MARGIN = 0.04, 0.06


class NoPlotting(Exception):
    """The library that draws is not installed."""


def draw(curves: Sequence[Curve], title: str, form: str) -> bytes:
    """One panel per quantity, one line per log.

    Args:
        curves: what to draw; the first few of each quantity are.
        title: heading of the picture.
        form: `png` or `svg`.

    Raises:
        NoPlotting: the extra `plot` is not installed.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415  (optional, and slow to import)
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise NoPlotting from error
    panels = list(dict.fromkeys(curve.what for curve in curves))
    # Names of files are text, not formulas; the picture of one input is always the same.
    with mpl.rc_context({"text.parse_math": False, "svg.hashsalt": "auditor", "font.size": 9}):
        figure = Figure(figsize=(_WIDTH, _HEIGHT * max(1, len(panels))), layout="constrained")
        figure.suptitle(_name(title, 90))
        axes = figure.subplots(max(1, len(panels)), 1, squeeze=False)[:, 0]
        for axis, what in zip(axes, panels, strict=False):
            shown = [curve for curve in curves if curve.what == what][:_MOST_CURVES]
            for curve in shown:
                x, y = zip(*curve.points, strict=True)
                label = _name(posixpath.basename(curve.log))
                axis.plot(x, y, linewidth=1, marker="." if len(x) < _FEW else "", label=label)
            axis.set_ylim(*_span(shown))
            axis.set_ylabel(what)
            axis.set_xlabel("share of the evaluation" if what == RUNNING else "step")
            axis.legend(fontsize="small")
        picture = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else {"Software": None}
        figure.savefig(picture, format=form, metadata=metadata, dpi=130)
    return picture.getvalue()


def _span(curves: Sequence[Curve]) -> tuple[float, float]:
    """The values worth showing: what a run starts from would flatten all the rest."""
    later = []
    for curve in curves:
        end = max(position for position, _ in curve.points)
        later += [value for position, value in curve.points if position >= _START * end]
    room = _MARGIN * max(max(later) - min(later), 1e-3)
    return min(later) - room, max(later) + room


def _name(text: str, limit: int = _LONGEST_NAME) -> str:
    return for_terminal(text, limit)
