"""Settings come from the environment; what has no meaning is refused."""

from __future__ import annotations

import pytest

from geo.errors import InvalidInput
from geo.settings import read_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEO_DATABASE_URL", "GEO_LANG", "GEO_TIMEZONE", "GEO_ACTOR", "GEO_LOG_LEVEL", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


def test_defaults() -> None:
    settings = read_settings()
    assert settings.database_url == "sqlite:///geo.db"
    assert settings.lang == "zh"


def test_english_locale_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert read_settings().lang == "en"


def test_environment_wins_over_default_and_argument_over_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_LANG", "en")
    assert read_settings().lang == "en"
    assert read_settings(lang="zh").lang == "zh"


def test_misspelt_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_DATABSE_URL", "sqlite:///x.db")
    with pytest.raises(InvalidInput) as caught:
        read_settings()
    assert "GEO_DATABSE_URL" in str(caught.value)
    assert "GEO_DATABASE_URL" in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("GEO_LANG", "fr"), ("GEO_TIMEZONE", "Mars/Olympus")])
def test_bad_value_names_the_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as caught:
        read_settings()
    assert name in str(caught.value)
    assert value in str(caught.value)


def test_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().lang = "en"  # type: ignore[misc]
