"""foxglove-sdk as a server of a camera's newest frames: camera_foxglove.py DIRECTORY NAME. Prints its port."""

import sys

import foxglove
import webmon

# Else it would queue 1024 frames of 8 MB for a client that is slower; now it drops those before the newest two, and tells nobody.
server = foxglove.start_server(port=0, message_backlog_size=2)
channel = foxglove.Channel("/camera", schema=foxglove.Schema(name="frame", encoding="raw", data=b""), message_encoding="raw")
print(server.port, flush=True)
with webmon.open(sys.argv[2], directory=sys.argv[1]) as reader:
    while reader.wait():
        channel.log(reader.latest().tobytes())
