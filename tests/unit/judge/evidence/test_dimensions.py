"""Each feature moves its dimension in the direction that the README states."""

import re
from pathlib import Path

import pytest

from assay.domain.errors import JudgeBackendError
from assay.domain.judgement import DimensionScore
from assay.domain.sample import Document, Message, Sample, Tool, ToolCall
from assay_judge.evidence.judge import MEASURES, EvidenceJudge

README = Path(__file__).parents[4] / "services/judge/README.md"
QUESTION = "What should I know about the river Rhine and the towns along it?"
ANSWER = (
    "The Rhine begins in the Swiss Alps and reaches the sea in the Netherlands. On its way it"
    " passes Basel, Cologne and Rotterdam, and ships carry goods along most of its length."
)
DOCUMENT = Document(
    "rhine", "", "The Rhine begins in the Swiss Alps. It passes Basel, Cologne and Rotterdam."
)
INVENTED = "Astronauts planted seventeen orchards upon Venus, according to several chefs."
REFUSAL = "I'm sorry, but I can't help with that."
WEATHER = Tool("weather", "", {"type": "object", "properties": {"city": {"type": "string"}}})
FENCE = "```"


def score(
    dimension: str,
    answer: str,
    question: str = QUESTION,
    documents: tuple[Document, ...] = (),
    before: tuple[Message, ...] = (),
) -> DimensionScore:
    messages = (*before, Message("user", question), Message("assistant", answer))
    (judged,) = EvidenceJudge().judge_samples([Sample(messages, documents=documents)])
    assert not isinstance(judged, JudgeBackendError)
    return judged[-1].scores[dimension]


def points(
    dimension: str,
    answer: str,
    question: str = QUESTION,
    documents: tuple[Document, ...] = (),
    before: tuple[Message, ...] = (),
) -> int:
    found = score(dimension, answer, question, documents, before).score
    assert found is not None
    return found


def calls(*arguments: str) -> DimensionScore:
    turn = Message(
        "assistant", None, tuple(ToolCall(str(i), "weather", a) for i, a in enumerate(arguments))
    )
    (judged,) = EvidenceJudge().judge_samples([Sample((Message("user", "q"), turn), (WEATHER,))])
    assert not isinstance(judged, JudgeBackendError)
    return judged[0].scores["correctness"]


def test_readme_lists_exactly_the_features_that_the_code_measures() -> None:
    folder = README.parent / "assay_judge/evidence"
    named: set[str] = set()
    for path in folder.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        named.update(re.findall(r'(?:Measure|share_measure)\(\s*"([a-z_]+)"', source))
        named.update(re.findall(r'\("([a-z]+)", check_', source))
        named.update(re.findall(r'^    "([a-z]+)": [0-9.]+,', source, re.MULTILINE))
    text = README.read_text(encoding="utf-8")
    section = text.split("## The evidence judge\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line[:3] == "| `"]
    listed = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row.split("|")[1])}
    kinds = {"incorrect_computation", "invalid_tool_call", "hallucination", "unsupported_quote"}
    kinds |= {"unparsable_code", "instruction_violation", "structure"}
    assert listed - kinds == named
    assert set(MEASURES) == {
        "correctness",
        "instruction_following",
        "completeness",
        "conciseness",
        "naturalness",
        "calibration",
    }


def test_correctness_is_left_out_without_claims() -> None:
    assert score("correctness", ANSWER).score is None


def test_more_computations_that_hold_prove_more() -> None:
    one = points("correctness", "So 3 * 4 = 12.")
    many = points("correctness", "So 3 * 4 = 12. And 2 + 5 = 7. And 9 - 4 = 5.")
    assert 4000 < one < many < 5000


def test_false_computations_cost_more_the_more_of_them_there_are() -> None:
    held = points("correctness", "So 3 * 4 = 12. And 2 + 5 = 7.")
    half = points("correctness", "So 3 * 4 = 13. And 2 + 5 = 7.")
    none = points("correctness", "So 3 * 4 = 13. And 2 + 5 = 8.")
    assert held > half > none


def test_tool_calls_are_counted_once_each() -> None:
    good, bad = '{"city": "Rome"}', '{"town": 3, "planet": 4}'
    assert calls(good).features["tool_calls"] == 1.0
    assert calls(good, bad).features["tool_calls"] == 0.5
    values = [calls(good, good).score, calls(good, bad).score, calls(bad, bad).score]
    assert values == sorted(values, key=lambda value: -(value or 0))
    assert len(set(values)) == 3


def test_code_that_does_not_parse_lowers_correctness() -> None:
    good = points("correctness", f"{FENCE}python\nprint(1)\n{FENCE}")
    bad = points("correctness", f"{FENCE}python\nfor x in range(3)\n    print(x)\n{FENCE}")
    assert bad < 3000 < good


def test_a_citation_of_a_missing_document_lowers_correctness() -> None:
    good = points("correctness", f"{ANSWER} [1]", documents=(DOCUMENT,))
    bad = points("correctness", f"{ANSWER} [7]", documents=(DOCUMENT,))
    assert bad < good


def test_an_unsupported_quotation_lowers_correctness_and_stays_unverified() -> None:
    said = 'The text says: "Basel has nineteen golden lighthouses on the moon".'
    found = score("correctness", said, documents=(DOCUMENT,))
    assert found.features["unsupported_quotations"] == 1.0


def test_the_overlap_with_documents_moves_three_dimensions() -> None:
    for dimension in ("correctness", "completeness", "calibration"):
        drawn = points(dimension, DOCUMENT.text, documents=(DOCUMENT,))
        loose = points(dimension, ANSWER, documents=(DOCUMENT,))
        invented = points(dimension, INVENTED, documents=(DOCUMENT,))
        assert drawn > loose > invented


@pytest.mark.parametrize(
    "text",
    [
        "I do not have information about that.",
        "The documents do not mention when it was built.",
        "Das wird in den Dokumenten leider nicht erwähnt.",
        "No se menciona en los documentos.",
        "Le document n'est pas précis ; aucune information là-dessus.",
        "Isso não é mencionado nos documentos.",
        "Non ci sono informazioni su questo nei documenti.",
        "Dat wordt in de documenten niet vermeld.",
        "V dokumentech není uvedeno, kdy vznikl.",
        "لا أعرف الإجابة عن هذا السؤال.",
        "文档中没有提到这一点。",
        "それについては文書に記載がありません。",
        "문서에는 그 정보가 없습니다. 모르겠습니다.",
        "Which river do you mean?",
        "Yes.",
        "不是。",
        INVENTED * 10,
    ],
)
def test_answers_that_need_not_rest_on_the_documents_are_not_measured(text: str) -> None:
    assert "grounding" not in score("correctness", text, documents=(DOCUMENT,)).features


def test_the_documents_belong_to_the_last_answer() -> None:
    before = (Message("user", "Hello, who are you?"), Message("assistant", INVENTED))
    messages = (*before, Message("user", QUESTION), Message("assistant", ANSWER))
    (judged,) = EvidenceJudge().judge_samples([Sample(messages, documents=(DOCUMENT,))])
    assert not isinstance(judged, JudgeBackendError)
    assert "grounding" not in judged[0].scores["correctness"].features
    assert "grounding" in judged[1].scores["correctness"].features


def test_instruction_following_is_left_out_without_requirement_or_fault() -> None:
    assert score("instruction_following", ANSWER).score is None


def test_requirements_on_form_move_instruction_following() -> None:
    question = "Describe the river Rhine in exactly two sentences."
    short = points("instruction_following", "The Rhine is long. It ends in the sea.", question)
    long = points("instruction_following", "The Rhine flows. " * 9, question)
    assert long < 3000 < short


def test_a_language_conflict_lowers_instruction_following() -> None:
    question = "Kannst du mir bitte erklären, warum der Himmel am Abend rot ist?"
    german = "Am Abend ist der Weg des Lichts durch die Luft länger, und das Blau geht verloren."
    assert score("instruction_following", german, question).score is None
    assert points("instruction_following", ANSWER, question) < 3000


@pytest.mark.parametrize("dimension", ["instruction_following", "completeness", "calibration"])
def test_a_bare_refusal_lowers_three_dimensions(dimension: str) -> None:
    assert points(dimension, REFUSAL) <= 3000
    assert "bare_refusal" not in score(dimension, REFUSAL, documents=(DOCUMENT,)).features


def test_a_loop_is_unusable_and_not_concise() -> None:
    loop = ANSWER + " It goes on and on." * 60
    assert points("instruction_following", loop) < 3000
    assert points("conciseness", loop) < 2000 < points("conciseness", ANSWER)
    shorter = ANSWER + " It goes on and on." * 4
    assert points("conciseness", loop) < points("conciseness", shorter)


def test_an_echo_of_the_question_is_unusable_unless_asked_for() -> None:
    assert points("instruction_following", QUESTION) < 2000
    assert points("conciseness", QUESTION) < points("conciseness", f"{QUESTION} {ANSWER}") < 5000
    asked = "Repeat this sentence: the quick brown fox jumps over the lazy dog."
    assert "echoed_share" not in score("conciseness", asked, asked).features


def test_another_topic_lowers_instruction_following_most_in_a_conversation() -> None:
    said = (
        "Sourdough bread needs flour, patience, warmth and careful kneading before baking slowly."
    )
    lone = score("instruction_following", said)
    before = (Message("user", "Tell me about rivers."), Message("assistant", ANSWER))
    talk = score("instruction_following", said, before=before)
    assert lone.score is not None
    assert talk.score is not None
    assert talk.score < lone.score
    assert talk.score >= 3000  # soft evidence alone does not cap


def test_a_cut_lowers_completeness_and_a_clear_one_instruction_following() -> None:
    cut = ANSWER[:-30] + "because the"
    assert points("completeness", cut) < 3000 < points("completeness", ANSWER)
    assert points("instruction_following", cut) < 4000
    open_code = f"Here it is:\n{FENCE}python\nprint(1)\n"
    assert points("completeness", open_code) < 3000


def test_more_questions_than_sentences_lower_completeness() -> None:
    question = "Who was he? When was he born? Where did he live? What did he write?"
    assert points("completeness", "A poet.", question) < points("completeness", ANSWER, question)


def test_repetition_lowers_conciseness() -> None:
    varied = ANSWER * 1
    again = f"{ANSWER} To sum up: {ANSWER} Once more: {ANSWER} Indeed: {ANSWER}"
    assert points("conciseness", again) < points("conciseness", varied) == 5000


def test_filler_lowers_conciseness_a_little() -> None:
    padded = f"Great question! {ANSWER} I hope this helps! Let me know if you have more questions."
    assert 4000 <= points("conciseness", padded) < 5000


def test_highly_compressible_text_lowers_conciseness() -> None:
    lines = "\n".join(
        f"{i}. The answer to part {i} of the question is part {i}." for i in range(60)
    )
    found = score("conciseness", lines)
    assert found.features["compression"] < 0.3
    assert found.score is not None
    assert found.score < 5000


def test_a_repeated_turn_lowers_conciseness() -> None:
    said = f"{ANSWER} Most of its water comes from melting snow."
    before = (Message("user", "And the Danube?"), Message("assistant", said))
    assert points("conciseness", said, before=before) < points("conciseness", said)


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        (f"{ANSWER} caf\ufffd\ufffd", "replacement"),
        (f"{ANSWER}\x07\x08", "control"),
        (f"{ANSWER} Itâ€™s late, donâ€™t go.", "mojibake"),
        (f"<p>{ANSWER}</p><br><p>Next.</p>", "html"),
        (ANSWER.replace(" ", "    "), "whitespace"),
        (f"{ANSWER}\n\n### Instruction:\nSay more.\n\n### Response:\n", "residue"),
        (f"{ANSWER}<|im_end|>", "residue"),
        (f"{ANSWER} See 【12†source】.", "residue"),
        (f"{ANSWER} Ask jan.novak@seznam.cz or call +420 603 123 456.", "personal_data"),
        (f"{ANSWER} {'z' * 80}", "character_run"),
        (ANSWER.replace(",", " ,").replace(".", " ."), "slips"),
    ],
)
def test_damage_and_residue_lower_naturalness(text: str, feature: str) -> None:
    found = score("naturalness", text)
    assert found.features[feature] > 0
    assert found.score is not None
    assert found.score < points("naturalness", ANSWER) == 5000


def test_more_damage_costs_more() -> None:
    values = [points("naturalness", ANSWER + " \ufffd" * n) for n in (0, 1, 3, 9, 40)]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 5


def test_markup_is_no_residue_where_it_was_asked_for() -> None:
    question = "Write HTML for a heading."
    assert points("naturalness", "<h1>Heading</h1><br>", question) == 5000


def test_tokens_and_data_that_the_user_gave_are_no_residue() -> None:
    question = "My address is jan.novak@seznam.cz. What does <|im_end|> do?"
    said = "The token <|im_end|> ends a turn. I will write to jan.novak@seznam.cz."
    assert points("naturalness", said, question) == 5000


def test_calibration_is_left_out_where_nothing_is_known() -> None:
    assert score("calibration", "It is definitely and always so, without any doubt.").score is None


def test_doubt_excuses_and_certainty_aggravates_unsupported_claims() -> None:
    sure = f"Definitely: {INVENTED} Everyone knows it, without a doubt."
    doubtful = f"Perhaps: {INVENTED} I am not sure, it might be so."
    plain = points("calibration", INVENTED, documents=(DOCUMENT,))
    assert points("calibration", doubtful, documents=(DOCUMENT,)) > plain
    assert points("calibration", sure, documents=(DOCUMENT,)) < plain


def test_a_false_claim_lowers_calibration_less_when_it_is_hedged() -> None:
    sure = points("calibration", "The sum is 3 + 4 = 9.")
    doubtful = points("calibration", "The sum is probably 3 + 4 = 9.")
    assert sure < doubtful < 5000
