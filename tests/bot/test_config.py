import os
import tempfile
import tomllib
from pathlib import Path

import pytest

from bot import config
from core.errors import ConfigError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default() -> None:
    settings = config.load()
    assert settings.web.port == 8420
    assert settings.generator.kind == "composer"


def test_the_environment_wins_over_the_file_and_flags_win_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('[web]\nport = 1\nhost = "::1"\n[chat]\nundo_seconds = 5\n')
    monkeypatch.setenv("RAPPORT_WEB__PORT", "2")
    assert config.load().web.port == 2
    flagged = config.load(web={"port": 3})
    assert (flagged.web.port, flagged.web.host, flagged.chat.undo_seconds) == (3, "::1", 5)


def test_a_secret_is_a_file_of_the_settings_name_and_the_environment_wins_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('[web]\ntoken = "of the file, long enough"\nport = 5')
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "web.token").write_text("of the secret, long enough\n")
    (secrets / "postgres_password").write_text("another program's")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(secrets))
    settings = config.load()
    assert settings.web.token.get_secret_value() == "of the secret, long enough"
    assert settings.web.port == 5
    monkeypatch.setenv("RAPPORT_WEB__TOKEN", "of the environment, long")
    assert config.load().web.token.get_secret_value() == "of the environment, long"


def test_a_secret_whose_name_is_mistyped_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "telegram.tokn").write_text("1:abc")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(ConfigError, match=r"did you mean telegram\.token\?"):
        config.load()


def test_a_secret_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        Path(folder).chmod(0o755)
        (Path(folder) / "web.token").touch(0o000)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", folder)
        user = os.geteuid()
        os.seteuid(user or 65534)  # root could read it
        try:
            with pytest.raises(ConfigError, match=r"web\.token can't be read: Permission denied"):
                config.load()
        finally:
            os.seteuid(user)
            monkeypatch.undo()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[web]\nprot = 1", "web.prot"),
        ("[wep]\nport = 1", "wep"),
        ('[web]\nport = "many"', "web.port"),
        ("[chat]\nundo_seconds = -1", "chat.undo_seconds"),
        ('[generator]\nkind = "gpt"', "generator.kind"),
        ("web = 1", "web is a section: write"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        config.load()


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("[web]\nprot = 1", "web.port"),
        ("[wep]\nport = 1", "web"),
        ("[telegramm]\ntoken = 'x'", "telegram"),
        ("[chat]\nport = 1", "web.port"),
        ("port = 1", "web.port"),
        ("[generator]\nbaseurl = 'x'", "generator.base_url"),
    ],
)
def test_a_mistyped_key_or_section_gets_the_one_that_is_close(tmp_path: Path, text: str, near: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError, match=rf"did you mean {near}\?"):
        config.load()


def test_every_key_with_a_letter_too_many_is_found(tmp_path: Path) -> None:
    for section, field in config.Config.model_fields.items():
        for key in type(field.default).model_fields:
            (tmp_path / "config.toml").write_text(f"[{section}]\n{key}{key[-1]} = 1")
            with pytest.raises(ConfigError, match=rf"did you mean {section}\.{key}\?"):
                config.load()


@pytest.mark.parametrize("variable", ["RAPPORT_WBE__PORT", "RAPPORT_PORT"])
def test_a_mistyped_variable_gets_the_one_that_is_close(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "2")
    with pytest.raises(ConfigError, match=r"Did you mean RAPPORT_WEB__PORT\?"):
        config.load()


def test_what_is_close_to_nothing_gets_no_guess(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[web]\nzzzzzz = 1")
    with pytest.raises(ConfigError, match=r"see config\.example\.toml"):
        config.load()


def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_WEB__PROT", "2")
    with pytest.raises(ConfigError, match=r"web\.prot"):
        config.load()


@pytest.mark.parametrize("variable", ["RAPPORT_WBE__PORT", "RAPPORT_PORT"])
def test_a_variable_of_no_section_is_named(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "2")
    with pytest.raises(ConfigError, match=variable):
        config.load()


def test_a_variable_that_is_no_section_blames_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_WEB", "8420")
    with pytest.raises(ConfigError, match="environment"):
        config.load()


def test_a_file_that_is_no_toml_gets_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("web = [")
    with pytest.raises(ConfigError, match=r"config\.toml can't be read"):
        config.load()


def test_a_named_file_has_to_be_there() -> None:
    with pytest.raises(ConfigError, match="no configuration file"):
        config.load(Path("nowhere.toml"))


def test_the_example_shows_every_key_with_its_default(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "config.example.toml"
    assert example.read_text() == config.example(), "run: python -m bot config > config.example.toml"
    shown = tomllib.loads(config.example())
    assert set(shown) == set(config.Config.model_fields)
    for section, keys in shown.items():
        assert set(keys) == set(type(getattr(config.Config(), section)).model_fields)


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(config.example())
    settings, plain = config.load(), config.Config()
    assert settings.web == plain.web
    assert settings.limits == plain.limits


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_GENERATOR__API_KEY", "hunter2-hunter2")
    assert "hunter2" not in repr(config.load())
