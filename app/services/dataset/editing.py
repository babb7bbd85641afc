"""What a person typed, checked before it is stored: names, contents of rows."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import BadInput
from app.core.messages import Turn
from app.services.dataset import spans
from app.services.dataset.formats._base import Unusable, checked, conversation, plain
from app.services.dataset.types import TEXT, Draft, Row, Span


def named(name: str) -> str:
    """A dataset's name with single blanks. Errors: BadInput."""
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise BadInput(problem="A dataset needs a name of at most 200 characters.")
    return name


def said(ids: Sequence[int]) -> str:
    """Rows as the name of a change has them."""
    return f"row {ids[0]}" if len(ids) == 1 else f"{len(ids):,} rows"


def sound(draft: Draft) -> Draft:
    """The draft. Errors: BadInput when it can't be learnt from."""
    try:
        if draft.turns and draft.turns[0].role == TEXT:
            if len(draft.turns) > 1:
                raise Unusable("a text has one part only")
            plain(draft.turns[0].content)
        else:
            conversation(draft.turns)
        return checked(draft)
    except Unusable as problem:
        raise BadInput(problem=f"This row can't be kept: {problem}.") from None


def edited(
    row: Row,
    turns: Sequence[Turn] | None,
    label: str | None,
    entities: Sequence[Span] | None,
) -> Draft:
    """A row with what is given in place of what it had. Errors: BadInput."""
    new = row.turns if turns is None else tuple(turns)
    if entities is None and new:
        entities = spans.moved(row.turns[0].content, new[0].content, row.spans)
    kept = row.label if label is None else " ".join(label.split())
    return sound(Draft(new, kept, tuple(entities or ()), row.group))
