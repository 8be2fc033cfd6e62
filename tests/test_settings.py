"""bot.toml: every key known, every mistake named in Chinese."""

from datetime import date
from pathlib import Path

import pytest

from bot.config import BotConfig
from bot.services.push.holidays import HolidaysConfig
from bot.services.sending import Limits, SendingConfig
from inference.config import InferenceConfig
from inference.serving.config import ServingConfig, WatchConfig
from settings import SettingsError, load, secret
from store.config import StoreConfig, database_url
from training.config import TrainingConfig

ROOT = Path(__file__).parents[1]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "bot.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[bto]\n", "bot"),
        ("port = 1\n", "port"),
        ("[bot]\nprot = 80\n", "是不是想写 port"),
        ("[bot]\nport = 'x'\n", "port"),
        ("[bot]\nport = 70000\n", "port"),
        ("[bot]\nseason_start = 'soon'\n", "season_start"),
        ("[bot\n", "TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, named: str):
    with pytest.raises(SettingsError, match=named):
        load(written(tmp_path, text)).table("bot", BotConfig)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("season_start = ''", ()),
        ("season_start = '2026-11-30'", (date(2026, 11, 30),)),
        ("season_start = 2026-11-30", (date(2026, 11, 30),)),
        ("season_start = ['2026-11-30', '2027-03-01']", (date(2026, 11, 30), date(2027, 3, 1))),
    ],
)
def test_seasons_begin_on_one_day_several_or_none(tmp_path: Path, text: str, days: tuple[date, ...]):
    assert load(written(tmp_path, f"[bot]\n{text}\n")).table("bot", BotConfig).season_start == days


def test_a_named_file_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(SettingsError, match="找不到"):
        load(tmp_path / "no.toml")
    monkeypatch.setenv("GONGKAO_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(SettingsError, match="gone"):
        load()


def test_without_a_file_everything_has_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert settings.path is None
    assert settings.table("bot", BotConfig) == BotConfig()


def test_the_file_of_the_project_documents_every_setting_with_its_default():
    settings = load(ROOT / "bot.toml")
    for name, model in (("bot", BotConfig), ("store", StoreConfig), ("inference", InferenceConfig)):
        assert settings.table(name, model) == model()
        assert set(settings.tables[name]) == set(model.model_fields)
    assert settings.table("sending", SendingConfig) == SendingConfig()
    assert set(settings.tables["sending"]) == set(SendingConfig.model_fields)
    for name in ("onebot11", "qq", "generic"):
        assert set(settings.tables["sending"][name]) == set(Limits.model_fields), name
    assert settings.table("holidays", HolidaysConfig) == HolidaysConfig()
    assert set(settings.tables["holidays"]) == set(HolidaysConfig.model_fields)
    assert settings.table("serving", ServingConfig) == ServingConfig()
    assert set(settings.tables["serving"]) == set(ServingConfig.model_fields) - {"python"}
    assert set(settings.tables["serving"]["watch"]) == set(WatchConfig.model_fields)
    assert settings.table("training", TrainingConfig) == TrainingConfig()
    assert set(settings.tables["training"]) == set(TrainingConfig.model_fields)
    for name, inner in TrainingConfig():
        # TOML has no way to write that a key is unset.
        told = {key for key, value in inner if value is not None}
        assert set(settings.tables["training"][name]) == told, name


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ONEBOT_ACCESS_TOKEN", "hush")
    value = secret("ONEBOT_ACCESS_TOKEN")
    assert value is not None
    assert "hush" not in repr(value)
    assert value.get_secret_value() == "hush"
    monkeypatch.setenv("ONEBOT_ACCESS_TOKEN", "")
    assert secret("ONEBOT_ACCESS_TOKEN") is None


def test_database_urls_get_their_async_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GONGKAO_DATABASE_URL", raising=False)
    assert database_url(StoreConfig(), tmp_path) == f"sqlite+aiosqlite:///{tmp_path}/data/gongkao.db"
    monkeypatch.setenv("GONGKAO_DATABASE_URL", "postgres://u:p@h/d")
    assert database_url(StoreConfig(), tmp_path) == "postgresql+asyncpg://u:p@h/d"
