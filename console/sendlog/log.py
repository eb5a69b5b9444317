"""`SendLog`: page, search, find, export; and all that `console.sendlog.writer` does."""

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from console.annotations import Final
from console.deadline import Cancellation
from console.errors import CancelledError, FileError
from console.sendlog.files import LogFile, Stretch, opened, stretches
from console.sendlog.line import delivery_in
from console.sendlog.needle import Needle, every_line
from console.sendlog.writer import LogWriter
from console.transcript_json import listing, mapping, moment, text
from console.values import dataclass, field
from console.verdict import Delivery, Result

_SUMMARY_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Position:
    """Where an entry begins: in which file (a sum over its first octets, not its name), at which offset."""

    file: int
    offset: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The headline of a delivery in the log.

    Attributes:
        id, at, result, purpose, transport, server, sender, subject: As in `console.verdict.Delivery`.
        recipients: Addresses.
        cause: The first finding's cause, or "".
        position: Where it stands; what is older comes with ``page(before=position)``.
    """

    id: str
    at: datetime
    result: Result
    purpose: str
    transport: str
    server: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    cause: str
    position: Position
    log: "SendLog" = field(repr=False, compare=False)

    def delivery(self) -> Delivery:
        """Return the whole delivery with its transcript.

        Raises:
            FileError: It has been removed from the log meanwhile, or cannot be read.
        """
        return self.log.delivery_at(self.position)


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first.

    Attributes:
        entries: At most as many as asked for.
        older: Where to go on with ``before=``; None at the log's beginning.
        skipped: Lines passed over because they are none of ours.
    """

    entries: tuple[Entry, ...]
    older: Position | None
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk through the log has come: comes after each stretch of about a mebibyte.

    Attributes:
        searched: Octets walked through.
        total: Octets of the whole walk.
        skipped: Lines passed over because they are none of ours.
    """

    searched: int
    total: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The log in a few words, from its last hundred entries alone.

    Attributes:
        newest: The newest entry, or None.
        mails: Entries counted, at most a hundred.
        failed: Those of them that failed.
        is_capped: Whether there are more than were counted.
    """

    newest: Entry | None
    mails: int
    failed: int
    is_capped: bool


class SendLog(LogWriter):
    """The send log in a folder, written and read; any number of processes and threads may use it at once."""

    def page(self, before: Position | None = None, limit: int = 50, result: Result | None = None) -> Page:
        """Return entries, newest first.

        Args:
            before: Only what is older than this.
            limit: How many at most.
            result: Only those that ended so.

        Raises:
            FileError: The log may not be read.
        """
        return self.search("", before, limit, result=result)

    def search(
        self,
        text: str,
        before: Position | None = None,
        limit: int = 50,
        cancellation: Cancellation | None = None,
        *,
        result: Result | None = None,
    ) -> Page:
        """Return entries that have `text` anywhere, their transcripts included, newest first.

        All small letters: found in any case; with a capital letter: exactly as typed.

        Raises:
            CancelledError: `cancellation` was used.
            FileError: The log may not be read.
        """
        found: list[Entry] = []
        skipped = 0
        for event in self.walk(text, before=before, result=result, cancellation=cancellation):
            if isinstance(event, Progress):
                skipped = event.skipped
                continue
            found.append(event)
            if len(found) == limit:
                return Page(tuple(found), event.position, skipped)
        return Page(tuple(found), None, skipped)

    def walk(
        self,
        text: str = "",
        *,
        before: Position | None = None,
        result: Result | None = None,
        cancellation: Cancellation | None = None,
    ) -> Iterator[Entry | Progress]:
        """Yield entries as they are found, newest first, and after each stretch how far one has come.

        For a screen that fills while the search goes on; stop by no longer asking, or by `cancellation`.

        Raises:
            CancelledError: `cancellation` was used.
            FileError: The log may not be read.
        """
        needle = Needle.of_text(text) if text else None
        if needle is None and result is not None:
            needle = Needle.of_field("result", result)
        skipped = 0
        with opened(self.folder) as files:
            ends = _ends(files, before)
            total = sum(end for _, end in ends)
            searched = 0
            for file, end in ends:
                for stretch in stretches(file, end):
                    if cancellation is not None and cancellation.is_cancelled:
                        raise CancelledError
                    skipped += stretch.skipped
                    for begin, line in _lines_with(stretch, needle):
                        entry = self._entry(line, Position(file.mark, begin))
                        if entry is None:
                            skipped += 1
                        elif result is None or entry.result is result:
                            yield entry
                    yield Progress(searched + end - stretch.begin, total, skipped)
                searched += end

    def find(self, id: str) -> Delivery | None:  # noqa: A002 - the field's own word
        """Return the delivery with this id, or None.

        Raises:
            FileError: The log may not be read.
        """
        needle = Needle.of_field("id", id)
        with opened(self.folder) as files:
            for file in files:
                for stretch in stretches(file, file.size):
                    for _, line in _lines_with(stretch, needle):
                        delivery = delivery_in(line)
                        if delivery is not None and delivery.id == id:
                            return delivery
        return None

    def export(self, id: str, *, mask_addresses: bool = False) -> str:  # noqa: A002 - the field's own word
        """Return a delivery as text for people: head, cause, fix, transcript; without secrets.

        Args:
            id: Which.
            mask_addresses: Whether mail addresses are replaced too (the same one always by the same words).

        Raises:
            FileError: There is no such delivery, or the log may not be read.
        """
        from console.sendlog.export import export_text  # only when somebody asks for it

        delivery = self.find(id)
        if delivery is None:
            raise FileError(
                f"There is no mail {text(id)} in the send log.", "List them: mail-console log list"
            )
        return export_text(delivery, mask_addresses=mask_addresses)

    def summary(self) -> Summary:
        """Return the log in a few words; looks at the last hundred entries alone.

        Raises:
            FileError: The log may not be read.
        """
        entries = list(islice((one for one in self.walk() if isinstance(one, Entry)), _SUMMARY_LIMIT + 1))
        counted = entries[:_SUMMARY_LIMIT]
        failed = sum(entry.result is Result.FAILED for entry in counted)
        return Summary(entries[0] if entries else None, len(counted), failed, len(entries) > len(counted))

    def delivery_at(self, position: Position) -> Delivery:
        """Return the delivery that stands at `position`.

        Raises:
            FileError: It has been removed from the log meanwhile, or cannot be read.
        """
        from console.sendlog.files import line_at

        with opened(self.folder) as files:
            for file in files:
                if file.mark == position.file and (found := delivery_in(line_at(file, position.offset))):
                    return found
        raise FileError("This mail is no longer in the send log.", "Old entries are removed in time.")

    def _entry(self, line: bytes, position: Position) -> Entry | None:
        try:
            return _headline(line, position, self)
        except (ValueError, RecursionError):
            return None


def _ends(files: tuple[LogFile, ...], before: Position | None) -> list[tuple[LogFile, int]]:
    """Return the files to walk through, newest first, each with the offset to start before."""
    if before is None:
        return [(file, file.size) for file in files]
    for rank, file in enumerate(files):
        if file.mark == before.file:
            return [
                (file, min(before.offset, file.size)),
                *((older, older.size) for older in files[rank + 1 :]),
            ]
    return []


def _lines_with(stretch: Stretch, needle: Needle | None) -> Iterator[tuple[int, bytes]]:
    """Yield offset and octets of the lines that have the needle (None: of all), last ones first."""
    block, start = stretch.block, stretch.start
    found = every_line(block, start) if needle is None else needle.lines(block, start)
    for begin, end in reversed(found):
        yield stretch.begin + begin - start, block[begin:end]


def _headline(line: bytes, position: Position, log: SendLog) -> Entry:
    # Quotes inside texts are escaped: this can only be the field itself, and it is the last one.
    head, transcript, _ = line.partition(b',"transcript":{')
    record = mapping(json.loads(head + b"}" if transcript else head))
    findings = listing(record.get("findings"))
    return Entry(
        id=text(record.get("id")),
        at=moment(record.get("at")),
        result=Result(text(record.get("result"))),
        purpose=text(record.get("purpose")),
        transport=text(record.get("transport")),
        server=text(record.get("server")),
        sender=text(record.get("sender")),
        recipients=tuple(text(mapping(one).get("address")) for one in listing(record.get("recipients"))),
        subject=text(record.get("subject")),
        cause=text(mapping(findings[0]).get("cause")) if findings else "",
        position=position,
        log=log,
    )
