"""Secrets: read when they are used, from the environment or a Prefect block, and struck out of every text."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Final, cast

from pydantic import SecretStr

from flows.errors import UsageError

if TYPE_CHECKING:
    from flows.email_settings import EmailSettings

SMTP_PASSWORD: Final = "CONDORWATCH_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
PDF_PASSWORD: Final = "CONDORWATCH_PDF_PASSWORD"  # noqa: S105 - as above
STRUCK_OUT: Final = "********"


def smtp_password(email: EmailSettings) -> SecretStr | None:
    """The mail server's password; None where no user is configured.

    Raises:
        UsageError: a user is configured, and there is no password, or the block cannot be read.
    """
    if not email.user:
        return None
    found = os.environ.get(SMTP_PASSWORD) or (_of_block(email.credentials_block) if email.credentials_block else "")
    if not found:
        raise UsageError(
            f"There is no password for {email.user} at {email.host}.",
            hint=f"Set the environment variable {SMTP_PASSWORD}, or name a Prefect Secret block: "
            "[email] credentials_block.",
        )
    return SecretStr(found)


def pdf_password(email: EmailSettings) -> SecretStr | None:
    """What opens the attached PDF; None where it is not to be encrypted.

    Raises:
        UsageError: the PDF is to be encrypted, and there is no password.
    """
    if not email.encrypt_pdf:
        return None
    found = os.environ.get(PDF_PASSWORD)
    if not found:
        raise UsageError(
            "The PDF is to be encrypted, and there is no password for it.",
            hint=f"Set the environment variable {PDF_PASSWORD}, or [email] encrypt_pdf = false.",
        )
    return SecretStr(found)


def struck_out(text: str, user: str, secret: SecretStr | None) -> str:
    """A text without a password, plain or as a mail server might repeat what it was sent."""
    if secret is None:
        return text
    plain = secret.get_secret_value()
    sent = (f"\0{user}\0{plain}", plain)
    for spelling in (*(base64.b64encode(one.encode()).decode() for one in sent), plain):
        text = text.replace(spelling, STRUCK_OUT)
    return text


def _of_block(name: str) -> str:
    from flows.nightly import set_prefect_defaults

    set_prefect_defaults()
    from prefect.blocks.system import Secret

    try:
        block = cast("Secret[str]", Secret.load(name))
        return str(block.value.get_secret_value())  # not get(), which reads a password of digits as a number
    except ValueError as problem:  # what Prefect raises where it has no block of that name
        raise UsageError(
            f"Prefect has no Secret block named {name!r}.",
            hint=f"Make it in Prefect under Blocks, or set the environment variable {SMTP_PASSWORD}.",
        ) from problem
