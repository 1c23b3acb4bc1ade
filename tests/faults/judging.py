"""What may come of a spoilt file, and how a refusal or a rejected row has to say where and why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from flows.sources.errors import FileRefused
    from tests.faults.mutators import Mutator
    from tests.faults.valid_files import Format, Outcome

# Spoilt files that are sound files of their own: nothing in them says that something is missing or other than meant.
SOUND_ALL_THE_SAME: Final = {
    ("a column missing", "FRED"): "a download of fewer series",
    ("a column missing", "Treasury curve"): "the curve has had more and fewer tenors",
    ("a column missing", "valuation"): "one measure a file is allowed",
    ("no number at all", "FRED"): "blank is FRED's word for no observation",
    ("no number at all", "Treasury curve"): "a tenor that was not auctioned is blank",
    ("no number at all", "valuation"): "blank is no figure",
    ("no number at all", "valuation, Shiller"): "blank is no figure",
    ("no number at all", "accounts"): "what needs the figure is null with a reason",
    ("a saturday", "events"): "a speech can be on a Saturday",
    ("a saturday", "valuation"): "a date stands for its month",
    ("a saturday", "valuation, Shiller"): "a date stands for its month",
    ("a contract or date twice with another value", "own positions"): "another strike is another contract",
    ("a row twice", "tastytrade"): "it numbers no rows: two equal rows are two fills",
    ("ten times the rows", "tastytrade"): "it numbers no rows: ten equal rows are ten fills",
    ("every field in quotation marks", "breadth, Unicorn"): "it has no header to know it by, and is refused",
}
# Of the file as a whole: an archive that is not opened, bytes that are no text, a list with nothing in it.
WHOLE_FILE: Final = re.compile(
    r"(zip|gzip)_\w+|unknown_format|unknown_series|unknown_account|truncated|not_a_session|unreadable"
)


def assert_it_says_where(refusal: FileRefused, form: Format) -> None:
    """A refusal names file, rule, and line or column; and the sentence for people has all of them."""
    said = str(refusal)
    assert refusal.source_file.startswith(form.file_name), said
    assert re.fullmatch(r"[a-z0-9_]+", refusal.rule_id), said
    assert f"[{refusal.rule_id}]" in said
    assert said.startswith(refusal.source_file)
    assert len(refusal.reason) > len("it is bad"), said
    is_placed = refusal.source_line is not None or refusal.column_name is not None
    assert is_placed or WHOLE_FILE.fullmatch(refusal.rule_id), f"{said}: neither line nor column"
    if refusal.source_line is not None:
        assert refusal.source_line > 0
        assert f"{refusal.row_word} {refusal.source_line}" in said
    if refusal.column_name is not None:
        assert f"column {refusal.column_name}" in said


def judged(mutator: Mutator, form: Format, outcome: Outcome, twin: Outcome) -> str:
    """How a spoilt file ended: `equal`, `refused`, `rejected`, `shorter`, `sound`.

    Raises:
        AssertionError: it came in without a word.
    """
    if outcome.refusal is not None:
        assert_it_says_where(outcome.refusal, form)
    assert all(reason and rule_id for _, rule_id, reason in outcome.rejected)
    is_equal = outcome.refusal is None and outcome.facts == twin.facts
    if (mutator.name, form.name) in SOUND_ALL_THE_SAME:
        return "sound"
    named = f"{mutator.name}, {form.name}: {outcome.refusal or outcome.rejected[:2]}"
    if mutator.says == "SAME":
        assert is_equal, f"{named}: the same content is not read the same"
    if mutator.says == "REFUSED":
        assert outcome.refusal is not None, f"{named}: is not refused"
    if is_equal:
        return "equal"
    if outcome.is_noticed:
        return "refused" if outcome.refusal is not None else "rejected"
    assert mutator.says == "SHORTER", f"{named}: silently accepted"
    assert set(outcome.facts) <= set(twin.facts), f"{named}: says what the whole file does not"
    return "shorter"
