"""What a declared setting is: a typed field with what the dialog, the terminal and the check of its
values need to know. A class of such fields is all that a new kind of settings takes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, cast, get_type_hints

from app.core.errors import SettingRefused, SettingRejected, UnknownSetting


class Section(StrEnum):
    """Where the dialog shows a setting."""

    APPEARANCE = "Appearance"
    CHATS = "Chats"
    DOCUMENTS = "Documents"
    MODEL = "Model"
    DEVICES = "Devices"
    UPDATES = "New versions"


@dataclass(frozen=True, slots=True)
class Shown:
    """How the dialog shows a setting. Texts are English sources for translation. minimum,
    maximum and step bound numbers; `zero` names what the lowest value means; `lines` > 1 makes
    a text field of that height; `offers` names what there is to tick, see settings_dialog."""

    section: Section
    label: str
    help: str
    minimum: float = 0
    maximum: float = 0
    step: float = 1
    zero: str = ""
    lines: int = 1
    offers: str = ""


def shown_setting(default: object, section: Section, label: str, help: str, **more: Any) -> Any:
    """A field of a class whose dialog is generated; `more`: as Shown has it."""
    return field(default=default, metadata={"shown": Shown(section, label, help, **more)})


def declarations(of: type) -> dict[str, Shown]:
    """What the dialog shows, by setting name, in order. of: a class of such fields."""
    return {f.name: f.metadata["shown"] for f in fields(of) if "shown" in f.metadata}


def checked(name: str, value: object, of: type) -> object:
    """`value` as the type that `of` declares for it, inside its bounds. Errors: SettingRejected."""
    wanted = _types(of).get(name)
    if wanted is None:
        raise _rejected(name, value, of)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if issubclass(wanted, StrEnum):
        try:
            return wanted(str(value))
        except ValueError:
            raise _rejected(name, value, of) from None
    if type(value) is not wanted:
        raise _rejected(name, value, of)
    shown = declarations(of).get(name)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # NaN compares false with everything, so it is turned away here too.
    if shown and is_number and not shown.minimum <= cast("float", value) <= shown.maximum:
        raise _rejected(name, value, of)
    return value


def parse(name: str, text: str, of: type) -> object:
    """A value typed on the terminal, of the setting's type. Errors: SettingRejected."""
    wanted = _types(of).get(name)
    if wanted is bool and text.lower() in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        return text.lower() in ("true", "yes", "on", "1")
    try:
        return checked(name, wanted(text) if wanted in (int, float) else text, of)
    except ValueError:
        raise _rejected(name, text, of) from None


@functools.cache
def _types(of: type) -> dict[str, type]:
    return cast("dict[str, type]", get_type_hints(of))


def allowed(name: str, of: type) -> str:
    """What a setting can be, in English: 'light, dark or system'; '' where any text will do."""
    wanted, shown = _types(of).get(name), declarations(of).get(name)
    if wanted is None:
        return ""
    if issubclass(wanted, StrEnum):
        *most, last = map(str, wanted)
        return f"{', '.join(most)} or {last}"
    if wanted is bool:
        return "on or off"
    if wanted in (int, float) and shown is not None:
        return f"a number from {shown.minimum:,.10g} to {shown.maximum:,.10g}"
    return ""


def _rejected(name: str, value: object, of: type) -> SettingRejected:
    known = {f.name: f.default for f in fields(of)}
    if name not in known:
        return UnknownSetting(key=name)
    can, text, default = allowed(name, of), str(value)[:80], known[name]
    if not can:
        return SettingRejected(key=name, value=text, default=default)
    return SettingRefused(key=name, value=text, default=default, can=can)
