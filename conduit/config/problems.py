"""What is wrong with a configuration: each problem with its place, the nearest valid name and a remedy; all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conduit.config.tree import Place
from conduit.errors import ConfigError, nearest_name

MOST_PROBLEMS = 100
_SHOWN_CHARACTERS = 80


def quoted(text: str) -> str:
    """Text from a file in double quotes, on one line, unprintable characters escaped, its middle left out when long."""
    if len(text) > _SHOWN_CHARACTERS:
        half = _SHOWN_CHARACTERS // 2
        text = f"{text[:half]}...{text[-half:]}"
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text) + '"'


@dataclass(frozen=True, slots=True)
class Subject:
    """What a key belongs to, in words: `option "path"` of `source "orders" (csv)`."""

    label: str
    noun: str = "key"

    def key(self, name: str) -> str:
        return f"{self.noun} {quoted(name)} of {self.label}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to change; `str()` is one line that is safe to print."""

    file: str
    place: Place
    message: str
    nearest: str | None = None
    remedy: str = ""

    def __str__(self) -> str:
        advice = [f"Did you mean {quoted(self.nearest)}?"] if self.nearest else []
        advice += [self.remedy] if self.remedy else []
        end = "." if advice and self.message[-1] not in ".?!" else ""
        return " ".join([f"{self.file}:{self.place.line}:{self.place.column}: {self.message}{end}", *advice])


class Problems:
    """Collects the problems of one file, in the order in which they stand there."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: dict[Problem, None] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, message: str, *, nearest: str | None = None, remedy: str = "", file: str = "") -> None:
        """Note a problem once. Raises ConfigError with all of them when there are too many to be of use."""
        self._found[Problem(file or self.file, place, message, nearest, remedy)] = None
        if len(self._found) >= MOST_PROBLEMS:
            raise self.error()

    def unknown_key(self, place: Place, key: str, subject: Subject, known: Iterable[str]) -> None:
        """Note a key that nobody knows, with the nearest known one, or all of them when none is near."""
        names = sorted(set(known))
        nearest = nearest_name(key, names)
        remedy = "" if nearest else f"Known: {', '.join(names)}."
        self.add(place, f"unknown {subject.key(key)}", nearest=nearest, remedy=remedy)

    def error(self) -> ConfigError:
        """All problems as one error, ordered by file and place."""
        found = sorted(self._found, key=lambda problem: (problem.file != self.file, problem.file, problem.place))
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        more = " or more" if len(found) >= MOST_PROBLEMS else ""
        return ConfigError(f"{self.file} has {count}{more}.", problems=[str(problem) for problem in found])

    def raise_if_any(self) -> None:
        if self._found:
            raise self.error()
