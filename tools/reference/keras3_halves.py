"""Weights of 16 bits as Keras 3 writes them, float16 and bfloat16.

    python tools/reference/keras3_halves.py test/golden/keras

Needs keras 3 with any backend (KERAS_BACKEND), h5py and numpy.
"""
import gzip
import sys
import tempfile

import keras
import numpy as np
from keras import layers as L

model = keras.Sequential(
    [
        L.Input((3,)),
        L.Dense(2, name="half", dtype="float16"),
        L.Dense(2, name="bfloat", dtype="bfloat16"),
    ]
)
kernel = lambda rows: np.arange(rows * 2).reshape(rows, 2) / 4 - 1  # noqa: E731
model.get_layer("half").set_weights([kernel(3), np.array([65504, -0.5])])
model.get_layer("bfloat").set_weights([kernel(2), np.array([65536, -0.5])])
with tempfile.TemporaryDirectory() as folder:
    path = f"{folder}/halves.weights.h5"
    model.save_weights(path)
    with open(path, "rb") as file, open(f"{sys.argv[1]}/halves.weights.h5.gz", "wb") as out:
        out.write(gzip.compress(file.read(), 9, mtime=0))
