"""What rendered text needs to know of the theme, and the style sheet made from it."""

from __future__ import annotations

from dataclasses import dataclass

from app.ui.tokens import BASE_POINTS, HEADING_POINTS, S4, S8, S12, Tokens


@dataclass(frozen=True, slots=True)
class Look:
    """points: size of body text; pixels and x_height: the same and the height of its x on the
    screen; mono: family of the font for code."""

    tokens: Tokens
    points: float
    pixels: float
    x_height: float
    mono: str

    def scaled(self, points: float) -> float:
        """A text size of the design (base 10.5) as the person scaled it, in points."""
        return points * self.points / BASE_POINTS

    @property
    def code_points(self) -> float:
        """Size of code, a little under that of text, as monospace fonts look larger."""
        return self.scaled(9.5)


def css(look: Look) -> str:
    """Style sheet for a QTextDocument (the part of CSS that Qt knows)."""
    tokens = look.tokens
    big, middle, small = (look.scaled(points) for points in HEADING_POINTS)
    code = f'font-family: "{look.mono}"; font-size: {look.code_points:.2f}pt'
    heading = "font-weight: 600; line-height: 125%"
    return f"""
body, p, li, td, th {{ color: {tokens.text}; font-size: {look.points:.2f}pt; }}
p {{ margin: 0 0 {S12}px 0; line-height: 150%; }}
p.last {{ margin-bottom: 0; }}
li {{ margin: 0 0 {S4}px 0; line-height: 150%; }}
ul, ol {{ margin: 0; }}
h1 {{ font-size: {big:.2f}pt; margin: {S12}px 0 {S8}px 0; {heading}; }}
h2 {{ font-size: {middle:.2f}pt; margin: {S12}px 0 {S8}px 0; {heading}; }}
h3, h4, h5, h6 {{ font-size: {small:.2f}pt; margin: {S8}px 0 {S4}px 0; {heading}; }}
a {{ color: {tokens.accent}; text-decoration: underline; }}
a.unsaid {{ color: {tokens.text}; text-decoration: none; }}
code {{ {code}; background-color: {tokens.code_ground}; }}
pre {{ {code}; background-color: {tokens.code_ground}; margin: {S4}px 0 {S8}px 0;
  line-height: 130%; white-space: pre-wrap; }}
hr {{ background-color: {tokens.line}; margin: {S12}px 0; }}
th {{ font-weight: 600; text-align: left; background-color: {tokens.sunken}; }}
.quote, .quote p, p.quote {{ color: {tokens.quiet}; }}
"""
