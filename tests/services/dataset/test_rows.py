"""Rows in a dataset: paging, search, editing, and undoing all of it, also after a restart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.core.errors import BadInput, NotFound
from app.core.messages import Turn
from app.core.paths import Profile
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Draft, Filter, Kind, Origin, Row, Span, Split, State
from tests.services.dataset.conftest import Written, imported, talk, text


def filled(service: DatasetService, jsonl: Written, number: int = 250) -> int:
    """A dataset of that many rows: 'question 0', 'answer 0' ..."""
    path = jsonl({"prompt": f"question {n}", "completion": f"answer {n}"} for n in range(number))
    dataset = service.create("Numbers")
    assert imported(service, dataset.id, path).rows == number
    return dataset.id


def contents(service: DatasetService, dataset_id: int) -> list[tuple[object, ...]]:
    """All that a person sees of the rows."""
    return [
        (r.id, r.turns, r.label, r.spans, r.state, r.split)
        for r in service.page(dataset_id, limit=10_000)
    ]


def test_datasets_have_names_of_their_own(service: DatasetService) -> None:
    first = service.create(" My  rows ")
    assert first.name == "My rows"
    with pytest.raises(BadInput, match="already"):
        service.create("My rows")
    with pytest.raises(BadInput, match="needs a name"):
        service.create("  ")
    service.delete(first.id)
    assert service.datasets() == []
    with pytest.raises(NotFound):
        service.get(first.id)
    second = service.create("My rows")
    with pytest.raises(BadInput, match="already"):
        service.restore(first.id)
    service.rename(second.id, "Others")
    service.restore(first.id)
    assert {d.name for d in service.datasets()} == {"My rows", "Others"}
    assert service.named("Others").id == second.id
    with pytest.raises(BadInput, match="no dataset Nope"):
        service.find("Nope")


def test_pages_and_filters_give_the_rows_asked_for(service: DatasetService, jsonl: Written) -> None:
    key = filled(service, jsonl)
    ids = service.ids(key)
    assert len(ids) == service.count(key) == 250
    assert [r.id for r in service.page(key, offset=100, limit=20)] == ids[100:120]
    assert [r.turns[0].content for r in service.page(key, offset=249)] == ["question 249"]
    service.set_state(key, ids[:10], State.ACCEPTED)
    service.set_state(key, ids[10:30], State.REJECTED)
    assert service.ids(key, Filter(state=State.ACCEPTED)) == ids[:10]
    assert service.count(key, Filter(usable=True)) == 230
    assert service.get(key).usable == 230
    assert service.counts(key).states == {"new": 220, "rejected": 20, "accepted": 10}
    found = service.page(key, Filter(text="answer 17", state=State.REJECTED))
    assert [r.turns[0].content for r in found] == ["question 17"]
    assert service.count(key, Filter(text="quest 24")) == 0
    assert service.count(key, Filter(text="question 24")) == 11  # 24, and 240 to 249
    assert service.count(key, Filter(text='"odd* (words')) == 0


def test_where_a_row_comes_from_is_kept(service: DatasetService, jsonl: Written) -> None:
    key = filled(service, jsonl, 3)
    row = service.page(key)[1]
    assert (row.source.origin, row.source.name, row.source.line) == (Origin.FILE, "rows.jsonl", 2)
    assert Path(row.source.path).is_file()
    assert row.name == f"row {row.id} (line 2 of rows.jsonl)"


def test_every_change_can_be_undone_and_made_again(
    service: DatasetService, jsonl: Written, profile: Profile
) -> None:
    key = filled(service, jsonl, 40)
    ids = service.ids(key)
    states = [contents(service, key)]

    def changed() -> None:
        states.append(contents(service, key))
        assert states[-1] != states[-2]

    service.edit(ids[0], turns=(Turn("user", "new"), Turn("assistant", "words")))
    changed()
    service.set_state(key, ids[:5], State.ACCEPTED)
    changed()
    service.set_label(key, ids[3:9], "joy")
    changed()
    service.remove(key, ids[7:20])
    changed()
    service.add(key, text("A town called Rome.", "place"))
    changed()
    list(service.split(key, fraction=0.3, seed=4))
    changed()
    held_out = service.row(ids[0]).split is Split.VALIDATION
    service.set_split(key, ids[:1], Split.TRAIN if held_out else Split.VALIDATION)
    changed()
    whats = [change.what for change in service.changes(key) if not change.undone]
    assert whats[-2:] == [f"Edit row {ids[0]}", "Import rows.jsonl"]

    service.close()
    again = DatasetService(profile)
    try:
        assert again.get(key).split_seed == 4
        for before in reversed(states[:-1]):
            assert again.undo(key) is not None
            assert contents(again, key) == before
        assert again.get(key).split_fraction == 0
        assert (change := again.undo(key)) is not None
        assert change.what == "Import rows.jsonl"
        assert again.count(key) == 0
        assert again.undo(key) is None
        for after in states:
            assert again.redo(key) is not None
            assert contents(again, key) == after
        assert again.count(key, Filter(text="new words")) == 1
        assert again.count(key, Filter(text="question 0")) == 0
    finally:
        again.close()


def test_a_new_change_ends_what_could_be_made_again(
    service: DatasetService, jsonl: Written
) -> None:
    key = filled(service, jsonl, 5)
    service.add(key, talk("a", "b"))
    service.undo(key)
    service.set_state(key, service.ids(key)[:1], State.ACCEPTED)
    assert service.redo(key) is None
    assert service.count(key) == 5
    assert service.count(key, Filter(text="b")) == 0


def test_what_changes_nothing_is_nothing_to_undo(service: DatasetService, jsonl: Written) -> None:
    key = filled(service, jsonl, 3)
    row = service.page(key)[0]
    service.edit(row.id, turns=row.turns)
    assert service.set_state(key, [row.id], State.NEW) == 0
    assert [change.what for change in service.changes(key)] == ["Import rows.jsonl"]


def test_a_change_of_rows_that_are_gone_does_nothing(
    service: DatasetService, jsonl: Written
) -> None:
    key = filled(service, jsonl, 3)
    ids = service.ids(key)
    service.remove(key, ids[1:2])
    with pytest.raises(NotFound):
        service.set_state(key, ids, State.ACCEPTED)
    assert service.counts(key).states == {"new": 2}
    with pytest.raises(NotFound):
        service.row(ids[1])


@pytest.mark.parametrize(
    "draft",
    [
        Draft(()),
        text("  "),
        Draft((Turn("user", "q"),)),
        Draft((Turn("wizard", "q"), Turn("assistant", "a"))),
        Draft((Turn("text", "a"), Turn("text", "b"))),
        Draft((Turn("text", "Rome"),), spans=(Span(2, 9, "place"),)),
        Draft((Turn("text", "Rome"),), spans=(Span(0, 4, " "),)),
        talk("q\0", "a"),
        talk("q", "\ud800"),
    ],
)
def test_rows_that_cannot_be_learnt_from_are_not_kept(
    service: DatasetService, draft: Draft
) -> None:
    dataset = service.create("A")
    with pytest.raises(BadInput, match=r"This row can't be kept: .+\."):
        service.add(dataset.id, draft)
    assert service.changes(dataset.id) == []


def test_entities_move_with_an_edited_text(service: DatasetService) -> None:
    key = service.create("A").id
    spans = (Span(0, 4, "person"), Span(13, 17, "place"), Span(22, 27, "place"))
    row_id = service.add(key, Draft((Turn("text", "Anna lives in Rome or Paris."),), spans=spans))
    service.edit(row_id, turns=(Turn("text", "Anna still lives in Oslo or Paris."),))
    row = service.row(row_id)
    said = row.turns[0].content
    assert [said[s.start : s.end] for s in row.spans] == ["Anna", "Paris"]
    service.edit(row_id, entities=(Span(20, 24, "place"),))
    assert service.row(row_id).spans == (Span(20, 24, "place"),)


def test_two_programs_may_have_the_datasets_open(
    service: DatasetService, jsonl: Written, profile: Profile
) -> None:
    key = filled(service, jsonl, 4)
    other = DatasetService(profile)
    try:
        other.set_state(key, other.ids(key)[:2], State.REJECTED)
        assert service.count(key, Filter(state=State.REJECTED)) == 2
        service.undo(key)
        assert other.count(key, Filter(state=State.REJECTED)) == 0
    finally:
        other.close()


def test_training_rows_are_the_usable_ones_of_each_part(service: DatasetService) -> None:
    key = service.create("A").id
    ids = [service.add(key, talk(f"question number {n}", f"answer {n}")) for n in range(9)]
    service.add(key, text("so happy today", "joy"))
    entity = Draft((Turn("text", "In Rome"),), spans=(Span(3, 7, "place"),))
    service.add(key, entity)
    service.add(key, text("plain text"))
    before = service.training(key)
    assert (len(before.train), before.validation, before.unassigned) == (12, (), 0)
    assert before.train[9].turns == (("user", "so happy today"), ("assistant", "joy"))
    assert json.loads(before.train[10].turns[1][1]) == [{"text": "Rome", "label": "place"}]
    assert (before.train[11].turns, before.train[11].text) == ((), "plain text")
    list(service.split(key, fraction=0.25, seed=1))
    service.set_state(key, ids[:1], State.REJECTED)
    service.add(key, talk("late", "row"))
    after = service.training(key)
    assert len(after.train) + len(after.validation) == 11
    assert after.unassigned == 1
    assert after.digest != before.digest
    assert after.notes["split_seed"] == 1


def test_findings_go_with_the_contents_that_they_were_about(service: DatasetService) -> None:
    key = service.create("A").id
    row_id = service.add(key, talk("Who?", "Write to jo@firma.de."))
    list(service.check(key))
    assert service.ids(key, Filter(finding=Kind.EMAIL)) == [row_id]
    assert service.counts(key).findings == {"email": 1}
    service.set_state(key, [row_id], State.ACCEPTED)
    assert len(service.findings(row_id)) == 1
    service.edit(row_id, turns=talk("Who?", "Write to us.").turns)
    assert service.findings(row_id) == []


def test_a_large_dataset_stays_quick(service: DatasetService, jsonl: Written) -> None:
    key = filled(service, jsonl, 3000)
    seen: list[Row] = []
    for offset in range(0, 3000, 500):
        seen += service.page(key, offset=offset, limit=500)
    assert [row.turns[1].content for row in seen] == [f"answer {n}" for n in range(3000)]
    assert service.set_state(key, service.ids(key), State.ACCEPTED) == 3000
    service.undo(key)
    assert service.counts(key).states == {"new": 3000}
