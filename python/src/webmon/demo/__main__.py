"""Publishes real images, a log and an array that is being painted, until it gets SIGTERM or SIGINT, or a pipe at its input is closed."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing

import webmon
from webmon.demo import schedule
from webmon.demo.camera import Camera
from webmon.demo.ending import Ending
from webmon.demo.labels import Labels
from webmon.demo.loads import Loads
from webmon.demo.producer import Producer
from webmon.demo.retina import Retina
from webmon.demo.stack import Stack
from webmon.demo.tiles import Tiles

PRODUCERS: tuple[type[Camera | Retina | Stack | Labels | Tiles], ...] = (Camera, Retina, Stack, Labels, Tiles)


def main() -> None:
    """Runs the demo's producers until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m webmon.demo", description=__doc__)
    parser.add_argument("--dir", help="segment directory; default $WEBMON_DIR, else /dev/shm/webmon-<uid>")
    directory: str | None = parser.parse_args().dir

    ending = Ending()
    try:
        with ExitStack() as open_segments:
            loads = open_segments.enter_context(closing(Loads(directory)))
            producers: list[Producer] = []
            for kind in PRODUCERS:
                if ending.has_come:
                    return
                producers.append(open_segments.enter_context(closing(kind(directory))))
            commands = open_segments.enter_context(webmon.Commands("demo", directory))
            for producer in producers:
                for function in producer.commands:
                    commands.command(function)
            names = ", ".join([producer.name for producer in producers] + [loads.name])
            print(f"webmon demo: publishing {names}", flush=True)
            schedule.run(producers, loads, ending)
    except webmon.SegmentError as error:
        sys.exit(f"webmon demo: {error}")


if __name__ == "__main__":
    main()
