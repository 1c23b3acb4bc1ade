"""One call to a secret address of the user's, a few tries; whatever goes wrong is said without the address."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

if TYPE_CHECKING:
    from pydantic import SecretStr

    from flows.operation_settings import NoticeSettings

# They print whole addresses.
_TALKATIVE: Final = ("httpx", "httpcore")
_LONGEST_PAUSE_SECONDS: Final = 60


class HookFailed(Exception):  # noqa: N818 - named by what happened, as the errors beside it
    """A call that did not get through; the reason holds no address."""


class _MayPass(HookFailed):
    """Another try may get through."""


def call(address: SecretStr, limits: NoticeSettings, *, message: dict[str, str] | None, below: str = "") -> None:
    """POST a message as JSON, or GET where there is none; `below` is added to the path.

    Raises:
        HookFailed: the address did not answer with success.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    asking = Retrying(
        stop=stop_after_attempt(limits.attempts_qty),
        wait=wait_exponential(multiplier=limits.backoff_seconds, max=_LONGEST_PAUSE_SECONDS),
        retry=retry_if_exception_type(_MayPass),
        reraise=True,
    )
    asking(_once, address, limits.timeout_seconds, message, below)


def answers(address: str, *, timeout_seconds: float) -> str | None:
    """Why a server of this configuration does not answer; None where it does."""
    try:
        response = httpx.get(address, timeout=timeout_seconds)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        return type(problem).__name__
    return None if response.is_success else f"it answers {response.status_code}"


def _once(address: SecretStr, timeout_seconds: float, message: dict[str, str] | None, below: str) -> None:
    try:
        url = httpx.URL(address.get_secret_value())
        if below:
            url = url.copy_with(path=f"{url.path.rstrip('/')}/{below}")
        method = "GET" if message is None else "POST"
        response = httpx.request(method, url, json=message, timeout=timeout_seconds)
    except httpx.TransportError as problem:  # from None, here and below: the library's errors carry the address
        raise _MayPass(f"no answer ({type(problem).__name__})") from None
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        raise HookFailed(f"the request cannot be made ({type(problem).__name__})") from None
    if response.is_success:
        return
    said = f"it answered {response.status_code}"
    if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or response.status_code in {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
    }:
        raise _MayPass(said)
    raise HookFailed(said)
