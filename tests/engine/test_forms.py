"""Answers held to JSON schemas and grammars, by the real model at its most random."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.answer_form import rules_of
from app.core.errors import BadInput
from app.core.integer_ranges import MOST, between
from app.core.messages import Generate, Generated, Token, Turn
from app.core.process import WorkerProcess
from app.core.types import AnswerForm, ModelSpec, Sampling, Status
from app.engine import constraint
from tests.engine.asking import GREEDY, QUESTION

# Hot enough that hardly a token of these answers would be right by itself.
WILD = Sampling(temperature=2.0, top_k=0, top_p=1.0, min_p=0.0, max_tokens=60)
PERSON = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 12},
        "born": {"type": "string", "format": "date"},
        "tags": {"type": "array", "items": {"enum": ['a"b', "ü\n", 3]}, "maxItems": 3},
        "home": {"$ref": "#/$defs/place"},
    },
    "required": ["name", "home"],
    "$defs": {
        "place": {
            "type": ["object", "null"],
            "properties": {"x": {"type": "integer"}, "ok": {"type": "boolean"}},
            "required": ["x"],
        }
    },
}


def told(
    engine: WorkerProcess,
    spec: ModelSpec,
    form: AnswerForm,
    sampling: Sampling = WILD,
    prefill: str = "",
) -> tuple[str, Generated]:
    """An answer to the usual question in this form, and how it ended."""
    request = Generate(spec, sampling, (Turn("user", QUESTION),), prefill=prefill, form=form)
    events = list(engine.stream(request))
    assert isinstance(events[-1], Generated)
    return "".join(e.text for e in events if isinstance(e, Token)), events[-1]


def test_a_schema_holds_the_wildest_answer(engine: WorkerProcess, spec: ModelSpec) -> None:
    form = AnswerForm(schema=json.dumps(PERSON))
    for _ in range(2):
        text, end = told(engine, spec, form, replace(WILD, max_tokens=300))
        assert end.status is Status.COMPLETE, text
        found = json.loads(text)
        assert {"name", "home"} <= found.keys() <= {"name", "born", "tags", "home"}
        assert 1 <= len(found["name"]) <= 12
        assert all(tag in ('a"b', "ü\n", 3) for tag in found.get("tags", []))
        assert found["home"] is None or type(found["home"]["x"]) is int


def test_what_the_model_wants_is_left_where_the_form_allows_it(
    engine: WorkerProcess, spec: ModelSpec
) -> None:
    free, _ = told(engine, spec, AnswerForm(), GREEDY)
    held, _ = told(engine, spec, AnswerForm(grammar="root ::= [^\\x00]+"), GREEDY)
    assert held == free
    assert "Paris" in free


def test_a_grammar_of_two_words(engine: WorkerProcess, spec: ModelSpec) -> None:
    form = AnswerForm(grammar='root ::= "<|im_start|>" | "nay"')
    # The first is written like a control token, which is not what was asked for.
    for _ in range(3):
        text, end = told(engine, spec, form)
        assert (text in ("<|im_start|>", "nay"), end.status) == (True, Status.COMPLETE)


def test_an_answer_goes_on_in_its_form(engine: WorkerProcess, spec: ModelSpec) -> None:
    form = AnswerForm(schema='{"type": "array", "items": {"type": "integer"}, "minItems": 2}')
    text, _ = told(engine, spec, form, GREEDY, prefill="[7")
    assert len(json.loads("[7" + text)) >= 2
    with pytest.raises(BadInput, match="beginning"):
        told(engine, spec, form, prefill="Well, ")
    # The child lives on after what it refused.
    assert "Paris" in told(engine, spec, AnswerForm(), GREEDY)[0]


def test_a_grammar_that_is_none(engine: WorkerProcess, spec: ModelSpec) -> None:
    for grammar in ("root ::= (", "root ::= other", 'root ::= root "x"', 'root ::= "x"{3000}'):
        with pytest.raises(BadInput, match="grammar"):
            told(engine, spec, AnswerForm(grammar=grammar))


@pytest.mark.skipif(not hasattr(time, "pthread_getcpuclockid"), reason="no clock of a thread")
def test_a_grammar_is_judged_by_its_work_and_not_by_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(constraint, "_SLOW_STEP", 0.1)
    watch = constraint._Watch()

    def step(clock: Callable[[], float], pause: float) -> None:
        with watch:
            end = clock() + 0.2
            while clock() < end:
                time.sleep(pause)

    step(time.monotonic, 0.2)  # others have the processor
    with pytest.raises(BadInput, match="too long"):
        step(time.thread_time, 0.0)
    watch.close()


def test_a_form_cut_by_its_length_says_so(engine: WorkerProcess, spec: ModelSpec) -> None:
    form = AnswerForm(schema='{"type": "string", "minLength": 400}')
    text, end = told(engine, spec, form, replace(WILD, max_tokens=5))
    assert end.status is Status.LENGTH
    assert text.startswith('"')


@pytest.mark.parametrize(
    "schema",
    [
        "{}",
        '{"type": "array", "prefixItems": [{"const": {"a": [1, null]}}, {"type": "number"}]}',
        '{"type": "array", "items": {"type": "boolean"}, "minItems": 2, "maxItems": 4}',
        '{"allOf": [{"properties": {"a": {"type": "null"}}}, {"required": ["b"]}]}',
        '{"type": "object", "additionalProperties": {"type": "integer"}}',
        '{"properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "null"}}',
        '{"$ref": "#/$defs/t", "$defs": {"t": {"anyOf": [{"type": "null"}, {"type": "array", '
        '"items": {"$ref": "#/$defs/t"}, "maxItems": 2}]}}}',
    ],
)
def test_kinds_of_schemas(engine: WorkerProcess, spec: ModelSpec, schema: str) -> None:
    text, end = told(engine, spec, AnswerForm(schema=schema))
    if end.status is Status.COMPLETE:
        json.loads(text)
    else:
        assert end.stats.answer_tokens == WILD.max_tokens
    checks = {'{"type": "arr': list, '{"allOf': dict, '{"type": "obj': dict, '{"prop': dict}
    for begin, kind in checks.items():
        if schema.startswith(begin) and end.status is Status.COMPLETE:
            assert isinstance(json.loads(text), kind)


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "nested|64 KB"),
        ("[" * 20_000, "nested"),
        ('{"type": "strin"}', "no type"),
        ('{"type": "string", "pattern": "a"}', "'pattern'"),
        ('{"type": "number", "minimum": 3}', "'minimum'"),
        ('{"type": "integer", "minimum": 3, "exclusiveMaximum": 3}', "no whole number"),
        ('{"type": "integer", "minimum": "3"}', "15 digits"),
        ('{"type": "integer", "maximum": NaN}', "15 digits"),
        ('{"$ref": "https://example.org/x"}', "not in this schema"),
        ('{"$ref": "#"}', "refers to itself"),
        ('{"type": "array", "maxItems": 100000}', "'maxItems'"),
        ('{"type": "array", "minItems": 3, "maxItems": 2}', "more than"),
        ('{"anyOf": []}', "list of 1"),
        ('{"properties": {"a": ' * 40 + "{}" + "}}" * 40, "too deeply"),
        ('"x"', "is an object"),
    ],
)
def test_what_no_answer_can_be_held_to_is_refused(schema: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        rules_of(AnswerForm(schema=schema))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (AnswerForm("{}", 'root ::= "x"'), "not both"),
        (AnswerForm(grammar='other ::= "x"'), "no rule 'root'"),
        (AnswerForm(grammar="root ::= " + "(" * 40 + '"x"' + ")" * 40), "nested"),
        (AnswerForm(grammar="root ::= " + '"x" ' * 30_000), "64 KB"),
        (AnswerForm(grammar='root ::= "root ::= ("\n' + 'a ::= "x"\n' * 2001), "more than 2000"),
    ],
)
def test_grammars_are_bounded(form: AnswerForm, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        rules_of(form)


@given(st.integers(-2000, 12_000), st.integers(0, 3000), st.integers(-2500, 16_000))
def test_whole_numbers_within_bounds(least: int, more: int, number: int) -> None:
    expression = between(least, least + more)
    # Without its quotes and spaces such an expression is one that Python reads too.
    pattern = expression.replace('"', "").replace(" ", "")
    assert bool(re.fullmatch(pattern, str(number))) == (least <= number <= least + more)
    for edge in (least, least + more, -MOST, MOST):
        inside = least <= edge <= least + more
        assert bool(re.fullmatch(pattern, str(edge))) == inside
    assert not re.fullmatch(pattern, f"0{abs(number)}")


def test_a_bounded_number_is_held(engine: WorkerProcess, spec: ModelSpec) -> None:
    schema = '{"type": "integer", "minimum": -12, "exclusiveMaximum": 1340}'
    for _ in range(3):
        text, _ = told(engine, spec, AnswerForm(schema=schema))
        assert -12 <= json.loads(text) < 1340


def test_free_text_has_no_rules() -> None:
    assert rules_of(AnswerForm(" ", "\n")) == ""
