"""How much of a text is damage and debris: shares by kind, for rules and for the evidence judge."""

from dataclasses import dataclass

from assay.verifiers.controls import count_controls, has_controls
from assay.verifiers.html import count_html
from assay.verifiers.mojibake import count_mojibake
from assay.verifiers.whitespace import may_have_noise, squeeze_whitespace


@dataclass(frozen=True, slots=True)
class NoiseMeasure:
    """Shares of a text's characters, 0..1 each; all zero for clean text."""

    control: float = 0.0
    mojibake: float = 0.0
    html: float = 0.0
    whitespace: float = 0.0
    replacement: float = 0.0

    @property
    def total(self) -> float:
        return min(
            1.0, self.control + self.mojibake + self.html + self.whitespace + self.replacement
        )


CLEAN = NoiseMeasure()


def noise_share(text: str) -> NoiseMeasure:
    """Measure `text`; kinds are counted apart, so a character may count in two of them."""
    length = len(text)
    if not length:
        return CLEAN
    if text.isascii() and not ("<" in text or "&" in text or may_have_noise(text)):
        return NoiseMeasure(control=count_controls(text) / length) if has_controls(text) else CLEAN
    return NoiseMeasure(
        control=count_controls(text) / length,
        mojibake=count_mojibake(text) / length,
        html=count_html(text) / length,
        whitespace=max(0, length - len(squeeze_whitespace(text))) / length,
        replacement=replacement_share(text),
    )


def replacement_share(text: str) -> float:
    """Share of U+FFFD, the mark that a decoder leaves for bytes that it could not read."""
    return text.count("\ufffd") / len(text) if text else 0.0
