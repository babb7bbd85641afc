"""From a JSON schema to a grammar (llama.cpp's GBNF) that allows only what the schema does.

Strings, lists and whole numbers may be bounded; keywords that an answer can't be held to
(`pattern`, `not`, bounds of other numbers ...) are refused rather than overlooked. Differences to
the standard, because a model would ramble: properties come in the order in which they are declared,
and others than those only where `additionalProperties` asks for them. `$ref` reaches into the same
schema only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from app.core.errors import BadInput
from app.core.integer_ranges import between, bounds

_DEEPEST = 24  # levels of the schema
_MOST_RULES = 2000
_MOST_REPEATED = 500
# What says something about the schema and nothing about the answer.
_REMARKS = frozenset(
    "$schema $id $anchor $comment $defs definitions title description default example examples "
    "deprecated readOnly writeOnly".split()
)
_KNOWN = {
    "object": frozenset(("properties", "required", "additionalProperties")),
    "array": frozenset(("items", "prefixItems", "minItems", "maxItems")),
    "string": frozenset(("minLength", "maxLength", "format")),
    "integer": frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")),
    "number": frozenset[str](),
    "boolean": frozenset[str](),
    "null": frozenset[str](),
}
_DIGITS = "[0-9]"
_BASE = {
    "gap": '" "?',
    "hex": "[0-9a-fA-F]",
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" hex{4})',
    "string": r'"\"" char* "\""',
    "integer": '"-"? ("0" | [1-9] [0-9]{0,15})',
    "number": 'integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,2})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "pair": 'string ":" gap value',
    "object": '"{" (pair ("," gap pair)*)? "}"',
    "array": '"[" (value ("," gap value)*)? "]"',
    "value": "object | array | string | number | boolean | null",
    "date": f'{_DIGITS}{{4}} "-" ("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | [12] [0-9] | "3" [01])',
    "time": f'([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9] ":" [0-5] [0-9] ("." {_DIGITS}{{1,6}})? '
    '("Z" | [+-] ([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9])',
    "uuid": 'hex{8} "-" hex{4} "-" hex{4} "-" hex{4} "-" hex{12}',
}
_FORMATS = {"date": "date", "time": "time", "date-time": 'date "T" time', "uuid": "uuid"}


def to_grammar(schema: object) -> str:
    """The rules, with `root` first; {} stands for any JSON. Errors: BadInput, saying where."""
    rules = _Rules(schema)
    root = rules.visit(schema, "the schema", 0)
    return "\n".join(f"{name} ::= {rule}" for name, rule in {"root": root, **rules.made}.items())


class _Rules:
    """The rules that were needed so far. Expressions are given in brackets or as a name."""

    def __init__(self, whole: object) -> None:
        self._whole = whole
        self._referred: dict[str, str] = {}
        self.made = dict(_BASE)

    def visit(self, schema: object, where: str, depth: int) -> str:
        """An expression for what `schema` allows."""
        if depth > _DEEPEST:
            raise _refused("it is nested too deeply", where)
        if schema is True:
            return "value"
        if not isinstance(schema, dict):
            raise _refused("a schema is an object", where)
        wanted = {key: value for key, value in schema.items() if key not in _REMARKS}
        if "$ref" in wanted:
            _only(wanted, frozenset(("$ref",)), where)
            return self._refer(str(wanted["$ref"]), where, depth)
        for key in ("anyOf", "oneOf"):
            if key in wanted:
                _only(wanted, frozenset((key, "type")), where)
                return self._one_of(_list(wanted[key], f"{key} of {where}"), where, depth)
        if "allOf" in wanted:
            return self.visit(self._joined(wanted, where), where, depth + 1)
        if "const" in wanted:
            return _literal(wanted["const"])
        if "enum" in wanted:
            choices = _list(wanted["enum"], f"enum of {where}")
            return self._rule(" | ".join(map(_literal, choices)))
        return self._typed(wanted, where, depth)

    def _typed(self, wanted: dict[str, Any], where: str, depth: int) -> str:
        kind = wanted.get("type") or _guessed(wanted)
        if isinstance(kind, list):
            rest = {key: value for key, value in wanted.items() if key != "type"}
            # What is said of one type doesn't concern the others.
            parts = [
                {"type": one, **{k: v for k, v in rest.items() if k in _KNOWN.get(one, ())}}
                for one in _list(kind, f"type of {where}")
                if isinstance(one, str)
            ]
            _only(rest, frozenset().union(*_KNOWN.values()), where)
            return self._one_of(parts, where, depth)
        if kind is None:
            _only(wanted, frozenset(), where)
            return "value"
        if not isinstance(kind, str) or kind not in _KNOWN:
            raise _refused(f"there is no type {kind!r}", where)
        _only(wanted, _KNOWN[kind] | {"type"}, where)
        if kind == "object":
            return self._object(wanted, where, depth)
        if kind == "array":
            return self._array(wanted, where, depth)
        if kind == "string":
            return self._string(wanted, where)
        if kind == "integer" and len(wanted) > 1:
            try:
                return self._rule(between(*bounds(wanted)))
            except ValueError as error:
                raise _refused(str(error), where) from None
        return kind

    def _object(self, wanted: dict[str, Any], where: str, depth: int) -> str:
        properties = wanted.get("properties", {})
        required = wanted.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            raise _refused("'properties' is an object and 'required' a list", where)
        others = wanted.get("additionalProperties", not properties)
        if others is True and not properties and not required:
            return "object"
        pairs = [
            (
                f'{_literal(name)} ":" gap {self.visit(one, f"{name!r} in {where}", depth + 1)}',
                name in required,
            )
            for name, one in properties.items()
        ]
        for name in required:
            if name not in properties:
                pairs.append((f'{_literal(name)} ":" gap value', True))
        more = ""
        if others is not False:
            of = self.visit(others, f"other properties of {where}", depth + 1)
            more = self._rule(f'string ":" gap {of}')
        # `first` stands where nothing was said yet, `then` where a comma is needed.
        first = f'({more} ("," gap {more})*)?' if more else '""'
        then = f'("," gap {more})*' if more else '""'
        for pair, needed in reversed(pairs):
            this = self._rule(pair)
            begun = f"{this} {then}"
            first = self._rule(begun if needed else f"{begun} | {first}")
            rest = f'"," gap {this}' if needed else f'("," gap {this})?'
            then = self._rule(f"{rest} {then}")
        return self._rule(f'"{{" {first} "}}"')

    def _array(self, wanted: dict[str, Any], where: str, depth: int) -> str:
        fixed = wanted.get("prefixItems", [])
        least = _count(wanted, "minItems", 0, where)
        most = _count(wanted, "maxItems", -1, where)
        if fixed:
            parts = _list(fixed, f"prefixItems of {where}")
            _only(wanted, frozenset(("type", "prefixItems")), where)
            each = [
                self.visit(one, f"item {n} of {where}", depth + 1) for n, one in enumerate(parts)
            ]
            return self._rule('"[" ' + ' "," gap '.join(each) + ' "]"')
        if most >= 0 and least > most:
            raise _refused("minItems is more than maxItems", where)
        if most == 0:
            return '"[]"'
        item = self.visit(wanted.get("items", {}), f"the items of {where}", depth + 1)
        end = "" if most < 0 else str(most - 1)
        some = f'{item} ("," gap {item}){{{max(0, least - 1)},{end}}}'
        return self._rule(f'"[" {some} "]"' if least else f'"[" ({some})? "]"')

    def _string(self, wanted: dict[str, Any], where: str) -> str:
        if form := wanted.get("format"):
            if form not in _FORMATS:
                raise _refused(f"the format {form!r} can't be held to", where)
            return self._rule(rf'"\"" {_FORMATS[form]} "\""')
        least = _count(wanted, "minLength", 0, where)
        most = _count(wanted, "maxLength", -1, where)
        if most >= 0 and least > most:
            raise _refused("minLength is more than maxLength", where)
        if not least and most < 0:
            return "string"
        return self._rule(rf'"\"" char{{{least},{"" if most < 0 else most}}} "\""')

    def _one_of(self, schemas: Sequence[object], where: str, depth: int) -> str:
        return self._rule(" | ".join(self.visit(one, where, depth + 1) for one in schemas))

    def _joined(self, wanted: dict[str, Any], where: str) -> dict[str, Any]:
        """Objects that must all hold, as one."""
        joined: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        rest = {key: value for key, value in wanted.items() if key != "allOf"}
        for part in (*_list(wanted["allOf"], f"allOf of {where}"), rest):
            while isinstance(part, dict) and "$ref" in part and part["$ref"] not in self._referred:
                part = self._found(str(part["$ref"]), where)
                if part.get("$ref"):
                    raise _refused("a reference leads to another one", where)
            if not isinstance(part, dict):
                raise _refused("a schema is an object", where)
            known = {key: value for key, value in part.items() if key not in _REMARKS}
            _only(known, _KNOWN["object"] | {"type"}, f"allOf of {where}")
            if known.get("type", "object") != "object":
                raise _refused("'allOf' joins objects only", where)
            joined["properties"].update(known.get("properties", {}))
            joined["required"] += known.get("required", [])
            if "additionalProperties" in known:
                joined["additionalProperties"] = known["additionalProperties"]
        return joined

    def _refer(self, reference: str, where: str, depth: int) -> str:
        if reference not in self._referred:
            name = self._referred[reference] = f"ref{len(self._referred)}"
            self.made[name] = ""  # keeps its place while what it stands for is looked at
            of = self.visit(self._found(reference, where), reference, depth + 1)
            if of == name:
                raise _refused("it refers to itself", where)
            self.made[name] = of
        return self._referred[reference]

    def _found(self, reference: str, where: str) -> dict[str, Any]:
        found: Any = self._whole
        path = reference.removeprefix("#").split("/")
        if not reference.startswith("#") or path[0]:
            raise _refused(f"{reference} is not in this schema", where)
        for step in path[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, dict) or step not in found:
                raise _refused(f"{reference} is not in this schema", where)
            found = found[step]
        if not isinstance(found, dict):
            raise _refused(f"{reference} is no schema", where)
        return found

    def _rule(self, expression: str) -> str:
        """A name for an expression; the same one for the same expression."""
        for name, known in self.made.items():
            if known == expression:
                return name
        if len(self.made) >= _MOST_RULES:
            raise BadInput(problem="The JSON schema is too large for an answer to be held to it.")
        name = f"r{len(self.made)}"
        self.made[name] = expression
        return name


def _literal(value: object) -> str:
    """A quoted piece of grammar that matches the JSON of `value` to the letter."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > 4000:
        raise BadInput(problem="A value in the JSON schema is too long.")

    def escaped(match: re.Match[str]) -> str:
        return f"\\x{ord(match.group()):02X}"

    return '"' + re.sub(r'[\x00-\x1f"\\\x7f]', escaped, text) + '"'


def _guessed(wanted: dict[str, Any]) -> str | None:
    """The type that a schema without one speaks of."""
    for kind, keys in _KNOWN.items():
        if keys & wanted.keys():
            return kind
    return None


def _only(wanted: dict[str, Any], known: frozenset[str], where: str) -> None:
    for key in wanted:
        if key not in known:
            raise _refused(f"an answer can't be held to {key!r}", where)


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= _MOST_REPEATED:
        raise _refused(f"a list of 1 to {_MOST_REPEATED} is needed", where)
    return value


def _count(wanted: dict[str, Any], key: str, default: int, where: str) -> int:
    value = wanted.get(key, default)
    if key in wanted and (type(value) is not int or not 0 <= value <= _MOST_REPEATED):
        raise _refused(f"{key!r} is a number up to {_MOST_REPEATED}", where)
    return int(value)


def _refused(problem: str, where: str) -> BadInput:
    return BadInput(problem=f"The JSON schema can't be used: {problem} (in {where[:200]}).")
