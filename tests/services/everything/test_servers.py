"""All passages go to another machine only when the person asks for that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from app.core.types import ModelSpec, Over, Sampling
from app.services.everything.service import Everything
from app.services.question import Question

NOTHING = cast(Any, None)


@pytest.mark.parametrize(
    ("model", "through"),
    [
        ("/models/small.gguf", True),
        ("http://127.0.0.1:8080/v1#m", True),
        ("http://192.168.1.5:8080/v1#m", False),
    ],
)
def test_a_server_elsewhere_gets_all_passages_only_by_choice(model: str, through: bool) -> None:
    everything = Everything(NOTHING, NOTHING, NOTHING, None)
    question = Question(
        "List all the tools that can be borrowed.",
        ModelSpec(model),
        Sampling(),
        collections=(1,),
        over=Over.AUTO,
    )
    wish = everything.wish(question)
    assert (wish is not None) is through
    assert everything.wish(replace(question, over=Over.EVERYTHING)) is not None
    # What code alone answers sends nothing.
    exact = everything.wish(replace(question, text="How many documents mention 'saw'?"))
    assert exact is not None
    assert exact.exact
    everything.close()
