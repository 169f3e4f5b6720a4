"""What a worker process does: shield itself, set its limits, read one document, answer in bytes.

Imports nothing of the network. It never ends with an exception of its own: what goes
wrong with a document goes back as data.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from robasync.errors import Changed, DocumentError, ExtractionCrashed, ExtractionMemory, Unreadable
from robasync.model import Extract

from . import kinds, wear, wire
from .asking import NEITHER, Looks, Wish
from .finish import finished
from .library import tidied
from .sniff import look_inside

SPARE_SECONDS = 5
NICENESS = 15  # of who reads ahead, to those who work
PIPE_BYTES = 1024 * 1024
ANSWERS = 1  # standard output, on which a worker of anyio answers
UNFORESEEN = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
)
"""What a library may raise on hostile input; as data it costs one document, not the run."""


def read(
    path: str,
    name: str,
    digest: str,
    memory_bytes: int,
    seconds: float,
    *,
    wish: Wish = NEITHER,
    told: Sequence[bytes] = (),
) -> bytes:
    """Return the answer (see ``wire``) for the document at ``path`` whose SHA-256 is ``digest``.

    ``memory_bytes`` limits the address space of this process, 0 leaves it alone;
    ``seconds`` is what the caller will wait; ``wish`` is what text recognition is for, ``told`` what
    was seen on the pages (see ``asking``). A process that has grown too
    much says so at the end of its answer, and ends when it is asked again (see ``wear``).
    """
    shield()
    wear.leave(memory_bytes)
    limit(memory_bytes, seconds)
    looks = Looks(told, wish=wish)
    answer = wire.joined(_answer(path, name, digest, looks=looks), looks.questions(digest))

    return answer + wear.LAST if wear.is_spent(memory_bytes) else answer


def _answer(path: str, name: str, digest: str, *, looks: Looks) -> bytes:
    try:
        return wire.encode(_read(path, name, digest, looks=looks))
    except DocumentError as error:
        return wire.encode_error(error)
    except MemoryError:
        return wire.encode_error(ExtractionMemory(f"{name} needs more memory than one reader may use."))
    except UNFORESEEN as error:
        what = f"{type(error).__name__}: {error}".encode("ascii", "replace").decode()
        return wire.encode_error(
            ExtractionCrashed(f"{name}: reading it failed ({what[:200]}). Print it to a new PDF.")
        )


def shield() -> None:
    """Leave signals to the main process, which ends this one, and say nothing on the terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)

    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)


def step_back() -> None:
    """Let the main process go first, and large answers cross in few pieces, where the system can."""
    with suppress(OSError, AttributeError):  # a system without it, or that forbids it
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))

    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # a limit for the user's pipes
            fcntl.fcntl(ANSWERS, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def limit(memory_bytes: int, seconds: float) -> None:
    """Set this process's memory limit and, for when its parent is gone, one on CPU time.

    Does nothing where the system has no such limits.
    """
    if sys.platform == "win32":
        return

    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if memory_bytes:
        allowed = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))

    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime + seconds + SPARE_SECONDS) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or until < hard:
        resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def content(path: str, name: str, digest: str) -> bytes:
    """Return the bytes of the file. Raises Unreadable, and Changed where they are others than identified."""
    try:
        found = Path(path).read_bytes()
    except OSError as error:
        raise Unreadable(
            f"{name} cannot be read: {error.strerror}. Check the file and its permissions."
        ) from error

    if hashlib.sha256(found).hexdigest() != digest:
        raise Changed(f"{name} changed while it was being read. It is read again at the next resume.")

    return found


def _read(path: str, name: str, digest: str, *, looks: Looks) -> Extract:
    held = content(path, name, digest)
    holds = look_inside(held)
    module = kinds.kind(name, holds).module
    reader = import_module(f".{module}", __package__)
    if module == "pdf":
        with tidied():
            extract: Extract = reader.read(held, name, looks=looks)
    else:
        extract = reader.read(held, name)

    return finished(replace(extract, notes=(*extract.notes, *kinds.surprise(name, holds))))
