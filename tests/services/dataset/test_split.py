"""Splits: nothing leaks, the seed decides, and what can't be split is said."""

from __future__ import annotations

import pytest

from app.core.errors import BadInput
from app.services.dataset.service import DatasetService
from app.services.dataset.types import Draft, Filter, Kind, Row, Split, SplitMade, State
from tests.services.dataset.conftest import Written, imported, talk, text

_LONG = "the quick brown fox jumps over the lazy dog and runs far away into the dark green wood "


def made(service: DatasetService, dataset_id: int, **how: object) -> SplitMade:
    *_, done = service.split(dataset_id, **how)  # type: ignore[arg-type]
    assert isinstance(done, SplitMade)
    return done


def parts(service: DatasetService, dataset_id: int) -> dict[Split, list[Row]]:
    rows = service.page(dataset_id, limit=10_000)
    return {split: [row for row in rows if row.split is split] for split in Split}


def grouped(service: DatasetService, jsonl: Written, groups: int = 40, each: int = 5) -> int:
    key = service.create("Grouped").id
    lines = [
        {"prompt": f"question {g} {n}", "completion": f"answer {g} {n}", "group": f"document {g}"}
        for g in range(groups)
        for n in range(each)
    ]
    imported(service, key, jsonl(lines))
    return key


def test_rows_of_one_document_stay_together(service: DatasetService, jsonl: Written) -> None:
    key = grouped(service, jsonl)
    done = made(service, key, fraction=0.2, seed=7)
    assert (done.train, done.validation, done.units) == (160, 40, 40)
    held = parts(service, key)
    assert not held[Split.NONE]
    train = {row.group for row in held[Split.TRAIN]}
    assert not train & {row.group for row in held[Split.VALIDATION]}
    dataset = service.get(key)
    assert (dataset.split_seed, dataset.split_fraction) == (7, 0.2)


def test_the_seed_decides_and_later_rows_hardly_matter(
    service: DatasetService, jsonl: Written
) -> None:
    key = grouped(service, jsonl)

    def held_out(seed: int) -> set[int]:
        made(service, key, fraction=0.2, seed=seed)
        return set(service.ids(key, Filter(split=Split.VALIDATION)))

    first = held_out(1)
    assert held_out(2) != first
    assert held_out(1) == first
    service.add(key, talk("one more question", "and its answer"))
    assert len(held_out(1) & first) >= 0.8 * len(first)


def test_duplicates_never_stand_on_both_sides(service: DatasetService) -> None:
    key = service.create("A").id
    for n in range(30):
        said = f"{_LONG * 2} number{n} {' '.join(f'w{n}x{i}' for i in range(60))}"
        service.add(key, text(said, group=f"one {n}"))
        service.add(key, text(said.upper(), group=f"two {n}"))  # exact
        service.add(key, text(said + " and", group=f"three {n}"))  # near
        service.add(key, talk(f"What is number {n} about?", f"It is {n} things."))
        service.add(key, talk(f"What is number {n} about?", "Something else entirely."))
    for seed in range(4):
        made(service, key, fraction=0.3, seed=seed)
        list(service.check(key))
        assert service.count(key, Filter(finding=Kind.LEAK)) == 0
        held = parts(service, key)
        assert held[Split.VALIDATION]
        asked = [
            {row.turns[0].content for row in held[part] if len(row.turns) > 1}
            for part in (Split.TRAIN, Split.VALIDATION)
        ]
        assert not asked[0] & asked[1]


def test_a_question_that_many_rows_share_is_a_template(service: DatasetService) -> None:
    key = service.create("A").id
    for n in range(60):
        said = " ".join(f"w{n}x{i}" for i in range(12))
        service.add(key, talk("Write a line.", said))
    assert made(service, key, fraction=0.1).validation == 6


def test_one_document_is_only_split_when_asked(service: DatasetService) -> None:
    key = service.create("A").id
    for n in range(20):
        service.add(key, text(" ".join(f"w{n}x{i}" for i in range(12)), group="book"))
    with pytest.raises(BadInput, match="belong together"):
        made(service, key)
    assert service.counts(key).splits == {"": 20}
    assert made(service, key, fraction=0.25, within=True).validation == 5


def test_only_usable_rows_count_and_rejected_ones_stay_with_theirs(
    service: DatasetService, jsonl: Written
) -> None:
    key = grouped(service, jsonl, groups=10, each=10)
    rejected = [row.id for row in service.page(key, limit=1000) if int(row.turns[0].content[-1])]
    service.set_state(key, rejected, State.REJECTED)
    done = made(service, key, fraction=0.2)
    assert (done.train, done.validation) == (8, 2)
    held = parts(service, key)
    assert len({row.group for row in held[Split.VALIDATION]}) == 2
    assert len(held[Split.VALIDATION]) == 20


@pytest.mark.parametrize("fraction", [0.0, 1.0, -1.0, float("nan")])
def test_fractions_that_make_no_sense_are_refused(service: DatasetService, fraction: float) -> None:
    key = service.create("A").id
    service.add(key, Draft(talk("a", "b").turns))
    with pytest.raises(BadInput, match="between 0 and 1"):
        made(service, key, fraction=fraction)
