"""Asking some documents only, and several collections at once, from the terminal."""

from __future__ import annotations

import argparse
import contextlib
import os
from pathlib import Path

import pytest

from app.cli import filters
from app.core.errors import BadInput
from app.core.paths import Profile
from app.services.assemble import build
from app.services.library import LibraryService
from tests.cli.conftest import Loam, parsed

TOLD = {
    "garden/gate.md": "The gate code of the garden is 4711.",
    "garden/gate.txt": "The gate code of the garden was 1234 before.",
    "harbour/gate.md": "The gate code of the harbour is 9900.",
}
BOTH = ("--collection", "garden", "--collection", "harbour")


def found(library: LibraryService, *arguments: str) -> set[str]:
    """Files that a search with these arguments finds, folder and name."""
    parser = argparse.ArgumentParser()
    filters.add_arguments(parser)
    collections = library.ids(("garden", "harbour"))
    only = filters.given(parser.parse_args(arguments), library, collections)
    hits = library.search("What is the gate code?", collections, 8, only=only).hits
    return {"/".join(Path(hit.passage.path).parts[-2:]) for hit in hits}


def test_several_collections_and_only_some_of_their_files(
    loam: Loam, home: Path, tmp_path: Path
) -> None:
    for name, text in TOLD.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    os.utime(tmp_path / "garden/gate.txt", (1_000_000_000, 1_000_000_000))
    with contextlib.closing(build(Profile(home).create())) as made:
        library = made.library
        for place in ("garden", "harbour"):
            for _ in library.add(library.create(place).id, [str(tmp_path / place)]):
                pass
        garden = str(tmp_path / "garden")
        assert found(library) == set(TOLD)
        assert found(library, "--type", "md") == {"garden/gate.md", "harbour/gate.md"}
        assert found(library, "--file", "*.TXT", "--folder", garden) == {"garden/gate.txt"}
        assert found(library, "--file", f"{garden}/gate.md") == {"garden/gate.md"}
        assert found(library, "--since", "2020-01-01", "--type", "text") == set()
        assert found(library, "--until", "2001-09-10") == {"garden/gate.txt"}
        between = ("--since", "2001-09-07", "--before", "2001-09-11")
        assert found(library, *between) == {"garden/gate.txt"}
        assert found(library, "--before", "2001-09-07") == set()
        with pytest.raises(BadInput, match="no fence"):
            found(library, "--file", "fence.md")
        with pytest.raises(BadInput, match="only markdown, text"):
            found(library, "--type", "pdf")

    question = "What is the gate code of the harbour?"
    (answer,) = parsed(loam("ask", "--file", "gate.md", question, *BOTH, "--json"))
    assert "9900" in answer["answer"]
    assert {Path(source["path"]).name for source in answer["sources"]} == {"gate.md"}
    checks = answer["checks"]
    assert checks
    assert all(check["supported"] and check["missing"] == [] for check in checks)
    cited = answer["answer"][checks[0]["start"] : checks[0]["end"]]
    assert f"[{checks[0]['passage']}]" in cited


def test_a_collection_that_is_not_there_is_wrong_use(loam: Loam) -> None:
    done = loam("ask", "What is the gate code?", "--collection", "sea")
    assert (done.returncode, "There is no collection sea." in done.stderr) == (2, True)


def test_the_last_day_counts_whole() -> None:
    assert filters.day_after("2026-03-01") == filters.day("2026-03-02")
    # Where clocks change, such a day has 23 or 25 hours.
    assert filters.day_after("2026-12-31") == filters.day("2027-01-01")
