"""The way back in odds, in closed form on a flat smile."""

import math
from statistics import NormalDist

import polars as pl
import pytest

from tests.transforms.market.known_smiles import FORWARD
from tests.transforms.market.test_condor_odds import FLAT_VOL, MARCH, YEARS, flat_night
from transforms.risk.holding_odds import holding_odds
from warehouse.tables.mart import MART_CONDORS_DAILY

PUTS = {"long_put_pts": 3850.0, "short_put_pts": 3900.0, "break_even_put_pts": 3890.0}
CALLS = {"short_call_pts": 4350.0, "long_call_pts": 4400.0, "break_even_call_pts": 4360.0}


def held(*condors: dict[str, object]) -> pl.DataFrame:
    key = {"account": "A", "root": "SPXW", "expiry_date": MARCH, "settlement": "PM", "state": "OK"}
    rows = [key | {"condor_id": f"c{number}"} | condor for number, condor in enumerate(condors)]
    return MART_CONDORS_DAILY.conform(pl.DataFrame(rows, infer_schema_length=None))


def odds_of(*condors: dict[str, object]) -> list[dict[str, object]]:
    return holding_odds(held(*condors), flat_night()).to_dicts()


def test_the_chance_to_end_above_the_put_break_even() -> None:
    """N(d2) on a flat smile, at the implied vol: it prices."""
    (row,) = odds_of(PUTS, CALLS)  # without puts there is no put break-even
    sd = FLAT_VOL * math.sqrt(YEARS)
    assert (row["condor_id"], row["above_break_even_frac"]) == (
        "c0",
        pytest.approx(NormalDist().cdf(math.log(FORWARD / 3890.0) / sd - sd / 2), abs=2e-3),
    )


def test_an_expiry_without_a_smile_has_no_chance_and_what_has_settled_is_not_asked() -> None:
    (elsewhere,) = odds_of(PUTS | {"root": "SPX", "settlement": "AM"})
    assert elsewhere["above_break_even_frac"] is None
    assert odds_of(PUTS | {"state": "SETTLED"}) == []
