"""What outlives one sandbox: a sign-in made with one command holds for the next one in the same folder."""

from pathlib import Path

import pytest

from console.errors import FileError, UsageError
from console.sandbox.box import Sandbox
from console.sandbox.entra_tokens import TokenMint
from console.sandbox.kept import Kept
from tests.support.sandbox import MAIL, client_of_sandbox


def test_sign_in_and_certificate_outlive_the_sandbox(tmp_path: Path) -> None:
    with client_of_sandbox(tmp_path / "box") as first:
        tokens = first.signed_in()
        thumbprint = first.box.entra.certificates.upload(first.box.authority.ca_file.read_bytes())
    with client_of_sandbox(tmp_path / "box") as second:
        assert second.refreshed(tokens["refresh_token"]).status_code == 200
        claims = second.box.entra.mint.checked(tokens["access_token"])
        assert claims["upn"] == "alerts@contoso.com"
        assert len(thumbprint) == 40
        assert len(second.box.entra.certificates._certificates) == 1


def test_ports_stay_the_same_in_a_folder(tmp_path: Path) -> None:
    with Sandbox.start(tmp_path / "other"):  # has the usual ports, or else others
        with Sandbox.start(tmp_path / "box") as first:
            addresses = first.addresses
        with Sandbox.start(tmp_path / "box") as second:
            assert second.addresses == addresses


def test_mails_of_an_earlier_run_are_not_written_over(tmp_path: Path) -> None:
    for _ in range(2):
        with Sandbox.start(tmp_path / "box") as box:
            box.mailbox.deliver("a@contoso.com", ("b@contoso.com",), MAIL)
    assert sorted(file.name for file in (tmp_path / "box/mails").iterdir()) == ["0001.eml", "0002.eml"]


def test_one_sandbox_a_folder(tmp_path: Path) -> None:
    with Sandbox.start(tmp_path / "box") as box:
        before = box.authority.ca_file.read_bytes()
        with pytest.raises(UsageError, match="runs below"):
            Sandbox.start(tmp_path / "box")
        assert box.authority.ca_file.read_bytes() == before
    Sandbox.start(tmp_path / "box").close()


def test_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(b"")
    with pytest.raises(FileError, match="cannot use"):
        Sandbox.start(tmp_path / "box")


def test_what_cannot_be_kept_is_kept_in_memory(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "missing" / "kept.json")
    kept.put("a", 1)
    assert kept.get("a") == 1


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    with Sandbox.start(tmp_path / "box"):
        assert (tmp_path / "box/kept.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"signing-key": 3, "refresh-tokens": {"x": [1]}, "certificates": [1]}',
        b'{"signing-key": "-----BEGIN", "refresh-tokens": [1], "certificates": {"a": "b"}}',
        b'{"ports": {"https": 0, "starttls": "x", "tls": true}}',
        b'{"ports": [1]}',
        b"[" * 100_000,
    ],
)
def test_damaged_file_means_a_fresh_start(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kept.json").write_bytes(content)
    with client_of_sandbox(tmp_path) as client:
        assert client.refreshed(client.signed_in()["refresh_token"]).status_code == 200


def test_without_a_file_nothing_is_kept() -> None:
    assert TokenMint(kept=Kept()).key_id != TokenMint().key_id
