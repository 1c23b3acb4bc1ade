"""One request to one source: time-outs, retries, limits, and no redirect that leads astray."""

from __future__ import annotations

import logging
import threading
import time
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from flows.sources.gzip_stream import read_gzip, survey_gzip
from flows.sources.live.addresses import may_ask, may_follow
from flows.sources.live.errors import BY_HAND, LATER, Declined, Silence, TryAgain

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from flows.sources.live.settings import HttpSettings

_GZIP: Final = frozenset({"gzip", "x-gzip"})
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_REFUSING: Final = frozenset({401, 403, 407, 451})
_GONE: Final = frozenset({404, 410})
_ENDS: Final = (b"\n", b"}", b"]")
_MOST_WORDS: Final = 160
_MOST_SILENT_FILES: Final = 3
_CHUNK_BYTES: Final = 2**16
# They print whole addresses, and an address may hold somebody's key.
_TALKATIVE: Final = ("httpx", "httpcore")


@dataclass(frozen=True, slots=True)
class Validators:
    """What a source calls the version it sent, to ask for another one only; None where it does not say."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The request headers that ask for another version only."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, unpacked."""

    content: bytes
    validators: Validators


class Client:
    """Asks sources, one request after the other, never two to one host without a pause."""

    def __init__(self, limits: HttpSettings) -> None:
        """Nothing is opened before the first request."""
        self._limits = limits
        self._asked_at: dict[str, float] = {}
        self._silent_files: Counter[str] = Counter()
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)

    def get(self, address: str, known: Validators) -> Answer | None:
        """Ask for an address; None where the source says that the version known is still the one.

        A host that did not even connect, or kept silent, is asked only once for its next file, and after three such
        files for no other.

        Raises:
            TryAgain: what may pass by itself did not within the attempts.
            Declined: another attempt would be no use.
        """
        host = httpx.URL(address).host
        if self._silent_files[host] >= _MOST_SILENT_FILES:
            raise TryAgain("it was not asked: its host kept silent for the files before")
        attempts_qty = 1 if self._silent_files[host] else self._limits.attempts_qty
        asking = Retrying(
            stop=stop_after_attempt(attempts_qty),
            wait=self._pause,
            retry=retry_if_exception(self._is_worth_another),
            reraise=True,
        )
        try:
            answer = asking(self._ask_and_follow, address, known)
        except TryAgain as problem:
            self._silent_files[host] += isinstance(problem, Silence)
            tried = int(asking.statistics["attempt_number"])
            problem.reason += f" ({tried} attempts)" if tried > 1 else ""
            raise
        self._silent_files[host] = 0
        return answer

    def _pause(self, state: RetryCallState) -> float:
        """As long as the source asks for, else twice as long as the last time, and a little by chance."""
        limits = self._limits
        doubling = wait_exponential(multiplier=limits.backoff_seconds, max=limits.longest_wait_seconds)
        problem = state.outcome.exception() if state.outcome else None
        asked_for = problem.after_seconds if isinstance(problem, TryAgain) else 0.0
        return max(asked_for, doubling(state)) + wait_random(0, limits.backoff_seconds)(state)

    def _is_worth_another(self, problem: BaseException) -> bool:
        return isinstance(problem, TryAgain) and problem.after_seconds <= self._limits.longest_wait_seconds

    def _ask_and_follow(self, address: str, known: Validators) -> Answer | None:
        for _ in range(self._limits.redirects_qty + 1):
            answer = self._ask(address, known)
            if not isinstance(answer, str):
                return answer
            if not may_follow(address, answer, is_plain_allowed=self._limits.is_plain_http_allowed):
                raise Declined("it redirects to a place that is not followed (only https to https is)")
            address = answer
        raise Declined(f"it redirects more than {self._limits.redirects_qty} times")

    def _ask(self, address: str, known: Validators) -> Answer | str | None:
        """The answer, where else to ask, or None: what is known is still the version."""
        limits = self._limits
        if not may_ask(address, is_plain_allowed=limits.is_plain_http_allowed):
            raise Declined("its address is neither https nor of this machine")
        url = httpx.URL(address)
        self._keep_pace(url.host)
        headers = {"User-Agent": limits.user_agent, "Accept-Encoding": "gzip", "Accept": "*/*"} | known.headers
        with (
            self._saying_what_went_wrong(),
            httpx.Client(verify=_trusted_authorities(), timeout=limits.timeout_seconds) as client,
            _closed_after(client, limits.deadline_seconds),
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.has_redirect_location:
                return str(url.join(response.headers["Location"]))
            if response.status_code == HTTPStatus.NOT_MODIFIED and known.headers:
                return None
            _require_success(response)
            packed = b"".join(self._limited(response))
            headers_sent = response.headers
        content = self._unpacked(packed, headers_sent.get("Content-Encoding", "").lower())
        _require_an_end(headers_sent, content)
        return Answer(content, Validators(headers_sent.get("ETag"), headers_sent.get("Last-Modified")))

    def _keep_pace(self, host: str) -> None:
        if host in self._asked_at:
            time.sleep(max(0.0, self._asked_at[host] + self._limits.pace_seconds - time.monotonic()))
        self._asked_at[host] = time.monotonic()

    @contextmanager
    def _saying_what_went_wrong(self) -> Iterator[None]:
        """Turn what the library raises into what happened."""
        try:
            yield
        except _OverdueError as problem:
            raise Silence(f"its answer took longer than {self._limits.deadline_seconds:g} seconds") from problem
        except httpx.TimeoutException as problem:
            raise Silence(f"it kept silent for {self._limits.timeout_seconds:g} seconds") from problem
        except httpx.ConnectError as problem:
            hint = f"is this machine on the net, is its clock right, is the name right? Then {LATER}"
            raise Silence(f"no connection: {_words_of(problem)}", hint) from problem
        except httpx.TransportError as problem:
            raise TryAgain(f"the exchange broke off: {_words_of(problem)}") from problem
        except (httpx.InvalidURL, httpx.StreamError) as problem:
            raise Declined(f"the request cannot be made: {type(problem).__name__}") from problem

    def _limited(self, response: httpx.Response) -> Iterator[bytes]:
        """The bytes as sent, and no more of them than allowed."""
        declared = response.headers.get("Content-Length", "")
        received = 0
        if declared.isdigit() and int(declared) > self._limits.max_bytes:
            raise self._too_large(int(declared))
        for chunk in response.iter_raw(_CHUNK_BYTES):
            received += len(chunk)
            if received > self._limits.max_bytes:
                raise self._too_large(received)
            yield chunk

    def _unpacked(self, packed: bytes, encoding: str) -> bytes:
        """What was sent, without the packing of the way; how large it says to be is not believed."""
        if encoding in {"", "identity"}:
            return packed
        if encoding not in _GZIP:
            raise Declined(f"its answer is packed as {encoding[:20]!r}, which nobody asked for")
        try:
            for step in survey_gzip(packed):
                if step.made_bytes > self._limits.max_bytes:
                    raise self._too_large(step.made_bytes)
            return read_gzip(packed)
        except (EOFError, zlib.error) as problem:
            raise TryAgain(f"its packed answer is damaged: {problem}") from problem

    def _too_large(self, size_bytes: int) -> Declined:
        return Declined(
            f"its answer has at least {size_bytes:,} bytes where {self._limits.max_bytes:,} are allowed",
            "is this the right address? If it is, raise http.max_bytes in [cboe]",
        )


@cache
def _trusted_authorities() -> ssl.SSLContext:
    """Who may vouch for a source; reading them takes longer than asking."""
    return httpx.create_ssl_context()


def _words_of(problem: httpx.TransportError) -> str:
    """What the library says, which may quote what a stranger sent: printable, and no more than a line of it."""
    words = "".join(letter for letter in str(problem) if letter.isprintable())
    return words[:_MOST_WORDS] or type(problem).__name__


class _OverdueError(Exception):
    """An answer that came too slowly."""


@contextmanager
def _closed_after(client: httpx.Client, seconds: float) -> Iterator[None]:
    """Hang up when the time is over: a source that sends a byte now and then never runs into a time-out."""
    is_overdue = threading.Event()

    def hang_up() -> None:
        is_overdue.set()
        client.close()

    alarm = threading.Timer(seconds, hang_up)
    alarm.daemon = True
    alarm.start()
    try:
        yield
    except Exception as problem:
        if is_overdue.is_set():
            raise _OverdueError from problem
        raise
    finally:
        alarm.cancel()


def _require_an_end(headers: httpx.Headers, content: bytes) -> None:
    """Where nothing says how long an answer is, its own end has to: a lost last digit would go unnoticed.

    Raises:
        TryAgain: it ends in the middle of something.
    """
    is_measured = any(name in headers for name in ("Content-Length", "Transfer-Encoding", "Content-Encoding"))
    if not is_measured and content and not content.endswith(_ENDS):
        raise TryAgain("its answer may be cut short: it says no length and ends in the middle of a line")


def _require_success(response: httpx.Response) -> None:
    """Raise for any status but 200.

    Raises:
        TryAgain: the source is busy or out of order.
        Declined: it refuses, or has no such page.
    """
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    said = f"it answered {status} {response.reason_phrase}".strip()
    if status in _PASSING:
        after_seconds = _retry_after_seconds(response.headers)
        asks = f" and asks to wait {after_seconds:g} seconds" if after_seconds else ""
        raise TryAgain(said + asks, after_seconds=after_seconds)
    if status in _REFUSING:
        raise Declined(said, f"it may not serve programs, or want a key: read its terms of use; {BY_HAND}")
    if status in _GONE:
        raise Declined(said, f"has the file moved, or is it not there yet? {BY_HAND}")
    raise Declined(said)


def _retry_after_seconds(headers: httpx.Headers) -> float:
    """How long the source asks to be left alone: seconds, or an instant by the source's own clock."""
    written = headers.get("Retry-After", "").strip()
    if written.isdigit():
        return float(written)
    try:
        asked, now = parsedate_to_datetime(written), parsedate_to_datetime(headers.get("Date", ""))
        return max(0.0, (asked - now).total_seconds())
    except (TypeError, ValueError):
        return 0.0
