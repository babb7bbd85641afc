"""Imports: real data, what is turned away, cancelling, and kill -9 in the middle."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.errors import BadInput, Cancelled
from app.core.messages import Progress
from app.core.paths import Profile
from app.core.process import Cancel
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Checked, Exported, Filter, Imported, Kind
from tests import patience
from tests.services.dataset.conftest import Written, imported

_KILLED = """
import sys
from pathlib import Path
from app.core.messages import Progress
from app.core.paths import Profile
from app.services.dataset.service import DatasetService
service = DatasetService(Profile(Path(sys.argv[1])))
dataset = service.named("Killed")
for event in service.import_file(dataset.id, Path(sys.argv[2])):
    if isinstance(event, Progress):
        # So long a line fills the pipe: the import can't run away from who reads it.
        print(" " * 65536, int(event.done), flush=True)
print("done", flush=True)
"""


def test_instructions_come_in_whole_and_go_out_in_every_format(
    service: DatasetService, shared_data: Path, tmp_path: Path
) -> None:
    source = shared_data / "tune" / "instructions.json"
    known = json.loads(source.read_text(encoding="utf-8"))
    key = service.create("Instructions").id
    done = imported(service, key, source)
    assert (done.rows, done.rejected) == (len(known), ())
    rows = service.page(key, limit=2000)
    for row, record in zip(rows, known, strict=True):
        asked = "\n\n".join(p for p in (record["instruction"], record["input"]) if p)
        assert [t.content for t in row.turns] == [asked, record["output"]]
    lines = source.read_text(encoding="utf-8").splitlines()
    assert all('"instruction"' in lines[row.source.line] for row in rows[:50])
    for kind, suffix in (
        ("openai", ".jsonl"),
        ("sharegpt", ".json"),
        ("alpaca", ".json"),
        ("completion", ".jsonl"),
        ("table", ".csv"),
    ):
        path = tmp_path / f"{kind}{suffix}"
        *_, written = service.export(key, path, kind)
        assert isinstance(written, Exported)
        assert (written.rows, written.left_out) == (len(known), ())
        assert service.detect(path) == kind
        again = service.create(kind).id
        imported(service, again, path)
        turns = [row.turns for row in service.page(again, limit=2000)]
        assert turns == [row.turns for row in rows]


def test_labelled_tweets_come_in_with_a_mapping_and_are_weighed(
    service: DatasetService, shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "tune" / "emotion"
    names = dict(
        line.split("\t") for line in (folder / "mapping.txt").read_text().strip().splitlines()
    )
    tweets = (folder / "train_text.txt").read_text(encoding="utf-8").split("\n")
    labels = [names[n] for n in (folder / "train_labels.txt").read_text().split()]
    path = tmp_path / "emotion.tsv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["Post", "Mood"])
        writer.writerows(zip(tweets, labels, strict=False))
    key = service.create("Moods").id
    with pytest.raises(BadInput, match="Post, Mood"):
        imported(service, key, path)
    assert service.changes(key) == []
    assert service.table_columns(path) == ("Post", "Mood")
    done = imported(service, key, path, mapping={"text": "Post", "label": "Mood"})
    assert (done.rows, done.rejected) == (len(labels), ())
    *_, checked = service.check(key)
    assert isinstance(checked, Checked)
    assert dict(checked.balance.labels) == Counter(labels)
    pairs = {(" ".join(t.casefold().split()), m) for t, m in zip(tweets, labels, strict=False)}
    assert service.count(key, Filter(finding=Kind.DUPLICATE)) == len(labels) - len(pairs)


def test_what_is_turned_away_is_kept_with_its_lines(
    service: DatasetService, jsonl: Written, profile: Profile
) -> None:
    good = {"prompt": "q", "completion": "a"}
    key = service.create("A").id
    done = imported(service, key, jsonl([good, 5, {"prompt": "q"}, good]), kind="completion")
    assert done.rows == 2
    assert [(item.line, item.reason) for item in done.rejected] == [
        (2, "it is not a JSON object"),
        (3, "it has no 'completion'"),
    ]
    service.close()
    again = DatasetService(profile)
    assert again.rejected(done.change_id) == done.rejected
    again.close()


def test_a_cancelled_import_keeps_what_it_said_and_goes_on_from_there(
    service: DatasetService, jsonl: Written
) -> None:
    path = jsonl({"prompt": f"q{n}", "completion": "a"} for n in range(2000))
    key = service.create("A").id
    cancel = Cancel()
    events = service.import_file(key, path, cancel=cancel)
    first = next(events)
    assert isinstance(first, Progress)
    cancel.set()
    with pytest.raises(Cancelled):
        next(events)
    assert service.count(key) == first.done < 2000
    assert imported(service, key, path).rows == 2000
    said = [row.turns[0].content for row in service.page(key, limit=5000)]
    assert said == [f"q{n}" for n in range(2000)]
    assert len(service.changes(key)) == 1
    # An import that came to its end is not gone on with.
    assert imported(service, key, path).rows == 2000
    assert service.count(key) == 4000


def test_an_import_that_was_undone_while_it_ran_stops(
    service: DatasetService, jsonl: Written
) -> None:
    key = service.create("A").id
    path = jsonl({"prompt": f"q{n}", "completion": "a"} for n in range(1500))
    events = service.import_file(key, path)
    next(events)
    service.undo(key)
    with pytest.raises(BadInput, match="undone"):
        list(events)
    assert service.count(key) == 0
    assert imported(service, key, path).rows == 1500


def test_kill_9_during_an_import_loses_no_acknowledged_row(
    profile: Profile, tmp_path: Path
) -> None:
    path, number = tmp_path / "big.jsonl", 20_000
    with path.open("w", encoding="utf-8") as file:
        for n in range(number):
            record = {"prompt": f"q{n}", "completion": "word " * 40} if n % 100 else {"prompt": 1}
            file.write(json.dumps(record) + "\n")
    acknowledged = 0
    for reads in (2, 7):
        child = subprocess.Popen(
            [sys.executable, "-c", _KILLED, str(profile.root), str(path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        with child.stdout as lines:
            for _ in range(reads):
                acknowledged = int(next(lines))
            os.kill(child.pid, signal.SIGKILL)
            child.wait(patience.SECONDS)
            told: Iterator[str] = (line for line in lines if line.strip().isdigit())
            acknowledged = max([acknowledged, *map(int, told)])
        service = DatasetService(profile)
        key = service.find("Killed").id
        assert service.problems == []
        stored = [row.source.line for row in service.page(key, limit=number)]
        should = [n + 1 for n in range(acknowledged) if n % 100]
        assert stored[: len(should)] == should
        assert len(stored) < number * 0.99, "the import ended before it was killed"
        service.close()
    service = DatasetService(profile)
    done = imported(service, service.find("Killed").id, path)
    assert isinstance(done, Imported)
    rows = service.page(done.dataset_id, limit=number)
    assert [row.source.line for row in rows] == [n + 1 for n in range(number) if n % 100]
    assert [item.line for item in done.rejected] == list(range(1, number, 100))
    service.undo(done.dataset_id)
    assert service.count(done.dataset_id) == 0
    service.close()


def test_a_broken_off_export_leaves_the_file_as_it_was(
    service: DatasetService, jsonl: Written, tmp_path: Path
) -> None:
    key = service.create("A").id
    imported(service, key, jsonl({"text": f"text {n}"} for n in range(1200)))
    path = tmp_path / "out" / "rows.txt"
    path.parent.mkdir()
    path.write_text("old")
    with pytest.raises(BadInput, match="no dataset format"):
        list(service.export(key, path, "xml"))
    cancel = Cancel()
    events = service.export(key, path, "text", cancel=cancel)
    assert isinstance(next(events), Progress)
    cancel.set()
    with pytest.raises(Cancelled):
        list(events)
    assert path.read_text() == "old"
    list(service.export(key, path, "text", Filter(text="text 77")))
    assert path.read_text().split("\n\f\n")[0] == "text 77"
    assert [p.name for p in path.parent.iterdir()] == ["rows.txt"]
