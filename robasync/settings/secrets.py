"""Turning a reference to a secret into the secret, at the moment it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from robasync.errors import SettingsError
from robasync.settings import environment, references

if TYPE_CHECKING:
    from pydantic import SecretStr

MAX_BYTES = 64 * 1024  # no key is longer; a reference to /dev/zero ends here


def reveal(secret: SecretStr, *, owner: str) -> str:
    """Return the secret itself; ``owner`` names it in messages, e.g. "the key of gpt".

    Raises SettingsError, which never holds the secret, where the reference leads nowhere.
    """
    text = secret.get_secret_value()
    if references.FINGERPRINT.fullmatch(text):
        raise SettingsError(
            f"{owner} was given directly and is not saved ({text}); name the settings file again with -c, "
            'or write "${NAME}" into it'
        )

    value = _read(text, owner).strip()
    if not value or not value.isprintable():
        raise SettingsError(f"{owner} is empty or not one line of text; look at {_shown(text)}")

    return value


def _read(text: str, owner: str) -> str:
    variable = references.VARIABLE.fullmatch(text)
    if variable:
        return _variable(variable.group(1), owner)

    if text.startswith(references.FILE):
        return _file(Path(text.removeprefix(references.FILE)).expanduser(), owner)

    if text.startswith(references.CREDENTIAL):
        return _credential(text.removeprefix(references.CREDENTIAL), owner)

    return text


def _variable(name: str, owner: str) -> str:
    try:
        return environment.variables()[name]
    except KeyError:
        raise SettingsError(
            f"{owner} is read from the environment variable {name}, which is not set; "
            f"run: export {name}=..., or put it into .env"
        ) from None


def _file(path: Path, owner: str) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{owner} is read from the file {path}, which fails: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{owner} is read from the file {path}, which is not text") from None


def _credential(name: str, owner: str) -> str:
    folder = environment.Environment.read().credentials_directory
    if folder is None:
        raise SettingsError(
            f"{owner} is the systemd credential {name}, but CREDENTIALS_DIRECTORY is not set; "
            f"add LoadCredential={name}:PATH to the unit"
        )

    return _file(folder / name, owner)


def _shown(text: str) -> str:
    return text if references.is_reference(text) else "the value given"
