"""The common scale: constants of one version, never of the batch at hand."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import ConfigError, InputError
from assay_rl_rewards.reward_model.scale import CLIP, MIN_COUNT, Constants, Scale, fit_scale

SCALE = Scale(
    model="rm",
    version="1",
    overall=Constants(mean=1.0, std=2.0, count=1000),
    languages={"de": Constants(mean=-1.0, std=0.5, count=200)},
)


def lines(rows: Sequence[tuple[str | None, float]]) -> list[bytes]:
    return [orjson.dumps({"language": language, "raw": raw, "id": "x"}) for language, raw in rows]


@pytest.mark.parametrize(
    ("raw", "language", "norm"),
    [(1.0, "en", 0.0), (3.0, None, 1.0), (-1.0, "de", 0.0), (-0.5, "de-CH", 1.0),
     (100.0, "de", CLIP), (-100.0, "en", -CLIP)],
)  # fmt: skip
def test_logit_is_measured_in_deviations_of_its_language(
    raw: float, language: str | None, norm: float
) -> None:
    assert SCALE.normalise(raw, language) == norm


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e300))
def test_higher_logit_is_never_worth_less(raw: float, more: float) -> None:
    lower, higher = (SCALE.normalise(value, "de") for value in (raw, min(raw + more, 1.7e308)))
    assert -CLIP <= lower <= higher <= CLIP


def test_fit_gives_each_language_mean_nought_and_deviation_one() -> None:
    german = [n / 10 for n in range(200)]
    rows = [("de", raw) for raw in german] + [("en", raw * 3 - 50) for raw in german]
    scale = fit_scale(lines([*rows, ("cs", 9.0), (None, 2.0)]), model="rm", version="4")
    assert set(scale.languages) == {"de", "en"}
    assert (scale.model, scale.version, scale.overall.count) == ("rm", "4", 402)
    for language, logits in (("de", german), ("en", [raw * 3 - 50 for raw in german])):
        norms = [scale.normalise(raw, language) for raw in logits]
        assert abs(statistics.fmean(norms)) < 1e-9
        assert abs(statistics.pstdev(norms) - 1) < 1e-9


def test_language_with_few_logits_has_no_constants_of_its_own() -> None:
    rows = [("en", float(n)) for n in range(500)]
    rows += [("de", float(n)) for n in range(MIN_COUNT - 1)]
    rows += [("fr", float(n)) for n in range(MIN_COUNT)]
    assert set(fit_scale(lines(rows), model="rm", version="1").languages) == {"en", "fr"}


def test_language_without_spread_takes_the_constants_of_all() -> None:
    rows = [("en", float(n)) for n in range(200)] + [("de", 1.0)] * 200
    scale = fit_scale(lines(rows), model="rm", version="1")
    assert scale.normalise(7.0, "de") == scale.normalise(7.0, None)


@pytest.mark.parametrize(
    "line",
    [b'{"raw": NaN}', b'{"raw": 1e999}', b'{"raw": null}', b'{"raw": "1.5"}', b"{}", b"[1]", b"x"],
)
def test_row_without_a_finite_number_is_named_by_its_line(line: bytes) -> None:
    with pytest.raises(InputError, match="line 3"):
        fit_scale([*lines([("en", 1.0)]), b"\n", line], model="rm", version="1")


@pytest.mark.parametrize("rows", [[], [("en", 1.0)], [("en", 1.0), ("de", 1.0)]])
def test_logits_without_spread_give_no_scale(rows: list[tuple[str | None, float]]) -> None:
    with pytest.raises(InputError, match="without spread"):
        fit_scale(lines(rows), model="rm", version="1")


def test_saved_scale_is_read_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "scale.json"
    SCALE.save(path)
    assert Scale.load(path) == SCALE


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"overall": {"mean": 0.0, "std": 0.0, "count": 9}}, "overall.std"),
        ({"overall": {"mean": None, "std": 1.0, "count": 9}}, "overall.mean"),
        ({"languages": {"de": {"mean": 0.0, "std": 1.0, "count": 5}}}, "at least 100"),
        ({"batch_mean": 1.0}, "batch_mean"),
    ],
)
def test_scale_that_is_none_is_refused(
    tmp_path: Path, change: dict[str, object], told: str
) -> None:
    path = tmp_path / "scale.json"
    path.write_bytes(orjson.dumps({**SCALE.model_dump(mode="json"), **change}))
    with pytest.raises(ConfigError, match=told):
        Scale.load(path)


def test_scale_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json"):
        Scale.load(tmp_path / "none.json")
