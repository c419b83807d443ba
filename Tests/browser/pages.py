"""The pages' addresses in their different states, for the tests that hold for all of them, and what has to be shared for them."""

import numpy as np

# With something to show.
BUSY = [
    "/viewer/?stream=camera",
    "/viewer/?stream=stack",
    "/viewer/?stream=loads",
    "/tiles/?stream=tiles",
    "/loader/",
    "/loader/?graphs=loads::a_field_with_a_long_name_0::bars",
    "/streams/",
    "/streams/?open=loads&code=c",
    "/streams/?filter=zzz",
    "/throughput/",
    "/throughput/?stream=camera",
    "/table/?stream=loads",
    "/table/?stream=camera",
]

# Of streams that stand still in the Viewer, which holds the last 64 MB of those that do not.
ONE_A_PAGE = [
    "/viewer/?stream=stack",
    "/tiles/?stream=tiles",
    "/loader/",
    "/streams/?open=loads,camera",
    "/throughput/?stream=camera",
    "/table/?stream=loads",
]

# With nothing to show, or waiting for it.
EMPTY = [
    "/viewer/",
    "/viewer/?stream=nothing-of-this-name-is-there",
    "/tiles/",
    "/tiles/?stream=nothing-of-this-name-is-there",
    "/loader/",
    "/loader/?chunk_time=nothing:x",
    "/streams/",
    "/throughput/",
    "/table/",
    "/table/?stream=nothing-of-this-name-is-there",
]


def share_everything(producer):
    """One stream of each kind, with long names and much metadata."""
    rng = np.random.default_rng(3)
    producer.stream("camera", rng.integers(0, 4096, (300, 400)).astype("u2"), metadata={"note": "x" * 200})
    producer.stream("stack", rng.integers(0, 256, (3, 4, 50, 60)).astype("u1"))
    producer.log("loads", np.ones(50, [(f"a_field_with_a_long_name_{n}", "f8") for n in range(12)]))
    producer.tiles("tiles")
