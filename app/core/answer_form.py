"""The form that an answer must have: free text, JSON that a schema allows, or a grammar.

A grammar is a program from a stranger: its size, depth and number of rules are bounded here; how
long it takes is watched where it runs.
"""

from __future__ import annotations

import json
import re

from app.core.errors import BadInput
from app.core.json_schema import to_grammar
from app.core.types import AnswerForm

MOST_BYTES = 64 << 10
_DEEPEST = 32  # brackets in a grammar, which are read by recursion
_MOST_RULES = 2000
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|#[^\n]*', re.DOTALL)


def rules_of(form: AnswerForm) -> str:
    """The grammar that holds an answer to `form`, empty for free text. Errors: BadInput; a grammar
    that llama.cpp does not understand is only found by the engine."""
    if form.schema.strip() and form.grammar.strip():
        raise BadInput(problem="Give either a JSON schema or a grammar, not both.")
    if len((form.schema + form.grammar).encode()) > MOST_BYTES:
        raise BadInput(problem="A JSON schema or grammar may have 64 KB at most.")
    if form.schema.strip():
        return to_grammar(parsed(form.schema))
    if form.grammar.strip():
        _check(form.grammar)
    return form.grammar.strip()


def parsed(schema: str) -> object:
    """A schema's JSON. Errors: BadInput."""
    try:
        return json.loads(schema)
    except RecursionError:
        raise BadInput(problem="The JSON schema is nested too deeply.") from None
    except ValueError as error:
        raise BadInput(problem=f"The JSON schema is not valid JSON: {error}.") from None


def _check(grammar: str) -> None:
    if "\0" in grammar:
        raise BadInput(problem="The grammar holds a character that no text has.")
    bare = _QUOTED.sub(" ", grammar)
    if not re.search(r"(?m)^\s*root\s*::=", bare):
        raise BadInput(problem="The grammar has no rule 'root', with which an answer begins.")
    if bare.count("::=") > _MOST_RULES:
        raise BadInput(problem=f"The grammar has more than {_MOST_RULES} rules.")
    depth = 0
    for bracket in re.findall(r"[()]", bare):
        depth += 1 if bracket == "(" else -1
        if depth > _DEEPEST:
            raise BadInput(problem=f"Brackets in the grammar are nested more than {_DEEPEST} deep.")
