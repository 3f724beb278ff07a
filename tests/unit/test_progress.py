"""How far is a job?"""

import io
import logging

import pytest

from limelight.machinery import progress
from limelight.machinery.progress import Progress, duration


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])

    def later(seconds: float) -> None:
        now[0] += seconds

    return later


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_says_how_far_it_is_how_fast_and_how_long_it_will_take(
    clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(progress.sys, "stderr", terminal)
    counted = Progress("lime/b.npz", 64, every=10)
    with caplog.at_level(logging.INFO):
        for _ in range(12):
            clock(2.0)
            counted.advance()
    assert [record.message for record in caplog.records] == [
        "5 of 64, 0.5/s, 1 min 58 s left",
        "10 of 64, 0.5/s, 1 min 48 s left",
    ]
    assert terminal.getvalue() == (
        "lime/b.npz: 5 of 64, 0.5/s, 1 min 58 s left\nlime/b.npz: 10 of 64, 0.5/s, 1 min 48 s left\n"
    )


def test_nobody_watches_a_pipe(clock, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(progress.sys, "stderr", pipe)
    counted = Progress("x", 3, every=1)
    clock(5)
    counted.advance()
    assert pipe.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (7300, "2 h 1 min"), (float("inf"), "?")],
)
def test_duration(seconds: float, said: str) -> None:
    assert duration(seconds) == said
