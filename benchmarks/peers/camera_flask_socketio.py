"""Flask-SocketIO on eventlet as a server of a camera's newest frames, without compression: camera_flask_socketio.py DIRECTORY NAME. Prints its port."""

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402

import eventlet.tpool  # noqa: E402
import eventlet.wsgi  # noqa: E402
import webmon  # noqa: E402
from flask import Flask, request  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

reader = webmon.open(sys.argv[2], directory=sys.argv[1])
application = Flask(__name__)
server = SocketIO(application, async_mode="eventlet", http_compression=False, websocket_compression=False, cors_allowed_origins="*")
#: Its queue has no end: two frames may be under way, and the page acknowledges each.
AHEAD = 2


@server.on("connect")
def connect() -> None:
    """Begins to send."""
    server.start_background_task(send, request.sid)


def send(client: str) -> None:
    """Emits the newest frame as bytes, which is all that Socket.IO takes, whenever there is one and there is room."""
    room = eventlet.Semaphore(AHEAD)
    while True:
        room.acquire()
        eventlet.tpool.execute(reader.wait)
        server.emit("frame", reader.latest().tobytes(), to=client, callback=room.release)


listener = eventlet.listen(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
eventlet.wsgi.server(listener, application, log_output=False)
