"""The package `websockets` as a server of frames, without compression: websockets_server.py DIRECTORY NAME. Prints its port."""

import asyncio
import sys

import webmon
from websockets.asyncio.server import ServerConnection, serve


async def main() -> None:
    """Sends the newest frame again and again, in place."""
    with webmon.open(sys.argv[2], directory=sys.argv[1]) as reader:

        async def send(client: ServerConnection) -> None:
            while True:
                await client.send(memoryview(reader.latest()))

        async with serve(send, "127.0.0.1", 0, compression=None, max_size=None) as server:
            print(next(iter(server.sockets)).getsockname()[1], flush=True)
            await server.serve_forever()


asyncio.run(main())
