"""The package `aiohttp` as a server of a camera's newest frames, without compression: camera_aiohttp.py DIRECTORY NAME. Prints its port."""

import asyncio
import contextlib
import sys

import webmon
from aiohttp import web


async def send(request: web.Request) -> web.WebSocketResponse:
    """Sends the newest frame, in place, whenever there is one and the client has taken the last."""
    client = web.WebSocketResponse(compress=False)
    await client.prepare(request)
    with contextlib.suppress(ConnectionError), webmon.open(sys.argv[2], directory=sys.argv[1]) as reader:
        while not client.closed and await asyncio.to_thread(reader.wait):
            await client.send_bytes(memoryview(reader.latest()).cast("B"))
    return client


async def main() -> None:
    """Serves for ever."""
    application = web.Application()
    application.router.add_get("/", send)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
