"""Flask-SocketIO on eventlet as a server of frames, without compression: flask_socketio_server.py DIRECTORY NAME. Prints its port."""

import eventlet

eventlet.monkey_patch()

import sys  # noqa: E402

import eventlet.wsgi  # noqa: E402
import webmon  # noqa: E402
from flask import Flask  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

reader = webmon.open(sys.argv[2], directory=sys.argv[1])
application = Flask(__name__)
server = SocketIO(application, async_mode="eventlet", http_compression=False, websocket_compression=False, cors_allowed_origins="*")


@server.on("go")
def go() -> None:
    """Emits the newest frame again and again; Socket.IO takes bytes only. One at a time: its queue has no end."""
    while True:
        server.emit("frame", reader.latest().tobytes())
        eventlet.sleep(0)


listener = eventlet.listen(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
eventlet.wsgi.server(listener, application, log_output=False)
