"""The face for people: Textual screens over the engine."""
