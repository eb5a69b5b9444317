"""Rules: what one may type into a setting, what becomes of it, and the sentence one gets instead."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.settings import rules
from console.settings.model import FIELDS, Encryption
from console.settings.rules import Rule

GUID = "6a9ff3c7-1f0a-4b7e-9d2c-0b7d5e1c2f34"

GOOD = [
    (rules.host, " Mail.Example.COM. ", "mail.example.com"),
    (rules.host, "bücher.example", "xn--bcher-kva.example"),
    (rules.host, "straße.de", "xn--strae-oqa.de"),
    (rules.host, "メール。example", "xn--4dkua4c.example"),
    (rules.host, "mail_relay.lan", "mail_relay.lan"),
    (rules.host, "192.0.2.1", "192.0.2.1"),
    (rules.host, "[2001:DB8::0:1]", "2001:db8::1"),
    (rules.host, "fe80::1%eth0", "fe80::1%eth0"),
    (rules.host, "localhost", "localhost"),
    (rules.host, "", ""),
    (rules.port, " 587 ", 587),
    (rules.port, "65535", 65535),
    (rules.boolean, "Yes", True),
    (rules.boolean, "OFF", False),
    (rules.address, " Alerts@Example.COM ", "Alerts@example.com"),
    (rules.address, '"a b@c"@example.com', '"a b@c"@example.com'),
    (rules.address, "a@[192.0.2.1]", "a@[192.0.2.1]"),
    (rules.address, "a@[IPv6:2001:DB8::1]", "a@[IPv6:2001:db8::1]"),
    (rules.address, "jörg@bücher.example", "jörg@xn--bcher-kva.example"),
    (rules.address, "root@localhost", "root@localhost"),
    (rules.display_name, " Backup  server ", "Backup  server"),
    (rules.guid, GUID.replace("-", "").upper(), GUID),
    (rules.guid, "{" + GUID + "}", GUID),
    (rules.tenant, GUID.upper(), GUID),
    (rules.tenant, "Contoso.OnMicrosoft.com", "contoso.onmicrosoft.com"),
    (rules.proxy_url, "http://proxy.example.com:3128/", "http://proxy.example.com:3128"),
    (rules.proxy_url, "proxy:3128", "http://proxy:3128"),
    (rules.proxy_url, "http://user@[2001:db8::1]:3128", "http://user@[2001:db8::1]:3128"),
    (rules.https_url, "https://Login.Example.com/Tenant/", "https://login.example.com/Tenant"),
    (rules.https_url, "https://127.0.0.1:2443", "https://127.0.0.1:2443"),
    (rules.file_path, "/etc/ssl/ca.pem", "/etc/ssl/ca.pem"),
    (rules.fingerprint, "SHA256 Fingerprint=" + ":".join(["AB"] * 32), ":".join(["ab"] * 32)),
    (rules.fingerprint, "sha256:" + "0f" * 32, ":".join(["0f"] * 32)),
    (rules.date, "2028-02-29", "2028-02-29"),
    (rules.scope, "https://outlook.office.com/SMTP.Send", "https://outlook.office.com/SMTP.Send"),
    (rules.ehlo_name, "192.0.2.1", "[192.0.2.1]"),
    (rules.ehlo_name, "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
    (rules.ehlo_name, "acme-7.example.com", "acme-7.example.com"),
    (rules.seconds(1, 120), "10 s", 10),
    (rules.choice(Encryption), "STARTTLS", Encryption.STARTTLS),
    (rules.secret, "päss word\n", "päss word"),
    (rules.user_name, "CONTOSO\\alerts", "CONTOSO\\alerts"),
]

BAD = [
    (rules.host, "smtp://mail.example.com", "without what stands before"),
    (rules.host, "mail.example.com:587", "own field"),
    (rules.host, "[2001:db8::1]:25", "own field"),
    (rules.host, "alerts@example.com", "mail address"),
    (rules.host, "mail..example.com", "something is missing"),
    (rules.host, "300.1.1.1", "IPv4"),
    (rules.host, "192.0.2", "IPv4"),
    (rules.host, "-mail.example.com", "hyphen"),
    (rules.host, "mail example.com", "space"),
    (rules.host, "2001:db8:::1", "IPv6"),
    (rules.host, "x" * 64 + ".example", "63"),
    (rules.host, ".".join(["x" * 60] * 5), "too long|253"),
    (rules.host, "a\u200bb.example", "character"),
    (rules.host, "mail.example.com/x", "path"),
    (rules.port, "0", "from 1 to 65535"),
    (rules.port, "65536", "from 1 to 65535"),
    (rules.port, "-1", "whole number"),
    (rules.port, "٣", "whole number"),
    (rules.port, "25.0", "whole number"),
    (rules.port, "", "whole number"),
    (rules.port, "9" * 5000, "from 1 to 65535"),
    (rules.boolean, "maybe", "true or false"),
    (rules.address, "alerts", "@ is missing"),
    (rules.address, "Alerts <alerts@example.com>", "alone"),
    (rules.address, "a@example.com, b@example.com", "one address"),
    (rules.address, "a@192.0.2.1", "brackets"),
    (rules.address, "a b@example.com", "space"),
    (rules.address, ".a@example.com", "dot"),
    (rules.address, "a..b@example.com", "dot"),
    (rules.address, "a@b@example.com", "more than one @"),
    (rules.address, "@example.com", "missing"),
    (rules.address, "a@", "missing"),
    (rules.address, "x" * 65 + "@example.com", "64 octets"),
    (rules.address, "ö" * 33 + "@example.com", "64 octets"),
    (rules.address, "abc@" + ".".join(["x" * 60] * 4) + ".example", "254"),
    (rules.address, "a\r\nBcc: evil@example.com@example.com", "invisible"),
    (rules.address, 'a"b@example.com', "cannot stand"),
    (rules.address, "a@[300.1.1.1]", "IPv4"),
    (rules.address, "a@mail_relay.lan", "cannot stand"),
    (rules.display_name, "Evil\r\nBcc: x@example.com", "one line"),
    (rules.display_name, "a\x1b[2J", "control"),
    (rules.display_name, "a\u202eb", "invisible"),
    (rules.display_name, "x" * 129, "128"),
    (rules.guid, GUID[:-4], r"^4 characters missing\.$"),
    (rules.guid, GUID + "0", r"^1 character too many\.$"),
    (rules.guid, GUID.replace("a", "g", 1), "“g” cannot stand"),
    (rules.tenant, "common", "everybody"),
    (rules.tenant, "Organizations", "everybody"),
    (rules.tenant, "consumers", "everybody"),
    (rules.tenant, "admin@contoso.com", "follows the @"),
    (rules.tenant, "https://login.microsoftonline.com/contoso.com", "without https"),
    (rules.tenant, GUID[:-1], "1 character missing"),
    (rules.proxy_url, "socks5://proxy:1080", "SOCKS"),
    (rules.proxy_url, "http://user:canary@proxy:3128", "network.proxy_password"),
    (rules.proxy_url, "http://proxy", "port is missing"),
    (rules.proxy_url, "ftp://proxy:21", "http://"),
    (rules.proxy_url, "https://proxy:3128", "Write http://"),
    (rules.https_url, "http://example.com", "https://"),
    (rules.https_url, "https://user@example.com", "user name"),
    (rules.https_url, "https://example.com/?a=b", "path"),
    (rules.https_url, "https://", "host name must follow"),
    (rules.file_path, "ca.pem", "full path"),
    (rules.file_path, "~/ca.pem", "full path"),
    (rules.file_path, "/etc/ssl/", "folder"),
    (rules.file_path, "/etc/\x00", "control"),
    (rules.fingerprint, "ab" * 20, "SHA-1"),
    (rules.fingerprint, "ab" * 31, "62"),
    (rules.fingerprint, "zz" * 32, "“z” cannot stand"),
    (rules.date, "31.05.2028", "year-month-day"),
    (rules.date, "2027-02-29", "no such day"),
    (rules.scope, "https://a/b offline_access", "offline_access"),
    (rules.scope, 'https://a/"b"', "quotes"),
    (rules.ehlo_name, "acme_7", "cannot stand"),
    (rules.seconds(1, 120), "121", "from 1 to 120"),
    (rules.choice(Encryption), "startls", "starttls"),
    (rules.choice(Encryption), "", "choices"),
    (rules.secret, "a\nb", "control"),
]


@pytest.mark.parametrize(("rule", "typed", "value"), GOOD)
def test_what_may_be_typed(rule: Rule, typed: str, value: object) -> None:
    assert rule.parse(typed) == value
    assert rule.parse(rule.text(value)) == value


@pytest.mark.parametrize(("rule", "typed", "sentence"), BAD)
def test_what_may_not_be_typed_gets_one_plain_sentence(rule: Rule, typed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        rule.parse(typed)
    said = str(caught.value)
    assert said[-1] in ".?)"
    assert said[0].isupper() or said[0].isdigit() or said[0] == "“"
    assert len(said) < 200
    assert "\n" not in said
    assert "canary" not in said


@pytest.mark.parametrize("key", FIELDS)
@given(text=st.one_of(st.text(max_size=60), st.text('abcdef0123456789.:-@[]{}/%" öé', max_size=80)))
@example(text="\ud800")
@example(text="xn--")
@example(text="a@[IPv6:\x00]")
@example(text="::%\x00")
@example(text="İ.example")
def test_any_text_is_a_value_that_round_trips_or_a_sentence(key: str, text: str) -> None:
    rule = FIELDS[key].rule
    try:
        value = rule.parse(text)
    except ValueError as error:
        assert not isinstance(error, UnicodeError), repr(error)
        assert str(error)
        return
    assert rule.parse(rule.text(value)) == value
    if isinstance(value, str):
        assert "\n" not in value
        assert "\r" not in value
        value.encode()


@pytest.mark.parametrize("key", FIELDS)
def test_default_and_example_keep_their_own_rule(key: str) -> None:
    field = FIELDS[key]
    assert field.rule.parse(field.rule.text(field.default)) == field.default
    if field.example:
        assert field.rule.text(field.rule.parse(field.example)) == field.example
        assert len(field.example) <= field.rule.max_length


@pytest.mark.parametrize("key", FIELDS)
def test_each_field_is_declared_well(key: str) -> None:
    field = FIELDS[key]
    assert 0 < len(field.title) <= 24
    assert field.help.endswith(".")
    assert field.rule.allowed
    assert field.shown_for
    if field.rule.restrict and field.example:
        assert re.fullmatch(f"(?:{field.rule.restrict})*", field.example)


@given(st.integers(-100, 70000))
def test_ports_are_those_there_are(number: int) -> None:
    try:
        assert rules.port.parse(str(number)) == number
        assert 1 <= number <= 65535
    except ValueError:
        assert not 1 <= number <= 65535
