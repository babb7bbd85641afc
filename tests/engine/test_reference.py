"""Our loop against the high-level `Llama` of llama-cpp-python: the same greedy words."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.process import WorkerProcess
from app.core.types import ModelSpec
from tests.engine.asking import ask

PROMPTS = (
    "The capital of France is",
    "1, 2, 3, 4,",
    "def add(a, b):\n    return",
    "Water boils at",
)
QUESTION = "What is the capital of Italy?"


def test_greedy_answers_are_the_same(
    engine: WorkerProcess, spec: ModelSpec, chat_model: Path
) -> None:
    llama_cpp = pytest.importorskip("llama_cpp")
    reference = llama_cpp.Llama(
        str(chat_model),
        n_ctx=1024,
        n_threads=1,
        n_threads_batch=1,
        flash_attn=True,  # llama.cpp's own choice here; the package's default is another kernel
        verbose=False,
    )
    for prompt in PROMPTS:
        expected = reference.create_completion(
            prompt, max_tokens=24, temperature=0.0, repeat_penalty=1.0
        )
        assert ask(engine, spec, prompt=prompt).text == expected["choices"][0]["text"]
    chat = reference.create_chat_completion(
        [{"role": "user", "content": QUESTION}],
        max_tokens=24,
        temperature=0.0,
        repeat_penalty=1.0,
    )
    assert ask(engine, spec, QUESTION).text == chat["choices"][0]["message"]["content"]
    reference.close()
