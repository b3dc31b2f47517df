"""Pillow's side of loader.bench.ts: the same pass by two worker processes, as PyTorch's DataLoader divides
it.

    python bench/peers/loader.py DATA_DIR SIZE draft|full [BATCH_SIZE]

A picture is decoded (`draft`: the JPEG decoder may halve its size), resized by Pillow's antialiased triangle
filter (`BILINEAR`), augmented with the probabilities and ranges of src/data/batches/augment.ts, and written
as float32 in [0, 1] into the batch, which lies in memory shared with the main process: no batch is copied.
Needs Pillow 13 and NumPy 2.4.
"""

import json
import math
import multiprocessing
import os
import random
import resource
import sys
import time
from multiprocessing import shared_memory

import numpy as np
from PIL import Image

WORKERS = 2
# Batches under way for each worker, as DataLoader's prefetch_factor.
AHEAD = 2


def load(path, size, draft, draw, out):
    with Image.open(path) as image:
        if draft:
            image.draft("RGB", (size, size))
        picture = image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    if draw.random() < 0.5:
        picture = affine(picture, size, draw)
    if draw.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    np.multiply(np.asarray(picture), np.float32(1 / 255), out=out)


def affine(picture, size, draw):
    scale_x, scale_y = draw.uniform(0.9, 1.1), draw.uniform(0.9, 1.1)
    move_x, move_y = draw.uniform(-0.2, 0.2) * size, draw.uniform(-0.2, 0.2) * size
    angle, tan = math.radians(draw.uniform(-180, 180)), math.tan(math.radians(draw.uniform(-5, 5)))
    sin, cos = math.sin(angle), math.cos(angle)
    a, b = (cos - tan * sin) / scale_x, (sin + tan * cos) / scale_x
    d, e = -sin / scale_y, cos / scale_y
    centre = size / 2
    c = centre - a * (centre + move_x) - b * (centre + move_y)
    f = centre - d * (centre + move_x) - e * (centre + move_y)
    kind = Image.Resampling.NEAREST if draw.random() < 0.5 else Image.Resampling.BILINEAR
    return picture.transform((size, size), Image.Transform.AFFINE, (a, b, c, d, e, f), kind)


def work(number, size, draft, shape, memory, tasks, done):
    slots = np.ndarray(shape, np.float32, memory.buf)
    draw = random.Random(number)
    for slot, paths in iter(tasks.get, None):
        for i, path in enumerate(paths):
            load(path, size, draft, draw, slots[slot, i])
        done.put((slot, len(paths)))
    done.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main():
    root, size, draft = os.path.join(sys.argv[1], "train"), int(sys.argv[2]), sys.argv[3] == "draft"
    batch_size = int(sys.argv[4]) if len(sys.argv) > 4 else 32
    files = [
        os.path.join(root, name, file)
        for name in sorted(os.listdir(root))
        for file in sorted(os.listdir(os.path.join(root, name)))
    ]
    shape = (WORKERS * AHEAD + 1, batch_size, size, size, 3)
    memory = shared_memory.SharedMemory(create=True, size=4 * math.prod(shape))
    tasks, done = multiprocessing.SimpleQueue(), multiprocessing.SimpleQueue()
    workers = [
        multiprocessing.Process(target=work, args=(i, size, draft, shape, memory, tasks, done))
        for i in range(WORKERS)
    ]
    try:
        for worker in workers:
            worker.start()
        print("ready", flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            random.shuffle(files)
            left = [files[i : i + batch_size] for i in range(0, len(files), batch_size)][::-1]
            images = 0
            for slot in range(min(WORKERS * AHEAD, len(left))):
                tasks.put((slot, left.pop()))
            while images < len(files):
                slot, count = done.get()
                images += count
                if left:
                    tasks.put((slot, left.pop()))
            print(json.dumps({"ms": (time.perf_counter() - start) * 1000}), flush=True)
        for _ in workers:
            tasks.put(None)
        peaks = [done.get() for _ in workers] + [resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]
        print(json.dumps({"peakMiB": sum(peaks) / 1024}), flush=True)
    finally:
        for worker in workers:
            worker.join()
        memory.close()
        memory.unlink()


if __name__ == "__main__":
    main()
