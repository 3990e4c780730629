"""Names of columns in one style, and names that a destination could not tell apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, TypeAlias

Naming: TypeAlias = Literal["preserve", "snake_case"]

# Over what `_look` makes of a name: capitals with a plural s, capitals with digits, capitals that no small letter
# follows (so that the last of HTTPServer's begins the second word), and all else.
_WORD = re.compile(r"(?:UM*){2,}s(?![LsM])[DM]*|(?:UM*){2,}D[DM]*|(?:UM*)+(?![LsDM])|(?:UM*)?[LsD][LsDM]*")


def normalised(names: Sequence[str], naming: Naming) -> tuple[str, ...]:
    """The names in the style, as many, in their order; two may become one, which `collisions` tells.

    `snake_case` keeps letters and digits of any script, in lower case and composed (NFC): `HTTPServerID` is
    `http_server_id`, `Länge (cm)` is `länge_cm`, `2nd` is `_2nd`. A name without any is called by its position:
    `column_3`.
    """
    if naming == "preserve":
        return tuple(names)
    return tuple(snake_case(name) or f"column_{position}" for position, name in enumerate(names, 1))


def collisions(names: Sequence[str], *, fold_case: bool = False) -> list[tuple[str, ...]]:
    """Groups of names that are one and the same, in the order in which they come; with `fold_case` whatever their case.

    Names are compared as a reader sees them: `é` as one character or as two is the same.
    """
    groups: dict[str, list[str]] = {}
    for name in names:
        seen = unicodedata.normalize("NFC", name)
        groups.setdefault(unicodedata.normalize("NFC", seen.casefold()) if fold_case else seen, []).append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def snake_case(name: str) -> str:
    """The words of a name in lower case with `_` between them; nothing where it has no letter and no digit."""
    words = "_".join(words_of(name))
    return f"_{words}" if words[:1].isdigit() else words


def words_of(name: str) -> list[str]:
    """The words of a name in lower case: parted by what is no letter and no digit, and where capitals begin one.

    `HTTPServerIDs` is `http`, `server`, `ids`; a digit belongs to the letters before it.
    """
    composed = unicodedata.normalize("NFC", name)
    looks = "".join(map(_look, composed))
    found = (composed[match.start() : match.end()] for match in _WORD.finditer(looks))
    return [unicodedata.normalize("NFC", word.lower()) for word in found]


def _look(char: str) -> str:
    """U for a capital, L for another letter, s for itself, D for a digit, M for a mark on a letter, - for the rest."""
    if char == "s":
        return char
    if unicodedata.category(char).startswith("M"):
        return "M"
    if not char.isalnum():
        return "-"
    if char.isnumeric():
        return "D"
    # Not every capital has a small letter.
    return "U" if (char.isupper() or char.istitle()) and char != char.lower() else "L"
