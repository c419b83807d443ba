"""What a server counts, as it tells itself at /metrics."""

from __future__ import annotations

from urllib.request import urlopen


def total(port: int, name: str, stream: str | None = None) -> float:
    """The sum of a metric over all streams, or that of one.

    Parameters
    ----------
    port : int
        Of the server.
    name : str
        As in docs/wire-protocol.md: ``webmon_stream_sent_bytes_total``.
    stream : str, optional
        Only of this one.
    """
    series = f"{name}{{" if stream is None else f'{name}{{stream="{stream}"'
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(series))
