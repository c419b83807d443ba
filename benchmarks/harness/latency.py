"""Latencies as a histogram of fixed precision (HdrHistogram), from intended times."""

from __future__ import annotations

from collections.abc import Iterable

from hdrh.histogram import HdrHistogram

#: One minute, in nanoseconds: what took longer counts as that.
_MOST = 60_000_000_000
_DIGITS = 3


def percentiles(nanoseconds: Iterable[float], unit: str = "ms") -> dict[str, float]:
    """What is told of latencies.

    Parameters
    ----------
    nanoseconds : iterable of float
        From the intended time of each event, not from when it was sent: else a producer that is late hides the wait of what was due meanwhile.
    unit : {"ms", "us"}
        Of the result.

    Returns
    -------
    dict
        ``p50_ms``, ``p90_ms``, ``p99_ms``, ``p999_ms`` and ``max_ms``.

    Raises
    ------
    ValueError
        If there is none.
    """
    histogram = HdrHistogram(1, _MOST, _DIGITS)
    for value in nanoseconds:
        histogram.record_value(min(max(int(value), 1), _MOST))
    if histogram.get_total_count() == 0:
        raise ValueError("there is no latency to tell")
    scale = {"ms": 1e6, "us": 1e3}[unit]
    found = {f"p{name}_{unit}": histogram.get_value_at_percentile(percent) / scale for name, percent in [("50", 50), ("90", 90), ("99", 99), ("999", 99.9)]}
    return {**found, f"max_{unit}": histogram.get_max_value() / scale}
