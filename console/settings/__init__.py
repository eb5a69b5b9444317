"""Settings: what the operator chose. `model` declares the fields, `rules` what is allowed, `store` reads and
writes the file, `schema` makes its JSON Schema."""

from console.settings.model import FIELDS, Field, Settings, TransportName, form_fields

__all__ = ["FIELDS", "Field", "Settings", "TransportName", "form_fields"]
