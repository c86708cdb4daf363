"""What several drafts say together."""

from assay.domain.judgement import DimensionScore
from assay_judge.engine.groups import join_confirmations, join_defects, join_parts, join_scores
from assay_judge.engine.quoting import Checked, Located, check_quotes
from assay_judge.engine.subject import Field
from assay_judge.reading.form import Claim, ClaimedDefect, Evidence

TEXT = "The Danube is 2850 km long. It flows through Vienna and Linz."
FIELDS = (Field("content", TEXT), Field("tool_calls/0/arguments", '{"city":"Vienna"}'))


def evidence(*findings: Claim | ClaimedDefect) -> Checked:
    claims = tuple(finding for finding in findings if isinstance(finding, Claim))
    defects = tuple(finding for finding in findings if isinstance(finding, ClaimedDefect))
    return check_quotes(
        Evidence(lang="en", claims=claims, defects=defects, notes={}, digits={}), FIELDS
    )


def hallucination(quote: str) -> ClaimedDefect:
    return ClaimedDefect("hallucination", quote, "why")


def test_a_claim_is_as_supported_as_by_the_best_part() -> None:
    parts = [
        evidence(Claim("2850 km long", support, "-"))
        for support in ("unsupported", "supported", "contradicted")
    ]
    (claim,) = join_parts(parts, FIELDS).claims
    assert claim.support == "supported"
    (claim,) = join_parts(parts[::2], FIELDS).claims
    assert claim.support == "contradicted"


def test_a_hallucination_stands_where_all_parts_mean_the_same_words() -> None:
    wide, narrow = hallucination("Danube is 2850 km long"), hallucination("2850 km")
    elsewhere = hallucination("Vienna and Linz")
    assert len(join_parts([evidence(wide), evidence(narrow)], FIELDS).defects) == 1
    assert not join_parts([evidence(wide), evidence(elsewhere)], FIELDS).defects
    assert not join_parts([evidence(wide), evidence()], FIELDS).defects


def test_other_defects_do_not_depend_on_the_part() -> None:
    premise = ClaimedDefect("false_premise", "flows through Vienna", "why")
    joined = join_parts([evidence(premise), evidence()], FIELDS)
    assert [defect.kind for defect in joined.defects] == ["false_premise"]


def test_fabricated_quotes_of_all_parts_are_counted() -> None:
    joined = join_parts([evidence(hallucination("never said")), evidence()], FIELDS)
    assert joined.num_fabricated == 1


def test_defects_that_share_words_are_one() -> None:
    def located(quote: str, kind: str = "hallucination", field: str = "content") -> Located:
        return Located(kind, quote, field, "why")

    wide, narrow = located("The Danube is 2850 km"), located("2850 km long")
    other_kind = located("2850 km long", kind="incorrect_computation")
    apart, in_call = located("Linz"), located('"Vienna"', field="tool_calls/0/arguments")
    groups = [(wide, apart), (narrow, other_kind), (apart, in_call)]
    assert join_defects(groups, FIELDS) == (wide, apart, other_kind, in_call)


def test_scores_of_parts() -> None:
    low, high = DimensionScore(score=2000, spread=0), DimensionScore(score=5000, spread=0)
    joined = join_scores(
        [
            {"correctness": low, "completeness": low},
            {"correctness": high, "completeness": high},
        ]
    )
    assert joined["correctness"] == high
    assert joined["completeness"].score == 3500


def test_confirmations_of_parts() -> None:
    assert join_confirmations("hallucination", [0.9, 0.1]) == 0.1
    assert join_confirmations("false_premise", [0.75, 0.25]) == 0.5
