"""Progress redrawn in place: one line per resource with its share, rows, bytes, pace and time to go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from conduit.cli import format
from conduit.cli.progress.tally import RUNNING, WAITING, Board, Tally
from conduit.cli.table import GAP, display_width
from conduit.core.events import Event, RetryScheduled

if TYPE_CHECKING:
    from rich.console import Console, ConsoleRenderable
    from rich.live import Live
    from rich.table import Table

# A run that is over sooner shows no progress: it would flicker, and importing rich costs a fifth of such a run.
SHOW_AFTER_SECONDS = 0.3

_BAR_CELLS = 12
_COLUMNS = ("name", "bar", "share", "rows", "bytes", "pace", "time", "rejected", "remark")
_FIRST_TO_GO = ("remark", "bar", "bytes", "pace", "time", "rejected", "share")
_ENDED = {"ok": ("✓", "green"), "recovered": ("✓", "green"), "skipped": ("○", "dim"), "failed": ("✗", "bold red")}


class LiveProgress:
    """Listens to events and draws on a terminal until it is closed; `keep` leaves the last picture standing."""

    def __init__(
        self,
        stream: TextIO,
        *,
        keep: bool = False,
        show_after_seconds: float = SHOW_AFTER_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._stream = stream
        self._keep = keep
        self._clock = clock
        self._board = Board()
        self._pending: list[str] = []
        self._live: Live | None = None
        self._closed = False
        self._guard = threading.Lock()
        self._timer = threading.Timer(show_after_seconds, self._show)
        self._timer.daemon = True
        self._counting = False

    def __call__(self, event: Event) -> None:
        self._board.take(event)
        self._count_down()
        if isinstance(event, RetryScheduled):
            wait = format.duration(event.wait_seconds)
            self.announce(f"{event.resource}: attempt {event.attempt} in {wait}, because {event.cause}")

    def announce(self, text: str) -> None:
        """A sentence above the picture. One that comes before the picture is shown with it, or dropped with it."""
        with self._guard:
            if self._live is None:
                self._pending.append(text)
            else:
                self._print(self._live.console, text)

    def close(self) -> None:
        """Stop drawing and give the terminal back."""
        self._timer.cancel()
        with self._guard:
            self._closed = True
            live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _count_down(self) -> None:
        """Start the timer at the first event: that is on a thread of the run, which signals do not reach."""
        with self._guard:
            if not self._counting:
                self._counting = True
                self._timer.start()

    def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self._stream, highlight=False, emoji=False, markup=False)
        live = Live(
            console=console, get_renderable=self._picture(console), refresh_per_second=8, transient=not self._keep
        )
        with self._guard:
            if self._closed:
                return
            live.start()
            self._live = live
            for text in self._pending:
                self._print(console, text)

    def _print(self, console: Console, text: str) -> None:
        console.print(format.printable(text), style="dim", soft_wrap=True)

    def _picture(self, console: Console) -> Callable[[], Table]:
        return lambda: picture(self._board.tallies(), self._clock(), console.width, console.height)


def picture(tallies: list[Tally], now: float, width: int, height: int) -> Table:
    """The running resources first, then as many of the others as the terminal has lines for."""
    from rich.table import Table
    from rich.text import Text

    room = max(height - 3, 1)
    order = sorted(tallies, key=lambda tally: (tally.status != RUNNING, tally.status == WAITING))
    names = {tally.name for tally in order[:room]}
    shown = [tally for tally in tallies if tally.name in names]
    cells = [_cells(tally, now, width) for tally in shown]
    fitting = _fitting(cells, width)
    table = Table.grid(padding=(0, len(GAP), 0, 0))
    for column in fitting:
        table.add_column(no_wrap=True, justify="left" if column in ("name", "bar", "remark") else "right")
    for tally, row in zip(shown, cells):
        table.add_row(*(_bar(tally) if c == "bar" else Text(row.get(c, ""), style=_style(tally, c)) for c in fitting))
    if len(tallies) > len(shown):
        waiting = sum(tally.status == WAITING for tally in order[room:])
        table.add_row(Text(f"  … {len(tallies) - len(shown) - waiting} more done, {waiting} waiting", style="dim"))
    return table


def _cells(tally: Tally, now: float, width: int) -> dict[str, str]:
    """What can be said of a resource, by column."""
    symbol = {RUNNING: "▸", WAITING: " "}.get(tally.status) or _ENDED.get(tally.status, ("!", ""))[0]
    name = f"{symbol} {format.one_line(tally.name, max(width // 3, 12))}"
    if tally.status == WAITING:
        return {"name": name, "rows": "waiting"}
    share = tally.fraction if tally.status == RUNNING else None
    left = tally.seconds_left(now)
    elapsed = tally.elapsed(now)
    read, rejected = tally.accounting.read, tally.accounting.rejected
    return {
        "name": name,
        "bar": " " * _BAR_CELLS,
        "share": f"{share:.0%}" if share is not None else "",
        "rows": f"{format.count(read)} rows",
        "bytes": format.size(tally.bytes),
        "pace": f"{format.rate(read, elapsed)} rows/s" if read else "",
        "time": f"{format.clock(left)} left" if left is not None else format.clock(elapsed),
        "rejected": f"{format.count(rejected)} rejected" if rejected else "",
        "remark": format.one_line(tally.remark, 40),
    }


def _fitting(cells: list[dict[str, str]], width: int) -> list[str]:
    """The columns that have something to say and fit side by side; the least telling ones go first."""
    needed = {
        column: max((display_width(row.get(column, "")) for row in cells), default=0) + len(GAP) for column in _COLUMNS
    }
    columns = [column for column in _COLUMNS if needed[column] > len(GAP)]
    for column in _FIRST_TO_GO:
        if sum(needed[c] for c in columns) > width and column in columns:
            columns.remove(column)
    return columns


def _style(tally: Tally, column: str) -> str:
    if column == "name":
        return _ENDED.get(tally.status, ("", "yellow" if tally.status not in (RUNNING, WAITING) else ""))[1]
    if tally.status == WAITING:
        return "dim"
    return {"share": "bold", "pace": "cyan", "rejected": "yellow", "remark": "yellow", "bytes": "dim"}.get(column, "")


def _bar(tally: Tally) -> ConsoleRenderable:
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    if tally.status == WAITING:
        return Text("")
    share = tally.fraction if tally.status == RUNNING else float(tally.status in ("ok", "recovered"))
    return ProgressBar(total=1 if share is not None else None, completed=share or 0, width=_BAR_CELLS)
