"""Strings that break screens: markup, control characters, wide, right to left, long, empty. Every screen is
fed with them, wherever text can come from outside.
"""

from typing import Final

MARKUP: Final = (
    "[Errno 111] Connection refused",
    "[/foo]",
    "[/]",
    "a [/] b",
    "[b]bold[/b]",
    "[red]x[/red]",
    "[red]never closed",
    "[@click=app.quit]click me[/]",
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
    "[=?utf-8?B?aGk=?=]",
    "[Gmail]/Sent",
    "[link=https://example.com]l[/link]",
    "[[double]]",
    "trailing backslash \\",
    "\\[escaped]",
    "$variable ${brace}",
    "{curly} %s %(x)s",
)
CONTROL: Final = (
    "\x1b[2J\x1b[H cleared",
    "\x1b]0;PWNED\x07",
    "\x1b]52;c;cHduZWQ=\x07",
    "\x9b2J c1",
    "null \x00 byte",
    "bell \x07 back \x08 delete \x7f",
    "carriage\rreturn",
    "line\nfeed",
    "tab\tstop",
    "vertical\x0btab form\x0cfeed",
)
UNICODE: Final = (
    "\u202eright-to-left override",
    "\u2066isolate\u2069",
    "שלום עולם",
    "مرحبا بالعالم",
    "漢字かな交じり文 wide",
    "e\u0301 combining \u0301\u0302\u0303",
    "👩‍👩‍👧 family",
    "zero\u200bwidth\ufeffmark",
    "lone surrogate \udcff",
    "\U000e0041 tag",
    "ｆｕｌｌ ｗｉｄｔｈ",
)
LENGTH: Final = ("", " ", "x" * 4000, "word " * 800)

NASTY: Final = (*MARKUP, *CONTROL, *UNICODE, *LENGTH)
"""All of them."""
