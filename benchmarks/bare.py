"""A bare aiohttp loop that posts what robasync would post and records nothing; its loop is watched.

python benchmarks/bare.py FOLDER --url URL --workers 200
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

import aiohttp
import engine
import probe

from robasync import instruments, prompt
from robasync.extract import plain
from robasync.providers.openai import Dialect, encode


async def post(bodies: list[bytes], *, url: str, workers: int) -> dict:
    """Post the bodies, ``workers`` at a time, and return the rate and the lateness of a ticker."""
    ticker, left = probe.Ticker(), list(bodies)
    ticking = asyncio.create_task(ticker.run())
    connector = aiohttp.TCPConnector(limit=workers)
    headers = {"Content-Type": "application/json"}

    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def _work() -> None:
            while left:
                async with session.post(f"{url}/chat/completions", data=left.pop()) as response:
                    await response.read()

        began = time.perf_counter()
        await asyncio.gather(*(_work() for _ in range(workers)))
        wall = time.perf_counter() - began

    ticking.cancel()

    return {"rate": len(bodies) / wall, **probe.lateness(ticker)}


def bodies(folder: Path) -> list[bytes]:
    """Return the request that each report of a made session leads to."""
    instrument = instruments.load("robust-rct")
    asked = prompt.questionnaire(instrument, instrument.select(["1"]), outcome="proposed")

    return [_body(asked, path) for path in sorted(folder.rglob("*.txt"))]


def _body(asked: prompt.Questionnaire, path: Path) -> bytes:
    extract = plain.read(path.read_bytes(), path.name, media="text/plain")

    return encode(
        asked.prompt(extract, temperature=0.0, max_tokens=4096, run=1), model=engine.MODEL, dialect=Dialect()
    )


def main() -> None:
    options = parse()
    found = bodies(options.folder)
    print(engine.dump(asyncio.run(post(found, url=options.url, workers=options.workers))))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--workers", type=int, required=True)

    return parser.parse_args()


if __name__ == "__main__":
    main()
