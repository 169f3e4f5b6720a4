"""What the library that serves HTTP complains of: told with --verbose only, since anybody may cause it."""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger(__name__)


class Complaints(logging.LoggerAdapter[logging.Logger]):
    """A logger for it: a request that is no HTTP, or that its sender gave up, is no event of the run."""

    def __init__(self) -> None:
        super().__init__(log)

    def log(self, level: int, msg: object, *args: object, exc_info: Any = None, **_: Any) -> None:
        """Tell it at debug, whatever the ``level``."""
        del level
        words = str(msg) % args if args else str(msg)
        log.debug(
            "A request over HTTP was not answered: %s",
            words,
            exc_info=exc_info,
            extra={"event": "request_failed"},
        )
