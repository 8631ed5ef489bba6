"""Where a secret is handed over: an environment variable or a file descriptor, never the command line.

``env:NAME`` is the variable of that name, ``fd:N`` what can be read from descriptor N up to its end. A process list shows arguments to every user of a
machine, and shells keep them; neither is true of these two. Errors name the place and never what lay there.

Sources:
    - https://man7.org/linux/man-pages/man5/proc_pid_cmdline.5.html   (arguments are readable by all)
    - https://systemd.io/CREDENTIALS/   (what services do instead)
"""

from __future__ import annotations

import os

from mailwitness.errors import UsageError

_LONGEST = 64 << 10


def is_place(text: str) -> bool:
    """True if the text names a place and is no value itself."""
    return text.startswith(("env:", "fd:"))


def secret_at(place: str, what: str) -> str:
    """The secret at a place, without the line end that files and editors add. UsageError names the place when nothing is there."""
    kind, _, name = place.partition(":")
    if kind == "env":
        found = os.environ.get(name)
        if found is None:
            raise UsageError(
                f"{what}: the environment has no {name!r}. Set it, or name another place: env:NAME or fd:N"
            )
    elif kind == "fd":
        found = _from_descriptor(name, what)
    else:
        # The text itself may be the secret, so it is not repeated.
        raise UsageError(f"{what}: a secret is not given as an argument. Name its place: env:NAME or fd:N")
    found = found.rstrip("\r\n")
    if not found:
        raise UsageError(f"{what}: {place} is empty")
    return found


def _from_descriptor(number: str, what: str) -> str:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise UsageError(f"{what}: fd:{number} names no descriptor; write fd: and a number, such as fd:3")
    try:
        with open(int(number), "rb") as stream:
            data = stream.read(_LONGEST + 1)
    except OSError as error:
        raise UsageError(
            f"{what}: descriptor {number} cannot be read ({error.strerror}). Open it for the command: … {number}<FILE"
        ) from None
    if len(data) > _LONGEST:
        raise UsageError(f"{what}: descriptor {number} holds more than {_LONGEST} bytes, which is no secret")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{what}: descriptor {number} holds bytes that are no UTF-8 text") from None
