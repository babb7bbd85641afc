"""Columns written row by row come out one after the other; tables keep their rows."""

from __future__ import annotations

from pathlib import Path

from app.retrieval.loaders import pdf
from tests.retrieval.making import text_pdf

LEFT = (
    "The lighthouse stands on the northern cape and its keeper lives there all year with two dogs "
    "and an old radio that hardly works at night when storms come in from the sea"
)
RIGHT = (
    "Bread is baked each morning in the village oven from rye and wheat that the miller brings on "
    "his cart every Monday and the children carry the loaves to the houses early"
)


def lines(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[at : at + 6]) for at in range(0, len(words), 6)]


def test_mixed_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    words = [(72, 780, "A heading that stands over both of the columns of this page")]
    for row, (left, right) in enumerate(zip(lines(LEFT), lines(RIGHT), strict=False)):
        words += [(72, 740 - 14 * row, left), (320, 740 - 14 * row, right)]
    words.append((72, 600, "A last line which goes over the whole width of the page, as before."))
    path = text_pdf(tmp_path / "a.pdf", [words])
    text = " ".join(pdf.load(path).pages[0].text.split())
    left, right = " ".join(lines(LEFT)[:5]), " ".join(lines(RIGHT)[:5])
    assert text.startswith("A heading")
    assert left in text
    assert right in text
    assert text.index(left) < text.index(right) < text.index("A last line")

    page = pdf.load(path).pages[0].text
    at = page.index("Bread is baked")
    (boxes,) = pdf.locate(path, ((1, at, at + 10),))
    (box,) = boxes.boxes
    assert box.x > 300
    assert 80 < box.y < 110


def test_columns_in_their_own_order_stay(tmp_path: Path) -> None:
    words = [(72, 740 - 14 * row, line) for row, line in enumerate(lines(LEFT))]
    words += [(320, 740 - 14 * row, line) for row, line in enumerate(lines(RIGHT))]
    text = " ".join(pdf.load(text_pdf(tmp_path / "a.pdf", [words])).pages[0].text.split())
    assert text == f"{LEFT} {RIGHT}"


def test_table_rows_stay_lines(tmp_path: Path) -> None:
    words = []
    for row in range(8):
        y = 700 - 14 * row
        words += [(72, y, f"Item number {row}"), (220, y, f"{row} pieces"), (400, y, f"{row}.50")]
    text = pdf.load(text_pdf(tmp_path / "a.pdf", [words])).pages[0].text
    assert text.split("\n") == [f"Item number {r} {r} pieces {r}.50" for r in range(8)]
