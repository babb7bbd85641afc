"""Searching some documents only, passages around others, whole documents."""

from __future__ import annotations

import os
from pathlib import Path

from app.core.messages import Neighbours, PassageList, ReadPassages, Search
from app.core.types import SearchFilter
from tests.retrieval.conftest import Library


def test_filters_by_file_folder_kind_and_date(shared: Library, tmp_path: Path) -> None:
    first, second = shared.create("filtered"), shared.create("filtered too")
    days = {"old/fox.txt": 1_000_000_000, "new/fox.md": 1_700_000_000, "new/fox.rst": 1_800_000_000}
    for name, day in days.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"The fox of {name} is called Rosa.", "utf-8")
        os.utime(path, (day, day))
    shared.add(first, tmp_path / "old")
    shared.add(second, tmp_path / "new")
    ids = {name: file.id for name, file in {**shared.files(first), **shared.files(second)}.items()}

    def found(only: SearchFilter, *collections: int) -> set[str]:
        hits = shared.ask(Search("What is the fox called?", collections, 50, only)).hits
        assert all(hit.keyword > 0 and 0 <= hit.score <= 1 for hit in hits)
        return {Path(hit.passage.path).name for hit in hits}

    both = (first, second)
    assert found(SearchFilter(), *both) == {"fox.txt", "fox.md", "fox.rst"}
    assert found(SearchFilter(files=(ids["fox.md"],)), *both) == {"fox.md"}
    assert found(SearchFilter(folders=(str(tmp_path / "new"),)), *both) == {"fox.md", "fox.rst"}
    assert found(SearchFilter(folders=(str(tmp_path / "ne"),)), *both) == set()
    assert found(SearchFilter(kinds=("text", "rst")), *both) == {"fox.txt", "fox.rst"}
    assert found(SearchFilter(kinds=("text", "rst")), second) == {"fox.rst"}
    assert found(SearchFilter(after=1_600_000_000), *both) == {"fox.md", "fox.rst"}
    assert found(SearchFilter(after=1_600_000_000, before=1_750_000_000), *both) == {"fox.md"}


def test_neighbours_and_whole_documents(samples: Library) -> None:
    handbook = samples.files(1)["member-handbook.pdf"]
    only = SearchFilter(files=(handbook.id,))
    whole: PassageList = samples.ask(ReadPassages((1,), only, 100_000))
    assert len(whole.passages) == handbook.passages > 4
    starts = [passage.start for passage in whole.passages]
    assert starts == sorted(starts)
    length = sum(passage.end - passage.start for passage in whole.passages)
    assert samples.ask(ReadPassages((1,), only, length)) == whole
    assert samples.ask(ReadPassages((1,), only, length - 1)) == PassageList(())

    def around(*places: int, each_side: int = 1) -> list[int]:
        ids = tuple(whole.passages[place].chunk_id for place in places)
        answer: PassageList = samples.ask(Neighbours(ids, each_side))
        return [whole.passages.index(passage) for passage in answer.passages]

    assert around(2) == [1, 2, 3]
    assert around(0, 2) == [0, 1, 2, 3]
    assert around(1, each_side=0) == [1]
    assert around(handbook.passages - 1, each_side=99) == list(range(handbook.passages))
