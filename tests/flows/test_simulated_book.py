"""Every night of a simulated run holds what a book must: bounds, cash, sums, states - recomputed from fills and quotes.

Ten sessions up to a monthly settlement, with a breach, a roll and a wing reached in the sample book, and condors of our
own at invented prices that settle in the money. The same over a year is in tests/soak.
"""

from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from tests.flows import book_invariants as invariants
from warehouse.store import open_reader

FIRST, LAST, SESSIONS = "2025-10-06", "2025-10-17", 10
Check = Callable[[invariants.Book], object]
HEADER = "fill_id,account,filled_at,root,expiry,right,strike,quantity,price,fees,structure,campaign,note"
# Structure, root, strikes from long put to long call, contracts, prices. SPX closes the 17th at 4,906.88, SET 4,923.60.
OWN = (
    ("itm", "SPXW", (4875, 4925, 5100, 5150), 3, (30.0, 45.0, 9.0, 4.0)),
    ("wing", "SPXW", (4925, 4975, 5125, 5175), 1, (45.0, 70.0, 7.0, 2.5)),
    ("call-wing", "SPXW", (4700, 4750, 4875, 4900), 2, (6.0, 9.0, 95.0, 80.0)),
    ("set", "SPX", (4900, 4950, 5100, 5150), 1, (38.0, 54.0, 9.0, 5.0)),
)


def fill_lines() -> list[str]:
    """The condors of OWN, the first in two lots of which one contract is closed again."""
    lines = []

    def trade(leg: str, size: int, price: float, *, day: str, structure: str) -> None:
        cells = (f"OWN-{len(lines)}", "OWN", f"{day}T15:00:00-04:00", leg, size, price, abs(size) * 1.25)
        lines.append(",".join(map(str, (*cells, structure, f"campaign-{structure}", ""))))

    for structure, root, strikes, contracts, prices in OWN:
        for right, strike, sign, price in zip("PPCC", strikes, (1, -1, -1, 1), prices, strict=True):
            leg = f"{root},2025-10-17,{right},{strike}"
            trade(leg, sign * contracts, price, day="2025-10-06", structure=structure)
            if structure == "itm":
                trade(leg, 2 * sign, price + 1.5, day="2025-10-07", structure=structure)
                trade(leg, -sign, price - 2.0, day="2025-10-09", structure=structure)
    return lines


def condorwatch(*arguments: object) -> None:
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()), redirect_stderr(StringIO()) as said:
        patch.setenv("CONDORWATCH_SIMULATED_SIZE", "small")
        patch.setattr("sys.argv", ["condorwatch", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            main()
    assert ending.value.code == 0, said.getvalue()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> invariants.Book:
    """The sample book of two accounts, and our own."""
    folder = tmp_path_factory.mktemp("book")
    home, own = folder / "home", folder / "own.csv"
    own.write_text("\n".join([HEADER, *fill_lines()]) + "\n")
    condorwatch("ingest", own, "--home", home)
    sessions = ("--from", FIRST, "--to", LAST, "--seed", 7, "--reports", "none", "--home", home)
    condorwatch("backfill", "--source", "simulated", *sessions)
    with open_reader(Path(home)) as reader:
        return invariants.Book.of(reader)


def test_the_run_goes_through_breach_wing_roll_and_settlement_in_the_money(book: invariants.Book) -> None:
    assert len(book.sessions) == SESSIONS
    assert {"OK", "WATCH", "TESTED", "BREACHED", "WING", "SETTLED"} <= set(book.condors["state"])
    assert {fill["note"] for fill in book.fills_until(book.sessions[-1])} >= {"rolled out", "rolled in"}
    settled = {
        row["condor_id"]: (row["put_state"], row["call_state"], row["value_usd"])
        for row in book.condors.filter(state="SETTLED", account="OWN").to_dicts()
    }
    # By hand: 4 x (4,925 - 4,906.88), 50 points, 2 x 25 points, 4,950 - 4,923.60; in USD, what settling costs.
    expected = {"itm": -7248.0, "wing": -5000.0, "call-wing": -5000.0, "set": -2640.0}
    assert {name: usd for name, (_, _, usd) in settled.items()} == pytest.approx(expected, abs=invariants.CENT)
    assert [settled[name][0] for name in ("itm", "wing", "set")] == ["ITM", "WING", "BREACHED"]
    assert settled["call-wing"][1] == "WING"


def test_the_evening_before_set_says_what_it_would_pay(book: invariants.Book) -> None:
    """Strikes 4,900/4,950/5,100/5,150 by hand; the PM condors of the same day have no such evening."""
    with_payoffs = book.condors.filter(pl.col("set_payoff_0_usd").is_not_null())
    (row,) = with_payoffs.to_dicts()
    assert (row["condor_id"], str(row["session_date"]), row["flags"]) == ("set", "2025-10-16", "AM_GAP")
    for name, move in (("m2", -0.02), ("m1", -0.01), ("0", 0.0), ("p1", 0.01), ("p2", 0.02)):
        level = row["spot_pts"] * (1 + move)
        lost = min(max(4950 - level, 0), 50) + min(max(level - 5100, 0), 50)
        assert row[f"set_payoff_{name}_usd"] == pytest.approx(-100 * lost)


def test_pnl_stays_within_maximum_loss_and_credit(book: invariants.Book) -> None:
    """R14: the bounds are those of the whole campaign, rolls included."""
    assert invariants.check_condor_bounds(book) > 80
    invariants.check_chain_credit(book)


def test_the_days_pnl_is_change_in_value_plus_cash(book: invariants.Book) -> None:
    assert invariants.check_day_pnl(book) == 3 * (SESSIONS - 1)
    assert invariants.check_broker_statements(book) == 2


@pytest.mark.parametrize(
    "check",
    [
        invariants.check_positions_to_book,
        invariants.check_states_in_time,
        invariants.check_measures,
        invariants.check_broker_margin,
    ],
    ids=lambda check: check.__name__,
)
def test_every_night_holds(book: invariants.Book, check: Check) -> None:
    check(book)


def test_the_fitted_surface_reprices_what_has_a_fit(book: invariants.Book) -> None:
    assert invariants.check_scenarios_on_the_fit(book) > 30


def test_lots_add_up_to_positions(book: invariants.Book) -> None:
    invariants.check_lots_to_positions(book, book.sessions)
