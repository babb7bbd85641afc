"""Sums: amounts read exactly, the totals of documents, and both through the real index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.cli.over import went_json
from app.core.messages import AnswerDone, Loaded, WentThrough
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import Sampling, Status
from app.services.assemble import Loam, build
from app.services.everything import amounts, totals
from app.services.question import Question

PAPERS = {
    "one.md": "# Invoice 1\n\nSubtotal: €100.00\n\nVAT 19 %: €19.00\n\nTotal: €119.00\n",
    "two.txt": "Rechnung 2\n\nNettobetrag 1.000,00 €\nMwSt 190,10 €\nGesamtbetrag 1.190,10 €\n",
    "three.txt": "Invoice 3\n\nPaint | 2 | 20.00\nTotal | | 40.05\nAll amounts in USD.\n",
    "four.txt": "Invoice 4\n\nTotal: 2 100 €\n",
    "five.txt": "Invoice 5\n\nTotal: 10 €\nTotal: 20 €\n",
    "letter.txt": "Dear Ada,\n\nthe bicycle was 250 euros. A donation of 20 euros came from Ben.\n"
    "Another donation, 0.10 euros, came from Cleo. All donations in total: 20.10 euros.\n"
    "One donation was 5 or 6 euros.\n",
    "list.csv": "Thing,Price\nBrush,€2.50\nRope,$4\n",
    "work.csv": "Who,Hours,Rate (EUR)\nAda,3.5,40\nBen,2,39.90\nCleo,soon,41\nTotal,5.5,\n",
}


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("€119.00", "119.00", "EUR"),
        ("1.190,00 €", "1190.00", "EUR"),
        ("EUR 1,250", "1250", "EUR"),
        ("-12.50 EUR", "-12.50", "EUR"),
        ("€-3", "-3", "EUR"),
        ("$2.5 million", "2500000", "USD"),
        ("CA$ 7", "7", "CAD"),
        ("1'250.50 CHF", "1250.50", "CHF"),
        ("1,00,000.00 ₹", "100000.00", "INR"),
        ("12 euros", "12", "EUR"),
        ("2 100 €", None, "EUR"),
        ("10-20 €", None, "EUR"),
        ("5 or 6 €", None, "EUR"),
        ("3 x 20 €", None, "EUR"),
        ("1,2,3 €", None, "EUR"),
    ],
)
def test_an_amount_is_read_as_it_is_written(text: str, value: str | None, unit: str) -> None:
    (found,) = amounts.money(f"It is {text} in all")
    assert (None if found.value is None else f"{found.value:f}", found.unit) == (value, unit)
    assert bool(found.why) == (value is None)


def test_an_amount_that_may_be_two_numbers_depends_on_its_document() -> None:
    (plain,) = amounts.money("It is 1.459 €")
    assert plain.value == 1459
    text = "Diesel: 1.459 €. Paid: 72.95 €."
    (litre, paid) = amounts.money(text, amounts.decimal_mark(text))
    assert litre.value is None
    assert f"{paid.value}" == "72.95"


def test_a_column_tells_how_its_numbers_are_written() -> None:
    machine = ["1.234", "0.75", "12.5"]
    assert amounts.mark_of(machine) == "."
    read = [amounts.cell(each, "kg", ".", uniform=True) for each in machine]
    assert [f"{one.value}" for one in read if one] == machine
    assert amounts.mark_of(["1.234,50", "2.000"]) == ","
    thousands = amounts.cell("2.000", "EUR", ",", uniform=True)
    assert thousands is not None
    assert thousands.value == 2000
    assert amounts.mark_of(["1,234", "2,345"]) == ""
    unclear = amounts.cell("1.234", "kg", "", uniform=True)
    assert unclear is not None
    assert unclear.value is None


def test_a_row_that_adds_up_others_is_told_by_its_first_cell() -> None:
    for row in ("Total,5.5,", "Total 2025 | ", "Subtotal;", "| Summe | | "):
        assert totals.is_total_row(row), row
    for row in ("Total Wine and More,", "Ada,3.5,", "A sum | "):
        assert not totals.is_total_row(row), row


def test_dates_and_shares_are_no_amounts() -> None:
    assert list(amounts.money("On 12.05.2025 it was 19 % of 2025")) == []
    assert [one.text for one in amounts.money("12.05.2025 EUR 5")] == ["EUR 5"]
    assert amounts.cell("12.05.2025", "EUR") is None
    less = amounts.cell("(12.50)", "EUR")
    assert less is not None
    assert f"{less.value}" == "-12.50"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Total 100 €\nVAT 19 €\nAmount due 119 €", "119"),
        ("Total 119 €\nPaid 50 €\nBalance due 69 €", "119"),
        ("Total 119 €\nBalance due 69 €", None),
        ("Total: 10 €\nTotal: 20 €\nTotal: 30 €", "30"),
        ("Total: 10 €\nTotal: 20 €", None),
        ("Total\n$ 50.00", "50.00"),
        ("Subtotal\nTotal\n100.00 €\n119.00 €", None),
        ("Coffee 3 €", "3"),
        ("Coffee 3 €, tea 2 €", None),
        ("The total was discussed at 5 pm", None),
    ],
)
def test_the_total_of_a_document_is_told_or_it_is_said_why_not(
    text: str, value: str | None
) -> None:
    total = totals.total_of(text)
    assert (f"{total.amount.value}" if total.amount else None) == value
    assert bool(total.why) == (value is None)


@pytest.fixture(scope="module")
def loam(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loam]:
    made = build(Profile(tmp_path_factory.mktemp("profile")).create())
    folder = tmp_path_factory.mktemp("papers")
    for name, text in PAPERS.items():
        (folder / name).write_text(text, "utf-8")
    list(made.library.add(made.library.create("Papers").id, [str(folder)]))
    # The same file in another collection is the same invoice.
    list(made.library.add(made.library.create("More").id, [str(folder / "one.md")]))
    yield made
    made.close()


def summed(loam: Loam, text: str, cancel: Cancel | None = None) -> tuple[WentThrough, AnswerDone]:
    spec = loam.models.spec_for()
    question = Question(text, spec, Sampling(), collections=(1, 2))
    events = list(loam.everything.answer(question, cancel or Cancel()))
    assert not [each for each in events if isinstance(each, Loaded)]
    (went,) = [each for each in events if isinstance(each, WentThrough)]
    (done,) = [each for each in events if isinstance(each, AnswerDone)]
    return went, done


def test_invoices_are_added_exactly_and_currencies_are_kept_apart(loam: Loam) -> None:
    went, done = summed(loam, "What do all invoices add up to?")
    assert (went.kind, went.unclear) == ("sum", 2)
    assert went.sums == (("EUR", "1309.10"), ("USD", "40.05"))
    assert went_json(went)["sums"] == {"EUR": "1309.10", "USD": "40.05"}
    assert "**1,309.10 EUR** and **40.05 USD**: 3 amounts from 3 documents" in done.text
    added, unread = done.text.split("Not added")
    rows = [line for line in added.splitlines() if line.startswith("- ")]
    assert "three.txt: 40.05 USD (Total)" in rows[1]
    assert [row.split(":")[0] for row in rows] == ["- one.md", "- three.txt", "- two.txt"]
    assert "2 100 €" in unread
    assert "several totals: 10 €, 20 €" in unread
    assert "letter.txt" not in done.text
    assert "3 documents that do not call themselves invoices were left out" in done.note
    # Each is cited at the passage that says it, and its place in the text is exact.
    for row, item in zip(rows, went.items, strict=True):
        number = int(row.rsplit("[", 1)[1].rstrip("]"))
        source = next(each for each in done.sources if each.number == number)
        (path, start, end) = item.places[0]
        assert source.hit.passage.path == path
        written = loam.library.open(source.hit.passage.file_id).text[start:end]
        assert item.text.endswith(written.strip())
        assert written.strip() in source.hit.passage.text


def test_things_are_added_where_they_are_named(loam: Loam) -> None:
    _, done = summed(loam, "What is the sum of all donations?")
    assert "**20.10 EUR**: 2 amounts from 1 document" in done.text
    assert "5 or 6" in done.text.split("Not added")[1]
    assert "20.10 euros may add up others" in done.text.split("Not added")[1]
    _, done = summed(loam, "How many hours in total?")
    assert "**5.5 hours**: 2 amounts" in done.text
    assert "“soon” is no number" in done.text
    assert "1 row of totals left out" in done.note
    _, done = summed(loam, "What is the total of the rate column?")
    assert "**120.90 EUR**: 3 amounts" in done.text
    # A column that is called so is surer than every amount there is.
    _, done = summed(loam, "What is the sum of all prices?")
    assert "**2.50 EUR** and **4 USD**: 2 amounts from 1 document" in done.text
    assert "only columns that are called so" in done.note
    _, done = summed(loam, "What is the sum of all ferry tickets?")
    assert done.text == "Nothing was found that could be added."


def test_a_stop_leaves_what_there_is(loam: Loam) -> None:
    stopped = Cancel()
    stopped.set()
    _, done = summed(loam, "What do all invoices add up to?", stopped)
    assert done.status is Status.STOPPED
    assert "stopped after 0 of" in done.note
