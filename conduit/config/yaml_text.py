"""YAML text -> a tree of values with places, as YAML 1.2 reads it, refusing whatever is hostile or ambiguous."""

from __future__ import annotations

import re
from typing import Any

import yaml

from conduit.config.problems import Problems, quoted
from conduit.config.tree import Entry, Node, Place, Scalar
from conduit.config.yaml_errors import explain

# Pure Python needs most of a second for either: hostile text may not hold a process up for longer than that.
MAX_BYTES = 512 << 10
MAX_TOKENS = 50_000
MAX_DEPTH = 64
MAX_VALUES = 100_000

_HALF = re.compile("[\ud800-\udfff]")
_FIRST = Place(1, 1)
TAG = "tag:yaml.org,2002:"
CORE_TYPES = {
    "null": (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    "int": (re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789")),
    "float": (
        re.compile(r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"),
        list("-+.0123456789"),
    ),
}  # fmt: skip


class _TooMuch(Exception):
    def __init__(self, place: Place, message: str, remedy: str) -> None:
        super().__init__(message)
        self.place, self.message, self.remedy = place, message, remedy


class _Loader(yaml.SafeLoader):
    """The pure-Python loader (the C one crashes on deep nesting) with limits, and with YAML 1.2's types.

    Depth and amount are watched where tokens are made: what comes after, the parser and the composer, is
    quadratic or recursive in them.
    """

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012  (typed so by PyYAML)

    def fetch_more_tokens(self) -> Any:
        if self.flow_level + len(self.indents) > MAX_DEPTH:
            raise _TooMuch(_place(self), f"the file is nested more than {MAX_DEPTH} levels deep", "")
        if self.tokens_taken + len(self.tokens) > MAX_TOKENS:
            raise _TooMuch(_place(self), f"the file has more than {MAX_TOKENS:,} YAML tokens", "Split it.")
        return super().fetch_more_tokens()


for _name, (_pattern, _first) in CORE_TYPES.items():
    _Loader.add_implicit_resolver(TAG + _name, _pattern, _first)


def parse(data: bytes, problems: Problems) -> Node | None:
    """The document in `data`, None when it is empty or cannot be read at all; what is wrong goes to `problems`."""
    if len(data) > MAX_BYTES:
        problems.add(_FIRST, f"the file is larger than {MAX_BYTES:,} bytes", remedy="Is it a configuration? Split it.")
        return None
    text = _decode(data, problems)
    if text is None:
        return None
    try:
        # Constructing it already looks for characters that are not allowed.
        loader = _Loader(text)
        root = loader.get_single_node()
        return None if root is None else _Reading(problems).node(root)
    except _TooMuch as limit:
        problems.add(limit.place, limit.message, remedy=limit.remedy)
    except (ValueError, OverflowError):
        # PyYAML gives any number after \U to chr().
        problems.add(_place(loader), r"a `\U` escape names no character", remedy=r"Write `\\`, or use single quotes.")
    except yaml.YAMLError as error:
        place, message, remedy = explain(error, text)
        problems.add(place, message, remedy=remedy)
    return None


def _decode(data: bytes, problems: Problems) -> str | None:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as bad:
        before = data[: bad.start].decode(encoding, errors="replace")
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        name = "UTF-16" if encoding == "utf-16" else "UTF-8"
        problems.add(place, f"the file is not {name} text from here on", remedy="Save it as UTF-8.")
        return None
    if "\0" in text:
        place = Place(text.count("\n", 0, text.index("\0")) + 1, 1)
        problems.add(
            place, "the file holds NUL bytes: it is binary, or UTF-16 without a mark", remedy="Save it as UTF-8."
        )
        return None
    return text


def _place(marked: Any) -> Place:
    return Place(marked.line + 1, marked.column + 1)


class _Reading:
    """One walk over the composed document; it counts what aliases expand to before anything is expanded."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._done: dict[int, tuple[Node, int]] = {}
        self._open: set[int] = set()
        self._merged = 0

    def node(self, raw: yaml.Node) -> Node:
        return self._sized(raw)[0]

    def _sized(self, raw: yaml.Node) -> tuple[Node, int]:
        """A node and how many values it has when its aliases are written out."""
        place = _place(raw.start_mark)
        if id(raw) in self._done:
            return self._done[id(raw)]
        if id(raw) in self._open:
            self._problems.add(place, "this value contains itself through an alias")
            return Node(None, place), 1
        self._open.add(id(raw))
        match raw:
            case yaml.ScalarNode():
                found, size = Node(self._scalar(raw, place), place, raw.value), 1
            case yaml.SequenceNode():
                self._require_tag(raw, place, "seq")
                sized = [self._sized(item) for item in raw.value]
                found, size = Node(tuple(node for node, _ in sized), place), 1 + sum(count for _, count in sized)
            case yaml.MappingNode():
                self._require_tag(raw, place, "map")
                found, size = self._mapping(raw, place)
            case _:
                raise AssertionError(f"PyYAML composes three kinds of nodes, not {type(raw).__name__}")
        if size > MAX_VALUES:
            raise _TooMuch(place, f"the aliases here expand to more than {MAX_VALUES:,} values", "Write them out.")
        self._open.discard(id(raw))
        self._done[id(raw)] = (found, size)
        return found, size

    def _mapping(self, raw: yaml.MappingNode, place: Place) -> tuple[Node, int]:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        size, merges = 1, 0
        for key, value in raw.value:
            at = _place(key.start_mark)
            node, count = self._sized(value)
            size += count
            if not isinstance(key, yaml.ScalarNode):
                self._problems.add(at, "a key is a list or a mapping", remedy="A key must be text.")
            elif key.value == "<<" and key.style is None:
                merges += 1
                if merges > 1:
                    self._problems.add(at, 'duplicate key "<<"', remedy="Merge several mappings as `<<: [*a, *b]`.")
                self._merge(node, at, merged)
            elif key.value in own:
                first = own[key.value].place
                self._problems.add(
                    at, f"duplicate key {quoted(key.value)}", remedy=f"It stands in line {first.line} already."
                )
            else:
                # A key is a name: `no:`, `2024:` and `null:` are columns that people have.
                self._require_whole(key.value, at)
                own[key.value] = Entry(at, node)
        return Node({**merged, **own}, place), size

    def _merge(self, node: Node, at: Place, into: dict[str, Entry]) -> None:
        for mapping in node.items or (node,):
            if not isinstance(mapping.value, dict):
                self._problems.add(at, "`<<` merges mappings only", remedy="Write `<<: *name` or `<<: [*a, *b]`.")
                return
            # Merging the same large mapping many times is work without values, so it is counted by itself.
            self._merged += len(mapping.value)
            if self._merged > MAX_VALUES:
                raise _TooMuch(at, f"the merge keys take in more than {MAX_VALUES:,} values", "Write them out.")
            for key, entry in mapping.value.items():
                into.setdefault(key, entry)

    def _scalar(self, raw: yaml.ScalarNode, place: Place) -> Scalar:
        kind, text = raw.tag.removeprefix(TAG), raw.value
        if kind == "str":
            self._require_whole(text, place)
            return str(text)
        if kind not in CORE_TYPES or not CORE_TYPES[kind][0].match(text):
            self._refuse_tag(place)
            return None
        if kind == "null":
            return None
        if kind == "bool":
            return bool(text.lower() == "true")
        if kind == "float":
            return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
        try:
            # int() reads 014 as 14 and refuses both 1.1's octals and 10,000 digits, whose reading is quadratic.
            return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
        except ValueError:
            self._problems.add(place, "this number has too many digits", remedy="Put it in quotes if it is text.")
            return None

    def _require_whole(self, text: str, place: Place) -> None:
        # Half of a surrogate pair can be escaped, but neither printed nor be part of a path or a table's name.
        if _HALF.search(text):
            self._problems.add(place, r"a `\u` escape is half a character", remedy="Write the character itself.")

    def _require_tag(self, raw: yaml.Node, place: Place, kind: str) -> None:
        if raw.tag != TAG + kind:
            self._refuse_tag(place)

    def _refuse_tag(self, place: Place) -> None:
        self._problems.add(
            place,
            "a YAML tag (`!...`) that Conduit does not know, or that does not fit its value",
            remedy="Remove it; put text that begins with `!` in quotes.",
        )
