"""Host names in ASCII, as an independent library of IDNA 2008 has them."""

import time

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.hostnames import ascii_domain, ipv6, is_ipv4


@pytest.mark.parametrize(
    "name", ["bücher", "straße", "メール", "Ελλάς", "नमस्ते", "مثال", "пример", "faß", "中文"]
)
def test_international_names_are_as_idna_2008_has_them(name: str) -> None:
    assert ascii_domain(f"{name}.example") == idna.encode(f"{name.lower()}.example").decode()


def test_typed_forms_of_the_same_name_are_the_same() -> None:
    decomposed = "bu\u0308cher。example"
    assert ascii_domain(decomposed) == ascii_domain("BÜCHER.example.") == "xn--bcher-kva.example"


@given(st.text(max_size=80))
def test_a_name_is_ascii_bounded_and_stays_itself(text: str) -> None:
    try:
        name = ascii_domain(text, underscores=True)
    except ValueError:
        return
    assert name.isascii()
    assert len(name) <= 253
    assert all(0 < len(label) <= 63 for label in name.split("."))
    assert ascii_domain(name, underscores=True) == name


@pytest.mark.parametrize("text", ["10.0.0.0", "255.255.255.255", "192.0.2.1"])
def test_ipv4_addresses(text: str) -> None:
    assert is_ipv4(text)


@pytest.mark.parametrize(
    "text", ["256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4\n", "١.2.3.4", "1.2.3.4.", ""]
)
def test_no_ipv4_addresses(text: str) -> None:
    assert not is_ipv4(text)


def test_ipv6_addresses_are_shortened_and_zones_kept() -> None:
    assert ipv6("2001:0DB8:0:0:0:0:0:1") == "2001:db8::1"
    assert ipv6("fe80::1%eth0") == "fe80::1%eth0"
    for bad in ("::%", "::1%a b", "1::2::3", "::\x00", "g::"):
        with pytest.raises(ValueError, match=r"\.$"):
            ipv6(bad)


@pytest.mark.parametrize("text", ["".join(map(chr, range(0x4E00, 0x9E00))), "a" + "\u0316\u0300" * 40_000])
def test_a_name_of_any_length_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="too long"):
        ascii_domain(text)
    assert time.process_time() - began < 1  # to encode or to normalise it would take ten seconds
