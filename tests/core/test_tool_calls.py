"""Calls of tools in what models wrote: the forms of the families, and everything that is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.tool_calls import MARKS, MOST_CALLS, may_be_call, parse, without_calls
from app.core.types import ToolCall

CALL = ToolCall("search", '{"query": "tea"}')
ARGUMENTS = '{"query": "tea"}'


@pytest.mark.parametrize(
    "written",
    [
        '<tool_call>\n{"name": "search", "arguments": %s}\n</tool_call>',
        '<tool_call>{"name": "search", "arguments": %s}',
        '{"name": "search", "parameters": %s}',
        '<|python_tag|>{"type": "function", "name": "search", "parameters": %s}',
        '[TOOL_CALLS][{"name": "search", "arguments": %s, "id": "call00001"}]',
        "[TOOL_CALLS]search[ARGS]%s",
        "[TOOL_CALLS]search%s",
        "[TOOL_CALLS]search[CALL_ID]a1[ARGS]%s",
        '[{"function": {"name": "search", "arguments": %s}}]',
    ],
)
def test_the_forms_of_the_families(written: str) -> None:
    assert parse(written % ARGUMENTS, ["search"]) == ("", (CALL,))
    assert may_be_call(written % ARGUMENTS)


def test_arguments_may_be_text_and_calls_many() -> None:
    text = '<tool_call>{"name": "search", "arguments": "{\\"query\\": \\"tea\\"}"}</tool_call>'
    said, calls = parse(f"Let me look. {text} {text}", ["search"])
    assert (said, calls) == ("Let me look.", (CALL, CALL))
    assert len(parse(text * 50, ["search"])[1]) == MOST_CALLS
    said, calls = parse("[TOOL_CALLS]search{}[TOOL_CALLS]search{}", ["search"])
    assert [call.arguments for call in calls] == ["{}", "{}"]


@pytest.mark.parametrize(
    "text",
    [
        "Tea is made of leaves.",
        '<tool_call>{"name": "delete_everything", "arguments": {}}</tool_call>',
        '<tool_call>{"name": "search", "arguments": [1]}</tool_call>',
        '<tool_call>{"name": "search", "argum',
        '{"name": "search"',
        '{"answer": 42}',
        "[TOOL_CALLS]",
        "[1, 2, 3]",
        "[" * 30_000,
        '{"name": "search", "arguments": {"query": "%s"}}' % ("x" * 5000),
        '{"name": {"name": "search"}, "arguments": {}}',
    ],
)
def test_what_is_no_call_stays_text(text: str) -> None:
    assert parse(text, ["search"]) == (text, ())


@given(st.text(), st.sampled_from((*MARKS, "{", "")), st.text())
def test_nothing_that_a_model_writes_makes_trouble(before: str, mark: str, after: str) -> None:
    said, calls = parse(before + mark + after, ["search"])
    assert calls or said == before + mark + after
    for call in calls:
        assert isinstance(json.loads(call.arguments), dict)


def test_a_call_that_nobody_carries_out_is_no_answer() -> None:
    assert without_calls('Tea is green. <tool_call>{"name": "search", "argum') == "Tea is green."
    assert without_calls("<tool_call>{}</tool_call> So it is.") == "So it is."
    assert without_calls("[TOOL_CALLS]search{}") == ""
    assert without_calls("2 < 3 [1]") == "2 < 3 [1]"


def test_text_is_shown_until_it_may_be_a_call() -> None:
    assert not may_be_call("I will look in <b>bold</b>")
    assert may_be_call("I will look <tool")
    assert may_be_call("I will look [TOOL_CALLS]")
    assert not may_be_call("I will look [1] and go on")
