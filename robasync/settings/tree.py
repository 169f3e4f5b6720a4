"""The whole tree of settings and its defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import Field, PrivateAttr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from robasync.settings.models import ModelSettings
from robasync.settings.sections import (
    CheckpointSystem,
    CostTracking,
    Domain6,
    Parallel,
    Paths,
    Processing,
    RobFramework,
    Service,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where settings came from; those that say the same are equal, wherever that is."""

    read: Callable[[], Settings] | None = field(default=None, compare=False)


class Settings(BaseSettings):
    """Every setting of robasync, checked and frozen. Built by ``load``.

    ``repr``, ``model_dump`` and errors never hold a secret.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix="ROBASYNC_",
        env_nested_delimiter="__",
    )

    paths: Paths = Field(Paths(), description="Relative paths are relative to the working folder.")
    processing: Processing = Field(Processing(), description="What is assessed.")
    parallel: Parallel = Field(Parallel(), description="How the work is spread, saved and limited.")
    checkpoint_system: CheckpointSystem = Field(
        CheckpointSystem(), description="How checkpoints are written."
    )
    llm_models: tuple[ModelSettings, ...] = Field(
        (), description="Models to ask; empty = the offline pattern-matching baseline."
    )
    cost_tracking: CostTracking = Field(CostTracking(), description="Costs and the cap.")
    rob_framework: RobFramework = Field(RobFramework(), description="Instrument and outcome.")
    domain6: Domain6 = Field(Domain6(), description="Item 6, missing outcome data.")

    service: Service = Field(Service(), description="For runs that machines start and watch.")

    _notices: tuple[str, ...] = PrivateAttr(())
    _origin: Origin = PrivateAttr(Origin())

    @property
    def notices(self) -> tuple[str, ...]:
        """One line for each key that was accepted but has no effect."""
        return self._notices

    def read_again(self) -> Settings:
        """Return what the places that these settings came from say now. Raises SettingsError."""
        return self._origin.read() if self._origin.read else self

    def read_by(self, read: Callable[[], Settings]) -> Settings:
        """Return the same settings, which ``read`` reads again."""
        copy = self.model_copy()
        copy._origin = Origin(read)  # noqa: SLF001  (the copy is one of us)

        return copy

    def with_notices(self, notices: tuple[str, ...]) -> Settings:
        """Return the same settings with these notices."""
        copy = self.model_copy()
        copy._notices = notices  # noqa: SLF001  (the copy is one of us)

        return copy

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from ``load`` only, which reads every place and knows each one's name."""
        return (init_settings,)

    @model_validator(mode="after")
    def _names_differ(self) -> Settings:
        names = [model.name for model in self.llm_models]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"llm_models: the name {twice[0]!r} is used twice; each model needs its own")

        return self
