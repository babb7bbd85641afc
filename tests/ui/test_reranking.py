"""The reranking model in Settings, and its places in 'Why this answer?'."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.core.messages.reranking import RerankerTried
from app.core.paths import Profile
from app.core.settings import Settings
from app.core.types import (
    Autopsy,
    CaseScores,
    Examined,
    Hit,
    Passage,
    RelevanceScore,
    SettingScore,
)
from app.ui.documents.scores_view import ScoresView
from app.ui.reranker_field import RerankerField
from app.ui.settings_dialog import SettingsDialog
from app.ui.why import say
from app.ui.why.found_table import RERANKED, FoundTable
from tests.patience import MS
from tests.ui.frame_helpers import frame


def test_a_model_is_used_once_it_was_tried(qtbot: QtBot, profile: Profile, tmp_path: Path) -> None:
    good, bad = tmp_path / "orders", tmp_path / "writes"
    bad.mkdir()
    (bad / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}', "utf-8")
    with frame(profile) as made:
        dialog = SettingsDialog(made.context, made.window)
        dialog.open()
        row = dialog.rows["reranker"]
        field = row.field
        assert isinstance(field, RerankerField)
        assert field.where.text() == "None"
        field.try_it(str(bad))  # by the real child
        assert not field.choose.isEnabled()
        qtbot.waitUntil(field.choose.isEnabled, timeout=MS)
        assert "does not compare a question with a text" in field.state.text()
        assert made.loam.settings.current.reranker == ""
        # What a child says of one that works: tests/retrieval/test_reranking.py.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(made.loam.reranking, "look", lambda path: RerankerTried(path, 1.26))
            field.try_it(str(good))
            qtbot.waitUntil(field.choose.isEnabled, timeout=MS)
        assert made.loam.settings.current.reranker == str(good)
        assert field.where.text() == "orders"
        assert "1.3 s longer" in field.state.text()
        row.reset.click()
        assert made.loam.settings.current.reranker == ""
        assert field.where.text() == "None"
        dialog.close()
        made.context.theme.apply(Settings())


def _found(*rerank_ranks: int) -> Autopsy:
    passage = Passage(1, 1, "/papers/a.txt", "a", None, (), 0, 5, "words")
    hits = (Hit(passage, 0.5, 0.5, 1.0, 1, 1, rank) for rank in rerank_ranks)
    return Autopsy("q", "q", found=tuple(Examined(hit) for hit in hits), best_relevance=0.5)


def test_its_places_are_shown_where_there_are_any(qtbot: QtBot, profile: Profile) -> None:
    with frame(profile) as made:
        table = FoundTable(made.context.theme)
        qtbot.addWidget(table)
        table.show_found(_found(0, 0))
        assert table.isColumnHidden(RERANKED)
        table.show_found(_found(2, 1, 0))
        assert not table.isColumnHidden(RERANKED)
        cells = [table.item(row, RERANKED) for row in range(3)]
        assert [cell.text() if cell else None for cell in cells] == ["2", "1", "–"]


def test_why_it_did_not_order_them_is_said() -> None:
    late = replace(_found(0), not_reranked="it took more than 10 seconds")
    assert "reranking model" in say.decision(late)
    assert "it took more than 10 seconds." in say.decision(late)
    assert "reranking model" not in say.decision(_found(1))


def test_test_cases_are_scored_with_it_too(qtbot: QtBot) -> None:
    plain = SettingScore(0.6, False, 0.5, 0.75, 1.0, 2.5, 4, False)
    reranked = replace(plain, hit_1=0.75, mean_rank=1.5, current=True, reranked=True)
    other = replace(plain, share=0.0)
    view = ScoresView()
    qtbot.addWidget(view)
    view.show_scores(
        CaseScores(
            (), (other, plain, reranked), (RelevanceScore(0.4, 4, True),), (1, "it was slow")
        )
    )
    assert "For 1 of them" in view.unordered.text()
    assert "it was slow" in view.unordered.text()
    lines = [
        [item.widget() if (item := view.ways.itemAtPosition(row, at)) else None for at in (0, 1, 5)]
        for row in (1, 2, 3)
    ]
    names = [line[0].text() for line in lines if isinstance(line[0], QLabel)]
    assert names == ["Words only", "60 % meaning", "60 % meaning, with your reranking model"]
    used = lines[2][2]
    assert isinstance(used, QLabel)
    assert used.text() == "In use"
    # Choosing the share that is in use would change nothing.
    assert lines[1][2] is None
    assert isinstance(lines[0][2], QPushButton)
