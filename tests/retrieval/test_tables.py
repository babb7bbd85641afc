"""Tables stay whole where they fit; else they are cut between rows that know their columns."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _numbers, _tables, html, markdown, pptx, table, xlsx
from tests.retrieval.conftest import Library
from tests.retrieval.sheets import Cell, workbook
from tests.retrieval.slides import presentation
from tests.retrieval.test_chunker import check

_NAMES = ["Part", "Stock", "Price", "Ordered"]


def _parts(count: int) -> list[list[Cell]]:
    return [
        [f"Bracket {n}", n * 7, (n * 1.5, "#,##0.00 [$€-407]"), (45000 + n, "dd/mm/yyyy")]
        for n in range(1, count + 1)
    ]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r|"), max_size=40)
grids = st.lists(st.lists(cells, min_size=1, max_size=6), min_size=1, max_size=60)


@pytest.mark.usefixtures("weights")
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(grid=grids, before=st.text(max_size=300), after=st.text(max_size=300), title=cells)
def test_any_table(grid: list[list[str]], before: str, after: str, title: str) -> None:
    text, rows = _tables.text_of([[" ".join(cell.split()) for cell in row] for row in grid])
    found = (_tables.moved(rows, len(before)),) if rows.rows else ()
    check(Parsed("html", title, (ParsedPage(1, before + text + after, tables=found),)))


@pytest.mark.usefixtures("weights")
def test_a_row_is_never_cut_and_every_part_knows_its_columns(tmp_path: Path) -> None:
    path = workbook(tmp_path / "stock.xlsx", {"Shelf A": [["Inventory"], _NAMES, *_parts(300)]})
    document = check(xlsx.load(path))
    rows = {line for line in document.text.split("\n") if line.startswith("Bracket")}
    assert len(rows) == 300
    seen = []
    for chunk in document.chunks:
        lines = document.text[chunk.start : chunk.end].split("\n")
        seen += [line for line in lines if line in rows]
        assert chunk.columns == ("Part | Stock" not in document.text[chunk.start : chunk.end])
        if chunk.columns:
            assert set(lines) <= rows
            assert chunk.heading == ("Shelf A", "Part | Stock | Price | Ordered")
    assert len(seen) == 300
    assert len(document.chunks) > 10


@pytest.mark.usefixtures("weights")
def test_tables_of_slides_are_cut_between_rows_too(tmp_path: Path) -> None:
    names = ["Workshop", "Day", "Price"]
    short = [names, ["Repair a *bicycle*", "", "12 €"], ["Plastering", "Friday", "35 €"]]
    long = [names, *([f"Workshop {n} of the autumn", f"{n} May", f"{n} €"] for n in range(1, 90))]
    path = presentation(
        tmp_path / "autumn.pptx", [("Spring", short), ("Autumn", long), ("End", ())]
    )
    parsed = pptx.load(path)
    spring, autumn, end = parsed.pages
    assert spring.text == (
        "Spring\n\nWorkshop | Day | Price\nRepair a bicycle |  | 12 €\nPlastering | Friday | 35 €"
    )
    (marked,) = spring.tables
    assert [spring.text[at:].split(" ")[0] for at in marked.rows] == [
        "Workshop",
        "Repair",
        "Plastering",
    ]
    assert spring.text[slice(*marked.header)] == "Workshop | Day | Price"
    assert marked.end == len(spring.text)
    assert (len(autumn.tables[0].rows), len(end.tables)) == (90, 0)
    document = check(parsed)
    rows = {line for line in document.text.split("\n") if line.startswith("Workshop ")}
    seen = []
    for chunk in document.chunks:
        lines = document.text[chunk.start : chunk.end].split("\n")
        seen += [line for line in lines if " of the autumn" in line]
        assert all(line in rows for line in lines if " of the autumn" in line)
        if chunk.columns:
            assert chunk.heading == ("Autumn", "Workshop | Day | Price")
    assert len(seen) == 89
    assert sum(chunk.columns for chunk in document.chunks) > 1


@pytest.mark.usefixtures("weights")
def test_a_table_that_fits_is_one_passage_with_what_leads_up_to_it(tmp_path: Path) -> None:
    filler = "The library lends books and tools to its members all year. " * 14
    rows = "\n".join(f"| Tool {n} | {n} euros |" for n in range(12))
    path = tmp_path / "fees.md"
    path.write_text(f"# Fees\n\n{filler}\n\nThe fees are:\n\n| Tool | Fee |\n|---|---|\n{rows}\n")
    document = check(markdown.load(path))
    (whole,) = (c for c in document.chunks if "| Tool 0 |" in document.text[c.start : c.end])
    words = document.text[whole.start : whole.end]
    assert "| Tool | Fee |" in words
    assert "| Tool 11 |" in words


@pytest.mark.usefixtures("weights")
def test_rows_of_csv_and_of_web_pages_know_their_columns(tmp_path: Path) -> None:
    lines = "\n".join(f'{n},"Street {n},\nHouse {n}",{n * 3}' for n in range(200))
    path = tmp_path / "people.csv"
    path.write_text(f"Number,Address,Score\n{lines}\n", "utf-8")
    document = check(table.load(path))
    last = document.chunks[-1]
    assert last.heading == ("Number,Address,Score",)
    for chunk in document.chunks[1:]:
        # A line break in quotation marks ends no row.
        assert document.text[chunk.start : chunk.end].split(",")[0].isdigit()
    page = tmp_path / "page.html"
    cells = "".join(f"<tr><td>Team {n}</td><td>{n}</td></tr>" for n in range(200))
    page.write_text(f"<h1>Cups</h1><table><tr><th>Team</th><th>Won</th></tr>{cells}</table>")
    document = check(html.load(page))
    assert document.chunks[-1].heading == ("Cups", "Team | Won")


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["Stanley Cups", "", ""], ["Team", "Place", "Won"], ["Blues", "STL", "1"]], 1),
        ([["Region", "2021", "2022"], ["North", "12.5", "13"], ["South", "9", "8"]], 0),
        ([["2021", "2022"], ["12", "13"]], -1),
        ([["12", "x"], ["13", "y"]], -1),
        ([["a", "a", "a", "a"], ["a", "a", "a", "a"]], -1),
    ],
)
def test_which_row_names_the_columns(rows: list[list[str]], header: int) -> None:
    assert _tables.header_row(rows) == header


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (1234.5, "#,##0.00 [$€-407]", "1,234.50 €"),
        (0.153, "0.0%", "15.3%"),
        (45321.5, "dd/mm/yyyy hh:mm", "30/01/2024 12:00"),
        (-1234, "#,##0;(#,##0)", "(1,234)"),
        (-5, "$#,##0.00", "-$5.00"),
        (45321, "d. mmmm yyyy", "30. January 2024"),
        (1.25, "[h]:mm", "30:00"),
        (0.30000000000000004, "General", "0.3"),
        (12, "000", "012"),
        (3, '0 "pieces"', "3 pieces"),
        (45321, "m/d/yy;@", "1/30/24"),
    ],
)
def test_numbers_are_as_people_see_them(value: float, code: str, shown: str) -> None:
    assert _numbers.shown(value, code) == shown


def test_an_empty_row_may_stand_below_the_names_of_columns(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["Region", "Sales", "Profit"], [], ["North", 12, 3], [], ["South", 4]]
    found = xlsx.load(workbook(tmp_path / "a.xlsx", {"2023": rows, "Empty": []}))
    (page,) = found.pages
    assert page.text == "2023\n\nRegion | Sales | Profit\n\nNorth | 12 | 3\n\nSouth | 4"
    names = {page.text[slice(*each.header)] for each in page.tables}
    assert names == {"Region | Sales | Profit"}


def test_a_question_about_a_cell_finds_its_row(shared: Library, tmp_path: Path) -> None:
    path = workbook(tmp_path / "parts.xlsx", {"Warehouse": [_NAMES, *_parts(250)]})
    collection = shared.create("parts")
    shared.add(collection, path)
    found = shared.search("How much is the stock of Bracket 173?", collection)
    row = "Bracket 173 | 1211 | 259.50 € | 04/09/2023"
    (passage,) = (hit.passage for hit in found.hits[:3] if row in hit.passage.text)
    assert passage.heading[-1] == "Part | Stock | Price | Ordered"
