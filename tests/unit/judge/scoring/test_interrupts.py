import os
import signal

import pytest

from assay_judge.scoring.interrupts import Interrupts


def _signal() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_interrupts_where_it_is_allowed() -> None:
    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt), interrupts.allowed():
        _signal()


def test_elsewhere_a_signal_waits_for_the_next_chance() -> None:
    reached = False
    with Interrupts() as interrupts:
        _signal()
        reached = True
        with pytest.raises(KeyboardInterrupt), interrupts.allowed():
            reached = False
    assert reached


def test_a_second_signal_does_not_wait() -> None:
    with Interrupts(), pytest.raises(KeyboardInterrupt):
        _signal()
        _signal()


def test_the_former_handlers_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
