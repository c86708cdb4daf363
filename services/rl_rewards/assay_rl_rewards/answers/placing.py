"""Writes an answer where an extractor looks for it."""

from assay_rl_rewards.answers.extraction import Extractor


def place_answer(answer: str, extractor: Extractor) -> str:
    """Return a response that gives `answer` and nothing else; an answer line holds one line."""
    if extractor is Extractor.BOXED_LAST:
        return f"\\boxed{{{answer}}}"
    if extractor is Extractor.ANSWER_TAG_LAST:
        return f"<answer>{answer}</answer>"
    return f"Answer: {answer}"
