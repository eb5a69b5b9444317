"""Contrast of the rich look (WCAG 2.1, success criterion 1.4.3)."""

import pytest
from rich.color_triplet import ColorTriplet

from console.appliance import Profile
from screens.look import Palette
from screens.theme import Tone, styles_of


def luminance(colour: ColorTriplet) -> float:
    """Return the relative luminance of a colour (WCAG 2.1)."""
    parts = [
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("tone", [tone for tone in Tone if tone is not Tone.RULE])
def test_every_tone_can_be_read_on_its_ground(tone: Tone) -> None:
    built_in = Profile()
    style = styles_of(Palette.RICH, built_in.bar, built_in.accent)[tone]
    assert style.color is not None
    assert style.bgcolor is not None
    light, dark = sorted(
        (luminance(style.color.get_truecolor()), luminance(style.bgcolor.get_truecolor())), reverse=True
    )
    assert (light + 0.05) / (dark + 0.05) >= 4.5
