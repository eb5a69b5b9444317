"""Replies of an SMTP server, read with bounds: a hostile or broken server costs a failure, never memory.

RFC 5321 §4.2 (form and codes), RFC 3463 and RFC 2034 (enhanced status codes).
"""

import re
from collections.abc import Callable

from console.annotations import Final
from console.text import decoded
from console.values import dataclass

LINE_LIMIT: Final = 256 * 1024
"""Octets of one line; real ones stay below 512, yet 100 kB are survived."""

LINES_LIMIT: Final = 200
"""Lines of one reply; the longest real EHLO answers have about 30."""

REPLY_LIMIT: Final = 1024 * 1024
"""Octets of one reply."""

_FORM: Final = rb"([2-5][0-9]{2})(?:([ -])(.*))?"
_ENHANCED: Final = r"#?([245]\.\d{1,3}\.\d{1,3})(?:\s|$)"


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole reply.

    Attributes:
        code: Reply code, 200 to 599.
        lines: Each line's text without the code, printable and bounded.
    """

    code: int
    lines: tuple[str, ...]

    @property
    def enhanced(self) -> str:
        """Enhanced status code (``5.7.139``), or ""."""
        found = re.match(_ENHANCED, self.lines[-1]) or re.match(_ENHANCED, self.lines[0])
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """Code and text as one line."""
        return f"{self.code} {' '.join(self.lines)}".strip()

    @property
    def is_good(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.code < 300


class MalformedReplyError(Exception):
    """What came is no SMTP reply; stays inside this package.

    Attributes:
        kind: Failure kind: ``smtp.garbage``, ``smtp.line-too-long`` or ``smtp.tls-server``.
        text: What came, printable and bounded, or what is wrong with it.
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


class ReplyReader:
    """Makes lines and replies out of the octets fed to it; does no input itself.

    Args:
        clean: Makes octets of the server text: printable, bounded, without secrets (servers echo them).
    """

    def __init__(self, clean: Callable[[bytes], str] = decoded) -> None:
        self._clean = clean
        self._buffer = bytearray()
        self._scanned = 0
        self._code = b""
        self._lines: list[str] = []
        self._octets = 0

    @property
    def has_more(self) -> bool:
        """Whether octets are left that belong to no finished reply."""
        return bool(self._buffer)

    def feed(self, octets: bytes) -> None:
        """Take in what was received."""
        self._buffer += octets

    def next_line(self) -> bytes | None:
        """Return the next whole line without its end, or None when more octets are needed.

        Raises:
            MalformedReplyError: The line is too long, or it is TLS.
        """
        end = self._buffer.find(b"\n", self._scanned)
        if self._buffer.startswith((b"\x15\x03", b"\x16\x03")):
            raise MalformedReplyError("smtp.tls-server", "The server speaks TLS from the first byte.")
        if end < 0 and len(self._buffer) <= LINE_LIMIT:
            self._scanned = len(self._buffer)
            return None
        if end < 0 or end > LINE_LIMIT:
            raise MalformedReplyError("smtp.line-too-long", f"A line of more than {LINE_LIMIT} octets.")
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        self._scanned = 0
        return line

    def take(self, line: bytes) -> Reply | None:
        """Add a line to the reply; return the reply when it was the last.

        Raises:
            MalformedReplyError: The line cannot stand there.
        """
        found = re.fullmatch(_FORM, line, re.DOTALL)
        if found is None or (self._code and found[1] != self._code):
            raise MalformedReplyError("smtp.garbage", self._clean(line))
        self._octets += len(line)
        self._code = found[1]
        self._lines.append(self._clean(found[3] or b""))
        if len(self._lines) > LINES_LIMIT or self._octets > REPLY_LIMIT:
            raise MalformedReplyError("smtp.garbage", f"A reply of more than {len(self._lines) - 1} lines.")
        return None if found[2] == b"-" else self._finished()

    def _finished(self) -> Reply:
        reply = Reply(int(self._code), tuple(self._lines))
        self._code, self._lines, self._octets = b"", [], 0
        return reply
