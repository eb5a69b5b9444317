"""Running checks side by side: none blocks another, all end in time, results come as they are there."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from console.checks.model import Check, CheckResult, Subject, Verdict, failed, not_applicable
from console.deadline import Cancellation, Deadline
from console.engine import Engine
from console.errors import CancelledError, ConsoleError, DeadlineError, UsageError
from console.grade import Grade
from console.text import nearest, one_line

ALL_SECONDS: Final = 15.0
"""Time allowed for all checks together, also on a dead network."""

_ONE_SECONDS: Final = 12.0
"""Time a check may take; the rest is for one that does not keep its own deadline."""


def chosen(known: Sequence[Check], names: Sequence[str]) -> tuple[Check, ...]:
    """Return the named checks, or all where none is named.

    Raises:
        UsageError: There is no such check.
    """
    by_name = {one.name: one for one in known}
    for name in names:
        if name not in by_name:
            meant = nearest(name, list(by_name))
            hint = f"Meant {meant}?" if meant else f"There are: {', '.join(by_name)}."
            raise UsageError(f"There is no check {one_line(name, 60)}.", hint)
    return tuple(one for one in known if one.name in names) if names else tuple(known)


def run_checks(
    engine: Engine,
    checks: Sequence[Check],
    cancellation: Cancellation | None = None,
    seconds: float = ALL_SECONDS,
) -> Iterator[CheckResult]:
    """Run `checks` side by side and yield each result as soon as it is there.

    Every check runs in a thread of its own that does not hold the process; one that gives no answer in time
    has failed.

    Args:
        engine: The appliance.
        checks: What to check.
        cancellation: Stops all of them at once; what has no result by then yields none.
        seconds: Time allowed for all together.
    """
    subject = Subject(engine)
    results: queue.SimpleQueue[CheckResult | None] = queue.SimpleQueue()
    own = cancellation or Cancellation()
    deadline = Deadline(seconds, own)
    waiting = {one.name: one for one in checks}
    for check in checks:
        threading.Thread(
            target=_run_one,
            args=(check, subject, deadline.at_most(min(_ONE_SECONDS, seconds)), results.put),
            name=f"check {check.name}",
            daemon=True,
        ).start()
    while waiting and not own.is_cancelled and deadline.remaining() > 0:
        try:
            result = results.get(timeout=min(0.05, deadline.remaining() + 0.001))
        except queue.Empty:
            continue
        if result is not None and result.name in waiting:
            del waiting[result.name]
            yield result
    if not own.is_cancelled:
        for check in waiting.values():
            text = f"No answer within {seconds:g} s."
            yield CheckResult(check.name, check.title, Grade.FAILED, text, seconds=seconds)


def worst(results: Sequence[CheckResult]) -> Grade:
    """Return the worst grade; not applicable when there is none."""
    return max((one.grade for one in results), default=Grade.NOT_APPLICABLE)


def _run_one(
    check: Check, subject: Subject, deadline: Deadline, put: Callable[[CheckResult | None], None]
) -> None:
    began = time.monotonic()
    try:
        verdict = _verdict(check, subject, deadline)
    except CancelledError:
        put(None)
        return
    put(
        CheckResult(
            check.name,
            check.title,
            verdict.grade,
            one_line(verdict.found, 400),
            one_line(verdict.fix, 400),
            verdict.offer,
            time.monotonic() - began,
        )
    )


def _verdict(check: Check, subject: Subject, deadline: Deadline) -> Verdict:
    try:
        if check.needs_settings and not subject.has_settings:
            return not_applicable("The settings file cannot be used.")
        return check.run(subject, deadline)
    except CancelledError:
        raise
    except DeadlineError:
        return failed(f"No answer within {_ONE_SECONDS:g} s.")
    except ConsoleError as error:
        return failed(error.what, error.fix)
    except Exception as error:  # noqa: BLE001 - one check must not take the others down; its type is told
        return failed(f"The check itself failed ({type(error).__name__}).", "Please report it.")
