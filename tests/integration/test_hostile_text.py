"""No text takes long: time grows with its length, whatever it is made of."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.integration.commands import ROOT
from tests.integration.screening_times import PLACES, TEXTS

DEADLINE_SECONDS = 60.0
SECONDS_PER_MEGABYTE = 4.0  # of CPU, for one rule: twice what the slowest takes
SLACK_SECONDS = 0.25  # first use of a pattern, a pause of the machine


class Screener:
    """A process that screens hostile texts; killed and started again when one takes too long."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._process is None:
            self._process = self._start()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(json.dumps(request).encode() + b"\n")
        stdin.flush()
        if not select.select([stdout], [], [], DEADLINE_SECONDS)[0]:
            self.close()
            raise AssertionError(f"{request} took more than {DEADLINE_SECONDS} s")
        answer: Mapping[str, Any] = json.loads(stdout.readline())
        return answer

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.screening_times"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"ready": True}
        return process


@pytest.fixture(scope="module")
def screener() -> Iterator[Screener]:
    screener = Screener()
    yield screener
    screener.close()


def assert_fast(screener: Screener, text: str, place: str, size: int) -> None:
    answer = screener.ask({"text": text, "place": place, "size": size})
    assert answer["errors"] == []
    limit = SLACK_SECONDS + SECONDS_PER_MEGABYTE * size / 1e6
    slow = {unit: spent for unit, spent in answer["seconds"].items() if spent > limit}
    slow.pop("(all rules)", None)
    assert not slow, f"over {limit:.2f} s for {size} characters of {TEXTS[text]!r}"


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_text_is_screened_in_linear_time(text: str, screener: Screener) -> None:
    for place in PLACES:
        assert_fast(screener, text, place, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", TEXTS)
def test_megabyte_of_hostile_text_is_screened_in_linear_time(
    text: str, place: str, screener: Screener
) -> None:
    assert_fast(screener, text, place, 1_000_000)
