"""The package `aiohttp` as a server of frames, without compression: aiohttp_server.py DIRECTORY NAME. Prints its port."""

import asyncio
import sys

import webmon
from aiohttp import web


async def main() -> None:
    """Sends the newest frame again and again, in place."""
    with webmon.open(sys.argv[2], directory=sys.argv[1]) as reader:

        async def send(request: web.Request) -> web.WebSocketResponse:
            client = web.WebSocketResponse(compress=False)
            await client.prepare(request)
            while not client.closed:
                await client.send_bytes(memoryview(reader.latest()))
            return client

        application = web.Application()
        application.router.add_get("/", send)
        runner = web.AppRunner(application)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


asyncio.run(main())
