"""The results as one picture for the README: horizontal bars in panels, Conduit in its own colour."""

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.panels import Bar, Panel, panels
from benchmarks.results_file import CaseResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A bar longer than this many times the reference is cut and says its length in words.
LONGEST = 3.4
COLOURS = {"ours": "#0f766e", "reference": "#64748b", "other": "#cbd5e1", "wrong": "#fca5a5"}
INK, FAINT, OURS, BAD = "#0f172a", "#64748b", "#0f766e", "#b91c1c"
ROW_INCHES, HEAD_INCHES, FOOT_INCHES, WIDTH_INCHES = 0.26, 0.62, 0.6, 9.2


def write(results: list[CaseResult], folder: Path) -> Path:
    """Draw ``benchmarks.png`` into the folder and give its path; what is wrong or failed is drawn as such."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = panels(results)
    rows = [shown[start : start + 2] for start in range(0, len(shown), 2)] or [[]]
    bars = [max((len(panel.bars) for panel in row), default=1) for row in rows]
    inches = [HEAD_INCHES + ROW_INCHES * count for count in bars]
    height = sum(inches) + FOOT_INCHES
    figure, grid = pyplot.subplots(len(rows), 2, figsize=(WIDTH_INCHES, height), height_ratios=inches, squeeze=False)
    figure.subplots_adjust(left=0.14, right=1, top=1, bottom=FOOT_INCHES / height, wspace=0.37, hspace=0)
    for axes in grid.flat:
        axes.set_axis_off()
    for row, places, count in zip(rows, grid, bars, strict=True):
        for panel, axes in zip(row, places, strict=False):
            _draw(axes, panel, count)
    figure.text(0.5, 0.22 / height, _footnote(results), fontsize=7.5, color=FAINT, ha="center", va="center")
    path = folder / "benchmarks.png"
    figure.savefig(path, dpi=200, facecolor="white")
    pyplot.close(figure)
    return path


def _footnote(results: list[CaseResult]) -> str:
    if not results:
        return "Nothing has been measured yet."
    machine = results[0].conditions
    if any(result.conditions["quick"] for result in results):
        return "A quick run on small data: it proves the machinery, its figures mean nothing."
    return (
        "Time on the clock (memory in its own panel); shorter is better. "
        "Same types, same compression, answers checked.\n"
        f"Medians of interleaved runs on {machine['processors']} processors. "
        "≈ measured on a tenth of the rows and scaled. Red: the data written was wrong."
    )


def _draw(axes: "Axes", panel: Panel, rows: int) -> None:
    axes.set_xlim(0, LONGEST * 1.5)
    axes.set_ylim(rows - 0.35, -2.0)
    axes.text(0, -1.35, panel.title, fontsize=11.5, fontweight="bold", color=INK, va="center")
    axes.text(0, -0.78, panel.detail, fontsize=7.5, color=FAINT, va="center")
    for place, bar in enumerate(panel.bars):
        _draw_bar(axes, place, bar)


def _draw_bar(axes: "Axes", place: int, bar: Bar) -> None:
    weight = "bold" if bar.is_ours else "normal"
    label_colour = OURS if bar.is_ours else INK
    axes.text(-0.08, place, bar.label, fontsize=8.5, ha="right", va="center", fontweight=weight, color=label_colour)
    if bar.role == "failed":
        axes.text(0.06, place, bar.words, fontsize=8, va="center", color=BAD, style="italic")
        return
    length = min(bar.length, LONGEST)
    axes.barh(place, length, height=0.68, color=COLOURS[bar.role])
    if bar.length > LONGEST:
        _cut(axes, place, length)
    colour = BAD if bar.role == "wrong" else INK
    axes.text(length + 0.07, place, bar.words, fontsize=8, va="center", fontweight=weight, color=colour)


def _cut(axes: "Axes", place: int, length: float) -> None:
    """Draw two white strokes across a bar that is longer than the panel."""
    for shift in (0.0, 0.09):
        x = length - 0.32 + shift
        axes.plot([x, x + 0.07], [place + 0.42, place - 0.42], color="white", linewidth=1.6, clip_on=False)
