"""Letters of a foreign script inside an answer's prose, which nothing in the conversation explains.

The idea: some models slip into Chinese characters in the middle of an English or German sentence,
or into Cyrillic inside a Japanese one. The invariant: only what the reader cannot have asked for
counts. Latin words are at home in every script; Greek is mathematics; a script that any other turn,
document or tool uses, a language named or a translation asked for, a gloss in brackets or quotes,
and an answer that the language rule already judges as a whole, are no slip.
"""

from collections.abc import Iterator

from pydantic import Field

from assay.domain.action import Action, Flag, Place
from assay.verifiers.language import script_counts
from assay.verifiers.language_names import mentions_translation, named_languages
from assay.verifiers.patterns import compile_pattern
from assay.verifiers.view import View
from assay_filter.rules.rule import Rule, RuleSettings

_WATCHED = {
    "han": r"\p{Han}",
    "kana": r"\p{Hiragana}\p{Katakana}",
    "hangul": r"\p{Hangul}",
    "arabic": r"\p{Arabic}",
    "cyrillic": r"\p{Cyrillic}",
    "hebrew": r"\p{Hebrew}",
    "thai": r"\p{Thai}",
    "devanagari": r"\p{Devanagari}",
}
_RUNS = {name: compile_pattern(f"[{letters}]+") for name, letters in _WATCHED.items()}
_ANY = compile_pattern("[" + "".join(_WATCHED.values()) + "]")
_GLOSS = compile_pattern(
    r"\([^()\n]{1,200}\)|（[^（）\n]{1,200}）|\[[^\[\]\n]{1,200}\]|\"[^\"\n]{1,300}\""
    r"|“[^”\n]{1,300}”"
    r"|«[^»\n]{1,300}»|「[^」\n]{1,300}」|『[^』\n]{1,300}』|《[^》\n]{1,300}》|'[^'\n]{1,100}'"
    r"|‘[^’\n]{1,100}’"
)
_MIXED = {"kana": {"han", "kana"}, "han": {"han"}, "hangul": {"hangul", "han"}}
_MAX_CONTEXT = 20_000


class LangCodeswitchSettings(RuleSettings):
    """How much of an answer a foreign script may be."""

    min_share: float = Field(
        default=0.05, ge=0, le=1, description="share of the answer's letters in the foreign script"
    )
    min_letters: int = Field(default=5, ge=1, description="letters of it at least")
    caps: bool = Field(
        default=True, description="true holds the verdict at borderline, false only notes"
    )


class LangCodeswitch(Rule[LangCodeswitchSettings]):
    """Measures the share of foreign-script letters in each answer's prose."""

    id = "lang.codeswitch"
    summary = "Stray letters of a script that nothing in the conversation explains: flags."
    settings_type = LangCodeswitchSettings

    def check(self, view: View) -> Iterator[Action]:
        for index in view.assistant_turns:
            text = view.text(index)
            if text.isascii() or _ANY.search(text) is None:
                continue
            yield from self._check_turn(view, index)

    def _check_turn(self, view: View, index: int) -> Iterator[Action]:
        prose = view.prose(index)
        counts = script_counts(prose)
        if not _may_be_foreign(counts, self.settings.min_letters):
            return  # taking out the glosses is slow, and only lowers the counts
        prose = _GLOSS.sub(lambda match: " " * len(match.group()), prose)
        counts = script_counts(prose)
        total = sum(counts.values())
        for script, letters in _foreign(counts):
            share = letters / total
            if letters < self.settings.min_letters or share < self.settings.min_share:
                continue
            if _is_explained(view, index, script):
                continue
            run = max(_RUNS[script].finditer(prose), key=lambda m: m.end() - m.start())
            yield Flag(
                f"expected one script throughout message {index}; found {letters} letters of"
                f" {script} script among {total}, for example {run.group()[:80]!r}",
                caps=self.settings.caps,
                value=share,
                threshold=self.settings.min_share,
                place=Place(index, run.start(), view.text(index)[run.start() : run.end()][:80]),
            )


def _foreign(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Watched scripts that are not the main one, nor written together with it."""
    shares = dict(counts)
    if "kana" in shares:
        shares["kana"] += shares.pop("han", 0)  # written together in Japanese
    main = max(shares, key=lambda name: shares[name], default="latin")
    at_home = {main, *_MIXED.get(main, set())}
    return [(name, n) for name, n in counts.items() if name in _RUNS and name not in at_home]


def _may_be_foreign(counts: dict[str, int], min_letters: int) -> bool:
    """Whether, of the letters in `counts`, some can make a main script and others a foreign one."""
    frequent = {name for name, letters in counts.items() if letters >= min_letters}
    if "kana" in counts and counts["kana"] + counts.get("han", 0) >= min_letters:
        frequent.add("kana")
    return any(
        name in _RUNS and name not in _MIXED.get(main, {main}) and (name, main) != ("kana", "han")
        for main in frequent
        for name in frequent
    )


def _is_explained(view: View, index: int, script: str) -> bool:
    sample = view.sample
    others = [m.content for i, m in enumerate(view.messages) if m.content and i != index]
    others += [document.text for document in sample.documents]
    if any(_RUNS[script].search(text) is not None for text in others):
        return True
    context = "\n".join(text[:_MAX_CONTEXT] for text in others)
    return mentions_translation(context) or bool(named_languages(context) - {"en"})
