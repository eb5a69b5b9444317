"""PHPMailer for real: installed from the distribution, sending with the token that our renewal wrote."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.appliance import Profile, TokenDirectory
from console.deadline import Deadline
from console.engine import open_engine
from console.install import installer, token_repair
from console.install.model import components
from console.install.token_directory import wanted
from console.microsoft365.tokens import renew
from console.sandbox.box import Sandbox
from console.values import replace
from tests.support.microsoft365 import World

READER = "www-data"
SEND = """<?php
require '/usr/share/php/libphp-phpmailer/autoload.php';
require '%(provider)s';
$token = new MailConsole\\TokenFileProvider('%(token)s');
try {
$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);
$mail->isSMTP();
$mail->Host = $token->host();
$mail->Port = $token->port();
$mail->SMTPSecure = 'tls';
$mail->SMTPOptions = ['ssl' => ['cafile' => '%(ca)s']];
$mail->SMTPAuth = true;
$mail->AuthType = 'XOAUTH2';
$mail->Password = '';
$mail->setOAuth($token);
$mail->setFrom($token->user());
$mail->addAddress('you@example.com');
$mail->Subject = 'From PHP';
$mail->Body = 'Sent by PHPMailer.';
    $mail->send();
    echo 'sent';
} catch (Throwable $error) {
    file_put_contents('php://stderr', get_class($error) . ': ' . $error->getMessage());
    exit(1);
}
"""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """Install PHPMailer as the screen would."""
    known = components(Profile())
    for component in installer.chosen(known, ["phpmailer"]):
        done = installer.install(component, open_engine().paths, Deadline(600))
        assert done.finding is None, (done.finding, [one.output[-5:] for one in done.results])
        assert done.presence.is_found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A console signed in at the sandbox, whose token directory belongs to the web server."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)
    tokens = TokenDirectory(path=Path("/var/www/tokens"), owner="root", group=READER, reader=READER)
    with Sandbox.start(tmp_path / "box", interval=0) as box:
        profile = replace(box.profile, token_directory=tokens)
        engine = open_engine(tmp_path / "root", profile=profile, is_sandbox=True)
        (tmp_path / "root").mkdir()
        engine.settings.change({"mail.enabled": "true", "mail.transport": "microsoft365"})
        signed_in = World(box, engine)
        signed_in.sign_in()
        renew(engine, signed_in.settings, Deadline(20))
        token_repair.fix(wanted(tokens, engine.paths.tokens))
        yield signed_in


def php(world: World, token: Path) -> "subprocess.CompletedProcess[str]":
    """Send a mail from PHP as the web server's user."""
    provider = "/usr/local/share/mail-console/php/TokenFileProvider.php"
    ca_file = token.parent.parent / "ca.pem"
    ca_file.write_bytes(world.box.authority.ca_file.read_bytes())
    ca_file.chmod(0o644)
    script = SEND % {"provider": provider, "token": token, "ca": ca_file}
    return subprocess.run(
        ["setpriv", f"--reuid={READER}", f"--regid={READER}", "--init-groups", "php"],
        input=script,
        text=True,
        capture_output=True,
        timeout=60,
        env={"PATH": os.environ["PATH"]},
    )


def test_phpmailer_sends_with_our_token(world: World) -> None:
    done = php(world, world.engine.paths.token_file)
    assert (done.stdout, done.stderr) == ("sent", "")
    (mail,) = world.box.mailbox.mails()
    assert b"Sent by PHPMailer." in mail.content


def test_a_stale_token_is_refused_in_words(world: World) -> None:
    token = world.engine.paths.token_file
    shape = json.loads(token.read_text())
    shape["expires_at"] = int(time.time()) + 30
    token.write_text(json.dumps(shape))
    done = php(world, token)
    assert done.returncode == 1
    assert "expired" in done.stderr
    assert "timer" in done.stderr
    assert shape["access_token"] not in done.stderr


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{", '{"access_token": "a\\u0001b", "user": "x", "expires_at": 1}']
)
def test_a_damaged_token_file_is_refused_in_words(world: World, text: str) -> None:
    token = world.engine.paths.token_file
    token.write_text(text)
    done = php(world, token)
    assert done.returncode == 1
    assert "damaged" in done.stderr


def test_an_unreadable_token_file_is_refused_in_words(world: World) -> None:
    token = world.engine.paths.token_file
    token.chmod(0o600)
    done = php(world, token)
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
