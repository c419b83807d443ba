"""A camera's sequence, each image to a stream as it comes. Here with the demo camera of Micro-Manager: pip install pymmcore-plus mm-test-adapters"""

import sys
import threading

import mm_test_adapters
from pymmcore_plus import CMMCorePlus

import webmon

IMAGES = int(sys.argv[1]) if len(sys.argv) > 1 else 1000

core = CMMCorePlus(mm_path=mm_test_adapters.device_adapter_path())
core.loadDevice("Camera", "DemoCamera", "DCam")
core.initializeDevice("Camera")
core.setCameraDevice("Camera")
core.setProperty("Camera", "PixelType", "16bit")
core.setExposure(10)

shape = core.getImageHeight(), core.getImageWidth()
camera = webmon.Stream("camera", shape=shape, dtype="u2", metadata={"axes": ["y", "x"]})


def acquire() -> None:
    """Takes the images out of the core's buffer. Nobody who looks at them can hold it up."""
    core.startSequenceAcquisition(IMAGES, 0, True)
    while core.isSequenceRunning() or core.getRemainingImageCount():
        if core.getRemainingImageCount():
            camera.put(core.popNextImage())
        else:
            core.sleep(1)


print(webmon.serve())
thread = threading.Thread(target=acquire)
thread.start()
thread.join()
print(camera.status.sequence, "images")
