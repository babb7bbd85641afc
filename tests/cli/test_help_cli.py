"""What Help shows, from the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Loam


def test_about_names_parts_and_shows_a_licence(loam: Loam) -> None:
    told = json.loads(loam("about", "--json").stdout)
    parts = {one["name"]: one for one in told["parts"]}
    assert parts["all-MiniLM-L6-v2"]["kind"] == "model"
    assert parts["llama-cpp-python"]["licence"] == "MIT"
    text = loam("about", "--licence", "Llama_CPP_Python")
    assert "Permission is hereby granted" in text.stdout


def test_diagnostics_have_what_a_report_needs(loam: Loam, home: Path) -> None:
    done = loam("diagnostics", "--json")
    told = json.loads(done.stdout)
    assert told["Loam"][0].startswith("Loam ")
    assert any(line.startswith("llama.cpp") for line in told["Devices"])
    assert str(home) not in done.stdout


def test_without_an_address_nothing_is_asked(loam: Loam) -> None:
    done = loam("update")
    assert done.returncode == 1
    assert "names no place where new versions are announced" in done.stderr
