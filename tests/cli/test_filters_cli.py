"""Asking some documents only, and several collections at once, from the terminal."""

from __future__ import annotations

import os
from pathlib import Path

from tests.cli.conftest import Loam, parsed


def test_several_collections_and_only_some_of_their_files(loam: Loam, tmp_path: Path) -> None:
    told = {
        "garden/gate.md": "The gate code of the garden is 4711.",
        "garden/gate.txt": "The gate code of the garden was 1234 before.",
        "harbour/gate.md": "The gate code of the harbour is 9900.",
    }
    for name, text in told.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    os.utime(tmp_path / "garden/gate.txt", (1_000_000_000, 1_000_000_000))
    for place in ("garden", "harbour"):
        loam("collections", "add", place, str(tmp_path / place))
    both = ("--collection", "garden", "--collection", "harbour", "--json")

    def found(*arguments: str) -> set[str]:
        (row,) = parsed(loam("search", *arguments, "What is the gate code?", *both))
        return {str(Path(hit["path"]).relative_to(tmp_path)) for hit in row["hits"]}

    assert found() == set(told)
    assert found("--type", "md") == {"garden/gate.md", "harbour/gate.md"}
    assert found("--file", "*.txt", "--folder", str(tmp_path / "garden")) == {"garden/gate.txt"}
    assert found("--since", "2020-01-01", "--type", "text") == set()

    question = "What is the gate code of the harbour?"
    (answer,) = parsed(loam("ask", question, "--file", "gate.md", *both))
    assert "9900" in answer["answer"]
    assert {Path(source["path"]).name for source in answer["sources"]} == {"gate.md"}
    checks = answer["checks"]
    assert checks
    assert all(check["supported"] for check in checks)
    first = checks[0]
    cited = answer["answer"][first["start"] : first["end"]]
    assert f"[{first['passage']}]" in cited
    assert first["missing"] == []

    refused = loam("ask", question, "--file", "fence.md", *both)
    assert refused.returncode == 2
    assert "There is no fence.md among the documents." in refused.stderr
    assert loam("search", "gate", "--collection", "sea").returncode == 2
