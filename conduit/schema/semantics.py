"""What texts mean beside being text: UUIDs, JSON, durations, binary data written in characters.

A meaning changes no type. It is told so that a person can decide.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_JUDGED = 1_000
_UUID = r"^(?i:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"
_DURATION = r"^[+-]?P(?:\d+(?:[.,]\d+)?[YMWD])*(?:T(?:\d+(?:[.,]\d+)?[HMS])+)?$"
_HEX = r"^\\x(?:[0-9a-fA-F]{2})*$"
_BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$"


def meaning_of(texts: pa.Array) -> str | None:
    """`uuid`, `json`, `duration`, `binary (hex)` or `binary (base64)` where that is what every text is; else None.

    `texts` are distinct, without blanks around them and not NULL; of many the first ones are judged.
    """
    judged = texts.slice(0, _JUDGED)
    if not len(judged):
        return None
    if _all(judged, _UUID):
        return "uuid"
    if _all(judged, _DURATION) and _all(judged, "[0-9]"):
        return "duration"
    if _all(judged, _HEX):
        return "binary (hex)"
    if _all(judged, r"(?s)^(?:\{.*\}|\[.*\])$") and _is_json(judged):
        return "json"
    # Many a word is base64 by its letters: only text that is long or padded, with both cases and digits, is told so.
    padded = pc.any(pc.match_substring(judged, "=")).as_py()
    mixed = all(pc.any(pc.match_substring_regex(judged, some)).as_py() for some in ("[a-z]", "[A-Z]", "[0-9+/]"))
    return "binary (base64)" if padded and mixed and _all(judged, _BASE64) else None


def _all(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _is_json(texts: pa.Array) -> bool:
    import polars as pl

    parsed = pl.Series(texts).str.json_path_match("$")
    return parsed.null_count() == 0
