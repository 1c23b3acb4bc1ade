"""The reference: vollib's scalar implied volatility, one contract at a time, slow and trusted.

It backs the kernel where the kernel does not trust itself, and audits it every night. vollib is imported on first use:
a night without a guarded lane never pays for it. Source: Jaeckel, "Let's Be Rational", Wilmott, January 2015.
"""

from importlib import import_module

CALL_FLAG = "c"
PUT_FLAG = "p"


def total_vol_of_otm_call(value: float, log_distance: float) -> float | None:
    """Find the total vol of an out-of-the-money option quoted per sqrt(forward * strike); None where vollib finds none.

    `value` is the undiscounted time value over sqrt(F K), `log_distance` is |ln(F/K)|; a put is its mirrored call.
    """
    solver = import_module("vollib.lets_be_rational")
    try:
        total = solver.normalised_implied_volatility_from_a_transformed_rational_guess(value, -log_distance, 1)
    except (solver.AboveMaximumException, solver.BelowIntrinsicException, ArithmeticError, ValueError):
        return None
    return float(total)


def vol_of_undiscounted_price(price: float, forward: float, *, strike: float, years: float, cp: float) -> float | None:
    """Find the annualised vol behind one undiscounted price as vollib sees it; None where it finds none."""
    solver = import_module("vollib.black.implied_volatility")
    limits = import_module("vollib.lets_be_rational")
    flag = CALL_FLAG if cp > 0.0 else PUT_FLAG
    try:
        vol = solver.implied_volatility_of_undiscounted_option_price(price, forward, strike, years, flag)
    except (limits.AboveMaximumException, limits.BelowIntrinsicException, ArithmeticError, ValueError):
        return None
    return float(vol)
