"""What the sandbox's web pages have in common: one plain look, no script, and forms only they can send."""

import hmac
import secrets
from html import escape
from typing import Final

from console.sandbox.https_server import Reply, Request

STALE_FORM: Final = "The form was too old or not from this page. Try again."
_COOKIE: Final = "sandbox_form"
_HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;background:#0f1419;color:#c9d1d9;margin:0}"
    "main{max-width:30rem;margin:3rem auto;padding:0 1rem}h1{font-size:1.4rem}"
    ".badge{background:#b7791f;color:#000;padding:0 .5rem}"
    "input,textarea,button{font:inherit;background:#161b22;"
    "color:inherit;border:1px solid #7d8590;padding:.5rem}"
    "input[type=text],textarea{width:100%;box-sizing:border-box}code{overflow-wrap:anywhere}"
    "button{min-width:8rem;margin:.5rem .5rem 0 0;background:#1f6feb;color:#fff;border:0}"
    "button.no{background:#30363d}label{display:block;margin:.4rem 0}.error{color:#f85149}"
)


def page(request: Request, title: str, body: str, *, status: int = 200) -> Reply:
    """Return a page; `body` is HTML made of escaped parts, ``{form}`` in it their hidden field."""
    mark = request.cookie(_COOKIE) or secrets.token_urlsafe(24)
    hidden = f'<input type="hidden" name="{_COOKIE}" value="{escape(mark)}">'
    filled = body.replace("{form}", hidden)
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{_STYLE}</style></head><body><main><p><span class="badge">SANDBOX</span> '
        f"a stand-in for Microsoft 365</p><h1>{escape(title)}</h1>{filled}</main></body></html>"
    )
    cookie = f"{_COOKIE}={mark}; Path=/; Secure; HttpOnly; SameSite=Strict"
    return Reply.html(status, html, (*_HEADERS, ("Set-Cookie", cookie)))


def is_from_our_form(request: Request) -> bool:
    """Whether a form was sent from one of our own pages: it repeats the cookie (OWASP, double submit)."""
    mark, sent = request.cookie(_COOKIE), request.form().get(_COOKIE, "")
    return bool(mark) and hmac.compare_digest(mark.encode(), sent.encode())


def error_line(text: str) -> str:
    """Return a line that says what is wrong, or "" for nothing; a word first, the colour only helps."""
    return f'<p class="error" role="alert">Error: {escape(text)}</p>' if text else ""
