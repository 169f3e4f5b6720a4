"""Keys on the command line, taken out of the list of processes before anything else happens."""

from __future__ import annotations

import os
import sys

OPTION = "--api-key"
_HANDLE = "@fd:"  # before the number of the open file that holds a key


def conceal() -> None:
    """Start this program anew, in the same process, with each key in a file in memory.

    What stands on the command line everyone on the machine can read. Where the system has no such
    files, or no key is given, nothing happens.
    """
    arguments = sys.argv[1:]
    keys = _keys(arguments)

    if not keys or not hasattr(os, "memfd_create"):
        return

    for index, key in keys.items():
        option = f"{OPTION}=" if arguments[index].startswith(f"{OPTION}=") else ""
        arguments[index] = f"{option}{_HANDLE}{_held(key)}"

    os.execv(sys.executable, [sys.executable, "-m", "robasync", *arguments])  # noqa: S606 - this very program


def revealed(given: str) -> str:
    """Return the key that ``given`` stands for, which may be the key itself."""
    if not given.startswith(_HANDLE):
        return given

    with open(int(given.removeprefix(_HANDLE)), encoding="utf-8") as file:  # noqa: PTH123 - a handle
        return file.read()


def _keys(arguments: list[str]) -> dict[int, str]:
    """Return the keys that stand among the arguments in clear, by where they stand."""
    found = {}

    for index, argument in enumerate(arguments):
        value = argument.removeprefix(f"{OPTION}=") if argument.startswith(f"{OPTION}=") else argument
        is_value = value != argument or arguments[index - 1 : index] == [OPTION]

        if is_value and not value.startswith(_HANDLE):
            found[index] = value

    return found


def _held(key: str) -> int:
    handle = os.memfd_create("robasync", 0)
    os.write(handle, key.encode())
    os.lseek(handle, 0, os.SEEK_SET)
    os.set_inheritable(handle, True)

    return handle
