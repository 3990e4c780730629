"""Numbers, durations, sizes and foreign text as a person reads them."""

from __future__ import annotations

_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")


def count(number: int) -> str:
    """`6001215` as `6,001,215`."""
    return f"{number:,}"


def counted(number: int, noun: str) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """Two significant parts: `12 ms`, `2.1 s`, `1 min 15 s`, `3 h 02 min`."""
    seconds = max(seconds, 0.0)
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def clock(seconds: float) -> str:
    """Whole seconds as a clock shows them, `0:07`, `12:30`, `1:02:03`: steady in width while they run."""
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(number: int) -> str:
    """Bytes in decimal units, as disks and networks are sold: `812 B`, `1.2 kB`, `766.3 MB`."""
    value, unit = float(number), 0
    while value >= (1000 if unit == 0 else 999.95) and unit < len(_SIZES) - 1:
        value /= 1000
        unit += 1
    return f"{value:.1f} {_SIZES[unit]}" if unit else f"{number} B"


def rate(rows: int, seconds: float) -> str:
    """Rows per second with three significant digits, `2,860,000`; a dash when there is nothing to divide."""
    if rows <= 0 or seconds <= 0:
        return "-"
    per_second = rows / seconds
    if per_second < 100:
        return f"{per_second:.3g}"
    magnitude: int = 10 ** max(len(str(int(per_second))) - 3, 0)
    return f"{round(per_second / magnitude) * magnitude:,}"


def printable(text: str) -> str:
    """The text with control characters shown instead of obeyed: a bad row must not steer the terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def one_line(text: str, limit: int = 0) -> str:
    """`printable`, with line ends shown too, cut to `limit` characters when that is not 0."""
    flat = printable(text).replace("\n", " ⏎ ")
    return f"{flat[: limit - 1]}…" if limit and len(flat) > limit else flat
