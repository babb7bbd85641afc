"""`doctor` and `settings`: what is installed, and how Loam is set."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import platform
import shutil
from importlib import metadata
from typing import Any

from app.cli import index_place
from app.cli.output import print_json, size_words
from app.core import declared, memory
from app.core.errors import LoamError
from app.core.messages import Device, DeviceList
from app.core.paths import Profile
from app.core.settings import Settings
from app.engine.threads import usable_cores
from app.services.assemble import Loam, build
from app.services.document_tools import document_tools

_PACKAGES = (
    "llama-cpp-python",
    "pyside6",
    "chromadb",
    "sentence-transformers",
    "torch",
    "pypdfium2",
    "xberg",
)


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    doctor = commands.add_parser("doctor", help="versions, devices, why a GPU is not used")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(run=run_doctor)
    settings = commands.add_parser("settings", help="show and change settings")
    settings.add_argument("--json", action="store_true")
    settings.add_argument("change", nargs="*", metavar="NAME=VALUE")
    settings.set_defaults(run=run_settings)


def run_doctor(args: argparse.Namespace, profile: Profile) -> int:
    """What a person (or a report of a fault) needs to know about this machine."""
    with contextlib.closing(build(profile)) as loam:
        report = _report(loam)
    if args.json:
        print_json(report)
        return 0
    print(f"Loam {report['loam']}, Python {report['python']}, {report['system']}")
    for name, version in report["packages"].items():
        print(f"  {name} {version}")
    print(f"llama.cpp: {report['llama_cpp']}")
    for device in report["devices"]:
        free, total = device["memory_free"], device["memory_total"]
        room = f", {size_words(free)} of {size_words(total)} free" if total else ""
        driver = "".join(f", {each}" for each in (device["driver"], device["build"]) if each)
        why_not = f"not used: {device['why_not']} {device['to_do']}".strip()
        state = f"ready{room}{driver}" if device["available"] else why_not
        print(f"  {device['name']}: {state}")
    print(f"Default model: {report['model']}")
    print(f"Document index: {report['index']}")
    for tool in report["document_tools"]:
        languages = f" ({', '.join(tool['languages'])})" if tool["languages"] else ""
        print(f"{tool['name']}: {tool['found'] or 'not installed'}{languages}")
        if tool["lost"]:
            print(f"  {tool['lost']}; on Debian: {tool['install']}")
    print(f"Data folder: {report['profile']} ({size_words(report['disk_free'])} free)")
    for problem in report["problems"]:
        print(f"Note: {problem}")
    return 0


def _report(loam: Loam) -> dict[str, Any]:
    problems = [str(error) for error in loam.notices]
    devices: DeviceList | None = None
    try:
        for event in loam.models.devices():
            if isinstance(event, DeviceList):
                devices = event
    except LoamError as error:
        problems.append(str(error))
    try:
        model = loam.models.spec_for().path
    except LoamError as error:
        model = str(error)
    try:
        health = loam.library.health()
        state = index_place.state_words(health, index_place.waiting(loam))
        index = f"{state}, {health.passages:,} passages, {health.embedder}"
    except LoamError as error:
        index = str(error)
    return {
        "loam": version_of("loam"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: version_of(name) for name in _PACKAGES},
        "llama_cpp": devices.llama_version if devices else "",
        "system_info": devices.system_info if devices else "",
        "devices": [_device(each) for each in devices.devices] if devices else [],
        "memory_free": memory.available(),
        "memory_total": memory.total(),
        "cores": usable_cores(),
        "model": model,
        "index": index,
        "document_tools": [dataclasses.asdict(tool) for tool in document_tools()],
        "profile": str(loam.profile.root),
        "disk_free": shutil.disk_usage(loam.profile.root).free,
        "problems": problems,
    }


def _device(device: Device) -> dict[str, Any]:
    plain = dataclasses.asdict(dataclasses.replace(device, why=None))
    del plain["why"]
    reason = device.why.reason if device.why else ""
    there = device.available or (device.why is not None and device.why.there)
    more = {"reason": reason, "why_not": device.why_not, "to_do": device.to_do, "there": there}
    return {**plain, **more}


def version_of(package: str) -> str:
    """An installed package's version, or 'not installed'."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def run_settings(args: argparse.Namespace, profile: Profile) -> int:
    """Show all settings, after changing those that are given. Errors: SettingRejected."""
    with contextlib.closing(build(profile)) as loam:
        for change in args.change:
            name, _, value = change.partition("=")
            loam.settings.change(**{name: declared.parse(name, value, Settings)})
        current = dataclasses.asdict(loam.settings.current)
    if args.json:
        print_json(current)
    else:
        for name, shown in declared.declarations(Settings).items():
            print(f"{name}={current[name]}  # {shown.help}")
    return 0
