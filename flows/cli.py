"""The command line. Imports are lazy: `--help` must not wait for Prefect, Polars or WeasyPrint."""

from __future__ import annotations

import datetime as dt
import sys
import traceback
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.errors import CondorwatchError, ExitCode, UsageError, disk_problem

if TYPE_CHECKING:
    from flows.settings import Settings

app = typer.Typer(
    name="condorwatch",
    help="End-of-day hedge status of SPX iron condors and the VIX calls bought against them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
book_app = typer.Typer(help="Positions and fills.", no_args_is_help=True)
app.add_typer(book_app, name="book")
config_app = typer.Typer(help="Settings in force.", no_args_is_help=True)
app.add_typer(config_app, name="config")


class Source(StrEnum):
    """Where the night's files come from."""

    simulated = "simulated"
    files = "files"
    cboe = "cboe"


class Broker(StrEnum):
    """Whose statement is imported."""

    auto = "auto"
    own = "own"
    tastytrade = "tastytrade"
    schwab = "schwab"
    ibkr = "ibkr"


class Format(StrEnum):
    """How `sql` gives its answer; a cell of CSV that a spreadsheet would calculate gets an apostrophe."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


class PaperSize(StrEnum):
    """What the PDF is laid out for."""

    letter = "Letter"
    a4 = "A4"


class Reports(StrEnum):
    """Which sessions of a backfill get a report."""

    none = "none"
    last = "last"
    all = "all"


Home = Annotated[Path | None, typer.Option(help="Folder for everything the program writes (default ./var).")]
Config = Annotated[Path | None, typer.Option(help="TOML configuration file.")]
Session = Annotated[str | None, typer.Option(help="Trading session, YYYY-MM-DD.")]


def main() -> None:
    """Run the program; print a sentence and a hint for what the user can mend, a traceback only with --debug."""
    is_debugging = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        code = app(args=arguments, standalone_mode=False)
    except Exception as problem:  # noqa: BLE001 - the last door: what nobody foresaw still ends in a sentence
        if is_debugging:
            traceback.print_exception(problem)
        code = _explained(problem)
    sys.exit(code or 0)


def _explained(problem: Exception) -> int:
    """Say what went wrong and what to do about it; the exit code."""
    from warehouse.errors import WarehouseError

    if isinstance(problem, OSError):
        problem = disk_problem(problem) or problem
    if isinstance(problem, CondorwatchError):
        _complain(problem.sentence, problem.hint)
        return problem.exit_code
    if isinstance(problem, WarehouseError):
        _complain(problem.finding, problem.hint)
        return ExitCode.UNEXPECTED
    # The errors of the command line library have no importable name of their own: Typer brings its own copy of Click.
    usage = getattr(problem, "format_message", None)
    if usage is not None:
        _complain(usage(), "Add --help to see what the command takes.")
        return ExitCode.USAGE
    if isinstance(problem, typer.Abort):
        _complain("Stopped.", "What was committed stays; run the same command again to go on.")
        return ExitCode.UNEXPECTED
    _complain(str(problem) or type(problem).__name__, "Run the same command with --debug to see where.")
    return ExitCode.UNEXPECTED


def _complain(sentence: str, hint: str) -> None:
    """A sentence, then a hint; nothing where the help has been printed instead (a command without its subcommand)."""
    if sentence:
        sys.stderr.write(f"condorwatch: {sentence}\n" + (f"Hint: {hint}\n" if hint else ""))


def now() -> dt.datetime:
    """The wall clock: the only place that reads it."""
    return dt.datetime.now(tz=dt.UTC)


def _date(text: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{text!r} is not a date.", hint="Write dates as YYYY-MM-DD, e.g. 2023-02-15.") from None


def _expected(text: str | None, at: dt.datetime) -> dt.date | None:
    """A date, or `yesterday`: the last session before today in New York."""
    from transforms.market.calendar import NEW_YORK, previous_session

    return previous_session(at.astimezone(NEW_YORK).date()) if text == "yesterday" else _date(text)


def _instant(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise UsageError(
            f"{text!r} is not an instant.", hint="Write it with its offset from UTC, e.g. 2023-02-15T18:00:00-05:00."
        )
    return instant.astimezone(dt.UTC)


def _settings(config: Path | None, **given: object) -> Settings:
    from flows.settings import load_settings
    from flows.warehouse_settings import settle_warehouse

    return settle_warehouse(load_settings(config, **given))


def _version(*, is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"condorwatch {version('condorwatch')}")
        raise typer.Exit


@app.callback()
def program(
    *,
    _version_asked: Annotated[
        bool,
        typer.Option("--version", callback=lambda asked: _version(is_asked=asked), is_eager=True, help="Print it."),
    ] = False,
) -> None:
    """End-of-day hedge status of SPX iron condors and the VIX calls bought against them."""


@app.command()
def nightly(  # noqa: PLR0913 - the options are the interface
    *,
    session: Session = None,
    source: Annotated[
        Source | None,
        typer.Option(help="Where files come from (default: files when --landing is set, else simulated)."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated market.")] = 7,
    landing: Annotated[Path | None, typer.Option(help="Folder vendor files arrive in.")] = None,
    book: Annotated[
        Path | None, typer.Option(help="Fills CSV or broker statement to import first; idempotent.")
    ] = None,
    home: Home = None,
    config: Config = None,
    no_email: Annotated[bool, typer.Option("--no-email", help="Do not deliver by e-mail.")] = False,
    direct: Annotated[
        bool, typer.Option("--direct", help="Run the same functions without the Prefect engine.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Run again even when nothing is new.")] = False,
) -> None:
    """Run the whole night of one session: ingest, build, check, publish, render.

    Examples:

        condorwatch nightly

        condorwatch nightly --source files --landing ~/downloads --session 2023-02-15 --book fills.csv --direct
    """
    from flows.night import NightRequest
    from flows.nightly import run_direct, run_with_prefect
    from flows.notices import announced

    settings = _settings(config, home=home, landing=landing)
    request = NightRequest.build(
        settings,
        source=source.value if source else None,
        session_date=_date(session),
        seed=seed,
        book=book,
        is_forced=force,
        now=now(),
        sends_email=not no_email,
    )
    run = run_direct if direct else run_with_prefect
    outcome = announced(settings, request.session_date, lambda: run(request, settings, clock=now))
    typer.echo(outcome.status_line)
    for path in outcome.report_paths:
        typer.echo(path)
    for note in outcome.notes:
        typer.echo(note, err=True)
    raise typer.Exit(outcome.exit_code)


@app.command()
def backfill(  # noqa: PLR0913 - the options are the interface
    *,
    first: Annotated[str | None, typer.Option("--from", help="First session, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last session, YYYY-MM-DD.")] = None,
    count: Annotated[int | None, typer.Option("--last", help="The last N sessions instead.", min=1)] = None,
    source: Annotated[Source | None, typer.Option(help="As for nightly.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated market.")] = 7,
    landing: Annotated[Path | None, typer.Option(help="Folder vendor files arrive in.")] = None,
    reports: Annotated[Reports, typer.Option(help="Which sessions get a report.")] = Reports.last,
    home: Home = None,
    config: Config = None,
    jobs: Annotated[int, typer.Option(help="Processes that read and price the chains.", min=1)] = 1,
    dask: Annotated[
        str | None, typer.Option(help="They are those of a Dask cluster: its scheduler's address, or `local`.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run sessions again that are done.")] = False,
) -> None:
    """Run many sessions, one after the other; what is done is skipped, so a stopped backfill goes on where it was.

    Examples:

        condorwatch backfill --source simulated --last 60

        condorwatch backfill --source files --landing ~/downloads --from 2023-01-03 --to 2023-03-31 --reports none

        condorwatch backfill --last 250 --jobs 4
    """
    from flows.backfill import BackfillRequest, run_backfill, run_on_dask

    settings = _settings(config, home=home, landing=landing)
    request = BackfillRequest(
        first=_date(first),
        last=_date(last),
        count=count,
        source=source.value if source else None,
        seed=seed,
        reports=reports.value,
        is_forced=force,
        jobs=jobs,
    )
    run = run_backfill if dask is None else partial(run_on_dask, address=dask)
    outcome = run(request, settings, clock=now)
    typer.echo(outcome.line)
    for path in outcome.report_paths:
        typer.echo(path)
    raise typer.Exit(outcome.exit_code)


@app.command()
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders.")] = None,
    *,
    withdraw: Annotated[
        list[str] | None,
        typer.Option(metavar="LOAD_ID", help="Take back a file loaded by mistake; may be given several times."),
    ] = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Recognise, archive and load files; print what each was, its session, rows accepted and rejected.

    Examples:

        condorwatch ingest ~/downloads

        condorwatch ingest --withdraw 3f0c9a5d2b7e8146
    """
    from flows.ingest_command import ingest_files, withdraw_files

    if bool(paths) == bool(withdraw):
        raise UsageError("Name files to take in, or loads to --withdraw.", hint="One at a time.")
    settings = _settings(config, home=home)
    if withdraw:
        withdraw_files(withdraw, settings, now=now(), echo=typer.echo)
        raise typer.Exit(ExitCode.DONE)
    refused = ingest_files(paths or [], settings, now=now(), echo=typer.echo)
    raise typer.Exit(ExitCode.DATA_HOLD if refused else ExitCode.DONE)


@app.command()
def report(  # noqa: PLR0913 - the options are the interface
    *,
    session: Annotated[str, typer.Option(help="Trading session, YYYY-MM-DD.")],
    known_at: Annotated[
        str | None, typer.Option(help="As it was known at this instant (ISO 8601 with offset).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to (default: the home's report folder).")] = None,
    paper: Annotated[PaperSize | None, typer.Option(help="Paper of the PDF (default: the setting, Letter).")] = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Render the report of a session again, from the published warehouse.

    Examples:

        condorwatch report --session 2023-02-15 --paper A4 --out /tmp/again

        condorwatch report --session 2023-02-15 --known-at 2023-02-15T18:00:00-05:00
    """
    from flows.known_at import render_as_known
    from flows.publish import render_from_published

    day, instant = _date(session), _instant(known_at)
    assert day is not None  # noqa: S101 - the option is required
    settings = _settings(config, home=home, paper=paper.value if paper else None)
    if instant is None:
        paths = render_from_published(settings, day, out=out)
    else:
        paths = render_as_known(settings, day, known_at=instant, now=now(), out=out)
    for path in paths:
        typer.echo(path)


@app.command()
def rebuild(
    *,
    session: Session = None,
    everything: Annotated[bool, typer.Option("--all", help="Every session (the default).")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Where it differs, put the rebuilt warehouse in the place of this one.")
    ] = False,
    home: Home = None,
    config: Config = None,
) -> None:
    """Make the warehouse again from the archived files and compare content hashes; exit 3 when something differs.

    Examples:

        condorwatch rebuild --session 2023-02-15

        condorwatch rebuild --all
    """
    from flows.rebuild_command import rebuild as made_again

    if everything and session is not None:
        raise UsageError("Give --session or --all, not both.", hint="--all rebuilds every session.")
    settings = _settings(config, home=home)
    raise typer.Exit(made_again(settings, session_date=_date(session), is_replacing=replace, echo=typer.echo))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A report: PDF, HTML or JSON, wherever it lies now.")],
    *,
    home: Home = None,
    config: Config = None,
) -> None:
    """Check a report against the manifest of the night that wrote it; exit 3 when no night did.

    Example:

        condorwatch verify ~/Downloads/hedge-status.pdf
    """
    from flows.verify_command import verify_file

    verify_file(file, _settings(config, home=home), echo=typer.echo)


@app.command()
def send(
    *,
    session: Annotated[str, typer.Option(help="Trading session, YYYY-MM-DD.")],
    resend: Annotated[
        bool,
        typer.Option("--resend", help="Send again: what may have arrived or, where nothing is in doubt, everything."),
    ] = False,
    home: Home = None,
    config: Config = None,
) -> None:
    """Deliver the published report of a session by e-mail; what was accepted is not sent twice.

    Example:

        condorwatch send --session 2023-02-15 --config condorwatch.toml
    """
    from flows.mail import send_session

    day = _date(session)
    assert day is not None  # noqa: S101 - the option is required
    settings = _settings(config, home=home)
    raise typer.Exit(send_session(settings, day, is_resend=resend, clock=now, echo=typer.echo))


@app.command()
def sql(  # noqa: PLR0913 - the options are the interface
    query: Annotated[
        str | None, typer.Argument(help="A query; several accounts and sessions are in one place.")
    ] = None,
    *,
    name: Annotated[str | None, typer.Option(help="Run a named example query.")] = None,
    list_names: Annotated[bool, typer.Option("--list", help="List the named queries.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to give the answer.")] = Format.table,
    out: Annotated[Path | None, typer.Option(help="File to write the answer to; parquet needs one.")] = None,
    session: Session = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Ask the published warehouse; read-only, sandboxed, and within limits of time, rows and memory.

    Examples:

        condorwatch sql "select session_date, status, net_delta_usd_per_pt from mart.book_daily"

        condorwatch sql --name hedge_pay_when_put_itm --format csv

        condorwatch sql "from core.option_marks_daily" --format parquet --out marks.parquet
    """
    from flows.sql_command import Question, ask

    if sum((query is not None, name is not None, list_names)) != 1:
        raise UsageError(
            "Give one of: a query, --name or --list.", hint="condorwatch sql --list shows the named queries."
        )
    question = Question(query=query, name=name, session_date=_date(session), output=output.value, out=out)
    typer.echo(ask(_settings(config, home=home), question))


@app.command()
def export(  # noqa: PLR0913 - the options are the interface
    *,
    parquet: Annotated[Path, typer.Option(help="Folder to write to; a later export writes only what has changed.")],
    first: Annotated[str | None, typer.Option("--from", help="First session, YYYY-MM-DD.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last session, YYYY-MM-DD.")] = None,
    tables: Annotated[
        str | None, typer.Option(help="Only these, with commas between; * stands for anything: core.*,mart.book_daily")
    ] = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Write the published warehouse as Parquet files, Hive-partitioned; exit 4 when nothing has changed.

    Examples:

        condorwatch export --parquet ~/lake

        condorwatch export --parquet ~/lake --from 2023-01-03 --to 2023-03-31 --tables "core.*,mart.*"
    """
    from flows.exchange_commands import export_warehouse

    settings = _settings(config, home=home)
    typer.echo(export_warehouse(settings, parquet, tables=tables, first=_date(first), last=_date(last)))


@app.command("import")
def import_export(
    folder: Annotated[Path, typer.Argument(help="Folder of an export.")],
    *,
    home: Home = None,
    config: Config = None,
) -> None:
    """Take an export into an empty home and publish it; exit 3 when a file is damaged or foreign.

    Example:

        condorwatch import ~/lake --home /srv/second
    """
    from flows.exchange_commands import import_warehouse

    typer.echo(import_warehouse(_settings(config, home=home), folder))


@app.command()
def compact(*, home: Home = None, config: Config = None) -> None:
    """Drop what the retention settings allow, by default nothing, and write the database to its smallest.

    Example:

        condorwatch compact --config condorwatch.toml
    """
    from flows.compact_command import compact as made_small

    raise typer.Exit(made_small(_settings(config, home=home), echo=typer.echo))


@book_app.command("import")
def book_import(
    statements: Annotated[list[Path], typer.Argument(help="Our own fills CSV, or a broker's statement.")],
    *,
    broker: Annotated[Broker, typer.Option(help="Whose statement it is; by its content when auto.")] = Broker.auto,
    account: Annotated[str | None, typer.Option(help="Whose account, where neither file nor its name says.")] = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Take fills into the book; a statement may come again, or overlap with an earlier one.

    Examples:

        condorwatch book import fills.csv

        condorwatch book import tastytrade_transactions_history_x5WX00001_230101_to_230215.csv --account main
    """
    from flows.book_import import import_statements

    settings = _settings(config, home=home)
    raise typer.Exit(
        import_statements(statements, settings, broker=broker.value, account=account, now=now(), echo=typer.echo)
    )


@book_app.command("show")
def book_show(*, session: Session = None, home: Home = None, config: Config = None) -> None:
    """Print what is held, from the published warehouse.

    Example:

        condorwatch book show --session 2023-02-15
    """
    from flows.book_commands import show_book

    typer.echo(show_book(_settings(config, home=home), session_date=_date(session), now=now()))


@book_app.command("check")
def book_check(
    *,
    positions: Annotated[Path | None, typer.Option(help="A broker's list of positions to compare with.")] = None,
    account: Annotated[str | None, typer.Option(help="Whose positions, where the file does not say.")] = None,
    session: Session = None,
    home: Home = None,
    config: Config = None,
) -> None:
    """Hold the book against itself and against a broker's positions; exit 3 when something differs.

    Example:

        condorwatch book check --positions All-Accounts-Positions-2023-02-15-161500.csv
    """
    from flows.book_commands import check_book

    raise typer.Exit(
        check_book(
            _settings(config, home=home),
            positions=positions,
            account=account,
            session_date=_date(session),
            now=now(),
            echo=typer.echo,
        )
    )


@app.command()
def schedule(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Run what is due now and end: for cron and systemd, without Prefect.")
    ] = False,
    home: Home = None,
    config: Config = None,
) -> None:
    """Run every session's night by itself: 105 minutes after the close, missed ones in order, held ones again.

    Serves the deployment on a running Prefect server; with --once nothing of Prefect is needed.

    Examples:

        condorwatch schedule --config condorwatch.toml

        condorwatch schedule --once --config condorwatch.toml
    """
    from flows.schedule_command import run_once, serve_schedule

    settings = _settings(config, home=home)
    if not once:
        serve_schedule(settings, config=config, home=home)
        return
    outcome = run_once(settings, clock=now)
    for line in (*outcome.lines, *outcome.report_paths):
        typer.echo(line)
    raise typer.Exit(outcome.exit_code)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("condorwatch.toml"),
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace the file that is there.")] = False,
) -> None:
    """Write a commented configuration file: every setting with its default.

    Example:

        condorwatch init
    """
    from flows.config_file import write_configuration

    write_configuration(file, is_forced=force)
    typer.echo(file)


@config_app.command("show")
def config_show(
    *,
    config: Config = None,
    home: Home = None,
    landing: Annotated[Path | None, typer.Option(help="Folder vendor files arrive in.")] = None,
) -> None:
    """Print every setting in force and whether default, file, environment or command line says so; secrets masked.

    Example:

        condorwatch config show --config condorwatch.toml
    """
    from flows.config_show import config_lines

    for line in config_lines(config, home=home, landing=landing):
        typer.echo(line)


@app.command()
def doctor(
    *,
    expect_session: Annotated[
        str | None, typer.Option(help="Session that should be published: a date, or yesterday (the last one).")
    ] = None,
    email: Annotated[bool, typer.Option("--email", help="Mail the findings when something is wrong.")] = False,
    notify: Annotated[bool, typer.Option("--notify", help="Tell the health check and the webhook.")] = False,
    home: Home = None,
    config: Config = None,
) -> None:
    """Check environment, configuration and freshness; non-zero when something is wrong, each with a remedy.

    Examples:

        condorwatch doctor

        condorwatch doctor --expect-session yesterday --email --config condorwatch.toml
    """
    from flows.doctor import examine
    from flows.doctor_report import report_text, send_report
    from flows.notices import given

    settings, at = _settings(config, home=home), now()
    findings = examine(settings, expected=_expected(expect_session, at), now=at)
    for finding in findings:
        typer.echo(finding.line)
    is_well = all(finding.is_fine for finding in findings)
    if notify:
        told = given(settings.notices, None if is_well else "\n".join(report_text(findings)), is_well=is_well)
        for line in told:
            typer.echo(line, err=True)
    if email and not is_well:
        typer.echo(send_report(settings, findings, now=at))
    raise typer.Exit(ExitCode.DONE if is_well else ExitCode.UNEXPECTED)
