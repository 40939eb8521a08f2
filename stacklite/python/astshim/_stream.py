"""Texts that channels read from and write to."""

from __future__ import annotations

__all__ = ["Stream", "StringStream", "lines_of"]

_CARD = 80


class Stream:
    """A source and a sink of lines that is both empty and discards everything; see `StringStream`."""

    def source(self) -> str:
        """Return the next line, or an empty text after the last one."""
        return ""

    def sink(self, str: str) -> bool:
        """Take a line and return whether it was kept."""
        return False


class StringStream(Stream):
    """A source and a sink in memory.

    Parameters
    ----------
    data : `str`, optional
        What can be read: lines, or cards of a FITS header without line ends.
    """

    def __init__(self, data: str = "") -> None:
        self._data = data
        self._unread = lines_of(data)
        self._written: list[str] = []

    def source(self) -> str:
        """Return the next line, or an empty text after the last one."""
        return self._unread.pop(0) if self._unread else ""

    def sink(self, str: str) -> bool:
        """Keep a line and return whether it was kept, which it is."""
        self._written.append(str)
        return True

    def getSourceData(self) -> str:
        """Return the text that is read."""
        return self._data

    def getSinkData(self) -> str:
        """Return what has been written."""
        return "".join(f"{line}\n" for line in self._written)

    def sinkToSource(self) -> None:
        """Make what has been written the text that is read."""
        self._data = self.getSinkData()
        self._unread, self._written = self._written, []


def lines_of(text: str) -> list[str]:
    """Return the lines of a text, or its cards if it is a FITS header without line ends."""
    if "\n" not in text and len(text) > _CARD and len(text) % _CARD == 0:
        return [text[start : start + _CARD] for start in range(0, len(text), _CARD)]
    return text.split("\n") if text else []
