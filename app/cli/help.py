"""`about`, `diagnostics`, `update`: what Loam is, what a report of a fault needs, what is new."""

from __future__ import annotations

import argparse
import contextlib

from app.cli.output import print_json
from app.core.errors import NotFound
from app.core.paths import Profile


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    told = commands.add_parser("about", help="version, parts and their licences")
    told.add_argument("--licence", metavar="PART", help="the licence texts of one part")
    told.add_argument("--json", action="store_true")
    told.set_defaults(run=run_about)
    report = commands.add_parser(
        "diagnostics", help="what a report of a fault needs, without personal text"
    )
    report.add_argument("--json", action="store_true")
    report.set_defaults(run=run_diagnostics)
    update = commands.add_parser("update", help="ask whether there is a newer version")
    update.add_argument("--json", action="store_true")
    update.set_defaults(run=run_update)


def run_about(args: argparse.Namespace, profile: Profile) -> int:
    """Errors: NotFound for a part that there is not."""
    from app.services import about

    parts = about.parts()
    if args.licence:
        wanted = about.normal(args.licence)
        part = next((one for one in parts if about.normal(one.name) == wanted), None)
        if part is None:
            raise NotFound(thing=args.licence)
        text = about.text_of(part)
        if args.json:
            print_json({"name": part.name, "licence": part.licence, "text": text})
        else:
            print(text or f"{part.name}: {part.licence}. No text came with it.")
        return 0
    if args.json:
        rows = [
            {"name": p.name, "version": p.version, "licence": p.licence, "kind": p.kind}
            for p in parts
        ]
        print_json({"loam": about.version(), "licence": "Apache-2.0", "parts": rows})
        return 0
    print(f"Loam {about.version()}, Apache-2.0")
    for part in parts:
        print(f"  {part.name} {part.version}: {part.licence}")
    return 0


def run_diagnostics(args: argparse.Namespace, profile: Profile) -> int:
    """Print what `Copy diagnostics` in the window copies."""
    from app.services.assemble import build
    from app.services.diagnostics import collect

    with contextlib.closing(build(profile)) as loam:
        for found in collect(loam):
            if args.json:
                print_json({heading: list(lines) for heading, lines in found.sections})
            else:
                print(found.text)
    return 0


def run_update(args: argparse.Namespace, profile: Profile) -> int:
    """Ask the project's address. Errors: NoReleases, CannotAsk."""
    from app.services import about, updates
    from app.services.assemble import build

    with contextlib.closing(build(profile)) as loam:
        for release in updates.service(loam).look():
            if args.json:
                print_json(
                    {
                        "version": release.version,
                        "newer": release.newer,
                        "page": release.page,
                        "loam": about.version(),
                    }
                )
            elif release.newer:
                print(f"Loam {release.version} is there; this is {about.version()}. {release.page}")
            else:
                print(f"This is the newest version ({about.version()}).")
    return 0
