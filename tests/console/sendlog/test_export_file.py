"""A copy of a mail in a file: its owner's alone, never over another file."""

import stat
from pathlib import Path

import pytest

from console.errors import FileError
from console.sendlog.export_file import export_to_file
from console.sendlog.log import SendLog
from tests.support.deliveries import made_delivery


def test_each_copy_is_a_new_file_of_its_own(tmp_path: Path) -> None:
    log = SendLog(tmp_path)
    delivery = made_delivery(1)
    log.append(delivery)
    first, second = export_to_file(log, delivery.id), export_to_file(log, delivery.id)
    assert first != second
    assert first.read_text() == second.read_text() == log.export(delivery.id)
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.parent.stat().st_mode) == 0o700


def test_addresses_can_be_left_out(tmp_path: Path) -> None:
    log = SendLog(tmp_path)
    delivery = made_delivery(1)
    log.append(delivery)
    assert "admin@example.com" in export_to_file(log, delivery.id).read_text()
    assert "admin@example.com" not in export_to_file(log, delivery.id, mask_addresses=True).read_text()


def test_a_link_in_its_place_is_not_written_through(tmp_path: Path) -> None:
    log = SendLog(tmp_path)
    delivery = made_delivery(1)
    log.append(delivery)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / f"mail-{delivery.id}.txt").symlink_to(victim)
    path = export_to_file(log, delivery.id)
    assert victim.read_text() == "precious"
    assert path.name == f"mail-{delivery.id}-2.txt"


def test_a_mail_that_is_not_there_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        export_to_file(SendLog(tmp_path), "none")
    assert not (tmp_path / "exports").exists()


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    log = SendLog(tmp_path)
    delivery = made_delivery(1)
    log.append(delivery)
    (tmp_path / "exports").write_text("")
    with pytest.raises(FileError):
        export_to_file(log, delivery.id)
