"""The options that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class LogFormat(StrEnum):
    """How log lines are written."""

    TEXT = "text"
    JSON = "json"
    JOURNALD = "journald"


class LogLevel(StrEnum):
    """The least that is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


Config = Annotated[
    Path | None, typer.Option("-c", "--config", metavar="FILE", help="Settings file, JSON or TOML.")
]
InputFolder = Annotated[
    str | None, typer.Option("-i", "--input", metavar="FOLDER", help="Folder with the trial reports.")
]
OutputFolder = Annotated[
    str | None,
    typer.Option("-o", "--output", "--output-dir", metavar="FOLDER", help="Folder for the results."),
]
Workers = Annotated[
    str | None,
    typer.Option("-w", "--workers", metavar="N|auto", help="Documents worked on at the same time."),
]
BatchSize = Annotated[
    int | None, typer.Option("--batch-size", min=1, metavar="N", help="Documents per batch.")
]
Model = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="Configured model to ask, or 'rules'.")
]
Instrument = Annotated[
    str | None, typer.Option("--instrument", metavar="ID", help="Instrument: an id, or a TOML file.")
]
Result = Annotated[
    str | None, typer.Option("--outcome", metavar="TEXT", help="Outcome of interest of every study.")
]
Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="NAME", help="Assess this document whatever its design. Repeatable."),
]
Unpriced = Annotated[
    list[str] | None,
    typer.Option(
        "--unpriced", metavar="NAME", help="Ask this model though its price is unknown. Repeatable."
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option("--max-cost", min=0, metavar="AMOUNT", help="Hard cap on what the session costs in all."),
]
Ocr = Annotated[
    bool | None,
    typer.Option("--ocr/--no-ocr", help="Read pages that are images by text recognition (Tesseract)."),
]
Watch = Annotated[
    bool | None,
    typer.Option("--watch/--no-watch", help="Go on with new files in the input folder; do not end."),
]
Http = Annotated[
    str | None,
    typer.Option(
        "--http", metavar="HOST:PORT", help="Serve the live page, /metrics and /healthz while it runs."
    ),
]
Checkpoint = Annotated[
    str | None,
    typer.Option(
        "-s", "--session", metavar="CHECKPOINT", help="Path, file name or session id; default: the newest."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing first; it may cost whatever it takes.")]
Verbose = Annotated[bool, typer.Option("--verbose", help="More log lines, tracebacks.")]
LogFile = Annotated[Path | None, typer.Option("--log-file", metavar="FILE", help="Also log to this file.")]
LogStyle = Annotated[LogFormat, typer.Option("--log-format", help="How log lines are written.")]
LogLeast = Annotated[
    LogLevel | None, typer.Option("--log-level", help="The least that is logged; --verbose logs everything.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the facts as JSON on stdout.")]
