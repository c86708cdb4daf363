"""Kinds of answer that are one value or a collection of labels, each with its own comparison.

Every comparison is of the whole answer and binary. A label space, where the task declares one,
bounds what an answer may say: a label outside it, or several where one is asked for, is wrong by
its form already.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal, TypeVar

from pydantic import Field

from assay.domain.sample import JsonValue
from assay_rl_rewards.answers import labels as reading
from assay_rl_rewards.answers.expected import AnswerKind, Expected
from assay_rl_rewards.answers.labels import fold_all, fold_label
from assay_rl_rewards.answers.options import Options, fold_option, read_choice, read_options
from assay_rl_rewards.verifier import Decoy

WRONG = "another answer than the reference"
OTHER_FORM = "not an answer of the form that is asked for"
OUTSIDE = "a label that is none of those allowed"
SEVERAL = "several labels where one is asked for"
_MAX_DECOYS = 30

ValueT = TypeVar("ValueT")


def compare(found: ValueT | None, wanted: ValueT) -> str | None:
    """The fault of a read answer: unreadable, or another value than the one that is wanted."""
    if found is None:
        return OTHER_FORM
    return None if found == wanted else WRONG


class BoolAnswer(AnswerKind):
    """True or false, or yes or no, in words of any of the twelve languages."""

    answer_type: Literal["bool"]
    words: reading.BoolWords = "true_false"

    def expect(self, reference: JsonValue) -> Expected:
        if not isinstance(reference, bool):
            raise ValueError("expected true or false as reference")  # noqa: TRY004 (user's input)
        yes, _, no = self.words.partition("_")
        gold, other = (yes, no) if reference else (no, yes)
        wrong = (Decoy("other_value", other), Decoy("all_options", f"{yes} or {no}"))
        return Expected(partial(_bool_fault, self.words, reference), gold, wrong)


class IntegerAnswer(AnswerKind):
    """A whole number; digits of any script, thousands in groups."""

    answer_type: Literal["integer"]

    def expect(self, reference: JsonValue) -> Expected:
        if isinstance(reference, bool) or not isinstance(reference, int):
            raise ValueError("expected a whole number as reference")  # noqa: TRY004 (user's input)
        near = (reference - 1, reference + 1)
        wrong = (*(Decoy("near_value", str(value)) for value in near),
                 Decoy("all_options", ", ".join(map(str, (*near, reference)))))  # fmt: skip
        return Expected(partial(_integer_fault, reference), str(reference), wrong)


class ChoiceAnswer(AnswerKind):
    """One of several options, by letter or by its whole text. The reference is the letter."""

    answer_type: Literal["choice"]
    options: Mapping[str, str] = Field(min_length=2)

    def expect(self, reference: JsonValue) -> Expected:
        if not isinstance(reference, str) or reference not in self.options:
            raise ValueError("expected one of the options' letters as reference")
        options = read_options(self.options)
        others = [letter for letter in self.options if letter != reference]
        wrong = (*(Decoy("other_option", letter) for letter in others),
                 Decoy("all_options", ", ".join(self.options)),
                 Decoy("two_options", f"{reference} or {others[0]}"))  # fmt: skip
        return Expected(partial(_choice_fault, options, fold_option(reference)), reference, wrong)


class LabelAnswer(AnswerKind):
    """One label. `labels` is the label space, `aliases` further spellings of a label in it."""

    answer_type: Literal["label"]
    labels: Sequence[str] = ()
    aliases: Mapping[str, Sequence[str]] = Field(default_factory=dict)

    def expect(self, reference: JsonValue) -> Expected:
        gold = _text(reference)
        space = fold_all(self.labels)
        if len(set(space)) != len(space):
            raise ValueError("expected labels that differ, found two alike")
        named = spellings(self.labels or (gold,), self.aliases)
        wanted = named.get(fold_label(gold))
        if wanted is None:
            raise ValueError("expected one of the labels as reference")
        others = [label for label in self.labels if fold_label(label) != wanted]
        wrong = [Decoy("other_label", label) for label in others[:_MAX_DECOYS]]
        if others:
            wrong += [Decoy("all_options", ", ".join(self.labels)),
                      Decoy("two_options", f"{gold} or {others[0]}")]  # fmt: skip
        return Expected(partial(_label_fault, named, wanted, bool(space)), gold, tuple(wrong))


class ListAnswer(AnswerKind):
    """Labels in order. `labels`, where given, is all that may stand in it."""

    answer_type: Literal["list"]
    labels: Sequence[str] = ()

    def expect(self, reference: JsonValue) -> Expected:
        items = _texts(reference)
        fault = partial(_list_fault, fold_all(items), frozenset(fold_all(self.labels)))
        wrong = [Decoy("first_alone", items[0])] if len(items) > 1 else []
        if items[::-1] != items:
            wrong.append(Decoy("reversed", _joined(items[::-1])))
        return Expected(fault, _joined(items), tuple(wrong))


class SetAnswer(AnswerKind):
    """Labels in any order, none twice. `labels`, where given, is all that may stand in it."""

    answer_type: Literal["set"]
    labels: Sequence[str] = ()

    def expect(self, reference: JsonValue) -> Expected:
        items = _texts(reference) if reference != [] else []
        wanted = frozenset(fold_all(items))
        if len(wanted) != len(items):
            raise ValueError("expected a set as reference, found a label twice")
        fault = partial(_set_fault, wanted, frozenset(fold_all(self.labels)))
        wrong = [Decoy("first_alone", items[0])] if len(items) > 1 else []
        if self.labels and frozenset(fold_all(self.labels)) != wanted:
            wrong.append(Decoy("all_options", _joined(self.labels)))
        return Expected(fault, _joined(items) if items else "{}", tuple(wrong))


class MappingAnswer(AnswerKind):
    """A label for each key. `labels`, where given, is all that may stand as a value."""

    answer_type: Literal["mapping"]
    labels: Sequence[str] = ()

    def expect(self, reference: JsonValue) -> Expected:
        if not isinstance(reference, Mapping) or not reference:
            raise ValueError("expected an object with a label for each key as reference")
        pairs = {key: _text(value) for key, value in reference.items()}
        wanted = {fold_label(key): fold_label(value) for key, value in pairs.items()}
        if len(wanted) != len(pairs) or not all(wanted):
            raise ValueError("expected keys that differ, found two alike")
        space = self.labels or sorted(set(pairs.values()))
        constants = [dict.fromkeys(pairs, label) for label in space]
        wrong = [Decoy("constant", _paired(c)) for c in constants[:_MAX_DECOYS] if c != pairs]
        wrong += [Decoy("half", _paired(dict(list(pairs.items())[:-1])))] if pairs.keys() else []
        fault = partial(_mapping_fault, wanted, frozenset(fold_all(self.labels)))
        return Expected(fault, _paired(pairs), tuple(wrong))


def spellings(labels: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """Folded labels and aliases, each with the folded label it stands for.

    Raises:
        ValueError: an alias stands for two labels, or for none of them.
    """
    named = {fold_label(label): fold_label(label) for label in labels}
    for label, others in aliases.items():
        if fold_label(label) not in named:
            raise ValueError("expected aliases of the labels, found one of another")
        for alias in fold_all(others):
            if named.setdefault(alias, fold_label(label)) != fold_label(label):
                raise ValueError("expected an alias of one label, found one of two")
    return named


def _bool_fault(words: reading.BoolWords, wanted: bool, answer: str) -> str | None:
    return compare(reading.read_bool(answer, words), wanted)


def _integer_fault(wanted: int, answer: str) -> str | None:
    return compare(reading.read_whole(answer), wanted)


def _choice_fault(options: Options, wanted: str, answer: str) -> str | None:
    choice = read_choice(answer, options)
    return choice.reason if choice.label is None else compare(choice.label, wanted)


def _label_fault(named: Mapping[str, str], wanted: str, is_closed: bool, answer: str) -> str | None:
    found = named.get(fold_label(answer))
    if found is not None:
        return compare(found, wanted)
    items = reading.read_items(answer) or ()
    if len(items) > 1 and any(item in named for item in items):
        return SEVERAL
    return OUTSIDE if is_closed else WRONG


def _list_fault(wanted: tuple[str, ...], space: frozenset[str], answer: str) -> str | None:
    found = reading.read_items(answer)
    if found is not None and space and not space.issuperset(found):
        return OUTSIDE
    return compare(found, wanted)


def _set_fault(wanted: frozenset[str], space: frozenset[str], answer: str) -> str | None:
    found = reading.read_set(answer)
    if found and space and not space >= found:
        return OUTSIDE
    return compare(found, wanted)


def _mapping_fault(wanted: Mapping[str, str], space: frozenset[str], answer: str) -> str | None:
    found = reading.read_mapping(answer)
    if found is not None and space and not space.issuperset(found.values()):
        return OUTSIDE
    return compare(found, wanted)


def _text(reference: JsonValue) -> str:
    if not isinstance(reference, str) or not fold_label(reference):
        raise ValueError("expected a text that is not empty in the reference")
    return reference


def _texts(reference: JsonValue) -> list[str]:
    if isinstance(reference, str) or not isinstance(reference, Sequence) or not reference:
        raise ValueError("expected a list of texts as reference")
    return [_text(item) for item in reference]


def _joined(items: Sequence[str]) -> str:
    separator = ", " if not any("," in item for item in items) else "; "
    return separator.join(items)


def _paired(pairs: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in pairs.items())
