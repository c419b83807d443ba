"""ray: frames are put into its object store (plasma), and one actor is called with each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from harness.hand_over import Peer, Place
from harness.numbered_frames import Frame

#: Calls under way: the producer waits for the oldest.
AHEAD = 2
#: The actor's process takes what it is called with apart again: it needs the same modules.
MODULES = {"env_vars": {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}}


def produce(place: Place, frames: Iterable[Frame]) -> None:
    """Starts ray, and calls the consumer's actor, once that is there."""
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, namespace=place.name, object_store_memory=max(8 * place.bytes, 100 << 20), logging_level="error")
    actor: Any = None
    calls: list[Any] = []
    for frame in frames:
        if actor is None:
            try:
                actor = ray.get_actor("consumer")
            except ValueError:
                continue
        try:
            calls.append(actor.take.remote(ray.put(frame)))
            if len(calls) > AHEAD:
                ray.get(calls.pop(0))
        except ray.exceptions.RayActorError:
            # The consumer has ended, and its actor with it.
            for _ in frames:
                pass
    ray.shutdown()


def consume(place: Place, take: Callable[[Frame], bool]) -> None:
    """The frames are taken in the actor's process, in place."""
    import ray

    ray.init(address="auto", log_to_driver=False, namespace=place.name, logging_level="error", runtime_env=MODULES)

    class Consumer:
        """Takes what it is called with."""

        def __init__(self, take: Callable[[Frame], bool]) -> None:
            import threading

            self.do_take = take
            self.over = threading.Event()

        @ray.method(concurrency_group="frames")
        def take(self, frame: Frame) -> None:
            if not self.do_take(frame):
                self.over.set()

        def wait(self) -> None:
            self.over.wait()

    # Frames one after the other, and beside them the one call that waits.
    actor = ray.remote(num_cpus=0, concurrency_groups={"frames": 1})(Consumer).options(name="consumer").remote(take)
    ray.get(actor.wait.remote())


PEERS = [Peer("ray", "ray, object store and one actor", produce, consume, "1", "every frame; the producer waits for the oldest of two calls", package="ray", heavy=True)]
