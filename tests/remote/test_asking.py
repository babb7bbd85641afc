"""Answers of servers that behave, each in its way, and of those that don't."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from app.core.errors import (
    ChatFull,
    ContextFull,
    DocumentsStay,
    LoamError,
    ServerBusy,
    ServerCut,
    ServerDenied,
    ServerError,
    ServerForgotten,
    ServerModelGone,
    ServerUnreachable,
    ServerWantsKey,
)
from app.core.messages import Generated, Progress, Token, Turn
from app.core.process import Cancel
from app.core.settings import WhenFull
from app.core.tool_calls import parse
from app.core.types import (
    AnswerForm,
    ModelSpec,
    Sampling,
    Server,
    ServerModel,
    Status,
    ToolCall,
    ToolSpec,
)
from app.remote.body import body
from app.services.server_book import ServerBook
from app.services.servers import ServerService
from tests import patience
from tests.remote.conftest import question
from tests.remote.server import FakeServer, Reply, says


def heard(servers: ServerService, request: object) -> tuple[str, Generated]:
    """The text of an answer and how it ended."""
    events = list(servers.stream(request))
    end = events[-1]
    assert isinstance(end, Generated)
    return "".join(e.text for e in events if isinstance(e, Token)), end


def refused(servers: ServerService, request: object) -> tuple[str, LoamError]:
    """The text that came before an error, and the error."""
    said = []
    try:
        for event in servers.stream(request):
            if isinstance(event, Token):
                said.append(event.text)
    except LoamError as error:
        return "".join(said), error
    raise AssertionError("nothing went wrong")


def test_an_answer_comes_in_pieces_with_its_figures(
    servers: ServerService, fake: FakeServer, spec: ModelSpec, book: ServerBook
) -> None:
    fake.answer = says("Paris is the capital of France.", prompt=21)
    text, end = heard(servers, question(spec, "What is the capital of France?"))
    assert text == "Paris is the capital of France."
    assert end.status is Status.COMPLETE
    assert (end.stats.prompt_tokens, end.stats.answer_tokens) == (21, 6)
    assert (end.stats.context_used, end.stats.context_length) == (27, 2048)
    assert end.stats.answer_rate > 0
    (asked,) = fake.questions
    assert asked["messages"] == [{"role": "user", "content": "What is the capital of France?"}]
    assert (asked["model"], asked["stream"], asked["temperature"]) == ("tiny-1", True, 0.0)
    assert asked["max_tokens"] == 64
    assert fake.asked[-1][1] == "", "a key that nobody gave"


def test_letters_that_are_cut_between_blocks_come_whole(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    def answer(reply: Reply) -> None:
        reply.begin()
        chunk = {"choices": [{"delta": {"content": "Zürich €5 🦊"}}]}
        raw = b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\r\n\r\n"
        for place in range(0, len(raw), 3):
            reply.write(raw[place : place + 3])
        reply.said("", "stop")
        reply.done()

    fake.answer = answer
    text, _end = heard(servers, question(spec, "Say it."))
    assert text == "Zürich €5 🦊"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_stand_in_a_block_of_their_own(
    servers: ServerService, fake: FakeServer, spec: ModelSpec, field: str
) -> None:
    def answer(reply: Reply) -> None:
        reply.begin()
        reply.said("", **{field: "Two and"})
        reply.said("", **{field: " two."})
        reply.said("\n\nFour.")
        reply.said("", "stop")
        reply.done()

    fake.answer = answer
    text, _end = heard(servers, question(spec, "2 + 2?"))
    assert text == "<think>\nTwo and two.\n</think>\n\nFour."
    # What was thought is not told again.
    fake.answer = says("Yes.")
    heard(servers, question(spec, "2 + 2?", text, "Sure?"))
    assert fake.questions[-1]["messages"][1] == {"role": "assistant", "content": "Four."}


def test_an_answer_that_is_continued_begins_with_what_was_there(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    fake.answer = says("and hills.")
    text, _end = heard(servers, question(spec, "Describe it.", prefill="There are trees "))
    assert text == "and hills."
    assert fake.questions[-1]["messages"][-1] == {
        "role": "assistant",
        "content": "There are trees ",
    }
    # Some servers say the beginning again.
    fake.answer = says("There are trees and hills.")
    text, _end = heard(servers, question(spec, "Describe it.", prefill="There are trees "))
    assert text == "and hills."
    fake.answer = says("There is nothing.")
    text, _end = heard(servers, question(spec, "Describe it.", prefill="There are trees "))
    assert text == "There is nothing."


def test_stop_closes_the_connection_and_keeps_the_text(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    def answer(reply: Reply) -> None:
        reply.begin()
        while not fake.go.is_set():
            reply.said("on and ")
            time.sleep(0.02)

    fake.answer = answer
    cancel = Cancel()
    said, end = [], None
    for event in servers.stream(question(spec, "Go on."), cancel):
        if isinstance(event, Token):
            said.append(event.text)
            cancel.set()
        end = event
    assert isinstance(end, Generated)
    assert end.status is Status.STOPPED
    assert "on and " in "".join(said)
    assert fake.left.wait(patience.SECONDS), "the connection was left open"


def test_stop_is_heard_while_the_server_is_silent(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    waiting = threading.Event()

    def answer(reply: Reply) -> None:
        waiting.set()
        if reply.handler.connection.recv(1) == b"":
            fake.left.set()

    fake.answer = answer
    cancel = Cancel()
    events = servers.stream(question(spec, "Hello?"), cancel)
    assert next(events) == Progress("Waiting for the server", 0, 0)
    assert waiting.wait(patience.SECONDS)
    cancel.set()
    (end,) = events
    assert isinstance(end, Generated)
    assert end.status is Status.STOPPED
    assert fake.left.wait(patience.SECONDS), "the connection was left open"


def test_a_stream_that_breaks_off_keeps_what_came(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    def answer(reply: Reply) -> None:
        reply.begin()
        reply.said("Half of ")
        reply.handler.connection.close()

    fake.answer = answer
    said, error = refused(servers, question(spec, "Tell me."))
    assert said == "Half of "
    assert isinstance(error, ServerCut)
    assert f"127.0.0.1:{fake.port}" in str(error)


def _status(status: int, said: object, **headers: str) -> Any:
    return lambda reply: reply.json({"error": said}, status, **headers)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (_status(401, "no"), ServerWantsKey, "wants a key"),
        (_status(404, {"message": "The model `x` does not exist."}), ServerModelGone, "tiny-1"),
        (_status(404, "what?"), ServerError, "nothing at that address"),
        (_status(429, "slow down", Retry_After="20"), ServerBusy, "20 seconds"),
        (_status(429, "slow down", Retry_After="600"), ServerBusy, "about 10 minutes"),
        (_status(503, {"message": "Loading model"}), ServerBusy, "a moment"),
        (_status(500, "oh"), ServerError, "code 500"),
        (_status(307, "there", Location="http://elsewhere.example/"), ServerError, "another"),
        (lambda r: r.json({"error": "bad"}, 400), ServerError, "bad"),
        (lambda r: (r.begin(kind="text/html"), r.write(b"<html>")), ServerError, "no sense"),
        (lambda r: (r.begin(), r.write(b"data: {nonsense\n\n")), ServerError, "no sense"),
        (lambda r: (r.begin(), r.write(b"data: 7\n\n")), ServerError, "no sense"),
        (lambda r: (r.begin(), r.write(b"data: " + b"[" * 100_000 + b"\n\n")), ServerError, "no"),
        (lambda r: (r.begin(), r.event({"error": {"message": "it burns"}})), ServerError, "burns"),
        (lambda r: (r.begin(), r.done()), ServerError, ""),
    ],
)
def test_trouble_is_told_in_plain_words(
    servers: ServerService,
    fake: FakeServer,
    spec: ModelSpec,
    answer: Any,
    kind: type[LoamError],
    words: str,
) -> None:
    fake.answer = answer
    if not words:
        # A server may end without a word.
        assert heard(servers, question(spec, "Hello."))[0] == ""
        return
    _said, error = refused(servers, question(spec, "Hello."))
    assert type(error) is kind
    assert words in str(error)
    assert f"127.0.0.1:{fake.port}" in str(error)


def test_a_server_that_is_not_there_is_told_of(
    servers: ServerService, fake: FakeServer, book: ServerBook
) -> None:
    book.put(Server("http://127.0.0.1:9/v1", models=(ServerModel("m"),)))
    _said, error = refused(servers, question(ModelSpec("http://127.0.0.1:9/v1#m"), "Hello."))
    assert isinstance(error, ServerUnreachable)
    assert "nothing listens there" in str(error)


def test_what_has_no_end_is_cut(servers: ServerService, fake: FakeServer, spec: ModelSpec) -> None:
    def line(reply: Reply) -> None:
        reply.begin()
        while not fake.go.is_set():
            reply.write(b"data: " + b"x" * 100_000)

    fake.answer = line
    _said, error = refused(servers, question(spec, "Hello."))
    assert "without an end" in str(error)

    def words(reply: Reply) -> None:
        reply.begin()
        while not fake.go.is_set():
            reply.said("word " * 50)

    fake.answer = words
    text, end = heard(servers, question(spec, "Hello."))
    assert end.status is Status.LENGTH
    assert 64 * 64 < len(text) < 64 * 64 + 200_000


def test_halves_of_letters_can_be_stored(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    def answer(reply: Reply) -> None:
        reply.begin()
        reply.write(b'data: {"choices":[{"delta":{"content":"a\\ud83d b"}}]}\n\n')
        reply.said("", "stop")
        reply.done()

    fake.answer = answer
    text, _end = heard(servers, question(spec, "Hello."))
    assert text.encode().decode() == "a\ufffd b"


def test_a_server_that_does_not_stream_is_heard(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    message = {"message": {"role": "assistant", "content": "All at once."}, "finish_reason": "stop"}
    fake.answer = lambda reply: reply.json({"choices": [message]})
    assert heard(servers, question(spec, "Hello."))[0] == "All at once."


def test_what_a_server_does_not_know_is_left_out(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    def answer(reply: Reply) -> None:
        if "stream_options" in reply.body:
            reply.json({"error": {"message": "Unknown field: stream_options"}}, 400)
        else:
            says("Plain.")(reply)

    fake.answer = answer
    assert heard(servers, question(spec, "Hello."))[0] == "Plain."
    assert set(fake.questions[-1]) == {"model", "stream", "messages", "max_tokens"}


def test_old_messages_are_left_out_of_a_prompt_that_does_not_fit(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    long = "word " * 400
    request = question(spec, *(f"{n}: {long}" for n in range(7)))
    system = Turn("system", "Be kind.")
    request = type(request)(spec, request.sampling, (system, *request.turns), documents=False)
    _text, end = heard(servers, request)
    sent = fake.questions[-1]["messages"]
    assert sent[0] == {"role": "system", "content": "Be kind."}
    assert sent[1]["role"] == "user"
    assert sent[-1]["content"].startswith("6: ")
    assert end.dropped_turns == 8 - len(sent) > 0
    assert sum(len(each["content"]) for each in sent) / 3 < 2048


LIMITS = {
    "llama.cpp": {
        "message": "the request exceeds the available context size",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 4000,
        "n_ctx": 512,
    },
    "vllm": {"message": "This model's maximum context length is 512 tokens. However, you ..."},
    "openai": {"message": "too long", "code": "context_length_exceeded"},
}


@pytest.mark.parametrize("kind", LIMITS)
def test_a_prompt_that_was_too_long_is_shortened_and_sent_again(
    servers: ServerService, fake: FakeServer, spec: ModelSpec, kind: str
) -> None:
    def answer(reply: Reply) -> None:
        if sum(len(each["content"]) for each in reply.body["messages"]) > 1500:
            reply.json({"error": LIMITS[kind]}, 400)
        else:
            says("It fits.")(reply)

    fake.answer = answer
    text, end = heard(servers, question(spec, *(f"{n} " + "word " * 90 for n in range(9))))
    assert text == "It fits."
    assert end.dropped_turns > 0
    assert fake.questions[-1]["messages"][-1]["content"].startswith("8 ")


def test_one_message_that_is_too_long_is_refused_in_words(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    _said, error = refused(servers, question(spec, "word " * 40_000))
    assert isinstance(error, ContextFull)
    assert not fake.questions, "it was sent all the same"
    fake.answer = _status(400, LIMITS["llama.cpp"])
    _said, error = refused(servers, question(spec, "word " * 900))
    assert isinstance(error, ContextFull)
    assert "4000" in str(error)
    assert "512" in str(error)


@pytest.mark.parametrize(
    ("kind", "penalty"),
    [
        ("llama.cpp", {"repeat_penalty": 1.3}),
        ("vllm", {"repetition_penalty": 1.3}),
        ("lmstudio", {"repeat_penalty": 1.3}),
        ("ollama", {}),
        ("", {}),
    ],
)
def test_each_kind_gets_a_penalty_by_its_own_name(kind: str, penalty: dict[str, float]) -> None:
    spec = ModelSpec("http://127.0.0.1:1/v1#m")

    def sent(**sampling: float) -> dict[str, Any]:
        request = replace(question(spec, "Hello?"), sampling=Sampling(**sampling))  # type: ignore[arg-type]
        return dict(json.loads(body(request, "m", kind, request.turns, 0, bare=False)))

    chosen = sent(repeat_penalty=1.3, top_k=7, min_p=0.2)
    assert {name: value for name, value in chosen.items() if "penalty" in name} == penalty
    assert ("top_k" in chosen, "min_p" in chosen) == (bool(penalty), bool(penalty))
    # The usual one is for answers; a server would count the words of the documents, too.
    assert not [name for name in sent() if "penalty" in name]


def test_servers_of_a_kind_get_what_they_know(
    servers: ServerService, fake: FakeServer, book: ServerBook, spec: ModelSpec
) -> None:
    form = AnswerForm(schema='{"type": "object"}')
    heard(servers, question(spec, "Hello.", form=form))
    wanted = fake.questions[-1]["response_format"]
    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["schema"] == {"type": "object"}
    _said, error = refused(servers, question(spec, "Hi.", form=AnswerForm(grammar='root ::= "a"')))
    assert "grammar" in str(error)
    book.put(Server(fake.address, models=(ServerModel("tiny-1"),), kind="llama.cpp"))

    def answer(reply: Reply) -> None:
        reply.begin()
        progress = {"total": 900, "cache": 0, "processed": 300, "time_ms": 5}
        reply.event({"choices": [{"delta": {}}], "prompt_progress": progress})
        reply.said("a", "stop")
        reply.done()

    fake.answer = answer
    request = question(spec, "Hi.", form=AnswerForm(grammar='root ::= "a"'))
    events = list(servers.stream(request))
    assert Progress("Reading", 300, 900, "tokens") in events
    assert fake.questions[-1]["grammar"] == 'root ::= "a"'


def test_documents_go_only_where_the_person_agreed(
    servers: ServerService, fake: FakeServer, book: ServerBook, spec: ModelSpec
) -> None:
    # On this machine nothing leaves it.
    assert heard(servers, question(spec, "Hello.", documents=True))[0] == "Hello there."
    address = "http://192.0.2.7:8080/v1"
    book.put(Server(address, models=(ServerModel("far"),)))
    _said, error = refused(servers, question(ModelSpec(f"{address}#far"), "Hi.", documents=True))
    assert isinstance(error, DocumentsStay)
    assert "192.0.2.7:8080" in str(error)
    book.allow_documents(address)
    assert book.may_have_documents(f"{address}#far")
    book.remove(address)
    _said, error = refused(servers, question(ModelSpec(f"{address}#far"), "Hi."))
    assert isinstance(error, ServerForgotten)


def test_the_key_goes_to_its_server_and_is_told_nowhere(
    servers: ServerService, fake: FakeServer, book: ServerBook, spec: ModelSpec
) -> None:
    fake.key = "sk-secret-4711"
    _said, error = refused(servers, question(spec, "Hello."))
    assert isinstance(error, ServerDenied)
    book.put(book.get(spec.path), "sk-secret-4711")
    assert heard(servers, question(spec, "Hello."))[0] == "Hello there."
    assert fake.asked[-1][1] == "Bearer sk-secret-4711"
    fake.answer = _status(401, "sk-secret-4711 is not right")
    _said, error = refused(servers, question(spec, "Hello."))
    assert "4711" not in str(error) + error.detail
    fake.answer = _status(400, "sk-secret-4711 may not do that")
    _said, error = refused(servers, question(spec, "Hello."))
    assert "may not do that" in str(error)
    assert "4711" not in str(error) + error.detail


def test_tools_are_called_and_answered_as_the_api_has_it(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    tool = ToolSpec("search", "Searches.", '{"type": "object", "properties": {}}')

    def calls(reply: Reply) -> None:
        reply.begin()
        for piece in (
            {"index": 0, "id": "x", "function": {"name": "search", "arguments": ""}},
            {"index": 0, "function": {"arguments": '{"query": "ga'}},
            {"index": 0, "function": {"arguments": 'rden"}'}},
        ):
            reply.said("", tool_calls=[piece])
        reply.said("", "tool_calls")
        reply.done()

    fake.answer = calls
    text, _end = heard(servers, question(spec, "When does it open?", tools=(tool,)))
    said, found = parse(text, ["search"])
    assert (said, found) == ("", (ToolCall("search", '{"query": "garden"}'),))
    assert fake.questions[-1]["tools"][0]["function"]["name"] == "search"

    request = question(spec, "When does it open?")
    turns = (*request.turns, Turn("assistant", "", found), Turn("tool", "At nine."))
    fake.answer = says("At nine.")
    assert heard(servers, replace(request, turns=turns))[0] == "At nine."
    asked, answered = fake.questions[-1]["messages"][1:]
    assert asked["tool_calls"][0]["function"]["arguments"] == '{"query": "garden"}'
    assert answered["tool_call_id"] == asked["tool_calls"][0]["id"]

    # A server that knows no tools answers without them.
    def without(reply: Reply) -> None:
        if "tools" in reply.body:
            reply.json({"error": {"message": "tools param requires --jinja flag"}}, 500)
        else:
            says("I can't look.")(reply)

    fake.answer = without
    assert heard(servers, question(spec, "When?", tools=(tool,)))[0] == "I can't look."


def test_a_chat_of_which_nothing_may_be_left_out_is_refused(
    servers: ServerService, fake: FakeServer, spec: ModelSpec
) -> None:
    long = [f"{n} " + "word " * 400 for n in range(9)]
    _said, error = refused(servers, question(spec, *long, when_full=WhenFull.STOP))
    assert type(error) is ChatFull
    assert not fake.questions
