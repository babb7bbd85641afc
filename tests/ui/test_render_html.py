"""Markdown as Qt's HTML: nothing from outside gets in, formulas and chips are pictures of ours."""

from __future__ import annotations

import time

import pytest
from pytestqt.qtbot import QtBot

from app.ui.render import highlight
from app.ui.render.blocks import split
from app.ui.render.html import HtmlWriter
from app.ui.render.look import Look
from app.ui.render.math import MathShelf, Wanted, cost, draw
from app.ui.render.plain import is_web, plain
from app.ui.tokens import DARK, LIGHT

LOOK = Look(LIGHT, 10.5, 14.0, 7.0, "monospace")


def html(text: str, cites: tuple[int, ...] = ()) -> str:
    writer = HtmlWriter(LOOK, MathShelf(), cites)
    return "".join(writer.write(block) for block in split(text))


@pytest.mark.parametrize(
    "text",
    [
        "<img src='file:///etc/passwd'>",
        "<script>alert(1)</script>",
        "a <a name='x'>b</a>",
        "<!-- x -->\n<div>\n",
        "- <b>x</b>",
        "| <i>a</i> |\n|---|\n| <u>b</u> |",
    ],
)
def test_raw_html_is_text(text: str) -> None:
    made = html(text)
    for tag in ("<img", "<script", "<a ", "<!--", "<div", "<b>", "<i>", "<u>"):
        assert tag not in made
    assert "&lt;" in made


def test_pictures_are_never_fetched() -> None:
    made = html("![cat](http://x.org/cat.png) ![f](file:///etc/passwd) ![u](//host/share/x)")
    assert "<img" not in made
    assert '<a href="http://x.org/cat.png">cat</a>' in made
    assert "file:" not in made.replace("file:///etc/passwd)", "")


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://example.org/a?b=1", True),
        ("http://example.org", True),
        ("mailto:a@b.c", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("//host/share", False),
        ("https:relative", False),
    ],
)
def test_only_web_addresses_are_links(address: str, good: bool) -> None:
    assert is_web(address) is good
    assert ("<a " in html(f"[words]({address})")) is good


def test_a_broken_address_is_no_address() -> None:
    assert not is_web("http://[broken")


def test_bare_addresses_become_links_without_what_follows() -> None:
    assert '<a href="https://a.org/b">https://a.org/b</a>.' in html("See https://a.org/b.")


def test_chips_only_for_known_sources() -> None:
    made = html("One [1], two [2], `[1]`.", (1,))
    assert made.count('<a href="cite:1"><img src="chip:1"') == 1
    assert "[2]" in made
    assert "[1]" in made  # inside code it stays


def test_money_is_no_formula(qapp: object) -> None:
    assert "math:" not in html("It costs $5 and then $10, or $ 3 $.")
    assert html("Here $x^2$ and \\(y\\) stand.").count('src="math:') == 2


@pytest.mark.parametrize(
    "text", ["$$x = 1$$", "$$\nx\n= 1\n$$", "\\[\nx\n+ 1\n\\]", "So \\[x + 1\\] holds"]
)
def test_displayed_formulas(qapp: object, text: str) -> None:
    assert html(text).count('src="math:') == 1


def test_formula_that_is_not_understood_stays_readable(qapp: object) -> None:
    made = html("$\\nosuchcommand{x$ and $\\frac{1}{$")
    assert "\\frac{1}{" in made


def test_formula_sits_on_the_line(qapp: object) -> None:
    """Qt puts a picture's middle a quarter x-height above the line; the drawing's own line must
    come out there."""
    shelf = MathShelf()
    for latex in ("x", "y_j^2", "\\frac{a}{b}", "\\sum_{i=1}^n i"):
        formula = shelf.get(Wanted(latex, False, "#000000", 14.0, 7.0))
        assert formula is not None
        line = formula.top + formula.drawing.height - formula.drawing.descent
        assert abs(line - (formula.height / 2 + 7.0 / 4)) <= 1.0


@pytest.mark.parametrize(
    "latex",
    [
        "\\left(" * 40 + "x" + "\\right)" * 40,
        "\\frac{1}{" * 12 + "x" + "}" * 12,
        "\\sqrt{" * 200 + "x" + "}" * 200,
        "x" * 5000,
        "\\hspace{99999em}x",
        "\\rule{9999em}{99em}",
    ],
)
def test_hostile_formulas_cost_little(qapp: object, latex: str) -> None:
    began = time.thread_time()
    assert MathShelf().get(Wanted(latex, True, "#000000", 14.0, 7.0)) is None
    assert time.thread_time() - began < 0.5


def test_cost_bounds_what_is_tried() -> None:
    assert cost("x^2") < 10
    assert cost("\\frac{1}{" * 7 + "x" + "}" * 7) > 1000
    dear = "x^{x^{x^{x^{x}}}}" * 8
    began = time.thread_time()
    draw(Wanted(dear, False, "#000000", 14.0, 7.0))
    spent = time.thread_time() - began
    assert spent < 0.002 * cost(dear) + 0.5


def test_formulas_come_later_when_deferred(qtbot: QtBot) -> None:
    jobs: list[tuple[object, object]] = []
    shelf = MathShelf(lambda function, on_result: jobs.append((function, on_result)))
    wanted = Wanted("x", False, "#000000", 14.0, 7.0)
    assert shelf.get(wanted) is None
    assert shelf.get(wanted) is None
    assert len(jobs) == 1, "asked for twice, made once"
    function, on_result = jobs[0]
    with qtbot.waitSignal(shelf.ready):
        on_result(function())  # type: ignore[operator]
    formula = shelf.get(wanted)
    assert formula is not None
    image = shelf.picture(formula.name, 2.0)
    assert image is not None
    assert image.width() == 2 * formula.width
    assert shelf.source(formula.name) == "$x$"


def test_code_is_coloured_by_language() -> None:
    roles = {(run.role) for run in highlight.stream("def f(x):  # why\n    return 'a' + 1", "py")}
    assert {"keyword", "comment", "string", "number", "name"} <= roles
    assert list(highlight.stream("def f", "no-such-language")) == []
    made = html("- item\n  ```py\n  return 1 < 2\n  ```")
    assert f'<span style="color:{LIGHT.syntax_keyword}">return</span>' in made
    assert "&lt;" in made
    assert LIGHT.syntax_keyword != DARK.syntax_keyword


def test_own_text_is_never_markup() -> None:
    made = plain("<b>*x*</b>\n  [1] $y$")
    assert "&lt;b&gt;*x*&lt;/b&gt;<br>  [1] $y$" in made
