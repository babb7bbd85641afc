"""A text that is piped in becomes a document; removed, it is gone from the disk as well."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Loam, parsed


def test_a_pasted_text_is_found_and_deleted(loam: Loam, home: Path) -> None:
    text = "The spare key of the boat house hangs behind the green barometer.\n"
    given = ("documents", "paste", "--title", "Boat: house", "--collection", "Pasted", "--json")
    (done,) = parsed(loam(*given, stdin=text))
    assert (done["ready"], done["failed"]) == (1, 0)
    (again,) = parsed(loam(*given, stdin="The oars are in the attic.\n"))
    assert again["ready"] == 1
    files = parsed(loam("collections", "--json", "files", "Pasted"))
    assert [file["name"] for file in files] == ["Boat house 2.md", "Boat house.md"]
    first = next(file["path"] for file in files if file["name"] == "Boat house.md")
    assert Path(first).read_text("utf-8") == f"# Boat: house\n\n{text}"
    (found,) = parsed(
        loam("search", "Where is the spare key?", "--collection", "Pasted", "--top", "1", "--json")
    )
    assert "green barometer" in found["hits"][0]["text"]
    assert loam("collections", "remove", "Pasted", first).returncode == 0
    assert not Path(first).exists()
    assert loam("collections", "delete", "Pasted").returncode == 0
    assert not list((home / "library" / "notes").iterdir())
    refused = loam("documents", "paste", stdin=" \n")
    assert refused.returncode == 2
    assert "title" in refused.stderr or "no text" in refused.stderr
