"""SQL conditions over one row: which words they may use. What is not listed could look beyond the row, or outside."""

from __future__ import annotations

import re

from conduit.errors import nearest_name

_KEYWORDS = frozenset(
    {"and", "or", "not", "in", "between", "like", "ilike", "when", "then", "else", "case", "is", "as"}
)
# fmt: off
ROW_FUNCTIONS = frozenset({
    "abs", "ceil", "ceiling", "floor", "round", "sign", "sqrt", "cbrt", "exp", "ln", "log", "log2", "log10", "mod",
    "pow", "power", "degrees", "radians", "pi", "lower", "upper", "initcap", "length", "char_length",
    "character_length", "octet_length", "bit_length", "trim", "ltrim", "rtrim", "btrim", "left", "right", "substring",
    "substr", "replace", "reverse", "strpos", "starts_with", "ends_with", "regexp_like", "concat", "concat_ws",
    "coalesce", "nullif", "ifnull", "if", "greatest", "least", "cast", "try_cast", "date", "date_part", "extract",
    "decimal", "numeric", "varchar", "char", "float", "timestamp",
})
# fmt: on
_FORBIDDEN = frozenset({"select", "over", "from", "union", "with"})
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`")
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_WORD = re.compile(r"[A-Za-z_]\w*")
_HIDDEN_CALL = re.compile(r"''\s*\(|--|/\*")
_EXTRACT = re.compile(r"\bextract\s*\(\s*\w+\s+from\b", re.IGNORECASE)


def forbidden_word(condition: str) -> str | None:
    """A sentence about the first word of the condition that may not be there, None where all may."""
    bare = _EXTRACT.sub("extract(", _QUOTED.sub("''", condition))
    for word in _WORD.findall(bare):
        if word.lower() in _FORBIDDEN:
            return f"{word.upper()} looks beyond the row"
    if _HIDDEN_CALL.search(bare):
        return "comments and quoted function names are not taken"
    for name in _CALL.findall(bare):
        if name.lower() not in ROW_FUNCTIONS | _KEYWORDS:
            nearest = nearest_name(name, ROW_FUNCTIONS)
            return f"{name}() is no function of one row" + (f"; did you mean {nearest}()?" if nearest else "")
    return None
