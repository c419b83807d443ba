"""Exponents and bends of costs that are known."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from growth.fit import growth  # noqa: E402

AT = [1, 3, 10, 30, 100, 300, 1000]


def noisy(costs, runs=3, by=0.05):
    rng = np.random.default_rng(11)
    return [np.asarray(costs, "f8") * np.exp(rng.normal(0, by, len(costs))) for _ in range(runs)]


@pytest.mark.parametrize("exponent", [-0.5, 0, 1, 2])
def test_a_power_law_is_one_line(exponent):
    exact = growth(AT, [[7 * at**exponent for at in AT]])
    assert exact.exponent == pytest.approx(exponent, abs=1e-6) and exact.bends_at is None and exact.exponent_after is None
    found = growth(AT, noisy([7 * at**exponent for at in AT]))
    assert found.bends_at is None
    assert found.low <= found.exponent <= found.high
    assert found.exponent == pytest.approx(exponent, abs=0.05)


def test_two_pieces_that_meet_are_found():
    found = growth(AT, noisy([5 * max(1, at / 30) for at in AT]))
    assert found.bends_at is not None and 15 < found.bends_at < 60
    assert found.exponent == pytest.approx(0, abs=0.1)
    assert found.exponent_after == pytest.approx(1, abs=0.1)
    assert found.low <= found.exponent <= found.high and found.low_after <= found.exponent_after <= found.high_after


def test_noise_is_no_bend():
    rng = np.random.default_rng(3)
    bends = [growth(AT, [np.exp(rng.normal(0, 0.4, len(AT))) for _ in range(3)]).bends_at for _ in range(20)]
    assert sum(bend is not None for bend in bends) <= 1


def test_three_points_cannot_bend():
    assert growth([1, 10, 100], [[1, 1, 100]]).bends_at is None


def test_one_run_has_no_spread():
    found = growth(AT, [AT])
    assert found.low == found.exponent == found.high
