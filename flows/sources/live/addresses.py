"""Which addresses may be asked, which redirects followed, and how an address is printed."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit, urlunsplit

SECURE: Final = "https"
SCHEMES: Final = frozenset({SECURE, "http"})
# What the public addresses ask with; any other value of a query may be somebody's key.
_OPEN_PARAMETERS: Final = frozenset({"dt", "id", "type", "field_tdr_date_value", "page", "_format"})
_HIDDEN: Final = "***"


def is_loopback(host: str) -> bool:
    """True for this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def may_ask(address: str, *, is_plain_allowed: bool) -> bool:
    """Encrypted addresses, and plain ones of this machine; other plain ones only where the configuration says so."""
    parts = urlsplit(address)
    if not parts.hostname or parts.scheme not in SCHEMES:
        return False
    return parts.scheme == SECURE or is_plain_allowed or is_loopback(parts.hostname)


def may_follow(source: str, target: str, *, is_plain_allowed: bool) -> bool:
    """A redirect never leads from an encrypted address to a plain one, nor from elsewhere to this machine."""
    left, entered = urlsplit(source), urlsplit(target)
    is_downgrade = left.scheme == SECURE and entered.scheme != SECURE
    turns_inwards = is_loopback(entered.hostname or "") and not is_loopback(left.hostname or "")
    return not is_downgrade and not turns_inwards and may_ask(target, is_plain_allowed=is_plain_allowed)


def masked(address: str) -> str:
    """An address fit to be printed: no user, no password, and of the query only what is no secret."""
    parts = urlsplit(address)
    place = parts.netloc.rsplit("@", 1)[-1]
    query = "&".join(map(_without_secret, parts.query.split("&")))
    return urlunsplit((parts.scheme, place, parts.path, query, ""))


def _without_secret(parameter: str) -> str:
    """A parameter whose value is no secret whole; of others the name; a lone word may be a key itself."""
    name, equals, value = parameter.partition("=")
    if name in _OPEN_PARAMETERS or not parameter:
        return parameter
    return f"{name}={_HIDDEN if value else ''}" if equals else _HIDDEN
