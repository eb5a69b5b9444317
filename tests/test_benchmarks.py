"""The mail server of the benchmarks says nothing that is not worth saying, and hides nothing that is."""

import logging
import smtplib
import ssl
import subprocess
import sys
from pathlib import Path

from benchmarks.sink import _is_worth_saying
from console.sandbox.certificates import Authority
from tests.support.cli import PROJECT


def test_signing_in_prints_nothing(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path)
    files = [str(path) for path in authority.issue(("localhost",))]
    sink = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink", *files],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=PROJECT,
    )
    assert sink.stdout is not None
    with smtplib.SMTP("127.0.0.1", int(sink.stdout.readline())) as client:
        client._host = "localhost"  # type: ignore[attr-defined]
        client.starttls(context=ssl.create_default_context(cafile=str(authority.ca_file)))
        assert client.login("alerts", "password")[0] == 235
    _, said = sink.communicate("", timeout=20)
    assert said == ""


def test_other_words_are_said() -> None:
    def record(text: str, *values: object) -> logging.LogRecord:
        return logging.LogRecord("mail.log", logging.WARNING, "", 0, text, values, None)

    assert not _is_worth_saying(record("Session.login_data is deprecated and will be removed in version 2.0"))
    assert _is_worth_saying(record("%s is deprecated", "Another thing"))
    assert _is_worth_saying(record("auth_required_tls == True but auth_require_tls is not"))
