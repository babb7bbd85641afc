"""What datasets consist of, as frozen data, and the events of the long operations.

A row is a conversation (roles system, user, assistant), or one turn of role `text`: plain text to
go on learning from, or, with a label or entity spans, an example of a labelled task.
Times are seconds since the epoch. Lines count from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.core.messages import Turn
from app.core.types import TrainingRow

TEXT = "text"
"""The role of the only turn of a row that is no conversation."""
ROLES = ("system", "user", "assistant")


class State(StrEnum):
    """What a person decided about a row."""

    NEW = "new"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Split(StrEnum):
    """Which part of the dataset a row is in; NONE until a split is made."""

    NONE = ""
    TRAIN = "train"
    VALIDATION = "validation"


class Origin(StrEnum):
    """Where a row comes from. MODEL: a model wrote it about a passage of a document."""

    FILE = "file"
    CHAT = "chat"
    MODEL = "model"
    PERSON = "person"


class Kind(StrEnum):
    """What a check may find."""

    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    LEAK = "leak"
    TOO_LONG = "too_long"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    IBAN = "iban"


@dataclass(frozen=True, slots=True)
class Span:
    """An entity: content[start:end] of the row's first turn, under a label."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A row before it is stored. group: rows of one group (a document, a conversation) are never
    torn apart by a split; empty: it stands alone. line: where it began in its file, 0 for none."""

    turns: tuple[Turn, ...]
    label: str = ""
    spans: tuple[Span, ...] = ()
    group: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that did not become a row, and why, in plain words. line 0: not from a file."""

    line: int
    reason: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a row comes from: a line of a file, a message of a chat, or characters start to end
    of a document. `name` is what a person knows the file, chat or document by."""

    origin: Origin
    name: str = ""
    path: str = ""
    line: int = 0
    chat_id: int = 0
    message_id: int = 0
    page: int = 0
    start: int = 0
    end: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One example of a dataset."""

    id: int
    dataset_id: int
    turns: tuple[Turn, ...]
    label: str
    spans: tuple[Span, ...]
    group: str
    state: State
    split: Split
    source: Provenance
    created: float
    edited: float

    @property
    def synthetic(self) -> bool:
        """A model wrote it and nobody has accepted it yet."""
        return self.source.origin is Origin.MODEL and self.state is not State.ACCEPTED

    @property
    def usable(self) -> bool:
        """Whether it is learnt from and exported."""
        return self.state is not State.REJECTED and not self.synthetic

    @property
    def draft(self) -> Draft:
        """Its contents, without what the dataset knows of it."""
        return Draft(self.turns, self.label, self.spans, self.group)

    @property
    def name(self) -> str:
        """What a person finds it by: 'row 7 (line 12 of a.jsonl)'."""
        at = f"line {self.source.line} of " if self.source.line else ""
        place = f"{at}{self.source.name}"
        return f"row {self.id} ({place})" if place else f"row {self.id}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named set of rows. rows: those not deleted; usable: learnt from. split_* say how the last
    split was made (fraction 0: never)."""

    id: int
    name: str
    created: float
    updated: float
    rows: int = 0
    usable: int = 0
    split_seed: int = 0
    split_fraction: float = 0.0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows there are of each kind; `findings` counts rows by what was found in them."""

    states: dict[str, int]
    splits: dict[str, int]
    origins: dict[str, int]
    labels: dict[str, int]
    findings: dict[str, int]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows: all that is set must hold. text: all its words, the last one as a beginning.
    label None: any. usable: only what is learnt from and exported."""

    text: str = ""
    state: State | None = None
    split: Split | None = None
    origin: Origin | None = None
    label: str | None = None
    finding: Kind | None = None
    usable: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A step that can be undone. what: in plain words, for 'Undo ...'."""

    id: int
    dataset_id: int
    what: str
    made: float
    undone: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at in a row. Characters start to end of turn number `turn` (-1: the row
    as a whole); related: the row that it is a duplicate of, 0 for none."""

    row_id: int
    kind: Kind
    detail: str
    turn: int = -1
    start: int = 0
    end: int = 0
    related: int = 0


@dataclass(frozen=True, slots=True)
class Balance:
    """How often each label stands in the usable rows, most frequent first; warnings in plain
    words."""

    labels: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]


# --- events ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """An import is finished: rows added by it, and all records that were turned away."""

    dataset_id: int
    change_id: int
    rows: int
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class Generated:
    """A model has written rows about documents. turned_away: passages about which it wrote
    nothing usable."""

    dataset_id: int
    rows: int
    turned_away: int


@dataclass(frozen=True, slots=True)
class Checked:
    """All checks have run; the findings are stored with the rows."""

    rows: int
    counts: dict[str, int]
    balance: Balance


@dataclass(frozen=True, slots=True)
class SplitMade:
    """A split is stored. rows: usable ones in each part; units: groups that were kept whole."""

    train: int
    validation: int
    units: int
    seed: int
    fraction: float


@dataclass(frozen=True, slots=True)
class Exported:
    """A file is written. left_out: rows that the format can't hold."""

    path: str
    rows: int
    left_out: tuple[Rejected, ...]


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Usable rows as the trainer takes them. unassigned: rows added after the split, left out
    since they are in neither part; digest: SHA-256 of the contents and their order."""

    train: tuple[TrainingRow, ...]
    validation: tuple[TrainingRow, ...]
    unassigned: int
    digest: str
    notes: dict[str, object] = field(default_factory=dict)
