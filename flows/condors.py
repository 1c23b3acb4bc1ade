"""The condors of a night: what they are computed from, and what stands of them when the night is on hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from transforms.book.condor_history import with_history
from transforms.book.condor_states import held_states
from transforms.book.condors import CondorInputs, condors
from transforms.book.night_facts import only_number
from transforms.market.smile_odds import SmileNight

if TYPE_CHECKING:
    import polars as pl

    from flows.evening import Evening
    from flows.rules import Rules
    from transforms.market.surface import Smiles


def condors_of(
    evening: Evening, held: pl.DataFrame, legs: pl.DataFrame, *, smiles: Smiles, rules: Rules
) -> pl.DataFrame:
    """Describe every condor held; `smiles` are the quoted ones of tonight's SPX marks."""
    return condors(
        CondorInputs(
            night=evening.night,
            holdings=held,
            legs=legs,
            settlements=evening.settlements,
            smiles=SmileNight(forwards=evening.forwards, smiles=smiles, surface=evening.fitted_surface),
            hv20_vol=only_number(evening.signals, "hv20_vol"),
            entry_marks=evening.entry_marks,
            previous=_previous(evening),
            history=evening.condor_history,
            rules=rules.condor_states,
            side_rules=rules.condor_sides,
            odds_rules=rules.condor_odds,
            profile_rules=rules.condor_profile,
            margin_rules=rules.margin,
        )
    )


def condors_on_hold(condor_rows: pl.DataFrame, evening: Evening, *, reason: str) -> pl.DataFrame:
    """Carry last night's states forward where tonight's quotes cannot be trusted."""
    states = held_states(condor_rows, _previous(evening), reason=reason)
    return with_history(states, previous=_previous(evening), history=evening.condor_history)


def _previous(evening: Evening) -> pl.DataFrame | None:
    return evening.previous_condors if evening.previous_condors.height else None
