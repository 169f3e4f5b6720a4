"""Every line of the log has an event with documented fields: what programs filter by, not the words."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator

from robasync.service import logs
from tests import source

LEVELS = {"debug", "info", "warning", "error", "log"}
TABLE = source.ROOT / "docs" / "logs.md"
HEAD = "| event | level | fields | the line |\n|---|---|---|---|\n"
TAKEN = {"time", "level", "logger", "message", "traceback", "event"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call that logs, and where it stands."""
    for module in source.modules().values():
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and isinstance(node.func.value, ast.Name)
                and node.func.value.id == "log"
                and node.func.attr in LEVELS
            ):
                yield module.at(node), node


def bound(call: ast.Call) -> dict[str, ast.expr]:
    """Return what the call binds: event and fields by name."""
    extra = next((keyword.value for keyword in call.keywords if keyword.arg == "extra"), None)

    if not isinstance(extra, ast.Dict):
        return {}

    return {
        key.value: value
        for key, value in zip(extra.keys, extra.values, strict=True)
        if isinstance(key, ast.Constant)
    }


def row(call: ast.Call) -> str:
    """Return the line of the table that a call makes necessary."""
    names = bound(call)
    event = names.pop("event", ast.Constant("?"))
    word = ast.literal_eval(event) if isinstance(event, ast.Constant) else ast.unparse(event)
    level = {"log": "varies"}.get(call.func.attr, call.func.attr)
    text = next((part.value for part in call.args if isinstance(part, ast.Constant)), "")
    fields = ", ".join(f"`{name}`" for name in names)

    return f"| `{word}` | {level} | {fields} | {text.strip()} |"


def test_every_line_has_an_event():
    """A literal name in ``extra``, so that it can be looked up."""
    assert [where for where, call in calls() if not isinstance(bound(call).get("event"), ast.Constant)] == []


def test_the_table_holds_every_event_and_no_other():
    """docs/logs.md is never out of date: put the rows that differ there."""
    made = sorted({row(call) for _, call in calls()})
    told = TABLE.read_text().split(HEAD)[1].splitlines()

    assert told == made, "\n" + "\n".join(made)


def test_no_field_takes_another_place():
    """A field is neither one of the line's own nor one that the logging module refuses."""
    own = TAKEN | set(vars(logging.makeLogRecord({})))

    assert [where for where, call in calls() if (set(bound(call)) - {"event"}) & own] == []


def test_fields_are_what_is_bound():
    """The formatters find the same names as this test."""
    record = logging.makeLogRecord({"event": "failed", "document": "a.txt"})

    assert logs.fields(record) == {"event": "failed", "document": "a.txt"}
