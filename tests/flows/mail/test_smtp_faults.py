"""Whatever a mail server does, nobody gets an e-mail twice, and nobody misses one without being named.

Each run sends once through a server that goes wrong, then once more as the next night or `condorwatch send` would,
after the server has healed. What the server has really taken is held against what the outbox says.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest

from flows.delivery import Delivery, Post
from flows.mail import Mailbag
from flows.mail import sent as sent_of
from tests.flows.mail.faulty_server import Fault, FaultyServer
from tests.flows.mail.invented_mail import SESSION, Ticking, letter, mail_settings, states

if TYPE_CHECKING:
    from flows.email_message import Letter
    from warehouse.outbox import Outbox

ONE = ("a@one.example",)
THREE = ("a@one.example", "b@two.example", "c@three.example")
SHORT = 0.1
ONCE, ALWAYS = 1, 1_000

BEFORE_THE_DOT = ("connect", "ehlo", "mail", "rcpt", "data")
PASSING = ("421 closing", "451 try later", "drop", "garble", "hang")

# What RFC 5321 lets a client conclude: 4xx, and silence before the dot, may pass; 5xx is for good; silence after the
# dot says nothing at all.
FAULTS = [
    *(
        pytest.param(Fault(step, what, times), "accepted" if times == ONCE else "failed", id=f"{step}: {what} x{times}")
        for step, what, times in product(BEFORE_THE_DOT, PASSING, (ONCE, ALWAYS))
    ),
    *(
        pytest.param(Fault(step, "554 never", times), "failed", id=f"{step}: 554 x{times}")
        for step, times in product((*BEFORE_THE_DOT, "dot"), (ONCE, ALWAYS))
    ),
    *(
        pytest.param(Fault("dot", what, times), "accepted" if times == ONCE else "failed", id=f"dot: {what} x{times}")
        for what, times in product(("421 closing", "452 no room"), (ONCE, ALWAYS))
    ),
    *(
        pytest.param(
            Fault("dot", what, ONCE, is_taken=is_taken), "unknown", id=f"dot: {what}, {'taken' if is_taken else 'lost'}"
        )
        for what, is_taken in product(("drop", "hang", "garble", "cut"), (True, False))
    ),
]


def delivered(outbox: Outbox, server: FaultyServer, sent: Letter, people: tuple[str, ...]) -> tuple[Post, Delivery]:
    """One evening's delivery; impatient where the server will not answer."""
    is_silent = any(fault.what == "hang" for fault in server.faults)
    recipients = {sent.account: {"to": people[:1], "cc": people[1:2], "bcc": people[2:]}}
    patience = {"timeout_seconds": SHORT, "final_timeout_seconds": SHORT} if is_silent else {}
    post = Post(outbox, mail_settings(server.port, recipients=recipients, **patience), Ticking())
    return post, post.deliver([sent])


def assert_the_outbox_tells_the_truth(server: FaultyServer, stands: dict[str, str], told: Delivery) -> None:
    """0 duplicates, 0 silent misses, and nothing claimed that is not so."""
    for address, state in stands.items():
        times = server.times_taken(address)
        assert times <= 1, f"{address} has it {times} times"
        assert times == {"accepted": 1, "failed": 0}.get(state, times), f"{address} is {state} and has it {times} times"
        if state != "accepted":
            assert any(address in line for line in told.lines), f"{address} is {state}, and nobody was told"
            assert not told.is_complete


# A server that hangs costs the time it takes to lose patience: once is enough.
RUNS = [
    pytest.param(*fault.values, people, id=f"{fault.id}, {len(people)}")
    for fault, people in product(FAULTS, (ONE, THREE))
    if people == ONE or "hang" not in str(fault.id)
]


@pytest.mark.parametrize(("fault", "expected", "people"), RUNS)
def test_no_fault_sends_twice_or_misses_silently(
    fault: Fault, expected: str, people: tuple[str, ...], outbox: Outbox, account: str
) -> None:
    sent = letter(account=account)
    with FaultyServer((fault,)) as server:
        post, told = delivered(outbox, server, sent, people)
        assert set(states(post, sent).values()) == {expected}, told.lines
        assert_the_outbox_tells_the_truth(server, states(post, sent), told)

        server.faults = ()
        post, again = delivered(outbox, server, sent, people)

        assert_the_outbox_tells_the_truth(server, states(post, sent), again)
        assert set(states(post, sent).values()) == {"unknown" if expected == "unknown" else "accepted"}
        assert again.is_anything_sent == (expected == "failed")


@pytest.mark.parametrize(("times", "expected"), [(ONCE, "accepted"), (ALWAYS, "failed")])
def test_a_connection_that_breaks_amid_a_long_message_has_not_sent_it(
    times: int, expected: str, outbox: Outbox, account: str
) -> None:
    """Longer than what the two sockets hold between them, so that the break is seen before the dot is handed over."""
    sent = letter(account=account, pdf=bytes(9_000_000))
    with FaultyServer((Fault("content", "drop", times),)) as server:
        settings = {"recipients": {account: {"to": ONE}}, "max_size_mb": 100}
        post = Post(outbox, mail_settings(server.port, **settings), Ticking())
        told = post.deliver([sent])
        assert_the_outbox_tells_the_truth(server, states(post, sent), told)
    assert states(post, sent) == {ONE[0]: expected}, told.lines


OF_ONE_RECIPIENT = {
    "takes": None,
    "greylists": "450 greylisted",
    "defers": "451 not now",
    "refuses": "550 no such user",
}
HAS_IN_THE_END = {"takes": "accepted", "greylists": "accepted", "defers": "failed", "refuses": "failed"}


@pytest.mark.parametrize("ways", list(product(OF_ONE_RECIPIENT, repeat=3)), ids=" ".join)
def test_each_recipient_is_recorded_and_tried_again_for_itself(
    ways: tuple[str, ...], outbox: Outbox, account: str
) -> None:
    """Greylisted once is taken the second time, deferred twice is given up, refused is not asked again."""
    sent = letter(account=account)
    faults = tuple(
        Fault("rcpt", what, ONCE if way == "greylists" else ALWAYS, for_address=address)
        for address, way in zip(THREE, ways, strict=True)
        if (what := OF_ONE_RECIPIENT[way])
    )
    with FaultyServer(faults) as server:
        post, told = delivered(outbox, server, sent, THREE)
        expected = {address: HAS_IN_THE_END[way] for address, way in zip(THREE, ways, strict=True)}
        assert states(post, sent) == expected, told.lines
        assert_the_outbox_tells_the_truth(server, states(post, sent), told)
        asked = [line for line in server.heard if line.upper().startswith("RCPT")]
        for address, way in zip(THREE, ways, strict=True):
            times = {"takes": 1, "greylists": 2, "defers": 2, "refuses": 1}[way]
            assert sum(f"<{address}>" in line for line in asked) == times, way

        server.faults = ()
        post, again = delivered(outbox, server, sent, THREE)
        assert states(post, sent) == dict.fromkeys(THREE, "accepted"), again.lines
        assert_the_outbox_tells_the_truth(server, states(post, sent), again)


def test_there_are_at_least_two_hundred_runs() -> None:
    assert len(RUNS) + len(OF_ONE_RECIPIENT) ** 3 >= 200


def test_what_is_unknown_is_sent_again_only_when_it_is_said_and_to_nobody_else(outbox: Outbox, account: str) -> None:
    """The first two are taken; the answer for the third, greylisted at first, is lost after the server has it."""
    sent = letter(account=account)
    greylisted = Fault("rcpt", "450 later", ONCE, for_address=THREE[2])
    with FaultyServer((greylisted,)) as server:
        delivered_first, told = delivered(outbox, server, sent, THREE[:2])
        assert told.is_complete
        server.faults = (Fault("dot", "drop", is_taken=True),)
        post, told = delivered(outbox, server, sent, THREE)  # a third recipient has been added to the configuration
        assert states(post, sent) == {THREE[0]: "cancelled", THREE[1]: "cancelled", THREE[2]: "unknown"}
        assert [line for line in told.lines if "--resend" in line and THREE[2] in line]

        server.faults = ()
        resent = post.deliver([sent], is_resend=True)

    assert resent.is_complete
    assert [server.times_taken(address) for address in THREE] == [1, 1, 2]
    assert states(delivered_first, sent)[THREE[0]] == "accepted"


def test_sent_again_when_nothing_is_in_doubt_everyone_gets_it_under_the_same_id(outbox: Outbox, account: str) -> None:
    sent = letter(account=account)
    with FaultyServer() as server:
        post, _ = delivered(outbox, server, sent, THREE)
        assert post.deliver([sent]).is_anything_sent is False
        assert post.deliver([sent], is_resend=True).is_complete
    assert [server.times_taken(address) for address in THREE] == [2, 2, 2]
    first, second = (message.content.split(b"Message-ID: ")[1].splitlines()[0] for message in server.taken)
    assert first == second


def test_a_changed_report_is_not_sent_by_itself_to_those_who_have_one(outbox: Outbox, account: str) -> None:
    before, after = letter(account=account), letter(account=account, report_sha256="1" * 64)
    with FaultyServer() as server:
        delivered(outbox, server, before, ONE)
        post, told = delivered(outbox, server, after, ONE)
        assert (told.is_complete, told.is_anything_sent) == (True, False)
        assert "has changed since" in told.lines[0]
        assert states(post, after) == {ONE[0]: "cancelled"}
        assert post.deliver([after], is_resend=True).is_complete
    assert server.times_taken(ONE[0]) == 2


def test_a_changed_report_takes_the_place_of_one_that_could_not_be_sent(outbox: Outbox, account: str) -> None:
    before, after = letter(account=account), letter(account=account, report_sha256="1" * 64)
    with FaultyServer((Fault("mail", "550 no"),)) as server:
        delivered(outbox, server, before, ONE)
        server.faults = ()
        post, told = delivered(outbox, server, after, ONE)
    assert told.is_complete
    assert (states(post, before), states(post, after)) == ({ONE[0]: "cancelled"}, {ONE[0]: "accepted"})
    assert server.times_taken(ONE[0]) == 1


def test_a_server_that_takes_less_gets_the_mail_that_says_where_the_pdf_lies(outbox: Outbox, account: str) -> None:
    sent = letter(account=account, pdf=b"%PDF" + bytes(100_000))
    with FaultyServer(size_limit=50_000) as server:
        _, told = delivered(outbox, server, sent, ONE)
    assert told.is_complete
    (message,) = server.taken
    assert b"It lies elsewhere" in message.content
    assert b"application/pdf" not in message.content


def test_a_mail_that_is_owed_is_named_on_the_nights_after_it_for_ten_days(outbox: Outbox, account: str) -> None:
    sent = letter(account=account)
    with FaultyServer((Fault("mail", "550 no"),)) as server:
        post, _ = delivered(outbox, server, sent, ONE)
        assert [f"condorwatch send --session {SESSION}" in line for line in named(post, SESSION + timedelta(1))] == [
            True
        ]
        assert named(post, SESSION + timedelta(11)) == []
        server.faults = ()
        delivered(outbox, server, sent, ONE)
        assert named(post, SESSION + timedelta(1)) == []


def named(post: Post, session_date: date) -> list[str]:
    """What a later night says about the account's mail."""
    (account,) = post.email.recipients
    return [line for line in sent_of(post, Mailbag((), ()), session_date).lines if account in line]
