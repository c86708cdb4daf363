"""What one language says when a text speaks to its grader; the fields of every wording.

All strings are RE2 patterns over folded text (see `hostile.folding`): write them in lower case,
accents and apostrophes as usual (they are folded like the text), a space for any white space.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """Patterns of one language; the alternatives of each field are joined.

    Attributes:
        language: ISO 639-1 code.
        top: a top grade ("full marks", "10 out of 10").
        target: the judged text, pointed at ("this response").
        direct: a demand ("give", "must", "deserves").
        grader: who grades.
        merit: words of grading in general.
        address: a sentence that turns to the grader; counts near a word of grading.
        ignore: a demand to drop earlier instructions; counts in responses alone.
        verified: a claim that everything has been checked; counts near a top grade.
        thus: a conclusion; counts near a top grade and the target.
        policy: a claim that the rules of grading have changed; counts near a grade or target.
        pressure: a threat, a bribe or flattery; counts near a grade or a grader.
        every: all that is graded ("every criterion").
        loose: the judged text, not pointed at ("the response").
        excuse: what makes a sentence about the loose target a rule for graders ("if", "1 to 5").
    """

    language: str
    top: tuple[str, ...]
    target: tuple[str, ...]
    direct: tuple[str, ...]
    grader: tuple[str, ...]
    merit: tuple[str, ...]
    address: tuple[str, ...]
    ignore: tuple[str, ...]
    verified: tuple[str, ...]
    thus: tuple[str, ...]
    policy: tuple[str, ...]
    pressure: tuple[str, ...]
    every: tuple[str, ...]
    loose: tuple[str, ...]
    excuse: tuple[str, ...]
