"""Which format a dataset file has, from its first records; its name only helps where they don't."""

from __future__ import annotations

import itertools
from pathlib import Path

from app.core import plugins
from app.core.errors import BadInput
from app.services.dataset.formats._base import Beginning, Format
from app.services.dataset.formats._decode import marked
from app.services.dataset.formats._json import records

_LOOKED_AT = 4096
_RECORDS = 5
_JSON = (".jsonl", ".json", ".ndjson")


def formats() -> dict[str, Format]:
    """All formats by name."""
    found: list[Format] = plugins.find("app.services.dataset.formats", "FORMAT")
    return {known.name: known for known in found}


def named(name: str) -> Format:
    """Errors: BadInput."""
    known = formats()
    if name not in known:
        problem = f"There is no dataset format {name}; choose from {', '.join(known)}."
        raise BadInput(problem=problem)
    return known[name]


def detect(path: Path) -> Format:
    """The format that fits best. Errors: BadInput when none does, OSError."""
    beginning = _beginning(path)
    best = max(formats().values(), key=lambda known: known.fits(beginning))
    if beginning.suffix in _JSON and not beginning.records:
        problem = f"{path.name} holds no JSON objects that can be read."
        raise BadInput(problem=problem)
    if not best.fits(beginning) or (beginning.records and best.name in ("text", "table")):
        keys = ", ".join(sorted(set().union(*beginning.records)))[:200]
        about = f" Its records have {keys}." if keys else ""
        problem = f"{path.name} has none of the layouts that Loam knows.{about}"
        raise BadInput(problem=problem)
    return best


def _beginning(path: Path) -> Beginning:
    with path.open(encoding=marked(path) or "utf-8", errors="replace") as file:
        text = file.read(_LOOKED_AT)
    suffix = path.suffix.lower()
    found = []
    if text.lstrip()[:1] in ("{", "["):
        first = itertools.islice(records(path), 4 * _RECORDS)
        found = [record for _, record in first if isinstance(record, dict)][:_RECORDS]
    return Beginning(suffix, text, tuple(found))
