"""What has been sent, to whom, and what is owed: the outbox of e-mails.

A row is committed as `sending` before the mail server is given a message, and as `accepted` right after it has taken
it. What a killed process left in `sending` may or may not have arrived: it becomes `unknown`, and is sent again only
where a person says so. The holder of the writer's lock is the only one that sends.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from warehouse.journal import MAIL, rows_of
from warehouse.tables.meta import META_OUTBOX, META_OUTBOX_RECIPIENTS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date, datetime, timedelta

    from warehouse.connection import Params
    from warehouse.store import Store

DIED_IN_DATA: Final = "the process ended while the server was taking the message"
LATER_REPORT: Final = "a later e-mail of the session takes its place"
SENT_EARLIER: Final = "an earlier e-mail of the session has been sent, or may have been"
# The worst of its recipients is the state of an e-mail, worst first.
WORST_FIRST: Final = ("sending", "unknown", "queued", "failed", "accepted", "cancelled")

# What a server has taken, or may have, weighs more than what it has not; of equals the latest counts.
_STANDING = """
    select distinct on (lower(people.address)) lower(people.address) as address, people.state
    from meta.outbox_recipients as people
    join meta.outbox as mail using (message_id)
    where mail.session_date = $session_date and mail.account = $account and mail.content_kind = $content_kind
    order by lower(people.address), people.state in ('accepted', 'unknown', 'sending') desc, people.state_at desc
"""

_SIBLINGS = """
    select other.message_id
    from meta.outbox as mail
    join meta.outbox as other using (session_date, account, content_kind)
    where mail.message_id = $message_id and other.message_id <> $message_id
    order by other.message_id
"""

_UNSETTLED = """
    select session_date, account, state, state_reason, message_id
    from meta.outbox
    where session_date >= $since and session_date <> $besides and state in ('queued', 'sending', 'failed', 'unknown')
    order by session_date, account, message_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One e-mail as the outbox keeps it; `recipients` are addresses with their field: to, cc or bcc."""

    message_id: str
    session_date: date
    account: str
    content_kind: str
    report_sha256: str
    recipients_sha256: str
    subject: str
    recipients: tuple[tuple[str, str], ...]

    @property
    def addresses(self) -> tuple[str, ...]:
        """Everyone it is for."""
        return tuple(address for address, _ in self.recipients)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said; without a code, what went wrong instead."""

    code: int | None
    text: str

    @property
    def sentence(self) -> str:
        """Code and words."""
        return self.text if self.code is None else f"{self.code} {self.text}"


class Outbox:
    """The outbox of one warehouse."""

    def __init__(self, store: Store) -> None:
        """Keep the outbox in an open store."""
        self._store = store

    def bury_the_dead(self, now: datetime) -> None:
        """Mark as unknown what a killed process was sending: we hold the writer's lock, so nobody is sending now."""
        dying = self._store.read(META_OUTBOX, "state = 'sending'")["message_id"].to_list()
        with self._store.stage("outbox-recover"):
            self._store.execute(
                "update meta.outbox_recipients set state = 'unknown', smtp_reply = $reply, state_at = $now "
                "where state = 'sending'",
                {"reply": DIED_IN_DATA, "now": now},
            )
            self._store.execute(
                "update meta.outbox set state = 'unknown', state_reason = $reply, state_at = $now "
                "where state = 'sending'",
                {"reply": DIED_IN_DATA, "now": now},
            )
        self._keep(*dying)

    def queue(self, entry: Entry, now: datetime) -> None:
        """Put an e-mail into the outbox, and withdraw what still waits of an earlier report of the session.

        One that is there already stays as it is.
        """
        if not self.recipients(entry.message_id).is_empty():
            return
        row = {
            "message_id": entry.message_id,
            "session_date": entry.session_date,
            "account": entry.account,
            "content_kind": entry.content_kind,
            "report_sha256": entry.report_sha256,
            "recipients_sha256": entry.recipients_sha256,
            "subject": entry.subject,
            "state": "queued",
            "attempts_qty": 0,
            "accepted_qty": 0,
            "queued_at": now,
            "state_at": now,
        }
        people = [
            {"message_id": entry.message_id, "address": address, "field": field, "state": "queued", "state_at": now}
            for address, field in entry.recipients
        ]
        with self._store.stage("outbox-queued"):
            self._store.append(META_OUTBOX, pl.DataFrame([row]))
            self._store.append(META_OUTBOX_RECIPIENTS, pl.DataFrame(people))
            self._withdraw(entry.message_id, "state in ('queued', 'failed')", {}, LATER_REPORT, now)
        self._keep(entry.message_id, *self._siblings(entry.message_id))

    def standing(self, entry: Entry) -> dict[str, str]:
        """Where each address, in lower case, stands for this session, account and content, whatever the report."""
        rows = self._store.query(
            _STANDING,
            {
                "session_date": entry.session_date,
                "account": entry.account,
                "content_kind": entry.content_kind,
            },
        )
        return dict(rows.iter_rows())

    def recipients(self, message_id: str) -> pl.DataFrame:
        """The recipients of one e-mail."""
        return self._store.read(META_OUTBOX_RECIPIENTS, "message_id = $message_id", {"message_id": message_id})

    def unsettled(self, session_date: date, *, within: timedelta) -> pl.DataFrame:
        """E-mails of other sessions that are owed to someone."""
        return self._store.query(_UNSETTLED, {"since": session_date - within, "besides": session_date})

    def spare(self, message_id: str, addresses: Collection[str], now: datetime) -> bool:
        """Cancel an e-mail for those who have an earlier one of the session, or may have; say whether there are any."""
        if not addresses:
            return False
        waiting = pl.col("state").is_in(["queued", "failed"])
        people = self.recipients(message_id).filter(pl.col("address").is_in(list(addresses)))
        if not people.filter(waiting).is_empty():
            spared = people.filter(waiting)["address"]
            self.mark(message_id, "cancelled", dict.fromkeys(spared, Reply(None, SENT_EARLIER)), now)
        return people["state"].is_in(["queued", "failed", "cancelled"]).any()

    def mark_sending(self, message_id: str, addresses: Collection[str], now: datetime) -> None:
        """Commit that the server is about to be given the message."""
        with self._store.stage("outbox-sending"):
            self._mark_people(message_id, addresses, "sending", Reply(None, "DATA has begun"), now)
            self._mark_whole(message_id, now, attempts_qty=1)
        self._keep(message_id)

    def mark_accepted(self, message_id: str, addresses: Collection[str], reply: Reply, now: datetime) -> None:
        """Commit that a server has taken the message; doubts about an earlier one of the session are settled by it."""
        with self._store.stage("outbox-accepted"):
            self._mark_people(message_id, addresses, "accepted", reply, now)
            self._mark_whole(message_id, now, accepted_qty=1)
            doubtful = "state in ('unknown', 'queued', 'failed') and list_contains($taken, lower(address))"
            taken = [address.lower() for address in addresses]
            self._withdraw(message_id, doubtful, {"taken": taken}, LATER_REPORT, now)
        self._keep(message_id, *self._siblings(message_id))

    def mark(self, message_id: str, state: str, replies: dict[str, Reply], now: datetime) -> None:
        """Commit another state than sending and accepted, address by address."""
        with self._store.stage(f"outbox-{state}"):
            for reply in dict.fromkeys(replies.values()):
                same = [address for address, said in replies.items() if said == reply]
                self._mark_people(message_id, same, state, reply, now)
            self._mark_whole(message_id, now)
        self._keep(message_id)

    def restore(self, entry: Mapping[str, Any]) -> None:
        """Put an e-mail back as the journal has it, in a warehouse that has lost it."""
        with self._store.stage("outbox-restored"):
            for table, rows in ((META_OUTBOX, [entry["mail"]]), (META_OUTBOX_RECIPIENTS, entry["people"])):
                self._store.execute(
                    f"delete from {table.full_name} where message_id = $message_id", {"message_id": entry["message_id"]}
                )
                self._store.append(table, rows_of(table, rows))

    def entries(self, *message_ids: str) -> dict[str, dict[str, Any]]:
        """How e-mails stand, all of them where none is named, as the journal is told."""
        where, params = "list_contains($ids, message_id)" if message_ids else "", {"ids": list(message_ids)}
        mails, people = (
            self._store.read(table, where, params if where else None) for table in (META_OUTBOX, META_OUTBOX_RECIPIENTS)
        )
        entries: dict[str, dict[str, Any]] = {
            row["message_id"]: {"message_id": row["message_id"], "mail": row, "people": []} for row in mails.to_dicts()
        }
        for row in people.to_dicts():
            entries[row["message_id"]]["people"].append(row)
        return entries

    def _keep(self, *message_ids: str) -> None:
        """Tell the journal how e-mails stand now: before a server is given one, and after it has taken it.

        Where it cannot be told, the database still has it, and the next run tells it.
        """
        if message_ids:
            with suppress(OSError):
                self._store.journal.append(MAIL, *self.entries(*message_ids).values())

    def _siblings(self, message_id: str) -> list[str]:
        """The other e-mails of the same session, account and content."""
        found: list[str] = self._store.query(_SIBLINGS, {"message_id": message_id})["message_id"].to_list()
        return found

    def _withdraw(self, message_id: str, where: str, params: Params, why: str, now: datetime) -> None:
        """Cancel what matches in the other e-mails of the same session, account and content."""
        for other in self._siblings(message_id):
            hit = self._store.read(
                META_OUTBOX_RECIPIENTS, f"message_id = $message_id and {where}", {"message_id": other, **params}
            )
            if hit.height:
                self._mark_people(other, hit["address"].to_list(), "cancelled", Reply(None, why), now)
                self._mark_whole(other, now)

    def _mark_people(
        self, message_id: str, addresses: Collection[str], state: str, reply: Reply, now: datetime
    ) -> None:
        self._store.execute(
            "update meta.outbox_recipients set state = $state, smtp_code = $code, smtp_reply = $text, state_at = $now "
            "where message_id = $message_id and list_contains($addresses, address)",
            {
                "state": state,
                "code": reply.code,
                "text": reply.text,
                "now": now,
                "message_id": message_id,
                "addresses": list(addresses),
            },
        )

    def _mark_whole(self, message_id: str, now: datetime, *, attempts_qty: int = 0, accepted_qty: int = 0) -> None:
        """An e-mail stands where the worst of its recipients stands; count an attempt or an acceptance with it."""
        people = self.recipients(message_id)
        state = min(people["state"], key=WORST_FIRST.index)
        at_fault = people.filter(pl.col("state") == state)
        said = " ".join(
            f"{address}: {Reply(code, text or '').sentence}"
            for address, code, text in at_fault.select("address", "smtp_code", "smtp_reply").iter_rows()
        )
        reason = None if state in {"accepted", "sending"} else f"{at_fault.height} of {people.height} {state}. {said}"
        self._store.execute(
            "update meta.outbox set state = $state, state_reason = $reason, state_at = $now, "
            "attempts_qty = attempts_qty + $attempts_qty, accepted_qty = accepted_qty + $accepted_qty "
            "where message_id = $message_id",
            {
                "state": state,
                "reason": reason,
                "now": now,
                "attempts_qty": attempts_qty,
                "accepted_qty": accepted_qty,
                "message_id": message_id,
            },
        )
