"""The answer: sentences made from the figures. What was not measured is not told."""

from __future__ import annotations

from dataclasses import dataclass

from harness.table import number

from . import growth
from .document import Block, Bullets, Heading, Paragraph, Row, Table
from .path import Hop
from .results import At, Result, Run
from .standing import Standing, best, comparable, headlines, limit_of, standing, times, told_ats


@dataclass(frozen=True)
class Place:
    """Where a way of webmon stands, in a figure of a benchmark at one point."""

    result: Result
    way: str
    figure: str
    at: At
    to_limit: Standing | None
    to_peer: Standing | None

    @property
    def says(self) -> str:
        """The benchmark, and the point or way if there are several."""
        words = [self.result.title, self.result.said_at(self.at)]
        if len(self.result.of_kind("webmon")) > 1:
            words.append(self.result.title_of(self.way))
        return ", ".join(word for word in words if word)

    def said(self, contender: str) -> str:
        """What somebody reaches there."""
        return self.result.said(self.figure, self.result.median(contender, self.figure, self.at) or 0)


def places(results: list[Result]) -> list[Place]:
    """All ways of webmon in all benchmarks that have a limit or a peer there."""
    found = []
    for result in results:
        for at in told_ats(result):
            for way in result.of_kind("webmon"):
                for figure in headlines(result):
                    peer = best(result, comparable(result, way, "peer"), figure, at)
                    limit = limit_of(result, way, figure, at)
                    to_limit, to_peer = (standing(result, way, other, figure, at) if other else None for other in (limit, peer))
                    if to_limit or to_peer:
                        found.append(Place(result, way, figure, at, to_limit, to_peer))
    return found


def part(run: Run, hops: list[Hop]) -> list[Block]:
    """The chapter."""
    found = places(run.results)
    blocks: list[Block] = [Heading("The answer", 2, "answer"), *(Paragraph(text, "lead") for text in sentences(run.results, hops, found))]
    if any(result.quick for result in run.results):
        blocks.append(Paragraph("This was a **quick** run: one short round of each benchmark, which checks data and counts. Its times say little, and are held to no bar.", "warning"))
    if ends := end_to_end(found):
        blocks += [Paragraph("End to end, from a camera to a page, beside the best peer that does the same:"), Bullets([("", text) for text in ends])]
    if grown := [text for result in run.results if not result.quick for text in growth.faster_than_it_may(result)]:
        blocks += [Paragraph("Costs that grow faster than they may:"), Bullets([("", f"{text}.") for text in grown])]
    if troubles := failures(run):
        blocks.append(Bullets(troubles))
    if bars := bar_sentence(run.results):
        blocks.append(Paragraph(bars))
    if missed := [("missed", f"{bar['says']}. Found: {number(bar['found'])} (*{result.title}*).") for result in run.results for bar in result.bars if not bar["met"]]:
        blocks.append(Bullets(missed))
    if choices := choose(run.results):
        blocks += [Heading("What to choose", 3, "choose"), Bullets([("", text) for text in choices])]
    if better := better_peers(run.results):
        blocks += [Heading("Where a peer is better", 3, "better"), Bullets([("better", text) for text in better])]
    return blocks


def sentences(results: list[Result], hops: list[Hop], found: list[Place]) -> list[str]:
    """Where the narrow place is, how far the limits are, how webmon stands against peers."""
    told = []
    if len(hops) > 1:
        slow, next_ = sorted(hops, key=lambda hop: -hop.milliseconds)[:2]
        told.append(
            f"Of the {len(hops)} hops of the path that were measured, the narrow place is where **{slow.says}**: {1e3 / slow.milliseconds:.0f} frames of 8 MiB a second, "
            f"or {number(slow.gigabytes_a_second)} GB/s ({slow.way}). The next one, where {next_.says}, takes {times(slow.milliseconds / next_.milliseconds)} times as many."
        )
    socket = next((hop for hop in hops if hop.benchmark == "memory_to_socket"), None)
    page = next((hop for hop in hops if hop.benchmark == "socket_to_page"), None)
    if socket and page:
        ratio = page.milliseconds / socket.milliseconds
        told.append(
            f"The server is not it: it hands a frame to the socket in {number(socket.milliseconds)} ms, and the browser takes {number(page.milliseconds)} ms to get it into a page, {times(ratio)} times as long."
            if ratio > 1 else f"A browser takes a frame into a page in {number(page.milliseconds)} ms, which is no longer than the {number(socket.milliseconds)} ms that the server needs to send it."
        )  # fmt: skip
    if limited := [hop for hop in hops if hop.of_limit]:
        told.append(
            "Beside what the machine can do at most, measured in the same rounds, webmon reaches "
            + "; ".join(f"**{hop.of_limit.text if hop.of_limit else ''}** of {hop.limit} where {hop.says}" for hop in limited)
            + ". More than 1: the program that sets the limit is not at its best there."
        )
    if peers := [place.to_peer for place in found if place.to_peer]:
        count = {verdict: sum(one.verdict == verdict for one in peers) for verdict in ("better", "alike", "worse")}
        told.append(
            f"Against the best peer of each benchmark, in {len(peers)} {'comparison' if len(peers) == 1 else 'comparisons'}: webmon is ahead in **{count['better']}**, "
            f"the rounds do not tell them apart in **{count['alike']}**, and the peer is ahead in **{count['worse']}**."
        )
    return told


def end_to_end(found: list[Place]) -> list[str]:
    """Frames a second from a camera to a page, each way beside the best peer that does the same."""
    return [
        f"{place.result.title_of(place.way)}{', ' + place.result.said_at(place.at) if place.at is not None else ''}: **{place.said(place.way)}** frames a second against {place.said(place.to_peer.against)} "
        f"of {place.result.title_of(place.to_peer.against)}, {place.to_peer.text} times as many."
        for place in found
        if place.result.name == "camera_to_page" and place.figure == "frames_a_second" and place.to_peer
    ]


def bar_sentence(results: list[Result]) -> str:
    """How many bars are met."""
    bars = [bar for result in results for bar in result.bars]
    if not bars:
        return ""
    met = sum(bar["met"] for bar in bars)
    return f"**{met} of {len(bars)} bars are met**{' (of counts alone: quick)' if all(result.quick for result in results) else ''}. A bar says how good something must be, as a ratio wherever it can."


def failures(run: Run) -> list[tuple[str, str]]:
    """What was to be measured and is not here, with its mark."""
    told = []
    for one in run.ended:
        why = f": {one['said'].splitlines()[-1]}" if one["said"] else ""
        if one["outcome"] == "failed":
            told.append(("failed", f"`{one['benchmark']}`{why}."))
        elif one["outcome"] == "interrupted":
            told.append(("left out", f"`{one['benchmark']}` was not measured to its end."))
        elif one["outcome"] == "left out":
            told.append(("left out", f"`{one['benchmark']}`{why}."))
    return told


def better_peers(results: list[Result]) -> list[str]:
    """In any figure at any point, wherever the rounds agree on it: the best peer that is ahead of a way of webmon that does the same work."""
    ahead: dict[tuple[int, str, str, str], list[Standing]] = {}
    for number_, result in enumerate(results):
        for way in result.of_kind("webmon"):
            peers = comparable(result, way, "peer")
            for figure in result.figures:
                for at in result.ats:
                    peer = best(result, peers, figure, at)
                    one = standing(result, peer, way, figure, at) if peer else None
                    if one and one.verdict == "better":
                        ahead.setdefault((number_, one.contender, way, figure), []).append(one)
    return [_ahead(results[key[0]], ones) for key, ones in ahead.items()]


def _ahead(result: Result, ones: list[Standing]) -> str:
    """Of one peer beside one way of webmon in one figure, at all points where it is ahead."""
    most = max(ones, key=lambda one: one.median)
    values = [result.said(most.figure, result.median(who, most.figure, most.at) or 0) for who in (most.contender, most.against)]
    where = "" if most.at is None else f" at {', '.join(result.said_at(one.at) for one in ones)}; most at {result.said_at(most.at)}" if len(ones) > 1 else f" at {result.said_at(most.at)}"
    beside = f" than {result.title_of(most.against)}" if len(result.of_kind("webmon")) > 1 else ""
    note = result.contenders[most.contender].get("note", "")
    return (
        f"**{result.title_of(most.contender)}** is better{beside} in *{result.title}*, {result.figures[most.figure]['title']}{where}: {values[0]} against {values[1]}, "
        f"{most.text} times as good{f' ({note})' if note else ''}."
    )


def choose(results: list[Result]) -> list[str]:
    """Advice, each with the figures that it rests on."""
    there = {result.name: result for result in results}
    told = []
    if one := _ratio(there.get("socket_to_page"), "webmon_fetch", "webmon_websocket"):
        told.append(
            f"**A page in a browser**: `webmon.js`, which measures both ways and keeps the faster. Here one endless `fetch` body carries {one.text} times what a WebSocket does."
        )
    if pairs := _direct(there.get("direct_clients")):
        ends = pairs if len(pairs) < 3 else [pairs[0], pairs[-1]]
        told.append("**A program on the same machine** can read the memory itself, without the server and its socket: " + (" to ".join(ends) if len(pairs) > 1 else ends[0]) + " the frames a second.")
    if one := _ratio(there.get("memory_to_socket"), "webmon", "aiohttp"):
        is_ = {
            "alike": "the rounds do not tell an `aiohttp` server in Python from webmon",
            "worse": "an `aiohttp` server in Python is faster than webmon",
            "better": "an `aiohttp` server in Python is slower than webmon",
        }[one.verdict]
        told.append(f"**One reader of large frames, and nothing else of what the server does**: {is_}; webmon sends {one.text} times as much.")
    if one := _ratio(there.get("napari_live_layer"), "shared", "pushed"):
        told.append(f"**Frames in napari**: `webmon.add_shared` shows {one.text} times as many new frames a second as `layer.data = copy`.")
    return told


def _ratio(result: Result | None, of: str, to: str) -> Standing | None:
    return standing(result, of, to, result.figure, None) if result and {of, to} <= set(result.contenders) else None


def _direct(result: Result | None) -> list[str]:
    """What the benchmark compares, of those that read in place with those that read a socket; the least first."""
    if result is None:
        return []
    compared = [(one["of"], one["to"], at) for at in told_ats(result) for one in result.ratios if one["at"] == at and one["figure"] == "frames_a_second"]
    found = [(stand, at) for of, to, at in compared if (stand := standing(result, of, to, "frames_a_second", at))]
    return [f"{stand.text} times ({result.title_of(stand.contender)}, beside {result.title_of(stand.against)}, {result.said_at(at)})" for stand, at in sorted(found, key=lambda one: one[0].median)]


def summary(found: list[Place]) -> list[Block]:
    """One line for each place."""
    rows = [
        Row([
            place.says,
            place.result.figures[place.figure]["title"],
            place.said(place.way),
            f"{place.to_limit.text} of {place.result.title_of(place.to_limit.against)}" if place.to_limit else "–",
            f"{place.to_peer.text} of {place.result.title_of(place.to_peer.against)}" if place.to_peer else "–",
        ], "better" if place.to_peer and place.to_peer.verdict == "worse" else "")
        for place in found
    ]  # fmt: skip
    if not rows:
        return []
    return [
        Heading("Each benchmark in one line", 2, "summary"),
        Paragraph("How many times as good webmon is as the limit, and as the best peer, in the same rounds (median, least to greatest). Less than 1: the other one is better."),
        Table(["benchmark", "figure", "webmon", "to the limit", "to the best peer"], rows, texts=2),
    ]
