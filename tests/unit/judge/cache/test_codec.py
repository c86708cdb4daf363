from hypothesis import given
from hypothesis import strategies as st

from assay.domain.judgement import (
    Defect,
    DefectStatus,
    DimensionScore,
    Judgement,
    Reduction,
    Usage,
)
from assay_judge.cache.codec import as_free, decode_judgement, encode_judgement

FULL = Judgement(
    judge="model",
    version="v",
    turn=3,
    scores={
        "correctness": DimensionScore(
            score=4210, spread=300, entropy=900, mass=990, distribution=(0, 0, 100, 500, 400)
        ),
        "calibration": DimensionScore(),
    },
    defects=(
        Defect(
            kind="hallucination",
            status=DefectStatus.VERIFIED,
            quote="12 * 12 = 146\u2028\U0001f600",
            message=3,
            detector="judge",
            reason="no document says so",
        ),
    ),
    flags=("injection_suspected",),
    checks={"challenged": 731},
    mode="standard",
    rubric="r",
    prompts="p",
    reduction=Reduction(num_turns_omitted=2),
    num_fabricated_quotes=1,
    num_neutralised=2,
    raw=('{"claims":[]}',),
    usage=Usage(num_calls=2, num_prompt_tokens=900, num_cached_tokens=0, milliseconds=12),
)
VALUE = encode_judgement(FULL)


def test_a_judgement_comes_back_whole() -> None:
    assert decode_judgement(VALUE) == FULL


@given(st.integers(0, len(VALUE) - 1))
def test_a_torn_value_is_no_judgement(end: int) -> None:
    assert decode_judgement(VALUE[:end]) is None


@given(st.integers(0, len(VALUE) - 1), st.integers(1, 255))
def test_an_altered_value_is_no_judgement(at: int, change: int) -> None:
    altered = bytearray(VALUE)
    altered[at] ^= change
    assert decode_judgement(bytes(altered)) is None


@given(st.binary(max_size=200))
def test_foreign_bytes_are_no_judgement(value: bytes) -> None:
    assert decode_judgement(value) is None


def test_a_value_of_another_format_is_no_judgement() -> None:
    assert decode_judgement(VALUE.replace(b"judgement/1", b"judgement/2", 1)) is None


def test_who_did_not_pay_gets_the_same_judgement_at_no_cost() -> None:
    free = as_free(FULL)
    assert free.usage == Usage(from_cache=1)
    assert free.model_copy(update={"usage": FULL.usage}) == FULL
