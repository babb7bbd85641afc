"""Settings: types, bounds, bad files, newer files."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from app.core import declared, settings
from app.core.errors import SettingRejected
from app.core.settings import Settings, Theme


def test_saved_settings_come_back(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    wanted = Settings().changed(theme="dark", temperature=1, passages=7, system_prompt="Kurz. ☂")
    settings.save(path, wanted)
    loaded, rejected = settings.load(path)
    assert loaded == wanted
    assert loaded.theme is Theme.DARK
    assert rejected == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("temperature", "hot"),
        ("temperature", float("nan")),
        ("temperature", -0.1),
        ("passages", 2.5),
        ("passages", True),
        ("theme", "pink"),
        ("only_documents", 1),
        ("no_such_setting", 1),
    ],
)
def test_a_bad_value_is_refused_and_named(name: str, value: object) -> None:
    with pytest.raises(SettingRejected) as caught:
        Settings().changed(**{name: value})
    assert caught.value.params["key"] == name


def test_a_bad_value_in_the_file_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"theme": "dark", "passages": 99}))
    loaded, rejected = settings.load(path)
    assert loaded == Settings(theme=Theme.DARK)
    assert [r.params["key"] for r in rejected] == ["passages"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_an_unreadable_file_falls_back_to_all_defaults(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    loaded, rejected = settings.load(path)
    assert loaded == Settings()
    assert len(rejected) == 1


def test_keys_of_a_newer_loam_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"from_the_future": [1, 2]}))
    settings.save(path, Settings())
    assert json.loads(path.read_text())["from_the_future"] == [1, 2]


def test_every_shown_setting_says_what_it_is() -> None:
    shown = declared.declarations(Settings)
    assert set(shown) < {f.name for f in fields(Settings)}
    for name, how in shown.items():
        assert how.label, name
        assert how.help.endswith("."), name
        default = getattr(Settings(), name)
        if isinstance(default, (int, float)) and not isinstance(default, bool):
            assert how.minimum <= default <= how.maximum, name


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("only_documents", "off", False), ("passages", "3", 3), ("temperature", "0.7", 0.7)],
)
def test_values_typed_on_the_terminal(name: str, text: str, value: object) -> None:
    assert declared.parse(name, text, Settings) == value


def test_a_word_for_a_number_is_refused() -> None:
    with pytest.raises(SettingRejected):
        declared.parse("passages", "many", Settings)


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("theme", "pink", "The setting theme can't be pink. It can be "),
        ("temperature", "99", "It can be a number from 0 to 2. Nothing was changed."),
        ("passages", "abc", "The setting passages can't be abc. It can be a number from 0 to "),
        ("context_length", "9999999999", "number from 512 to 131,072. Nothing was changed."),
        ("reduce_motion", "maybe", "It can be on or off."),
        ("nosuch", "1", "There is no setting nosuch."),
    ],
)
def test_what_is_typed_wrong_is_told_with_what_can_be(name: str, typed: str, said: str) -> None:
    with pytest.raises(SettingRejected) as caught:
        declared.parse(name, typed, Settings)
    assert said in str(caught.value)


def test_of_a_file_the_default_is_used_and_that_is_told(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    file.write_text('{"temperature": 99.0}')
    found, (error,) = settings.load(file)
    assert found == Settings()
    assert type(error) is SettingRejected
    assert "Its default, 0.3, is used instead." in str(error)
