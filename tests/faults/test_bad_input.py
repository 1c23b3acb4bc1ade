"""Files spoilt in every way we could name, and in thousands we could not: refused, rejected or harmless, never silent.

Every format has one valid twin (valid_files), every way of spoiling a name (mutators). Here a few of all pairs, in the
soak all of them, and 20,000 generated ones.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Final

import pytest

from flows.ingest import ingest_paths
from flows.series import apply_series
from tests.faults.generated import MOST_FACTS_A_ROW, assert_nothing_is_invented, mutations
from tests.faults.judging import assert_it_says_where, judged
from tests.faults.mutators import MUTATORS, Mutator
from tests.faults.valid_files import ACCOUNT, EVENING, RULES, formats, outcome_of
from warehouse.archive import Archive
from warehouse.store import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.valid_files import Format, Outcome

FORMATS: Final = formats()
SEEDS, OF_A_SEED = 8, 2_500
ENDINGS: Final = ("equal", "refused", "rejected", "shorter", "sound")


@pytest.fixture(scope="module")
def twins() -> dict[str, Outcome]:
    """What the valid files say."""
    return {name: outcome_of(form, form.content) for name, form in FORMATS.items()}


def spoilt(mutator: Mutator, form: Format) -> bytes | None:
    """The spoilt file; none where the format has nothing of the kind."""
    content = mutator.make(form)
    return None if content == form.content else content


def test_every_valid_twin_loads_whole(twins: dict[str, Outcome]) -> None:
    assert len(FORMATS) >= 30
    for name, twin in twins.items():
        assert twin.refusal is None, name
        assert len(twin.facts) >= 4, name
        assert not twin.rejected, name


def test_there_are_enough_ways_to_spoil_a_file() -> None:
    names = [mutator.name for mutator in MUTATORS]
    assert len(set(names)) == len(names) >= 40


@pytest.mark.parametrize("number", range(len(MUTATORS)), ids=lambda number: MUTATORS[number].name)
def test_a_spoilt_file_is_refused_rejected_or_harmless(number: int, twins: dict[str, Outcome]) -> None:
    """One format for each way, another one for each."""
    mutator, forms = MUTATORS[number], list(FORMATS.values())
    turned = forms[number * 7 % len(forms) :] + forms[: number * 7 % len(forms)]
    form, content = next((form, content) for form in turned if (content := spoilt(mutator, form)) is not None)
    judged(mutator, form, outcome_of(form, content), twins[form.name])


def assert_generated(form: Format, chance: Random, how_many: int, twin: Outcome) -> Counter[tuple[str, str]]:
    """Spoil a file at random so many times, and count how it ended."""
    counted: Counter[tuple[str, str]] = Counter()
    for mutation in islice(mutations(form, chance), how_many):
        outcome = outcome_of(form, mutation.content)
        if outcome.refusal is not None:
            assert_it_says_where(outcome.refusal, form)
            counted[mutation.kind, "refused"] += 1
            continue
        is_equal = outcome.facts == twin.facts
        assert_nothing_is_invented(form, mutation.content, outcome)
        if mutation.must_be_noticed:
            assert is_equal or outcome.rejected, (form.name, mutation.content)
        if mutation.is_one_row:
            lost = Counter(twin.facts) - Counter(outcome.facts)
            assert lost.total() <= MOST_FACTS_A_ROW, (form.name, mutation.content)
        ending = "equal" if is_equal else "rejected" if outcome.rejected else "another sound file"
        counted[mutation.kind, ending] += 1
    return counted


def test_a_hundred_random_mutations_end_in_one_of_these_ways(twins: dict[str, Outcome]) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for number, form in enumerate(FORMATS.values()):
        counted += assert_generated(form, Random(number), 4, twins[form.name])  # noqa: S311 - no secret
    assert counted.total() >= 100


@pytest.mark.soak
def test_every_format_spoilt_in_every_way(twins: dict[str, Outcome]) -> None:
    by_family: dict[str, Counter[str]] = defaultdict(Counter)
    slowest = 0.0
    for mutator in MUTATORS:
        for form in FORMATS.values():
            content = spoilt(mutator, form)
            if content is None:
                continue
            started = time.perf_counter()
            outcome = outcome_of(form, content)
            slowest = max(slowest, time.perf_counter() - started)
            by_family[mutator.family][judged(mutator, form, outcome, twins[form.name])] += 1
    total = sum(by_family.values(), Counter[str]())
    kinds = Counter(mutator.family for mutator in MUTATORS)
    rows = [(family, kinds[family], counted) for family, counted in by_family.items()]
    table = [f"{len(MUTATORS)} mutators, {len(FORMATS)} formats, {total.total():,} files; slowest {slowest:.2f} s"]
    for family, kinds_qty, counted in [*rows, ("all", len(MUTATORS), total)]:
        ended = " ".join(f"{ending} {counted[ending]:5}" for ending in ENDINGS)
        table.append(f"{family:15} {kinds_qty:3} kinds  {ended}")
    print("\n" + "\n".join(table))  # noqa: T201 - the figures of docs/reliability.md
    assert slowest < 5.0


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(SEEDS))
def test_thousands_of_random_mutations_end_in_one_of_these_ways(seed: int, twins: dict[str, Outcome]) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    each = -(-OF_A_SEED // len(FORMATS))
    for number, form in enumerate(FORMATS.values()):
        chance = Random(1000 * (seed + 1) + number)  # noqa: S311 - no secret
        counted += assert_generated(form, chance, each, twins[form.name])
    print(f"\nseed {seed}: {counted.total():,} mutations: {dict(sorted(counted.items()))}")  # noqa: T201
    assert counted.total() >= OF_A_SEED


@pytest.mark.soak
def test_valid_files_load_beside_all_the_bad_ones(tmp_path: Path) -> None:
    """One landing folder with every spoilt file and every twin: each bad one is named, no twin is lost."""
    landing, sources, written = tmp_path / "landing", {}, 0
    for form in (form for form in FORMATS.values() if not form.is_positions):
        for mutator in (mutator for mutator in MUTATORS if mutator.says == "REFUSED"):
            content = spoilt(mutator, form)
            if content is not None:
                path = landing / f"bad-{mutator.name}" / form.name / form.file_name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                written += 1
        twin = landing / "good" / form.name / form.file_name
        twin.parent.mkdir(parents=True)
        twin.write_bytes(form.content)
        sources[f"{form.name}/{form.file_name}"] = form.hint or ""
    sources = {glob: series for glob, series in sources.items() if series} | {"tastytrade/*": ACCOUNT}
    with open_writer(tmp_path / "home", "the test") as store:
        report = ingest_paths(
            store, Archive(tmp_path / "home"), [landing], sources=sources, now=EVENING, chain_rules=RULES
        )
        apply_series(store, now=EVENING)
        refused = store.query("select count(*) from meta.refused_files").item()
    twins_qty = sum(not form.is_positions for form in FORMATS.values())
    found = f"{len(report.refused)} refused, {refused} contents on record"
    print(f"\n{written} bad files beside {twins_qty} twins: {found}")  # noqa: T201
    assert len(report.refused) == written
    assert {entry.source_file for entry in report.loaded} == {
        form.file_name for form in FORMATS.values() if not form.is_positions
    }
