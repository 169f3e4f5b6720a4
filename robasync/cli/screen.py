"""The monitor's screen: a session as a few tables for a terminal. Pure but for the library that draws."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from robasync.cli.phrases import count, money, studies
from robasync.service.monitor import Sight
from robasync.service.progress import duration
from robasync.service.status import Money, State, Status

ERRORS = 5  # of the newest that are shown
WIDTH = 110  # columns; a wider terminal makes no longer lines
NARROW = 60  # columns, below which tables have fewer
_CLOCK = slice(11, 19)  # of an ISO 8601 time
_SECONDS = slice(0, 19)
_STYLES = {"assessed": "green", "refused": "yellow", "failed": "red"}
_STATES = {
    State.WORKING: ("working", "bold green"),
    State.PAUSED: ("paused: no further study begins", "bold yellow"),
    State.WAITING: ("waiting for files", "bold green"),
    State.DRAINING: ("asked to stop; it finishes the calls that are under way", "bold yellow"),
    State.FINISHED: ("finished", "bold green"),
    State.STOPPED: ("stopped", "bold yellow"),
}


def screen(sight: Sight, width: int) -> RenderableType:
    """Return what a terminal of so many columns shows of a session."""
    status, is_narrow = sight.status, width < NARROW
    parts: list[RenderableType] = [_head(sight), Text(), _bar(status), _counts(status), Text(), _facts(sight)]

    if status.used:
        parts += [Text(), _models(status, is_narrow=is_narrow)]

    if sight.finished:
        rows = ((one.time, one.status, one.document, one.words) for one in sight.finished)
        parts += [Text(), _events("Newest outcomes", rows, is_narrow=is_narrow)]

    if status.errors:
        newest = list(reversed(status.errors))[:ERRORS]
        failures = ((one.time, "failed", one.document, one.error) for one in newest)
        parts += [
            Text(),
            _events(f"Newest failures, of {status.errors_total:,}", failures, is_narrow=is_narrow),
        ]

    title = Text("" if is_narrow else "robasync monitor: ", style="bold").append(printable(status.session))

    return Panel(Group(*parts), title=title, title_align="left", width=WIDTH, padding=(0, 1))


def words(sight: Sight) -> str:
    """Return in a sentence who works on the session; if nobody, what is left and how to go on."""
    status = sight.status

    if sight.worker:
        return f"{_STATES[status.state][0]}: {sight.worker}"

    if status.state is State.FINISHED:
        again = f"; {count(status.progress.failed, 'study', 'studies')} failed" * bool(status.progress.failed)

        return f"Nobody works on this session now; nothing is left{again}."

    verb = "is" if status.progress.left == 1 else "are"

    return (
        f"Nobody works on this session now; {studies(status.progress.left)} {verb} left; "
        f"continue with: robasync resume -s {status.name}"
    )


def printable(text: str) -> str:
    """Return ``text`` on one line, without what would steer a terminal: it may be a stranger's."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _head(sight: Sight) -> RenderableType:
    said = Text(printable(words(sight)), style=_STATES[sight.status.state][1])

    if sight.problem:
        said.append(f"\n{printable(sight.problem)} Shown is what was there before.", style="bold red")

    return said


def _bar(status: Status) -> RenderableType:
    progress = status.progress
    finished = progress.done + progress.failed
    share = finished / progress.total if progress.total else 1.0
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(ratio=1)
    row.add_column(justify="right")
    row.add_row(
        ProgressBar(max(progress.total, 1), finished, complete_style="green", finished_style="green"),
        f"{share:.1%}",
    )

    return row


def _counts(status: Status) -> Text:
    progress = status.progress
    said = Text(f"{studies(progress.total)}: ")
    said.append(f"{status.assessed:,} assessed", style=_STYLES["assessed"])
    said.append(", ").append(f"{status.refused:,} refused", style=_STYLES["refused"])
    said.append(", ").append(
        f"{progress.failed:,} failed", style=_STYLES["failed"] if progress.failed else ""
    )

    return said.append(f", {progress.left:,} left")


def _facts(sight: Sight) -> Table:
    status = sight.status
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    table.add_row("Rate", _rate(status))
    table.add_row("Batch", f"{status.batch:,} of {max(status.batches, 1):,}")
    table.add_row("Money", _spent(status.money))
    table.add_row("Uncertain calls", _uncertain(status))
    table.add_row("Started", printable(status.started[_SECONDS].replace("T", " ")))
    newest = printable(sight.newest_record[_SECONDS].replace("T", " "))
    table.add_row("Newest record", f"{newest}, number {status.records:,}")

    return table


def _rate(status: Status) -> str:
    progress = status.progress

    if not progress.rate:
        return "none in the last minutes" if status.state in (State.WORKING, State.DRAINING) else "none now"

    is_going = status.state in (State.WORKING, State.DRAINING)
    left = f", about {duration(progress.seconds_left)} left" if progress.seconds_left and is_going else ""

    return f"{progress.rate * 60:.1f} studies a minute{left}"


def _spent(told: Money) -> str:
    spent = f"{money(told.spent, told.currency)} spent" if told.spent is not None else "price unknown"
    held = f", {money(told.reserved, told.currency)} held for open calls" if told.reserved else ""

    if told.cap is None:
        return f"{spent}{held}; no cap"

    share = f" ({(told.spent + told.reserved) / told.cap:.0%})" if told.spent is not None and told.cap else ""

    return f"{spent}{held}, of at most {money(told.cap, told.currency)}{share}"


def _uncertain(status: Status) -> str:
    uncertain = f"{status.uncertain:,}" if status.uncertain else "none"

    return f"{uncertain}; {status.calls_in_flight:,} under way" if status.calls_in_flight else uncertain


def _models(status: Status, *, is_narrow: bool) -> Table:
    counts = ("Tokens in", "Cached", "Tokens out")
    table = _table("Model", "Answers", *(() if is_narrow else counts), "Cost")

    for one in status.used:
        cost = money(None if one.unpriced else one.cost, status.money.currency)
        tokens = () if is_narrow else (one.input_tokens, one.cached_tokens, one.output_tokens)
        table.add_row(Text(printable(one.model)), f"{one.replies:,}", *(f"{each:,}" for each in tokens), cost)

    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first, no_wrap=True, overflow="ellipsis", max_width=40)

    for name in others:
        table.add_column(name, justify="right")

    return table


def _events(title: str, rows: Iterable[tuple[str, str, str, str]], *, is_narrow: bool) -> Table:
    """Return a line for each, or two where one is too short for them."""
    table = Table(
        box=None,
        padding=(0, 2, 0, 0),
        title=title,
        title_justify="left",
        title_style="dim",
        show_header=False,
        pad_edge=False,
    )

    # Of what does not fit, the last columns give way: the others may not be wrapped.
    for least, most in ((8, 8), (8, 60)) if is_narrow else ((8, 8), (8, 8), (10, 32), (10, 60)):
        table.add_column(no_wrap=most == 8, min_width=least, max_width=most)

    for time, status, document, said in rows:
        words = said.removeprefix(f"{document}: ")
        cells = tuple(map(_cell, (time[_CLOCK], status, document, words)))

        if is_narrow:
            table.add_row(cells[0], cells[2])
            table.add_row(cells[1], cells[3])
        else:
            table.add_row(*cells)

    return table


def _cell(text: str) -> Text:
    return Text(printable(text), style=_STYLES.get(text, ""), no_wrap=True, overflow="ellipsis")
