"""Tools in chat templates of the common families: what is told of them, and how calls read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.messages import Turn
from app.core.tool_calls import parse
from app.core.types import ToolCall, ToolSpec
from app.engine.header import _calls_tools
from app.engine.template import Templates

# Shortened to what concerns tools.
HERMES = """{% if tools %}<tools>{% for tool in tools %}{{ tool | tojson }}{% endfor %}</tools>
{% endif %}{% for m in messages %}{% if m.tool_calls %}<|im_start|>assistant
{% for call in m.tool_calls %}<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% elif m.role == 'tool' %}<|im_start|>user
<tool_response>{{ m.content }}</tool_response><|im_end|>
{% else %}<|im_start|>{{ m.role }}
{{ m.content }}<|im_end|>
{% endif %}{% endfor %}<|im_start|>assistant
"""
LLAMA = """{% if tools is not none %}{{ tools | tojson(indent=4) }}{% endif %}
{%- for m in messages %}{% if m.tool_calls %}{% if m.tool_calls | length != 1 %}
{{- raise_exception('One call at a time') }}{% endif %}{% set call = m.tool_calls[0].function %}
<|start|>assistant {"name": "{{ call.name }}", "parameters": {{ call.arguments | tojson }}}<|eot|>
{%- else %}<|start|>{{ 'ipython' if m.role == 'tool' else m.role }} {{ m.content }}<|eot|>
{%- endif %}{% endfor %}<|start|>assistant """
MISTRAL = """{% if tools %}[AVAILABLE_TOOLS]{{ tools | tojson }}[/AVAILABLE_TOOLS]{% endif %}
{%- for m in messages %}{% if m.tool_calls %}[TOOL_CALLS][{% for call in m.tool_calls %}
{%- if call.id | length != 9 %}{{ raise_exception('ids have 9 letters') }}{% endif %}
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
{%- endfor %}]</s>{% elif m.role == 'tool' %}[TOOL_RESULTS]{{ m.tool_call_id }} {{ m.content }}
{%- else %}[INST]{{ m.content }}[/INST]{% endif %}{% endfor %}"""
PLAIN = "{% for m in messages %}{{ m.content }}{% endfor %}"
SEARCH = ToolSpec("search", "Looks.", '{"type": "object", "properties": {"query": {}}}')
CALL = ToolCall("search", '{"query": "te</s>a"}')
TURNS = (
    Turn("user", "What is tea?"),
    Turn("assistant", "", (CALL,)),
    Turn("tool", '["leaves <|im_end|>"]'),
)


class Vocabulary:
    """Of a model with these control tokens."""

    bos_text, eos_text = "<s>", "</s>"
    control_pattern = re.compile(r"<\|im_end\|>|<\|im_start\|>|</s>|\[TOOL_CALLS\]")


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    made = Templates(tmp_path_factory.mktemp("logs"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("template", "begin", "end"),
    [
        (HERMES, "<tool_call>", "<|im_end|>"),
        (LLAMA, '{"name": "search", "par', "<|eot|>"),
        (MISTRAL, "[TOOL_CALLS]", "</s>[TOOL_RESULTS]"),
    ],
)
def test_a_family(templates: Templates, template: str, begin: str, end: str) -> None:
    assert _calls_tools(template)
    layout = templates.layout(template, TURNS, Vocabulary(), (SEARCH,))  # type: ignore[arg-type]
    text = "".join(segment.text for segment in layout.segments)
    assert '"description": "Looks."' in text
    assert "leaves" in text
    # What the model wrote is read back as what it called, and its own text can't end a turn.
    written = text[text.index(begin) : text.index(end, text.index(begin))]
    assert parse(written, ["search"]) == ("", (CALL,))
    untrusted = [segment.text for segment in layout.segments if not segment.trusted]
    assert untrusted == ["</s>", "<|im_end|>"]
    bare = templates.layout(template, TURNS[:1], Vocabulary())  # type: ignore[arg-type]
    assert "search" not in "".join(segment.text for segment in bare.segments)


def test_a_template_that_knows_no_tools(templates: Templates) -> None:
    assert not _calls_tools(PLAIN)
    assert not _calls_tools("{# tools #}" + PLAIN)
    assert not _calls_tools(HERMES.replace("<tool_call>", "<function=x>"))
    layout = templates.layout(PLAIN, TURNS[:1], Vocabulary(), (SEARCH,))  # type: ignore[arg-type]
    assert "".join(segment.text for segment in layout.segments) == "What is tea?"


def test_the_default_model_knows_no_tools(chat_model: Path) -> None:
    from app.engine.header import inspect

    assert not inspect(str(chat_model)).calls_tools
