"""What the reader and the list of files need: where headings stand, how far a file is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.core.messages import FileChanged, OpenDocument, Opened
from app.core.types import FileState
from tests.retrieval.conftest import Library

Open = Callable[..., Library]


def test_headings_and_progress_of_a_long_file(open_library: Open, tmp_path: Path) -> None:
    library = open_library()
    collection = library.create()
    path = tmp_path / "long.md"
    words = "The mill number {n} grinds flour of the kind {n} for the village by the river. "
    sections = [
        f"{'#' * (1 + n % 3)} Mill {n}\n\n" + words.replace("{n}", str(n)) * 12 for n in range(40)
    ]
    path.write_text("\n\n".join(sections), "utf-8")
    events = library.add(collection, path)
    changes = [event for event in events if isinstance(event, FileChanged)]
    parts = [each.part for each in changes if each.file.state is FileState.READING]
    assert parts[0] < 0 < parts[1] <= parts[-1] < 1
    assert parts == sorted(parts)
    assert changes[-1].file.state is FileState.READY

    opened: Opened = library.ask(OpenDocument(changes[-1].file.id))
    view = opened.document
    assert len(view.headings) == len(sections)
    for n, heading in enumerate(view.headings):
        assert heading.level == 1 + n % 3
        assert view.text[heading.start :].startswith(f"{'#' * heading.level} Mill {n}\n")
