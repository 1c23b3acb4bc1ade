"""The nightly audit of the implied-vol kernel: a random sample solved again by vollib, one contract at a time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.pricing.black76 import FloatArray, lanes
from transforms.pricing.greeks import VOLPTS_PER_UNIT_VOL, greeks
from transforms.pricing.implied_vol import QuotedContracts
from transforms.pricing.reference_solver import vol_of_undiscounted_price

SAMPLE_QTY = 200
# A price is stored to 52 bits. Where its last bit moves the vol by more than this, two right solvers may differ.
DETERMINED_WITHIN_VOL = 1e-13
LAST_BIT_FRAC = 2.0**-52


@dataclass(frozen=True, slots=True)
class IvAudit:
    """How far our vols lie from the reference, over a random sample: the check `iv_audit`.

    Attributes:
        max_difference_vol: largest |ours - vollib's|, an annualised decimal; infinite where vollib finds no vol at all;
            None when no price of the sample determines a vol.
        worst_index: lane of that difference in the arrays given; None with it.
        checked_qty: how many of the sample's prices determine a vol and were therefore compared.
    """

    max_difference_vol: float | None
    worst_index: int | None
    checked_qty: int


def audit_implied_vol(  # noqa: PLR0913  a chain, its vols and the draw
    price: npt.ArrayLike,
    forward: npt.ArrayLike,
    *,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    cp: npt.ArrayLike,
    discount_factor: npt.ArrayLike,
    vol: npt.ArrayLike,
    seed: int,
    sample_size: int = SAMPLE_QTY,
) -> IvAudit:
    """Solve a random sample of tonight's vols again with vollib and name the one that differs most.

    Lanes without a vol (NaN) are not drawn; the same seed draws the same lanes. A price is compared where either solver
    says that it determines a vol: price * 2^-52 / vega < 1e-13.
    """
    chain = QuotedContracts(*lanes(price, forward, strike, years, cp, discount_factor))
    our_vol = np.broadcast_to(np.asarray(vol, dtype=np.float64), chain.price.shape).reshape(-1)
    solved = np.flatnonzero(np.isfinite(our_vol))
    sample = np.random.default_rng(seed).permutation(solved)[:sample_size]
    drawn = QuotedContracts(*(lane.reshape(-1)[sample] for lane in chain))
    reference_vol = _reference_vol(drawn)
    vega = np.fmax(_vega(drawn, our_vol[sample]), _vega(drawn, reference_vol))
    determined = drawn.price * LAST_BIT_FRAC < DETERMINED_WITHIN_VOL * vega
    return _worst(np.abs(our_vol[sample] - reference_vol)[determined], sample[determined])


def _reference_vol(contracts: QuotedContracts) -> FloatArray:
    price, forward, strike, years, cp, discount_factor = contracts
    rows = zip(price / discount_factor, forward, strike, years, cp, strict=True)
    vols = [vol_of_undiscounted_price(p, f, strike=k, years=t, cp=right) for p, f, k, t, right in rows]
    return np.array(vols, dtype=np.float64)  # None becomes NaN


def _vega(contracts: QuotedContracts, vol: FloatArray) -> FloatArray:
    _, forward, strike, years, cp, discount_factor = contracts
    answers = greeks(forward, strike, vol=vol, years=years, cp=cp, discount_factor=discount_factor)
    return answers.vega_per_volpt * VOLPTS_PER_UNIT_VOL


def _worst(difference_vol: FloatArray, index: npt.NDArray[np.intp]) -> IvAudit:
    if not difference_vol.size:
        return IvAudit(max_difference_vol=None, worst_index=None, checked_qty=0)
    difference_vol = np.nan_to_num(difference_vol, nan=np.inf)
    worst = int(difference_vol.argmax())
    return IvAudit(
        max_difference_vol=float(difference_vol[worst]),
        worst_index=int(index[worst]),
        checked_qty=int(difference_vol.size),
    )
