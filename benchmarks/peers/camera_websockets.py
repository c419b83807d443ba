"""The package `websockets` as a server of a camera's newest frames, without compression: camera_websockets.py DIRECTORY NAME. Prints its port."""

import asyncio
import contextlib
import sys

import webmon
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def send(client: ServerConnection) -> None:
    """Sends the newest frame, in place, whenever there is one and the client has taken the last."""
    with contextlib.suppress(ConnectionClosed), webmon.open(sys.argv[2], directory=sys.argv[1]) as reader:
        while await asyncio.to_thread(reader.wait):
            await client.send(memoryview(reader.latest()).cast("B"))


async def main() -> None:
    """Serves for ever."""
    async with serve(send, "127.0.0.1", 0, compression=None, max_size=None) as server:
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


asyncio.run(main())
