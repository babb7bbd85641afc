"""Design tokens: the only file that names a colour or a distance.

Everything else asks for a token, so that light and dark stay one design. Text colours reach 4.5:1
on every ground that they may stand on; a test holds that.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace

S4, S8, S12, S16, S24, S32 = 4, 8, 12, 16, 24, 32
"""Spaces in device-independent pixels."""

RADIUS = 8
LIST_WIDTH = 260
SIDE_WIDTH = 340
READING_WIDTH = 760
BASE_POINTS = 10.5
HEADING_POINTS = (20.0, 15.0, 12.0)

_ENOUGH = 4.5
_QT_DEFAULT_ACCENTS = ("#308CC6", "#0000FF")


@dataclass(frozen=True, slots=True)
class Tokens:
    """One palette. Every colour is '#RRGGBB'.

    ground: behind everything; surface: cards, fields, what the person wrote; sunken: rail and
    lists; hover: a row under the pointer; on_accent: text on `accent`; mark: ground of a passage
    that is shown; shade: what dims the window under a drop; paper and paper_mark: pages of a
    document, which stay light, and the passage on them (multiplied, so that text stays black).
    """

    name: str
    dark: bool
    ground: str
    surface: str
    sunken: str
    hover: str
    line: str
    edge: str
    text: str
    quiet: str
    accent: str
    accent_hover: str
    accent_ground: str
    on_accent: str
    warning: str
    warning_ground: str
    danger: str
    danger_ground: str
    mark: str
    shade: str
    paper: str
    paper_mark: str
    code_ground: str
    syntax_keyword: str
    syntax_string: str
    syntax_number: str
    syntax_comment: str
    syntax_name: str
    syntax_type: str
    syntax_operator: str


LIGHT = Tokens(
    name="light",
    dark=False,
    ground="#FBFAF8",
    surface="#FFFFFF",
    sunken="#F5F2EE",
    hover="#ECE8E1",
    line="#E7E3DC",
    edge="#CFC9BF",
    text="#1F1B16",
    quiet="#655D53",
    accent="#2F6B48",
    accent_hover="#27593C",
    accent_ground="#E6F0E9",
    on_accent="#FFFFFF",
    warning="#8A5A00",
    warning_ground="#FBF1DC",
    danger="#A83A28",
    danger_ground="#FAE9E5",
    mark="#CDE6D5",
    shade="#1F1B16",
    paper="#FFFFFF",
    paper_mark="#BFE3CB",
    code_ground="#F4F1EC",
    syntax_keyword="#7A3E9D",
    syntax_string="#2F6B48",
    syntax_number="#8F4A00",
    syntax_comment="#6B6358",
    syntax_name="#1F5A99",
    syntax_type="#8A3A5C",
    syntax_operator="#4A443C",
)

DARK = Tokens(
    name="dark",
    dark=True,
    ground="#1B1917",
    surface="#242120",
    sunken="#171513",
    hover="#2E2A28",
    line="#38332E",
    edge="#514A43",
    text="#EDE8E1",
    quiet="#ADA498",
    accent="#86C8A2",
    accent_hover="#9BD6B4",
    accent_ground="#26382D",
    on_accent="#14201A",
    warning="#E0B25A",
    warning_ground="#362C18",
    danger="#EF8D7C",
    danger_ground="#3C2420",
    mark="#2F4F3C",
    shade="#000000",
    paper="#FFFFFF",
    paper_mark="#BFE3CB",
    code_ground="#211E1C",
    syntax_keyword="#C9A0E6",
    syntax_string="#93CBA6",
    syntax_number="#E3B27A",
    syntax_comment="#A0968A",
    syntax_name="#8FBDE8",
    syntax_type="#E6A3BD",
    syntax_operator="#CFC7BC",
)


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two '#RRGGBB' colours, 1 to 21."""
    a, b = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def with_accent(tokens: Tokens, accent: str) -> Tokens:
    """`tokens` with the system's accent colour, made darker or lighter until it can be read.
    The accents that Qt invents where the system has none leave `tokens` as they are."""
    if accent.upper() in _QT_DEFAULT_ACCENTS:
        return tokens
    hue, light, saturation = colorsys.rgb_to_hls(*_rgb(accent))
    step = 0.02 if tokens.dark else -0.02
    ground = _from_hls(hue, 0.18 if tokens.dark else 0.93, saturation * 0.35)
    chosen = accent
    while min(contrast(chosen, tokens.ground), contrast(chosen, ground)) < _ENOUGH:
        light += step
        if not 0.0 <= light <= 1.0:
            return tokens
        chosen = _from_hls(hue, light, saturation)
    return replace(
        tokens,
        accent=chosen,
        accent_hover=_from_hls(hue, max(0.0, min(1.0, light + 2 * step)), saturation),
        accent_ground=ground,
        on_accent=max("#FFFFFF", "#14201A", key=lambda text: contrast(text, chosen)),
    )


def _rgb(color: str) -> tuple[float, float, float]:
    return (
        int(color[1:3], 16) / 255,
        int(color[3:5], 16) / 255,
        int(color[5:7], 16) / 255,
    )


def _from_hls(hue: float, light: float, saturation: float) -> str:
    red, green, blue = colorsys.hls_to_rgb(hue, light, saturation)
    return f"#{round(red * 255):02X}{round(green * 255):02X}{round(blue * 255):02X}"


def _luminance(color: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(color)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
