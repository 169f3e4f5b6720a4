"""robasync with a ticker in its event loop.

    python benchmarks/ticking.py FILE robasync run ...

Runs the command as it is; how late the ticker was is written to FILE, as JSON, when the loop ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio

sys.path.insert(0, str(Path(__file__).resolve().parent))


def beside_a_ticker(notes: Path) -> Callable[..., Any]:
    """Return what takes the place of ``anyio.run``."""
    import probe

    run = anyio.run

    async def ticking(function: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        ticker = probe.Ticker()

        try:
            async with anyio.create_task_group() as beside:
                beside.start_soon(ticker.run)
                result = await function(*arguments)
                beside.cancel_scope.cancel()
        finally:
            notes.write_text(json.dumps({"ticks": len(ticker.late), **probe.lateness(ticker)}))

        return result

    return lambda function, *arguments: run(ticking, function, *arguments)


def main() -> None:
    """Run the command that follows the name of the file."""
    anyio.run = beside_a_ticker(Path(sys.argv[1]))
    del sys.argv[:2]

    from robasync.__main__ import main as command

    command()


if __name__ == "__main__":
    main()
