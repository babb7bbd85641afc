"""How rows come into a dataset: from files, chats, documents, and by hand.

Each way is one change that can be undone. What took long and was broken off stays as far as it
came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from app.core.errors import BadInput, Cancelled
from app.core.messages import Progress
from app.core.process import Cancel
from app.core.types import Message
from app.services.dataset import collecting, detection, generating, importing
from app.services.dataset.editing import sound
from app.services.dataset.formats import table
from app.services.dataset.store import DatasetStore
from app.services.dataset.types import (
    Draft,
    Generated,
    Imported,
    Origin,
    Provenance,
    Rejected,
)


class RowSources:
    """The part of DatasetService that adds rows. Errors as there."""

    _store: DatasetStore

    def detect(self, path: Path) -> str:
        """The name of a file's format. Errors: BadInput, OSError."""
        return detection.detect(path).name

    def table_columns(self, path: Path) -> tuple[str, ...]:
        """The first line of a CSV or TSV file, to choose a mapping from. Errors: as detect."""
        return table.columns(path)

    def table_preview(self, path: Path, rows: int = 5) -> table.Preview:
        """The columns of a CSV or TSV file, its first rows, and what the columns seem to be.
        Errors: as detect."""
        return table.preview(path, rows)

    def import_file(
        self,
        dataset_id: int,
        path: Path,
        kind: str = "",
        mapping: Mapping[str, str] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Progress | Imported]:
        """Read a file; kind '' finds the format. What Progress said is stored; the same file
        again goes on after a kill or a cancel. Errors: BadInput, Cancelled, OSError."""
        chosen = detection.named(kind) if kind else detection.detect(path)
        if mapping and not chosen.columns:
            raise BadInput(problem=f"{chosen.title} has no columns to choose.")
        yield from importing.import_file(
            self._store, dataset_id, path, chosen, mapping or {}, cancel
        )

    def rejected(self, change_id: int) -> tuple[Rejected, ...]:
        """The records that an import turned away, with lines and reasons."""
        return importing.turned_away(self._store, change_id)

    def all_rejected(self, dataset_id: int) -> tuple[Rejected, ...]:
        """What all imports that were not undone turned away; `name` is the file's."""
        return importing.all_turned_away(self._store, dataset_id)

    def liked(self, dataset_id: int, chats: collecting.LikedConversations) -> list[Message]:
        """Answers rated up or rewritten that this dataset does not have yet, oldest first."""
        had = self._store.message_ids(dataset_id)
        return [message for message in chats.liked() if message.id not in had]

    def collect_answers(
        self,
        dataset_id: int,
        chats: collecting.Conversations,
        message_ids: Sequence[int],
        edited: Mapping[int, str] | None = None,
    ) -> tuple[list[int], list[Rejected]]:
        """(ids of new rows, what can't be used): chosen answers, in their edited versions where
        there are some. Errors: NotFound."""
        found = collecting.answers(chats, message_ids, edited or {})
        return self._collect(dataset_id, "Add answers from chats", found)

    def collect_chats(
        self, dataset_id: int, chats: collecting.Conversations, chat_ids: Sequence[int]
    ) -> tuple[list[int], list[Rejected]]:
        """As `collect_answers`, one row a chat."""
        return self._collect(dataset_id, "Add chats", collecting.whole(chats, chat_ids))

    def keep(
        self, dataset_id: int, what: str, found: Iterable[collecting.Collected]
    ) -> Iterator[int | Rejected]:
        """Store rows one by one as they come, such as those of `generating.pairs`: ids of new rows,
        and what can't be used. `what` names the change that is undone at once."""
        change_id = 0
        for item in found:
            if isinstance(item, Rejected):
                yield item
                continue
            with self._store.db.write() as w:
                history = self._store.history
                change_id = change_id or history.begin(w, dataset_id, what)
                (row_id,) = history.insert(w, dataset_id, change_id, [item])
            yield row_id

    def generate(
        self,
        dataset_id: int,
        documents: Sequence[generating.Document],
        write: generating.Write,
        model: str,
        count: int,
        cancel: Cancel | None = None,
    ) -> Iterator[Progress | int | Rejected | Generated]:
        """Let a model write up to `count` questions and answers about passages of documents that
        this dataset has none about: ids of new rows and what was turned away as they come, at
        last Generated. Errors: BadInput, Cancelled (what was written stays), those of `write`."""
        if not 1 <= count <= 10_000:
            raise BadInput(problem="Between 1 and 10,000 rows can be written at a time.")
        had = self._store.passages(dataset_id)
        passages = (p for p in generating.chosen(documents, count) if p.place not in had)
        what = "Writing questions and answers"
        written = turned_away = 0
        yield Progress(what, 0, count, "rows")
        found = generating.pairs(passages, write, model)
        for item in self.keep(dataset_id, "Write questions and answers", found):
            if isinstance(item, Rejected):
                turned_away += 1
            else:
                written += 1
            yield item
            yield Progress(what, written, count, "rows")
            if cancel is not None and cancel.is_set():
                raise Cancelled
            if written == count:
                break
        yield Generated(dataset_id, written, turned_away)

    def add(self, dataset_id: int, draft: Draft) -> int:
        """A row that a person wrote; gives its id. Errors: BadInput."""
        rows = [(sound(draft), Provenance(Origin.PERSON))]
        return self._store.history.add(dataset_id, "Add a row", rows)[0]

    def _collect(
        self, dataset_id: int, what: str, found: Iterable[collecting.Collected]
    ) -> tuple[list[int], list[Rejected]]:
        rows: list[tuple[Draft, Provenance]] = []
        turned_away = []
        for item in found:
            if isinstance(item, Rejected):
                turned_away.append(item)
            else:
                rows.append(item)
        return self._store.history.add(dataset_id, what, rows) if rows else [], turned_away
