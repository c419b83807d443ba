"""Bokeh as a viewer of a camera's newest frames, in an image glyph: camera_bokeh.py DIRECTORY NAME SCRIPT. Prints the address of its page.

SCRIPT is the address of a script that is added to the page. It sets the tags of the data source when a frame was drawn, and only then is the next frame given: Bokeh's queue has no end.
"""

import sys
from html import escape

import webmon
from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.document import Document
from bokeh.models import ColumnDataSource, LinearColorMapper
from bokeh.palettes import Greys256
from bokeh.plotting import figure
from bokeh.server.server import Server
from tornado.ioloop import IOLoop

directory, name, script = sys.argv[1:]
reader = webmon.open(name, directory=directory)
height, width = reader.shape


def show(document: Document) -> None:
    """One image, replaced whenever the last one was drawn."""
    source = ColumnDataSource({"image": [reader.latest()]}, name="frames")
    plot = figure(width=900, height=800, x_range=(0, width), y_range=(0, height))
    plot.image("image", x=0, y=0, dw=width, dh=height, source=source, color_mapper=LinearColorMapper(Greys256[::-1], low=0, high=65535))

    def replace(_attribute: str, _old: object, _new: object) -> None:
        reader.wait()
        source.data = {"image": [reader.latest()]}

    source.on_change("tags", replace)
    document.add_root(plot)
    document.template = f'{{% block preamble %}}<script type="module" src="{escape(script)}"></script>{{% endblock %}}'


reader.wait()
server = Server({"/": Application(FunctionHandler(show))}, port=0, loop=IOLoop.current())
server.start()
print(f"http://localhost:{server.port}/", flush=True)
server.io_loop.start()
