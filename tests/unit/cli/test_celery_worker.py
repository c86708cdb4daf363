"""Which messages can name a task at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_filter.runs.stages import Stage


@pytest.fixture(autouse=True, scope="module")
def broker() -> "object":
    """The module is an application: it is made when it is imported, of the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSAY_DATABASE_URL", "postgresql://127.0.0.1:1/assay")
        patch.setenv("ASSAY_BROKER_URL", "redis://127.0.0.1:1/0")
        import assay_cli.celery_worker

        yield assay_cli.celery_worker


@pytest.mark.parametrize("stage", list(Stage))
def test_an_address_is_read(stage: Stage) -> None:
    from assay_cli.celery_worker import read_key

    assert read_key(("20261122-075636-22ed3ebc", str(stage), 7)) == (
        "20261122-075636-22ed3ebc",
        stage.value,
        7,
    )


@pytest.mark.parametrize(
    "address",
    [
        (),
        ("run",),
        ("run", "rules"),
        ("run", "rules", 0, 0),
        ("", "rules", 0),
        ("run", "no-such-stage", 0),
        ("run", "", 0),
        ("run", None, 0),
        ("run", [], 0),
        ("a\x00b", "rules", 0),
        ("a\nb", "rules", 0),
        ("'; DROP TABLE task; --", "rules", 0),
        ("../run", "rules", 0),
        ("l\u00e4uft", "rules", 0),
        ("x" * 81, "rules", 0),
        (b"run", "rules", 0),
        ("run", "rules", "0"),
        ("run", "rules", 1.0),
        ("run", "rules", True),
        ("run", "rules", -1),
        ("run", "rules", 1 << 31),
    ],
)
def test_what_is_no_address_is_none(address: tuple[object, ...]) -> None:
    from assay_cli.celery_worker import read_key

    assert read_key(address) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(JSON, max_size=4))
def test_any_json_is_read_or_refused(address: list[object]) -> None:
    from assay_cli.celery_worker import read_key

    key = read_key(tuple(address))
    assert key is None or list(key) == address
