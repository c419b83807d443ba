"""A dask graph whose chunks land in shared memory as they are done. pip install "dask[array]" """

import dask.array
import numpy as np

import webmon

random = dask.array.random.default_rng(0)
noise = random.standard_normal((4096, 4096), chunks=(512, 512), dtype="f4")
smooth = dask.array.map_overlap(lambda block: (block + np.roll(block, 1, 0) + np.roll(block, 1, 1)) / 3, noise, depth=1, boundary="reflect")

# A tile is what pages are told of: make it a chunk.
result = webmon.Array("result", shape=smooth.shape, dtype=smooth.dtype, tile=smooth.chunksize)
print(webmon.serve())
# Threads compute at once and write one after the other, so dask needs no lock of its own.
dask.array.store(smooth, result, lock=False, scheduler="threads")
print(f"stored, the deviation is {result.array.std():.4f}")
