import pytest
from tests.unit.filter.decontamination.conftest import QUESTIONS, MakeIndex, says

from assay.domain.sample import Document, Message, Sample, ToolCall
from assay_filter.decontamination.contamination import Contamination, Tier
from assay_filter.decontamination.index import EvalIndex
from assay_filter.decontamination.items import EvalItem
from assay_filter.decontamination.settings import DecontaminationSettings

LIGHTHOUSE = QUESTIONS["en"]


def only(found: tuple[Contamination, ...]) -> Contamination:
    (one,) = found
    return one


@pytest.mark.parametrize("language", list(QUESTIONS))
def test_whole_question_is_found_in_every_script(five_scripts: EvalIndex, language: str) -> None:
    found = only(five_scripts.find(says(f"Please solve: {QUESTIONS[language]} Thanks!", "No.")))
    assert (found.item_id, found.tier, found.action) == (language, Tier.EXACT, "drop")
    assert (found.score, found.rule) == (1000, "decon.exact")


def test_spans_are_code_points_of_sample_and_item(five_scripts: EvalIndex) -> None:
    text = f"\U0001f600 Zwölf: {LIGHTHOUSE}"
    found = only(five_scripts.find(says(text)))
    (span,) = found.spans
    assert (span.message, span.field) == (0, "content")
    assert text[span.start : span.end] == LIGHTHOUSE.rstrip("?")
    assert LIGHTHOUSE[found.item_start : found.item_end] == LIGHTHOUSE.rstrip("?")
    assert span.quote == LIGHTHOUSE[:80]
    assert found.item_quote == LIGHTHOUSE[:80]


@pytest.mark.parametrize(
    ("sample", "message", "field"),
    [
        (Sample((Message("system", LIGHTHOUSE), Message("user", "Go"))), 0, "content"),
        (says("Tell me a riddle.", LIGHTHOUSE), 1, "content"),
        (Sample((Message("user", "Go"), Message("tool", LIGHTHOUSE))), 1, "content"),
        (
            Sample((Message("user", "Go"),), documents=(Document("d", "", LIGHTHOUSE),)),
            -1,
            "documents/0/text",
        ),
        (
            Sample(
                (Message("assistant", None, (ToolCall("1", "ask", f'{{"q":"{LIGHTHOUSE}"}}'),)),)
            ),
            0,
            "tool_calls/0/arguments",
        ),
    ],
)
def test_all_roles_are_looked_at(
    five_scripts: EvalIndex, sample: Sample, message: int, field: str
) -> None:
    found = only(five_scripts.find(sample))
    assert [(span.message, span.field) for span in found.spans] == [(message, field)]


def test_item_in_two_messages_is_one_hit_with_two_spans(five_scripts: EvalIndex) -> None:
    found = only(five_scripts.find(says(LIGHTHOUSE, f"You ask: {LIGHTHOUSE}")))
    assert [span.message for span in found.spans] == [0, 1]


def test_tokens_of_two_messages_do_not_make_one_question(five_scripts: EvalIndex) -> None:
    words = LIGHTHOUSE.split()
    turns = [" ".join(words[at : at + 4]) for at in range(0, len(words), 4)]
    assert five_scripts.find(says(*turns)) == ()


def test_question_with_few_words_changed_is_dropped_as_ngram(five_scripts: EvalIndex) -> None:
    changed = LIGHTHOUSE.replace("in the same time", "over that time")
    found = only(five_scripts.find(says(changed)))
    assert (found.tier, found.action) == (Tier.NGRAM, "drop")
    assert found.threshold <= found.score < 1000


def test_answer_nearby_lifts_a_changed_question_over_the_threshold(make_index: MakeIndex) -> None:
    answer = "She pauses 252 seconds in a week and climbs 1519 steps in the same time."
    item = EvalItem("made", "test", "1", (LIGHTHOUSE,), answer)
    changed = LIGHTHOUSE.replace("every evening", "at dusk")
    index = make_index([item])
    without = only(index.find(says(changed, "I do not know what to say to that.")))
    beside = only(index.find(says(changed, answer)))
    assert (without.tier, without.answer) == (Tier.SOFT, 0)
    assert (beside.tier, beside.answer) == (Tier.NGRAM, 1000)


def test_thirteen_shared_tokens_flag_and_twelve_do_not(five_scripts: EvalIndex) -> None:
    words = LIGHTHOUSE.replace(";", "").split()
    twelve, thirteen = " ".join(words[3:15]), " ".join(words[3:16])
    assert five_scripts.find(says(f"Once upon a time {twelve} and so on")) == ()
    found = only(five_scripts.find(says(f"Once upon a time {thirteen} and so on")))
    assert (found.tier, found.action, found.rule) == (Tier.SOFT, "flag", "decon.soft")


def test_half_of_the_eight_grams_of_a_short_question_flags(make_index: MakeIndex) -> None:
    index = make_index(["Which harbour did the third ship of the lost fleet leave last?"])
    found = only(index.find(says("Say which harbour did the third ship of the lost fleet seek")))
    assert found.tier is Tier.SOFT


def test_template_shared_by_many_items_is_no_evidence(make_index: MakeIndex) -> None:
    template = (
        "Read the following statement with great care, and then choose the one option out of the "
        "four below that fits it best: "
    )
    fillings = [f"quay number {n} of harbour {n * 7} lies {n * 3} miles east" for n in range(60)]
    index = make_index([template + filling for filling in fillings])
    assert index.find(says(f"{template} apples are a kind of fruit that grows on trees")) == ()
    assert only(index.find(says(f"{template} {fillings[7]}"))).item_id == "7"


def test_fragment_without_its_template_is_too_little(make_index: MakeIndex) -> None:
    template = "Here is what the old harbour master wrote into his green ledger on that very day "
    index = make_index([f"{template} {n} {n + 1} {n + 2} {n + 3}" for n in range(100, 160)])
    assert index.find(says("and then 110 111 112 113 it said")) == ()


def test_short_question_drops_where_it_fills_its_message(make_index: MakeIndex) -> None:
    index = make_index(
        [EvalItem("made", "test", "1", ("Who painted the lighthouse?",), "Ada Byrd")]
    )
    alone = only(index.find(says("who painted the lighthouse", "Somebody.")))
    assert alone.tier is Tier.EXACT
    inside = says("Tell me: who painted the lighthouse? And why?", "Somebody.")
    assert index.find(inside) == ()
    answered = says("Tell me: who painted the lighthouse? And why?", "It was Ada Byrd.")
    assert only(index.find(answered)).tier is Tier.EXACT


def test_question_of_five_to_seven_tokens_inside_a_text_flags(make_index: MakeIndex) -> None:
    index = make_index(["Who painted the lighthouse white?"])
    found = only(index.find(says("Tell me: who painted the lighthouse white? And why?")))
    assert (found.tier, found.action) == (Tier.SOFT, "flag")


def test_stem_is_nothing_without_its_choices(make_index: MakeIndex) -> None:
    choices = ("a grey heron", "the tall mast", "an iron anchor chain", "two oars")
    stem = "Which of the following is part of a ship?"
    index = make_index([EvalItem("made", "test", "1", (stem,), "the tall mast", "", choices)])
    assert index.find(says(stem, "A keel.")) == ()
    listed = "\n".join(
        f"{letter}. {choice}" for letter, choice in zip("ABCD", choices, strict=True)
    )
    assert only(index.find(says(f"{stem}\n{listed}", "B"))).tier is Tier.EXACT


def test_later_user_turn_counts_when_it_is_long_enough(make_index: MakeIndex) -> None:
    turns = ("Hello to you there, my good friend.", LIGHTHOUSE, "Now shorter.")
    index = make_index([EvalItem("made", "test", "1", turns)])
    found = only(index.find(says(LIGHTHOUSE)))
    assert found.turn == 1
    assert index.find(says("Now shorter.")) == ()
    assert index.notes.benchmarks["made"].left_out == {
        "later user turn too short to be told from small talk": 1
    }


def test_equal_questions_of_two_benchmarks_are_both_named(make_index: MakeIndex) -> None:
    items = [EvalItem(name, "test", "1", (LIGHTHOUSE,)) for name in ("one", "two")]
    found = make_index(items).find(says(LIGHTHOUSE))
    assert [one.name for one in found] == ["one/test/1", "two/test/1"]


def test_hits_are_best_first_and_no_more_than_asked_for(make_index: MakeIndex) -> None:
    questions = [
        f"Where did ship number {n} of the grey fleet go on day {n * 3}?" for n in range(9)
    ]
    index = make_index(questions, settings=DecontaminationSettings(max_hits=4))
    found = index.find(says(" ".join(reversed(questions))))
    assert len(found) == 4
    assert all(one.tier is Tier.EXACT for one in found)


def test_many_at_once_is_each_alone(five_scripts: EvalIndex) -> None:
    samples = [says(f"Well: {text}", "no") for text in QUESTIONS.values()] * 3
    samples.insert(4, Sample((Message("user", ""),)))
    samples.insert(9, says("Nothing of that kind."))
    assert five_scripts.find_many(samples) == [five_scripts.find(sample) for sample in samples]
    assert five_scripts.find_many([]) == []


def test_empty_index_finds_nothing(make_index: MakeIndex) -> None:
    index = make_index([])
    assert index.num_items == 0
    assert index.find(says(LIGHTHOUSE)) == ()


def test_what_is_not_indexed_is_counted(make_index: MakeIndex) -> None:
    index = make_index(["???", "Hi there", LIGHTHOUSE])
    size = index.notes.benchmarks["made"]
    assert size.num_items == index.num_items == 1
    assert size.left_out == {
        "no word, number or operator in the question": 1,
        "question too short to be told from small talk": 1,
    }


def test_same_item_twice_is_one(make_index: MakeIndex) -> None:
    item = EvalItem("made", "test", "1", (LIGHTHOUSE,))
    index = make_index([item, item])
    assert index.num_items == 1
    assert index.notes.benchmarks["made"].left_out == {"the same item again": 1}
