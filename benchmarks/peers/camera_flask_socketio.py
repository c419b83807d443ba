"""Flask-SocketIO on gevent as a server of a camera's newest frames, without compression: camera_flask_socketio.py DIRECTORY NAME. Prints its port."""

from gevent import monkey

monkey.patch_all()

import sys  # noqa: E402

import gevent  # noqa: E402
import webmon  # noqa: E402
from flask import Flask, request  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402
from gevent.lock import Semaphore  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402
from geventwebsocket.handler import WebSocketHandler  # noqa: E402

reader = webmon.open(sys.argv[2], directory=sys.argv[1])
application = Flask(__name__)
server = SocketIO(application, async_mode="gevent", http_compression=False, cors_allowed_origins="*")
#: Its queue has no end: two frames may be under way, and the page acknowledges each.
AHEAD = 2


@server.on("connect")
def connect() -> None:
    """Begins to send."""
    server.start_background_task(send, request.sid)


def send(client: str) -> None:
    """Emits the newest frame as bytes, which is all that Socket.IO takes, whenever there is one and there is room."""
    room = Semaphore(AHEAD)
    while True:
        room.acquire()
        gevent.get_hub().threadpool.apply(reader.wait)
        server.emit("frame", reader.latest().tobytes(), to=client, callback=room.release)


listener = WSGIServer(("127.0.0.1", 0), application, handler_class=WebSocketHandler, log=None)
listener.start()
print(listener.server_port, flush=True)
listener.serve_forever()
