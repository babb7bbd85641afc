"""Errors cross pipes, files are replaced whole, locks hold, plug-ins are found."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.core import errors, lazy, plugins
from app.core.files import write_atomically
from app.core.lock import FileLock
from app.core.paths import Profile, existing, profile

lazy.load_all(errors)


def _tree(kind: type[errors.LoamError]) -> list[type[errors.LoamError]]:
    return [kind, *(k for sub in kind.__subclasses__() for k in _tree(sub))]


@pytest.mark.parametrize("kind", _tree(errors.LoamError))
def test_every_error_crosses_a_pipe_whole(kind: type[errors.LoamError]) -> None:
    error = kind("the detail", path="a.pdf", name="The model", reason="why")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (again.detail, again.params) == (error.detail, error.params)
    assert again.what_text == error.what_text


def test_an_error_names_what_it_is_about() -> None:
    text = str(errors.PasswordNeeded(path="secret.pdf"))
    assert "secret.pdf" in text
    assert "password" in text


def test_a_missing_place_does_not_hide_the_error() -> None:
    assert "{path}" in errors.MissingFile().what_text


def test_a_file_is_replaced_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["b.json"]


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.json"
    write_atomically(path, b"one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"two")
    assert path.read_bytes() == b"one"
    assert [p.name for p in tmp_path.iterdir()] == ["b.json"]


def test_a_lock_excludes_another_process_and_ends_with_it(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    code = (
        "import sys, pathlib; from app.core.lock import FileLock\n"
        "print(FileLock(pathlib.Path(sys.argv[1])).acquire())"
    )
    ask = [sys.executable, "-c", code, str(path)]
    lock = FileLock(path)
    assert lock.acquire()
    assert subprocess.check_output(ask, text=True).strip() == "False"
    lock.release()
    assert subprocess.check_output(ask, text=True).strip() == "True"
    assert lock.acquire()


def test_the_profile_is_chosen_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOAM_PROFILE", str(tmp_path / "env"))
    assert profile(tmp_path / "given").root == tmp_path / "given"
    assert profile().root == tmp_path / "env"
    monkeypatch.delenv("LOAM_PROFILE")
    assert profile().root.name == "loam"


def test_a_profile_is_for_its_owner_only(profile: Profile) -> None:
    assert stat.S_IMODE(profile.root.stat().st_mode) == 0o700


def test_a_missing_path_is_named_as_it_was_typed(tmp_path: Path) -> None:
    with pytest.raises(errors.MissingFile, match=r"no/such\.pdf"):
        existing("no/such.pdf")


@pytest.mark.parametrize("package", plugins.PACKAGES[:3])
def test_plugins_of_each_kind_are_found(package: str) -> None:
    assert len(plugins.modules(package)) >= 1


def test_the_window_and_the_terminal_load_nothing_heavy() -> None:
    code = (
        "import sys, app.__main__, app.cli.main, app.services.assemble, app.core.process\n"
        "heavy = {'torch', 'chromadb', 'llama_cpp', 'sentence_transformers', 'PySide6'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
