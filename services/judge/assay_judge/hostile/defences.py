"""The layers between a hostile text and its score, each with a switch.

The idea: a defence that nobody can turn off cannot be shown to matter. The attack suite turns them
off one by one and counts which attacks then succeed; nothing else may turn them off.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defences:
    """Which defences stand; all of them by default.

    Attributes:
        encode: each field of the sample is shown as a JSON string literal, not as raw text.
        neutralise: control tokens of chat templates in the sample's text are written as escapes.
        nonce: the markers of the data block carry a keyed code that its text cannot know.
        verify_quotes: a quote counts only where it stands verbatim in the judged response.
        confirm: a claimed hard defect is put to the model again, as a question of its own.
        detect_injection: text that speaks to the judge holds the verdict at borderline.
        master_keys: an answer that says nothing (":", "Solution") is found without a model.
        read_scores: scores are read from label probabilities, not from generated digits.
    """

    encode: bool = True
    neutralise: bool = True
    nonce: bool = True
    verify_quotes: bool = True
    confirm: bool = True
    detect_injection: bool = True
    master_keys: bool = True
    read_scores: bool = True
