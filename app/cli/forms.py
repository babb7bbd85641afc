"""`--json-schema` and `--grammar`: the form that answers must have."""

from __future__ import annotations

import argparse

from app.core.errors import BadInput
from app.core.paths import existing_file
from app.core.types import AnswerForm


def add_form_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare them."""
    parser.add_argument(
        "--json-schema", metavar="FILE", help="answer as JSON that this schema allows"
    )
    parser.add_argument("--grammar", metavar="FILE", help="answer in the form of this GBNF grammar")


def form_of(args: argparse.Namespace) -> AnswerForm | None:
    """What was given; None: nothing. Errors: MissingFile, BadInput."""
    from app.core.answer_form import MOST_BYTES, rules_of

    if not args.json_schema and not args.grammar:
        return None

    def text(name: str | None) -> str:
        if not name:
            return ""
        with existing_file(name).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BadInput(problem=f"{name} is not text in UTF-8.") from None

    form = AnswerForm(text(args.json_schema), text(args.grammar))
    rules_of(form)
    if not form:
        raise BadInput(problem="The file with the form of the answer is empty.")
    return form
