"""One message and its envelope, composed or passed through; the same value feeds SMTP and Graph."""

from console.message_compose import compose, test_message
from console.message_model import (
    AddressError,
    AttachmentError,
    Draft,
    HeaderError,
    Message,
    NoRecipientError,
    NoSenderError,
)
from console.message_pass import pass_through

__all__ = [
    "AddressError",
    "AttachmentError",
    "Draft",
    "HeaderError",
    "Message",
    "NoRecipientError",
    "NoSenderError",
    "compose",
    "pass_through",
    "test_message",
]
