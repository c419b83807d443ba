"""How a cost grows: the exponent of a power law, and where it bends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: Two pieces are told if they explain the points so much better than one line (difference of the Bayesian information criterion: "very strong"),
_EVIDENCE = 10.0
#: if their exponents differ by so much,
_DIFFERENCE = 0.2
#: and if each has so many points.
_POINTS_A_PIECE = 3
#: Places that are tried for the bend.
_PLACES = 50
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """`exponent` of the whole, or until `bends_at` if it bends; `low` and `high`: the same of each run alone, least and greatest."""

    exponent: float
    low: float
    high: float
    bends_at: float | None
    exponent_after: float | None
    low_after: float | None
    high_after: float | None


def growth(at: Sequence[float], runs: Sequence[Sequence[float]]) -> Growth:
    """Fits costs over an axis.

    Parameters
    ----------
    at : sequence of float
        The points of the axis, over 0.
    runs : sequence of sequence of float
        For each run the cost at each point, over 0.

    Notes
    -----
    Least squares in log-log. The two pieces meet at the bend. All runs are fitted together to find it, and then each alone for the spread.
    """
    x = np.log(np.asarray(at, "f8"))
    y = np.log(np.asarray(runs, "f8"))
    all_x = np.tile(x, len(y))
    all_y = y.ravel()
    bend = _bend(np.unique(x), all_x, all_y)
    whole = _slopes(all_x, all_y, bend)
    each = np.array([_slopes(x, run, bend) for run in y])
    low, high = each.min(0), each.max(0)
    if bend is None:
        return Growth(whole[0], low[0], high[0], None, None, None, None)
    return Growth(whole[0], low[0], high[0], float(np.exp(bend)), whole[1], low[1], high[1])


def _bend(places: _Floats, x: _Floats, y: _Floats) -> float | None:
    """The logarithm of where two lines meet that say more than one does."""
    if len(places) < 2 * _POINTS_A_PIECE - 1:
        return None
    one = _criterion(x, y, None)
    tried = np.linspace(places[_POINTS_A_PIECE - 1], places[-_POINTS_A_PIECE], _PLACES)
    criteria = [_criterion(x, y, place) for place in tried]
    best = int(np.argmin(criteria))
    before, after = _slopes(x, y, tried[best])
    if one - criteria[best] < _EVIDENCE or abs(after - before) < _DIFFERENCE:
        return None
    return float(tried[best])


def _matrix(x: _Floats, bend: float | None) -> _Floats:
    columns = [np.ones_like(x), x]
    if bend is not None:
        columns.append(np.maximum(0, x - bend))
    return np.stack(columns, axis=1)


def _slopes(x: _Floats, y: _Floats, bend: float | None) -> list[float]:
    """Of one line, or before and after the bend."""
    coefficients = np.linalg.lstsq(_matrix(x, bend), y, rcond=None)[0]
    return [float(coefficients[1])] if bend is None else [float(coefficients[1]), float(coefficients[1] + coefficients[2])]


def _criterion(x: _Floats, y: _Floats, bend: float | None) -> float:
    """The Bayesian information criterion: small is good."""
    matrix = _matrix(x, bend)
    rest = y - matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]
    # A perfect fit is as good as one within a thousandth.
    error = max(float(np.mean(rest**2)), 1e-6)
    numbers = matrix.shape[1] + (bend is not None)
    return float(len(y) * np.log(error) + numbers * np.log(len(y)))
