"""Text from logs, made harmless and readable for people.

A log field is data whatever it holds: it never becomes a terminal escape, a line that reads backwards, or a page of blanks.
What cannot be seen is named instead (``⟨U+202E⟩``), so that the reader knows it was there.

Sources:
    - https://www.unicode.org/reports/tr9/   (bidirectional formatting characters)
    - https://trojansource.codes/   (what overrides do to a reader)
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime


def visible(text: str) -> str:
    """The text with every character that cannot be seen, or that moves others, replaced by its code point.

    Line feed, carriage return and tab become ``⏎``, ``␍`` and ``⇥``; a no-break space stays.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(character: str) -> str:
    match character:
        case "\n":
            return "⏎"
        case "\r":
            return "␍"
        case "\t":
            return "⇥"
        case "\u00a0":
            return character
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return f"⟨U+{ord(character):04X}⟩"
    return character


def cut(text: str, length: int) -> str:
    """The text, or its beginning with the number of characters it really has."""
    if len(text) <= length:
        return text
    return f"{text[:length]}… ({len(text):,} characters)"


def time_text(time: datetime) -> str:
    """ISO 8601 in UTC with Z; fractions only where there are any. A naive time is UTC."""
    if time.tzinfo is not None:
        time = time.astimezone(UTC).replace(tzinfo=None)
    return time.isoformat(timespec="milliseconds" if time.microsecond else "seconds") + "Z"


def size_text(size: int) -> str:
    """Bytes for people: 512 B, 14.2 KB, 3.1 MB (thousands)."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if abs(amount) < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """``1 mailbox``, ``1,204 mailboxes``."""
    word = singular if number == 1 else plural or f"{singular}s"
    return f"{number:,} {word}"
