"""A cache with a bound on its bytes."""

from assay_rl_rewards.sql.bounded_cache import BoundedCache


def test_what_was_used_longest_ago_is_forgotten() -> None:
    cache = BoundedCache[str](10)
    cache.store("a", "A", 4)
    cache.store("b", "B", 4)
    assert cache.find("a") == "A"
    cache.store("c", "C", 4)

    assert cache.find("b") is None
    assert (cache.find("a"), cache.find("c")) == ("A", "C")


def test_what_is_over_the_bound_displaces_nothing() -> None:
    cache = BoundedCache[str](10)
    cache.store("a", "A", 4)
    cache.store("b", "B", 11)

    assert (cache.find("a"), cache.find("b")) == ("A", None)


def test_a_value_stored_again_counts_once() -> None:
    cache = BoundedCache[str](10)
    for text in ("A", "B", "C"):
        cache.store("a", text, 6)
    cache.store("b", "B", 4)

    assert (cache.find("a"), cache.find("b")) == ("C", "B")
