"""Answers in a form, asked for on the terminal."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Loam, parsed


def test_ask_and_chat_take_a_form(loam: Loam, tmp_path: Path) -> None:
    schema, grammar = tmp_path / "schema.json", tmp_path / "words.gbnf"
    schema.write_text('{"properties": {"n": {"type": "integer"}}, "required": ["n"]}')
    grammar.write_text('root ::= "aye" | "nay"\n')
    (told,) = parsed(
        loam("ask", "How many legs has a cat?", "--json", "--json-schema", str(schema))
    )
    assert type(json.loads(told["answer"])["n"]) is int
    (told,) = parsed(loam("chat", "--grammar", str(grammar), "--json", stdin="Is it so?\n"))
    assert told["answer"] in ("aye", "nay")


def test_a_form_that_can_not_be_held_is_wrong_use(loam: Loam, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "string", "pattern": "^a$"}')
    done = loam("ask", "What?", "--json-schema", str(schema))
    assert (done.returncode, done.stdout) == (2, "")
    assert "'pattern'" in done.stderr
    assert loam("ask", "What?", "--grammar", str(tmp_path / "none")).returncode == 2
