"""Nanoseconds per implied vol and per set of Greeks, ours beside the peers, on the same contracts in the same process.

Prints JSON for `bench.run`. The implementations take turns within a round. Time is the processor time of this process,
which a busy machine disturbs least; nothing here uses a second thread. What a peer is given is laid out beforehand in
the form it likes best.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

import numpy as np
from lbriv import compute_trades_greeks, vectorized_implied_vol_strikes

from bench.contracts import Contracts, FloatArray, make_contracts
from transforms.pricing.greeks import greeks
from transforms.pricing.implied_vol import implied_vol

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import fast_vollib
    from vollib.black.greeks import analytical
    from vollib.black.implied_volatility import implied_volatility
    from vollib.helpers.exceptions import PriceIsAboveMaximum, PriceIsBelowIntrinsic

WRONG_VOL = 1e-6
QUICK_EVERY = 10


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    contracts = make_contracts(every=QUICK_EVERY if asked.quick else 1)
    solvers, pricers = _solvers(contracts), _greek_sets(contracts)
    determined = contracts.determined()
    print(
        json.dumps(
            {
                "contracts_qty": contracts.price.size,
                "determined_qty": int(determined.sum()),
                "implied_vol": _turns(solvers, contracts.price.size, rounds=asked.rounds),
                "wrong_qty": {name: _wrong(solve(), contracts, determined) for name, solve in solvers.items()},
                "greeks": _turns(pricers, contracts.price.size, rounds=asked.rounds),
                "versions": {
                    name: version(name) for name in ("numpy", "scipy", "vollib", "py_vollib", "lbriv", "fast-vollib")
                },
            }
        )
    )


def _turns(named: dict[str, Callable[[], object]], qty: int, *, rounds: int) -> dict[str, list[float]]:
    """Nanoseconds a contract of every round; the first turn of each, which fills caches, is not counted."""
    found: dict[str, list[float]] = {name: [] for name in named}
    for round_number in range(rounds + 1):
        for name, work in named.items():
            begin = time.process_time_ns()
            work()
            if round_number:
                found[name].append((time.process_time_ns() - begin) / qty)
    return found


def _wrong(vol: FloatArray, contracts: Contracts, determined: np.ndarray) -> int:
    """Count vols off by more than 1e-6, a missing one included, where the price determines the vol."""
    return int((~(np.abs(vol - contracts.vol) <= WRONG_VOL) & determined).sum())


def _solvers(contracts: Contracts) -> dict[str, Callable[[], FloatArray]]:
    return {
        "condorwatch": partial(_ours, contracts),
        "vollib loop": _vollib_loop(contracts),
        "lbriv": _lbriv(contracts),
        "fast-vollib": _fast_vollib(contracts),
    }


def _ours(contracts: Contracts) -> FloatArray:
    price, forward, strike, years, cp, discount_factor, _ = contracts
    return implied_vol(price, forward, strike=strike, years=years, cp=cp, discount_factor=discount_factor).vol


def _flags(contracts: Contracts) -> list[str]:
    return ["c" if cp > 0.0 else "p" for cp in contracts.cp]


def _vollib_loop(contracts: Contracts) -> Callable[[], FloatArray]:
    columns = (contracts.price, contracts.forward, contracts.strike, contracts.rate, contracts.years)
    rows = list(zip(*(column.tolist() for column in columns), _flags(contracts), strict=True))
    return lambda: np.array([_vollib_one(*row) for row in rows])


def _vollib_one(*contract: float) -> float:
    try:
        return float(implied_volatility(*contract))
    except (PriceIsBelowIntrinsic, PriceIsAboveMaximum, ArithmeticError, ValueError):
        return np.nan


def _lbriv(contracts: Contracts) -> Callable[[], FloatArray]:
    """Its solver takes one forward and one right a call: the chain is cut up beforehand, at no cost to it."""
    price, forward, strike, years, cp, discount_factor, _ = contracts
    keys = np.stack([forward, years, cp])
    _, group = np.unique(keys, axis=1, return_inverse=True)
    groups = [np.flatnonzero(group == number) for number in range(group.max() + 1)]
    undiscounted, root_years = price / discount_factor, np.sqrt(years)
    cut = [(lanes, undiscounted[lanes], forward[lanes[0]], strike[lanes], int(cp[lanes[0]])) for lanes in groups]

    def solve() -> FloatArray:
        total = np.empty(price.size)
        for lanes, *numbers in cut:
            total[lanes] = vectorized_implied_vol_strikes(*numbers)
        return total / root_years

    return solve


def _fast_vollib(contracts: Contracts) -> Callable[[], FloatArray]:
    columns = (contracts.price, contracts.forward, contracts.strike, contracts.rate, contracts.years)
    flags = np.array(_flags(contracts))

    def solve() -> FloatArray:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = fast_vollib.fast_implied_volatility_black(
                *columns, flags, on_error="ignore", return_as="numpy", backend="numpy"
            )
        return np.asarray(found, dtype=np.float64).reshape(-1)

    return solve


def _greek_sets(contracts: Contracts) -> dict[str, Callable[[], object]]:
    return {
        "condorwatch (6, theta by repricing)": partial(_our_greeks, contracts),
        "vollib loop (4)": _vollib_greeks(contracts),
        "fast-vollib (5)": _fast_vollib_greeks(contracts),
        "lbriv (3, with their IV)": _lbriv_greeks(contracts),
    }


def _our_greeks(contracts: Contracts) -> object:
    _, forward, strike, years, cp, discount_factor, vol = contracts
    return greeks(forward, strike, vol=vol, years=years, cp=cp, discount_factor=discount_factor)


def _vollib_greeks(contracts: Contracts) -> Callable[[], object]:
    columns = (contracts.forward, contracts.strike, contracts.years, contracts.rate, contracts.vol)
    rows = list(zip(_flags(contracts), *(column.tolist() for column in columns), strict=True))
    measures = (analytical.delta, analytical.gamma, analytical.vega, analytical.theta)
    return lambda: [[measure(*row) for measure in measures] for row in rows]


def _fast_vollib_greeks(contracts: Contracts) -> Callable[[], object]:
    columns = (contracts.forward, contracts.strike, contracts.years, contracts.rate, contracts.vol)
    flags = np.array(_flags(contracts))

    def price() -> object:
        with np.errstate(all="ignore"):
            return fast_vollib.get_all_greeks(flags, *columns, model="black", return_as="numpy", backend="numpy")

    return price


def _lbriv_greeks(contracts: Contracts) -> Callable[[], object]:
    is_call = (contracts.cp > 0.0).astype(np.int8)
    undiscounted = contracts.price / contracts.discount_factor
    given = (undiscounted, contracts.forward, contracts.strike, is_call, contracts.discount_factor)
    answers = [np.empty(undiscounted.size) for _ in range(4)]
    return lambda: compute_trades_greeks(*given, *answers)


if __name__ == "__main__":
    main()
