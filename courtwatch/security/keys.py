"""The secret of this installation that signs cookies: made once, kept beside the database."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from pyramid.config import Configurator

FILE_NAME = "cookie-secret"
KEY = "courtwatch.cookie_secret"


def read_or_make(directory: Path) -> bytes:
    """Return the secret below `directory`, made if there is none. Several processes may race."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / FILE_NAME
    if not path.exists():
        # Written aside and linked into place, so that nobody reads half a secret.
        aside = directory / f".{FILE_NAME}-{os.getpid()}-{secrets.token_hex(4)}"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # another process was first, and its secret holds
        finally:
            aside.unlink()
    return path.read_bytes()


def sign(secret: bytes, purpose: str, text: str) -> str:
    """Return a signature of `text` that is good for this purpose only."""
    return hmac.new(secret, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def signed(secret: bytes, purpose: str, text: str, signature: str) -> bool:
    """Say whether `signature` is that of `text`."""
    return hmac.compare_digest(sign(secret, purpose, text), signature)


def includeme(config: Configurator) -> None:
    """Read the secret, or make it at the first start."""
    config.registry[KEY] = read_or_make(config.registry["courtwatch.settings"].data_directory)
