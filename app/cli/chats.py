"""`chat` (talk in the terminal) and `chats` (the list that the window shows)."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import itertools
import sys
from collections.abc import Iterator

from app.cli import adapters, filters, forms, loading, over, pictures, servers
from app.cli.output import Watcher, answer_json, check_lines, print_json, source_line, step_line
from app.core.errors import LoamError
from app.core.messages import AnswerDone, Offered, Token
from app.core.paths import Profile
from app.core.process import Cancel
from app.core.types import Chat, Message, Over, Picture
from app.services.assemble import Loam, build


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    chat = commands.add_parser("chat", help="talk with the model in the terminal")
    chat.add_argument("--model", metavar="FILE|NAME", help="a GGUF file, or a model on a server")
    adapters.add_adapter_argument(chat)
    chat.add_argument("--id", type=int, metavar="N", help="go on with this chat")
    chat.add_argument("--collection", action="append", default=[], metavar="NAME")
    filters.add_arguments(chat)
    forms.add_form_arguments(chat)
    chat.add_argument("--tools", action="store_true", help="let the model search by itself")
    over.add_over_argument(chat, None)
    pictures.add_argument(chat, "show the model a picture with the first line")
    chat.add_argument("--json", action="store_true", help="one JSON object an answer")
    loading.add_flags(chat)
    chat.set_defaults(run=run_chat)

    chats = commands.add_parser("chats", help="list, search, show, export, delete chats")
    chats.add_argument("--json", action="store_true")
    actions = chats.add_subparsers(dest="action", required=True, metavar="ACTION")
    find = actions.add_parser("list", help="all chats, or those with these words")
    find.add_argument("query", nargs="?", default="")
    export = actions.add_parser("export", help="a chat as Markdown or JSON")
    export.add_argument("id", type=int)
    export.add_argument("--format", choices=("markdown", "json"), default="markdown")
    rename = actions.add_parser("rename")
    rename.add_argument("id", type=int)
    rename.add_argument("title")
    for name in ("delete", "restore", "pin", "unpin"):
        actions.add_parser(name).add_argument("id", type=int)
    rate = actions.add_parser("rate", help="thumbs up (1), down (-1) or neither (0) for an answer")
    rate.add_argument("message", type=int)
    rate.add_argument("rating", type=int, choices=(-1, 0, 1))
    rewrite = actions.add_parser("rewrite", help="your own version of an answer, beside it")
    rewrite.add_argument("message", type=int)
    rewrite.add_argument("text")
    anyway = actions.add_parser("anyway", help="answer a question that was declined all the same")
    anyway.add_argument("message", type=int)
    anyway.add_argument("--without-documents", action="store_true", help="read no passage")
    actions.add_parser("liked", help="answers rated up or rewritten: examples to learn from")
    chats.set_defaults(run=run_chats)


def run_chat(args: argparse.Namespace, profile: Profile) -> int:
    """Read lines from stdin and answer each. Ends at the end of input or with /quit."""
    with contextlib.closing(build(profile)) as loam:
        loading.take(args, loam.models)
        chat = _chat(loam, args)
        waiting = pictures.kept(loam.chats, chat.id, args.image)
        prompt = "> " if sys.stdin.isatty() and not args.json else ""
        while True:
            try:
                line = input(prompt)
            except EOFError:
                return 0
            if line.strip() in ("/quit", "/exit"):
                return 0
            if line.strip():
                try:
                    spec = loam.models.spec_for(loam.chats.get(chat.id))
                    with loading.advising(loam.models, loam.plans, spec):
                        shown, waiting = waiting, ()
                        _answer(loam, chat, line, args.json, shown)
                except LoamError as error:
                    # The chat goes on: the child starts again with the next line.
                    Watcher().say(str(error))


def _chat(loam: Loam, args: argparse.Namespace) -> Chat:
    if args.id is not None:
        chat = loam.chats.get(args.id)
    else:
        asked = loam.library.ids(args.collection) if args.collection else ()
        chat = loam.chats.create(collections=asked)
    if any((args.files, args.folders, args.kinds, args.after, args.before)):
        only = filters.given(args, loam.library, chat.collections)
        loam.chats.set_settings(chat.id, dataclasses.replace(chat.settings, only=only))
        chat = loam.chats.get(chat.id)
    if args.over:
        loam.chats.set_over(chat.id, Over(args.over))
        chat = loam.chats.get(chat.id)
    if args.model:
        loam.chats.set_model(chat.id, loam.models.resolve(args.model))
    servers.told(loam.models.spec_for(loam.chats.get(chat.id)).path)
    settings = chat.settings
    if args.adapter:
        settings = dataclasses.replace(settings, adapters=adapters.adapter_uses(args.adapter))
    if form := forms.form_of(args):
        settings = dataclasses.replace(settings, form=form)
    if args.tools:
        settings = dataclasses.replace(settings, tools=True)
    if settings != chat.settings:
        loam.chats.set_settings(chat.id, settings)
    return chat


def _answer(
    loam: Loam, chat: Chat, text: str, as_json: bool, shown: tuple[Picture, ...] = ()
) -> None:
    cancel = Cancel()
    events = loam.chats.reply(chat.id, text, cancel, pictures=shown)
    first = next(events)
    if isinstance(first, Offered):
        which = over.decided(first, not as_json)
        events = loam.chats.reply(chat.id, text, cancel, which, shown)
    else:
        events = itertools.chain([first], events)
    _show_answer(events, chat.id, as_json, cancel)


def _show_answer(events: Iterator[object], chat_id: int, as_json: bool, cancel: Cancel) -> None:
    watch, done = Watcher(as_json), None
    streamed = False
    try:
        for event in events:
            watch.see(event)
            if isinstance(event, AnswerDone):
                done = event
            elif isinstance(event, Token) and not as_json:
                watch.clear()
                print(event.text, end="", flush=True)
                streamed = True
    except KeyboardInterrupt:
        cancel.set()
        print("\nStopped.")
        return
    watch.clear()
    assert done is not None
    if as_json:
        print_json({"chat": chat_id, **answer_json(done)})
        return
    for step in done.steps:
        watch.say(step_line(step))
    # With documents the last form has citations that the stream had not.
    print(f"\n\n{done.text}" if streamed and done.sources else "" if streamed else done.text)
    for source in done.sources:
        print(f"  {source_line(source)}")
    for line in check_lines(done):
        print(line)
    if done.note:
        watch.say(done.note)


def run_chats(args: argparse.Namespace, profile: Profile) -> int:
    """The actions of `chats`. Errors: NotFound, BadInput."""
    with contextlib.closing(build(profile)) as loam:
        chats = loam.chats
        if args.action == "list":
            for chat in chats.chats(args.query):
                if args.json:
                    print_json(dataclasses.asdict(chat))
                else:
                    pin = " (pinned)" if chat.pinned else ""
                    print(f"{chat.id:6}  {chat.title}{pin}")
        elif args.action == "export":
            print(chats.export(args.id, args.format))
        elif args.action == "rate":
            chats.rate(args.message, args.rating)
        elif args.action == "rewrite":
            _print_message(chats.edit_answer(args.message, args.text), args.json)
        elif args.action == "anyway":
            cancel, chat_id = Cancel(), chats.message(args.message).chat_id
            events = chats.answer_anyway(args.message, not args.without_documents, cancel)
            _show_answer(events, chat_id, args.json, cancel)
        elif args.action == "liked":
            for message in chats.liked():
                _print_message(message, args.json)
        elif args.action == "rename":
            chats.rename(args.id, args.title)
        elif args.action == "delete":
            chats.delete(args.id)
        elif args.action == "restore":
            chats.restore(args.id)
        else:
            chats.pin(args.id, args.action == "pin")
    return 0


def _print_message(message: Message, as_json: bool) -> None:
    if as_json:
        print_json(dataclasses.asdict(message))
    else:
        mark = "rewritten" if message.rewrites else "thumbs up"
        print(f"{message.id:6}  chat {message.chat_id}, {mark}: {message.content[:100]!r}")
