"""Rows as columns of the datasets file, and back."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Sequence

from app.core.messages import Turn
from app.services.dataset.types import Draft, Origin, Provenance, Row, Span, Split, State

_PROVENANCE = {f.name: f.default for f in dataclasses.fields(Provenance)}


def dump_turns(turns: Sequence[Turn]) -> str:
    """Turns as a JSON list of [role, content]."""
    return json.dumps([[t.role, t.content] for t in turns], ensure_ascii=False)


def dump_spans(spans: Sequence[Span]) -> str:
    """Spans as a JSON list of [start, end, label]."""
    return json.dumps([[s.start, s.end, s.label] for s in spans], ensure_ascii=False)


def dump_source(source: Provenance) -> str:
    """A JSON object of what is set."""
    values = {name: getattr(source, name) for name in _PROVENANCE}
    set_values = {k: v for k, v in values.items() if v != _PROVENANCE[k]}
    return json.dumps(set_values, ensure_ascii=False)


def load_turns(text: str) -> tuple[Turn, ...]:
    return tuple(Turn(role, content) for role, content in json.loads(text))


def load_source(row: sqlite3.Row) -> Provenance:
    """Where a row of the table `rows` comes from. Unknown keys are left out."""
    source = {k: v for k, v in json.loads(row["source"]).items() if k in _PROVENANCE}
    source["origin"] = Origin(row["origin"])
    return Provenance(**source)


def load_row(row: sqlite3.Row) -> Row:
    """A row of the table `rows`."""
    return Row(
        id=row["id"],
        dataset_id=row["dataset_id"],
        turns=load_turns(row["turns"]),
        label=row["label"],
        spans=tuple(Span(*span) for span in json.loads(row["spans"])),
        group=row["family"],
        state=State(row["state"]),
        split=Split(row["split"]),
        source=load_source(row),
        created=row["created"],
        edited=row["edited"],
    )


def searched(turns: Sequence[Turn], label: str) -> str:
    """What the search looks at."""
    return "\n".join([*(turn.content for turn in turns), label])


def columns(draft: Draft) -> dict[str, str]:
    """The columns that hold a draft's contents."""
    return {
        "turns": dump_turns(draft.turns),
        "label": draft.label,
        "spans": dump_spans(draft.spans),
        "family": draft.group,
    }
