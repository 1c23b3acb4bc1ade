"""`[email]` of the configuration: the mail server, the sender, and who gets which account's report.

No secret is a setting: `flows.email_secrets` takes them from the environment or from a Prefect block when a mail is
sent, so that no configuration, hash, parameter or traceback can hold one.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

# RFC 5322 dot-atom at a domain name; quoted local parts, comments and encoded words invite trouble only.
_ADDRESS = re.compile(
    r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*)"
    r"@(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*)"
)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
PORTS = {"starttls": 587, "tls": 465, "none": 25}
WHERE_SECRETS_BELONG = (
    "a password is no setting: put it into the environment variable CONDORWATCH_SMTP_PASSWORD, "
    "or into a Prefect Secret block named by credentials_block"
)


def _address(text: str) -> str:
    match = _ADDRESS.fullmatch(text)
    if match is None or "=?" in text or len(text) > LONGEST_ADDRESS or len(match["local"]) > LONGEST_LOCAL_PART:
        raise ValueError(f"{text!r} is no e-mail address of the plain form name@domain")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{text!r} holds a line break or another character that cannot be printed")
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError(f"{text!r} is no host name")
    return text


Address = Annotated[str, AfterValidator(_address)]
OneLine = Annotated[str, AfterValidator(_one_line)]
HostName = Annotated[str, AfterValidator(_host)]


class Recipients(BaseModel):
    """Who gets one account's report; Bcc stays out of the headers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()

    @field_validator("to", "cc", "bcc", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _someone(self) -> Self:
        if not self.by_address:
            raise ValueError("nobody is named in to, cc or bcc")
        return self

    @property
    def by_address(self) -> tuple[tuple[str, str], ...]:
        """Each address once, whatever its case, with the first field that names it, in order of address."""
        found: dict[str, tuple[str, str]] = {}
        for field in ("to", "cc", "bcc"):
            for address in getattr(self, field):
                found.setdefault(address.lower(), (address, field))
        return tuple(found[key] for key in sorted(found))

    def named_in(self, field: str) -> tuple[str, ...]:
        """The addresses that stand in one header field."""
        return tuple(address for address, named in self.by_address if named == field)


class EmailSettings(BaseModel):
    """How reports are sent; the certificate of the mail server is always verified."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: HostName = Field(description="The mail server.", examples=["smtp.example.com"])
    port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Unset: 587, 465 or 25 by `security`.",
        examples=[587],
    )
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="starttls, tls (from the first byte), or none, for a relay on this machine only.",
    )
    ca_file: Annotated[Path, AfterValidator(Path.expanduser)] | None = Field(
        default=None,
        description="Authorities to verify the certificate by, PEM; unset: the system's.",
        examples=["desk-ca.pem"],
    )
    user: OneLine = Field(
        default="",
        description="Log in as; the password is the environment variable CONDORWATCH_SMTP_PASSWORD, never a setting.",
        examples=["reports@example.com"],
    )
    credentials_block: OneLine = Field(
        default="",
        description="Name of a Prefect Secret block that holds the password, where the environment does not.",
    )
    sender: Address = Field(description="From.", examples=["reports@example.com"])
    sender_name: OneLine = Field(default="condorwatch", description="The name beside the sender's address.")
    reply_to: Address | None = Field(default=None, description="Reply-To.", examples=["desk@example.com"])
    attempts: int = Field(
        default=6,
        ge=1,
        le=20,
        description="Tries in all where the server says 4xx, does not answer, or hangs up too early.",
    )
    backoff_seconds: float = Field(default=15, ge=0, le=600, description="Pause before the second try; it doubles.")
    timeout_seconds: float = Field(default=30, gt=0, le=600, description="Patience with each command.")
    final_timeout_seconds: float = Field(
        default=600, gt=0, le=3600, description="Patience with the answer to the whole message (RFC 5321 4.5.3.2.6)."
    )
    max_size_mb: float = Field(
        default=10,
        gt=0,
        description="A larger mail goes without the PDF and says where it lies.",
    )
    report_link: OneLine = Field(
        default="",
        description="Where it lies; unset: its path.",
        examples=["https://desk.example.com/{session}/{file}"],
    )
    encrypt_pdf: bool = Field(
        default=False,
        description="Attach the PDF encrypted, to be opened with the environment variable CONDORWATCH_PDF_PASSWORD.",
    )
    operator: Recipients | None = Field(
        default=None,
        description="Who gets the e-mail of `condorwatch doctor --email`; unset: those of recipients.ALL.",
        examples=['[email.operator]\nto = ["ops@example.com"]'],
    )
    recipients: dict[str, Recipients] = Field(
        min_length=1,
        description="Who gets which account's report (to, cc, bcc); ALL is the report of the whole book.",
        examples=['[email.recipients.ALL]\nto = ["trader@example.com"]'],
    )

    @model_validator(mode="before")
    @classmethod
    def _no_secret_here(cls, given: Any) -> Any:  # noqa: ANN401 - the type is the library's
        if isinstance(given, dict) and any("pass" in str(key).lower() for key in given):
            raise ValueError(WHERE_SECRETS_BELONG)
        return given

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.user and self.security == "none":
            raise ValueError('a password is never sent in the clear: use security = "starttls" or "tls", or no user')
        if self.security == "none" and not _is_this_machine(self.host):
            raise ValueError('security = "none" is for a relay on this machine only: host = "localhost"')
        if self.report_link:
            try:
                self.report_link.format(session="D", file="F")
            except (KeyError, IndexError, ValueError):
                raise ValueError("report_link may name {session} and {file}, and nothing else in braces") from None
        return self

    @property
    def port_used(self) -> int:
        """The port, or the one that goes with the security."""
        return self.port or PORTS[self.security]

    @property
    def domain(self) -> str:
        """The sender's domain, which ends every Message-ID."""
        return self.sender.rpartition("@")[2].lower()


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
