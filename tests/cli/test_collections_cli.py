"""Collections from the terminal: watched folders, passwords, files left out of searches."""

from __future__ import annotations

from pathlib import Path

from app.cli.output import one_line
from tests.cli.conftest import Loam, parsed
from tests.retrieval.making import text_pdf


def test_a_watched_folder_with_a_locked_and_an_excluded_file(loam: Loam, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "fox.txt").write_text("The fox is called Rosa.", "utf-8")
    locked = text_pdf(folder / "locked.pdf", [[(72, 700, "The yak is called Ida.")]], "mulberry")
    last = parsed(loam("collections", "--json", "watch", "Watched", str(folder)))[-1]
    assert (last["event"], last["ready"], last["failed"]) == ("Indexed", 1, 1)

    (read,) = parsed(
        loam(
            *("collections", "--json", "read", "Watched", str(locked), "--password"),
            stdin="mulberry\n",
        )
    )
    assert (read["ready"], read["failed"]) == (1, 0)
    assert loam("collections", "exclude", "Watched", str(folder / "fox.txt")).returncode == 0
    files = parsed(loam("collections", "--json", "files", "Watched"))
    assert {file["name"]: file["state"] for file in files} == {
        "fox.txt": "excluded",
        "locked.pdf": "ready",
    }
    assert parsed(loam("collections", "files", "Watched", "--json")) == files
    lines = loam("collections", "files", "Watched").stdout.splitlines()
    assert lines == ["fox.txt  1 passage, excluded", "locked.pdf  1 page, 1 passage, ready"]
    none = loam("collections", "pages", "Watched", str(folder / "fox.txt"), str(tmp_path / "a.pdf"))
    assert none.returncode == 1
    assert "such files have no pages" in none.stderr
    wrong = loam("collections", "unwatch", "Watched", str(tmp_path))
    assert wrong.returncode == 2
    assert "does not follow" in wrong.stderr
    assert loam("collections", "unwatch", "Watched", str(folder), "--remove").returncode == 0
    assert loam("collections", "files", "Watched").stdout == ""


def test_json_stands_behind_the_action_as_well_and_nothing_else_does(
    loam: Loam, tmp_path: Path
) -> None:
    assert loam("collections", "create", "One").returncode == 0
    listed = parsed(loam("collections", "list", "--json"))
    assert "One" in [each["name"] for each in listed]
    (tmp_path / "a.xyz").touch()
    nothing = loam("collections", "add", "One", str(tmp_path))
    assert f"Nothing that Loam can read was found in {tmp_path}." in nothing.stderr
    (rest,) = parsed(loam("collections", "resume", "--json"))
    assert (rest["ready"], rest["failed"]) == (0, 0)  # nothing was left
    wrong = loam("collections", "list", "--json", "--jsonl")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--jsonl" in wrong.stderr


def test_names_of_files_cannot_pass_for_other_lines() -> None:
    assert one_line("a\nb\x1b[2J\u202e\u202f\u00e9🦊.txt") == (
        "a\\nb\\x1b[2J\\u202e\u202f\u00e9🦊.txt"
    )
