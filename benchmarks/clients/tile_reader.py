"""Takes what the Tile Viewer takes, and does nothing with it: tile_reader.py ADDRESS LOG. Needs next to nothing of the processor.

It subscribes to the log of a viewer's tiles and to its stream of views, as the page does, and gives the credits back. The numbers of the events must
follow each other. Prints "ready" when both were found and, when its standard input ends, JSON: `views`, a list of [left edge, seconds since 1970 when it
was here], `events`, `lost` and `cpu_seconds`.
"""

from __future__ import annotations

import json
import select
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients.websocket import WebSocket, data, field_offset, is_data  # noqa: E402

TILES, VIEW = 1, 2


def main() -> None:
    """Reads until it shall end."""
    address, log = sys.argv[1:]
    socket = WebSocket(address)
    socket.send(WebSocket.frame({"type": "subscribe", "id": TILES, "stream": log, "policy": "all", "credits": 4}))
    socket.send(WebSocket.frame({"type": "subscribe", "id": VIEW, "stream": f"{log}.view", "credits": 2, "backlog": 1}))
    views: list[tuple[float, float]] = []
    found: set[int] = set()
    events = lost = last = left = 0
    while select.select([sys.stdin, socket], [], [])[0] != [sys.stdin]:
        for text in socket.come():
            if not is_data(text):
                message = json.loads(text)
                if message["type"] == "subscribed":
                    found.add(message["id"])
                    if message["id"] == VIEW:
                        left, _ = field_offset(message, "left")
                    if found == {TILES, VIEW}:
                        print("ready", flush=True)
                if message["type"] == "error":
                    sys.exit(f"tile_reader: {message}")
                continue
            part = data(text)
            socket.credit(part)
            if part.id == VIEW:
                views.append((struct.unpack_from("<d", part.payload, left)[0], time.time()))
                continue
            if last and part.sequence - part.records != last + part.lost - lost:
                sys.exit(f"tile_reader: event {part.sequence} with {part.records} records came after event {last}; {part.lost - lost} were told as lost")
            events, last, lost = events + part.records, part.sequence, part.lost
    print(json.dumps({"views": views, "events": events, "lost": lost, "cpu_seconds": time.process_time()}), flush=True)


if __name__ == "__main__":
    main()
