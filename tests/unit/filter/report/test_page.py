"""The report: self-contained, escaped, and complete."""

from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from assay_filter.report.data import Cluster, Example, Member, ReportData, RuleFigures, TextEdit
from assay_filter.report.page import diff_pieces, render

EVIL = "<script>alert('x')</script><img src=http://evil.example/x onerror=alert(1)>"


def make_data(text: str = "plain") -> ReportData:
    edit = TextEdit("/messages/1/content", f"old {text}", f"new {text}")
    example = Example("ab" * 32, f"{text}.jsonl:3", f"because {text}", text, [edit], text)
    return ReportData(
        run_id="20260101-000000-00000000",
        created_at="2026-01-01T00:00:00Z",
        finished_at="2026-01-01T00:01:00Z",
        seconds={"rules": 1.5},
        inputs=[{"name": text, "sha256": "0" * 64, "bytes": 10}],
        formats={"messages": 4},
        outcomes={"accepted": 1, "borderline": 1, "rejected": 1, "duplicate": 1, "error": 0},
        reasons=[("rejected", text, 1), ("duplicate", "dedup.near", 1)],
        rules=[RuleFigures("rep.loop", action, 1, text, [example])
               for action in ("drop", "flag", "note", "fix", "error")],
        overall={4750: 1},
        dimensions={"conciseness": {5000: 1}},
        not_applicable={"correctness": 1},
        num_judged=1,
        bases={"no_defect_found": 2},
        tokens={5: 4},
        languages={"en": 4},
        types={"math": 4},
        clusters=[Cluster(example, 1, [Member("cd" * 32, text, "near", 900, None)])],
        duplicate_methods={"near": 1},
        evaluation=None,
        settings={"pipeline": text},
        judge="evidence",
        judge_version="1",
        chain_head="f" * 64,
    )  # fmt: skip


class Collector(HTMLParser):
    """Collects tags and everything that could load something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "data", "action", "poster") or name.startswith("on"):
                self.loads.append(f"{tag} {name}")
            if name == "href" and not (value or "").startswith("#"):
                self.loads.append(f"{tag} {value}")


def collect(page: str) -> Collector:
    collector = Collector()
    collector.feed(page)
    return collector


def test_page_loads_nothing_and_runs_nothing() -> None:
    collector = collect(render(make_data()))
    assert collector.loads == []
    assert not {"script", "link", "img", "iframe", "object"} & set(collector.tags)


def test_hostile_text_stays_text_everywhere() -> None:
    harmless, hostile = collect(render(make_data())), collect(render(make_data(EVIL)))
    assert hostile.loads == []
    assert "script" not in hostile.tags
    assert set(hostile.tags) == set(harmless.tags)


def test_page_shows_counts_reasons_examples_and_settings() -> None:
    page = render(make_data("harbour"))
    for shown in ("4 samples read", "dedup.near", "because harbour", "harbour.jsonl:3"):
        assert shown in page
    for shown in ("conciseness", "not applicable: 0", "f" * 64, "Repairs", "Failures"):
        assert shown in page


def test_empty_run_renders() -> None:
    data = make_data()
    data.rules, data.reasons, data.clusters = [], [], []
    data.duplicate_methods, data.overall, data.dimensions, data.bases = {}, {}, {}, {}
    page = render(data)
    assert "Every sample passed." in page
    assert "None found." in page


@given(st.text(max_size=60), st.text(max_size=60))
def test_diff_holds_both_texts(before: str, after: str) -> None:
    pieces = list(diff_pieces(TextEdit("/x", before, after)))
    kept = "".join(p.text for p in pieces if p.kind == "same")
    assert len(kept) <= min(len(before), len(after))
    if before.isprintable() and after.isprintable():
        assert "".join(p.text for p in pieces if p.kind != "new") == before
        assert "".join(p.text for p in pieces if p.kind != "gone") == after


def test_diff_shows_invisible_characters() -> None:
    pieces = list(diff_pieces(TextEdit("/x", "a\u200bb", "ab")))
    assert [p.text for p in pieces] == ["a[U+200B]b", "ab"]


def test_page_says_what_the_search_for_evaluation_items_cannot_see() -> None:
    evaluation = {"digest": "d" * 64, "items": 1234, "coverage": ["Not seen: <paraphrases>."]}
    page = render(replace(make_data(), evaluation=evaluation))
    assert "1,234 items" in page
    assert "Not seen: &lt;paraphrases&gt;." in page
