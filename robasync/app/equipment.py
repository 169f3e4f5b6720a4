"""What a run works with: the machine's means, optional libraries, text recognition."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Mapping
from importlib import import_module, metadata
from typing import NamedTuple

from robasync import __version__
from robasync.app import recognition
from robasync.errors import RobasyncError
from robasync.extract.library import pymupdf
from robasync.service import doctor, memory
from robasync.service.doctor import Check, State
from robasync.service.machine import cores, descriptors, quota
from robasync.settings import Settings

DISTRIBUTION = "robasync"
WITHOUT_SCANS = "no data for English; needed for --ocr and to compare a scan's own text with its image"
_NAME = re.compile(r"[\w.-]+")


class Extra(NamedTuple):
    """A library that pip installs on demand: any of ``modules`` is enough."""

    name: str
    modules: tuple[str, ...]
    purpose: str


EXTRAS = (
    Extra("crypto", ("cryptography.hazmat.primitives.ciphers.aead",), "encrypts checkpoints and journal"),
    Extra("zstd", ("compression.zstd", "backports.zstd"), "makes checkpoints smaller"),
    Extra("watch", ("watchfiles",), "sees new files at once with --watch"),
)


def machine(workers: int) -> Iterator[Check]:
    """Yield the machine's means against so many workers."""
    readers = cores()
    yield doctor.descriptors(descriptors(), workers=workers, readers=readers)
    yield doctor.cores(readers, quota=quota())

    found = [one for look in memory.looks() if (one := look()) is not None]
    tightest = min(found, key=lambda one: one.limit - one.used)
    yield doctor.memory(tightest.limit - tightest.used, where=tightest.where, readers=readers)


def programs(settings: Settings | None) -> Iterator[Check]:
    """Yield what is installed; ``settings`` tell what of it is needed."""
    offered = _offered()
    wanted = _wanted(settings) if settings else {}
    yield from (extra(one, needed=wanted.get(one.name)) for one in EXTRAS if one.name in offered)
    yield _reader()

    if settings is not None:
        yield _scans(settings)


def extra(one: Extra, *, needed: State | None) -> Check:
    """Judge an extra; ``needed`` is what its absence is, None where the settings do not ask for it."""
    name = f"Extra {one.name}"

    if any(_is_there(module) for module in one.modules):
        return Check(name=name, state=State.OK, fact=f"installed: {one.purpose}")

    advice = f"pip install '{DISTRIBUTION}[{one.name}]'"

    if needed is None:
        return Check(name=name, state=State.OK, fact=f"not installed, not needed; {one.purpose}: {advice}")

    return Check(
        name=name, state=needed, fact=f"not installed, but asked for: it {one.purpose}", advice=advice
    )


def facts() -> dict[str, str]:
    """Return what a bug report needs: versions and the kind of machine; no name, no path, no secret."""
    tightest = min((one.limit for look in memory.looks() if (one := look()) is not None), default=0)

    return {
        "robasync": __version__,
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "C library": " ".join(filter(None, platform.libc_ver())) or "not glibc",
        "cores": f"{cores()}" + (f", {quota():g} by the control group" if quota() else ""),
        "memory": f"{tightest / 1e9:.1f} GB",
        "open files": f"{descriptors() or 'no limit'}",
    } | dict(_libraries())


def _wanted(settings: Settings) -> Mapping[str, State]:
    """Return what the absence of an extra that the settings ask for is."""
    checkpoints = settings.checkpoint_system
    asked = {
        "crypto": checkpoints.encryption and State.WRONG,
        "zstd": checkpoints.compression and State.LOOK,  # gzip does it, too
        "watch": settings.service.watch and State.LOOK,  # the folder is looked through now and then
    }

    return {name: state for name, state in asked.items() if state}


def _reader() -> Check:
    library = pymupdf()
    fact = f"PyMuPDF {library.VersionBind}, which brings its fonts; none of this machine's are needed"

    return Check(name="PDF reader", state=State.OK, fact=fact)


def _scans(settings: Settings) -> Check:
    """Judge text recognition; where it is off its absence is told as a fact."""
    name, is_wanted = "Scans (OCR)", settings.processing.ocr
    asking = settings.model_copy(update={"processing": settings.processing.model_copy(update={"ocr": True})})

    try:
        where = recognition.tessdata(asking)
    except RobasyncError as error:
        fact, _, advice = str(error).partition("\n")

        if is_wanted:
            return Check(name=name, state=State.WRONG, fact=fact, advice=advice)

        return Check(name=name, state=State.OK, fact=WITHOUT_SCANS)

    fact = f"data in {where}; pages that are images: {'read' if is_wanted else 'not read (--ocr)'}"

    return Check(name=name, state=State.OK, fact=fact)


def _libraries() -> Iterator[tuple[str, str]]:
    for requirement in metadata.requires(DISTRIBUTION) or ():
        if "extra ==" in requirement and not any(f"'{one.name}'" in requirement for one in EXTRAS):
            continue

        name = _NAME.match(requirement)[0]  # type: ignore[index]  # every requirement begins with one

        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:
            yield name, "not installed"


def _offered() -> frozenset[str]:
    """Return the names of the extras that this version has."""
    return frozenset(metadata.metadata(DISTRIBUTION).get_all("Provides-Extra") or ())


def _is_there(module: str) -> bool:
    try:
        import_module(module)
    except ImportError:
        return False

    return True
