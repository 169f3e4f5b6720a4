"""The sections of the settings file other than the list of models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from robasync.model import CallsPer
from robasync.settings.base import (
    Above,
    Address,
    Amount,
    Calls,
    Count,
    Day,
    Flag,
    Hidden,
    Items,
    Judgements,
    Key,
    Location,
    Names,
    Percents,
    Positive,
    Runs,
    Section,
    Text,
    Workers,
)


class Paths(Section):
    """Where documents are read and results are written; relative to the working folder."""

    input_folder: Runs[Location | None] = Field(None, description="Folder with the trial reports.")
    output_folder: Runs[Location] = Field(Path("output"), description="Folder for results and reports.")
    checkpoint_file: Runs[Location | None] = Field(
        None, description="Checkpoint file; null = checkpoints/SESSION.checkpoint.json."
    )
    checkpoint_backup_dir: Runs[Location] = Field(
        Path("checkpoints/backups"), description="Folder for rotated copies of the checkpoint."
    )
    tessdata: Runs[Location | None] = Field(
        None, description="Folder with Tesseract's data for reading scans; null = looked for."
    )
    llm_pricing_config: Runs[Location | None] = Field(
        None, description="File with prices per 1,000 tokens by model; null = none."
    )


class Processing(Section):
    """What is assessed."""

    enable_resume: Runs[Flag] = Field(True, description="Write checkpoints while running.")
    eval_optional_items: Calls[Flag] = Field(True, description="Assess the optional items too.")
    ocr: Calls[Flag] = Field(False, description="Read pages that are images by text recognition (Tesseract).")
    start_index: Runs[Count] = Field(0, description="Documents to skip at the start of the folder.")
    batch_size: Runs[Positive] = Field(
        1, description="Documents per batch when above 1 and max_documents_per_batch is null."
    )
    llm_output_mode: Runs[Text] = Field("json", description="Kept for v2.0 files: answers are always JSON.")


class Parallel(Section):
    """How the work is spread, saved and limited."""

    max_workers: Runs[Workers] = Field("auto", description='Documents in work at a time, or "auto".')
    max_documents_per_batch: Runs[Positive | None] = Field(
        None, description="Documents per batch; null = processing.batch_size when above 1, else 50."
    )
    checkpoint_interval: Runs[Positive] = Field(10, description="Documents between two checkpoints.")
    checkpoint_on_batch_complete: Runs[Flag] = Field(True, description="Checkpoint after each batch.")
    checkpoint_on_error: Runs[Flag] = Field(True, description="Checkpoint when a document fails.")
    max_checkpoint_backups: Runs[Count] = Field(5, description="Rotated copies to keep; 0 = none.")
    retry_attempts: Runs[Count] = Field(3, description="Further attempts of a call that may pass.")
    grace_seconds: Runs[Amount] = Field(20.0, description="Seconds that calls get to finish on Ctrl+C.")
    patience_seconds: Runs[Amount] = Field(600.0, description="Seconds to wait for a server that is down.")
    timeout_seconds: Runs[Above] = Field(
        600.0, description="Seconds per document; waiting for rate limits is not counted."
    )
    memory_limit_gb: Runs[Above] = Field(2.0, description="Memory of each process that reads PDFs, in GB.")


class CheckpointSystem(Section):
    """How checkpoints are written."""

    compression: Runs[Flag] = Field(
        False, description="Compress checkpoints: zstd, or gzip without that extra."
    )
    encryption: Runs[Flag] = Field(
        False, description="Encrypt checkpoints, journal and result files; tables and report stay readable."
    )
    encryption_key: Annotated[Runs[Key | None], Hidden()] = Field(
        None,
        description="Key of 32 random bytes (openssl rand -hex 32): ${NAME}, file:PATH or credential:NAME.",
    )
    validation_on_save: Runs[Flag] = Field(True, description="Read each checkpoint back after writing.")
    auto_cleanup_old: Runs[Flag] = Field(
        True, description="Remove temporary files over a day old and surplus copies."
    )
    backup_interval: Runs[Positive] = Field(50, description="Documents between two rotated copies.")
    recovery_mode: Runs[Literal["automatic", "manual"]] = Field(
        "automatic", description="automatic = mend a damaged checkpoint; manual = stop and ask."
    )


class ExchangeRate(Section):
    """What a dollar was worth on a day, in another currency."""

    currency: Runs[Text] = Field(description="A three-letter code such as EUR.")
    per_usd: Runs[Above] = Field(description="How much of it one US dollar is.")
    date: Runs[Day] = Field(description="The day of the rate, as 2026-11-20.")


class CostTracking(Section):
    """What calls cost, and the cap."""

    enabled: Runs[Flag] = Field(
        True,
        description="Costs by model and cost reports; what is spent is told, and a cap holds, in any case.",
    )
    currency: Runs[Text] = Field("USD", description="Currency of reports and of the cap.")
    exchange_rates: Runs[tuple[ExchangeRate, ...]] = Field(
        (),
        description="For prices in another currency, each with its day; else nothing is converted.",
    )
    unpriced: Runs[Names] = Field(
        (), description="Models that may be asked although their price is unknown; not with a cap."
    )
    track_by_model: Runs[Flag] = Field(True, description="Costs and tokens by model in the checkpoint.")
    generate_reports: Runs[Flag] = Field(True, description="Write costs.csv and costs.json with the reports.")
    cost_alerts: Runs[Percents] = Field(
        True, description="Say when 50, 80 and 100 % of the cap are reached; or a list of percentages."
    )
    max_cost_threshold: Runs[Amount | None] = Field(
        None, description="Hard cap: no call is made that might exceed it; null = no cap."
    )


class RobFramework(Section):
    """The instrument and what it is applied to."""

    type: Calls[Text] = Field("robust-rct", description='Instrument, or "custom" with path.')
    core_items: Calls[Items] = Field(True, description="Core items: true, or a list of item names.")
    optional_items: Calls[Items] = Field(True, description="Optional items: true, false or a list.")
    path: Calls[Location | None] = Field(None, description="Instrument file of a custom type.")
    outcome: Calls[Text | None] = Field(None, description="Outcome to assess for; null = proposed.")
    calls_per: Calls[CallsPer] = Field(
        "instrument", description="What one call asks: instrument = everything, domain, or item."
    )
    accept: Judgements[Names] = Field((), description="Documents to assess although not seen as trials.")

    @model_validator(mode="after")
    def _custom_has_a_path(self) -> RobFramework:
        if self.type == "custom" and self.path is None:
            raise ValueError('type "custom" needs rob_framework.path, the instrument file')

        return self


class Service(Section):
    """How a run behaves that machines start and watch."""

    watch: Runs[Flag] = Field(False, description="Go on with new files in the input folder; do not end.")
    http: Runs[Address | None] = Field(
        None, description="HOST:PORT of the live page, /metrics and /healthz; null = off."
    )
    http_token: Annotated[Runs[Key | None], Hidden()] = Field(
        None, description="Token that requests must bear where http is no loopback address."
    )
    log_level: Runs[Literal["debug", "info", "warning", "error"]] = Field(
        "info", description="The least that is logged."
    )


class Thresholds(Section):
    """Upper limits of missing outcome data, in percent, each exclusive."""

    definitely_low: Judgements[Above] = Field(description="Below this percentage: definitely low.")
    probably_low: Judgements[Above] = Field(description="Below this percentage: probably low.")
    probably_high: Judgements[Above] = Field(description="Below this percentage: probably high.")

    @model_validator(mode="after")
    def _ascend(self) -> Thresholds:
        if not self.definitely_low < self.probably_low < self.probably_high <= 100:
            raise ValueError("three percentages that rise, none above 100")

        return self


class Domain6(Section):
    """Item 6, missing outcome data. Without thresholds the example ones are used and marked so."""

    thresholds: Judgements[Thresholds | None] = Field(
        None, description="Percentages fixed beforehand; null = example thresholds, marked as such."
    )

    @property
    def pre_specified(self) -> bool:
        """Whether the user has set the thresholds."""
        return self.thresholds is not None


__all__ = [
    "CheckpointSystem",
    "CostTracking",
    "Domain6",
    "Parallel",
    "Paths",
    "Processing",
    "RobFramework",
    "Service",
    "Thresholds",
]
