"""Source code and configuration: the decoded file is the text.

Definitions of common languages count as headings, so that a passage knows its function or class.
Limits: found by the shape of lines, not by a grammar.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.core.messages import Parsed, ParsedPage
from app.retrieval.loaders import _decode
from app.retrieval.loaders._base import Loader

_DEFINITION = re.compile(
    r"^(?P<indent>[ \t]{0,8})(?:(?:export|default|public|private|protected|static|abstract|final|"
    r"async|pub(?:\(\w+\))?)\s+)*"
    r"(?:def|class|function|func|fn|struct|enum|trait|impl|interface|module|namespace)\s+"
    r"(?P<name>[A-Za-z_$][\w$.]*(?:::\w+)*)",
    re.MULTILINE,
)
_SUFFIXES = (
    ".py .pyi .js .mjs .cjs .ts .tsx .jsx .java .kt .kts .scala .c .h .cc .cpp .cxx .hpp .hh "
    ".cs .go .rs .rb .php .pl .pm .lua .r .jl .swift .m .mm .sh .bash .zsh .fish .ps1 .bat .sql "
    ".hs .ml .mli .ex .exs .erl .clj .lisp .el .vim .dart .zig .nim .v .sv .vhd .f90 .f .pas "
    ".asm .s .cmake .mk .toml .yaml .yml .ini .cfg .conf .xml .css .scss .less "
    ".vue .svelte .proto .graphql"
).split()


def load(path: Path) -> Parsed:
    """One page, titled by the file name. Errors: as `_decode.read`."""
    text = _decode.read(path)
    headings = tuple(
        (match.start(), 1 if not match["indent"] else 2, match["name"])
        for match in _DEFINITION.finditer(text)
    )
    return Parsed("code", path.name, (ParsedPage(None, text, headings),))


LOADER = Loader(tuple(_SUFFIXES), "code", load)
