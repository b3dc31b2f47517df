"""The networks in Keras: makes and checks weight files.

    python tools/reference/keras_weights.py make test/golden/keras
    python tools/reference/keras_weights.py check FILE.h5 EXPECTED.json

Needs tensorflow-cpu, tf_keras (Keras 2), h5py and numpy. Built from the network's definition: DenseNet-FCN,
growth rate 16, four layers a block. `make` writes what Keras' own `save_weights` writes, compressed by gzip
as a whole, and what Keras computes with it: `half.h5.gz`, `full.h5.gz`, `expected.json`. Weights are random,
sparse and on a coarse grid, so that they compress: a few hundredths of a kernel's elements are not zero. The
half's weights are those of the full model's first layers. `check` loads a file by order and by name, and
prints the largest differences from what EXPECTED says was computed elsewhere for the same image: {"type":
"half", "classes": 3, "class": 2, "probabilities": [...], "low": [...], "high": [...]}.
"""
import gzip
import json
import os
import sys

os.environ["TF_USE_LEGACY_KERAS"] = "1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np  # noqa: E402
import tf_keras  # noqa: E402
from tf_keras import layers as L  # noqa: E402
from tf_keras.regularizers import l2  # noqa: E402

GROWTH, LAYERS, UP = 16, 4, 64


def conv(x, name, filters, size):
    return L.Conv2D(filters, size, padding="same", use_bias=False, kernel_initializer="he_normal", name=name)(x)


def bn_relu(x, name):
    return L.Activation("relu")(L.BatchNormalization(epsilon=1.1e-5, name=name)(x))


def transition(x, name):
    y = conv(bn_relu(x, f"{name}_bn"), f"{name}_conv2D", x.shape[-1], 1)
    return L.MaxPooling2D(2)(y)


def dense_block(x, name):
    """All features, input included, and the new ones alone."""
    added = []
    for i in range(LAYERS):
        y = conv(bn_relu(x, f"{name}_{i}_bn"), f"{name}_{i}_conv2D", GROWTH, 3)
        added.append(y)
        x = L.Concatenate()([x, y])
    return x, added


def up(x, name, filters):
    return L.Conv2DTranspose(
        filters, 3, strides=2, padding="same", activation="relu", kernel_initializer="he_normal", name=f"{name}_conv2DT"
    )(x)


def network(kind, classes, channels=3):
    image = L.Input((None, None, channels))
    x = transition(bn_relu(conv(image, "initial_conv2D", 48, 3), "initial_bn"), "tr_early")
    skips = []
    for i in range(4):
        x, _ = dense_block(x, f"dense_{i}")
        skips.append(x)
        x = transition(x, f"tr_{i}")
    x = L.Concatenate()(dense_block(x, "dense_4")[1])
    x = L.Concatenate()([up(x, "tr_up_0", UP), skips[3]])
    x = L.Concatenate()(dense_block(x, "dense_5")[1])
    low = conv(x, "conv_aux", 16, 1)
    aux = L.Dense(classes, activation="softmax", kernel_regularizer=l2(1e-4), name="aux_output")(
        L.GlobalAveragePooling2D(name="gap")(low)
    )
    if kind == "half":
        return tf_keras.Model(image, aux)
    for i in (1, 2, 3):
        x = L.Concatenate()([up(x, f"tr_up_{i}", UP), skips[3 - i]])
        everything, added = dense_block(x, f"dense_{i + 5}")
        x = everything if i == 3 else L.Concatenate()(added)
    main = conv(up(x, "tr_up_early", 16), "main_output", channels, 1)
    return tf_keras.Model(image, [main, aux])


def image_of(height, width):
    """Test picture [1, H, W, 3] in [0, 1], all values exact in float32."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    return (((7 * y + 13 * x + 29 * c + x * y) % 33) / 32).astype("float32")[None]


def compute(model, kind, of_class, image):
    names = ["conv_aux", "aux_output"] + (["tr_up_early_conv2DT"] if kind == "full" else [])
    outputs = [model.get_layer(name).output for name in names]
    low, probabilities, *high = tf_keras.Model(model.input, outputs)(image, training=False)
    weights = model.get_layer("aux_output").get_weights()[0][:, of_class]
    result = {"probabilities": np.asarray(probabilities)[0], "low": np.asarray(low)[0] @ weights}
    return {**result, "high": np.asarray(high[0])[0] @ weights} if high else result


def fill(model, rng):
    """Random weights on coarse grids: sparse kernels of He's variance, statistics and offsets of every batch
    norm."""
    for layer in model.layers:
        drawn = []
        for weight in layer.weights:
            name, shape = weight.name.split("/")[-1], weight.shape
            if name == "kernel:0" and layer.name != "aux_output":
                transposed = isinstance(layer, L.Conv2DTranspose)
                fan_in = np.prod(shape) // shape[2 if transposed else 3]
                kept = max(0.03, min(1, 6 / fan_in))
                scale = np.sqrt((4.5 if transposed else 2) / fan_in / kept)
                values = rng.choice([-1, 1], shape) * (rng.random(shape) < kept) * np.round(scale * 8) / 8
            elif name in ("gamma:0", "moving_variance:0"):
                values = rng.integers(6, 12, shape) / 8
            else:
                values = rng.integers(-4, 5, shape) / 8
            drawn.append(values.astype("float32"))
        layer.set_weights(drawn)


def make(folder):
    os.makedirs(folder, exist_ok=True)
    classes, of_class, size = 3, 2, (64, 32)
    full, half = network("full", classes), network("half", classes)
    fill(full, np.random.default_rng(19))
    for layer in half.layers:
        if layer.weights:
            layer.set_weights(full.get_layer(layer.name).get_weights())
    expected = {
        "made_by": "tools/reference/keras_weights.py make",
        "tf_keras": tf_keras.__version__,
        "classes": classes,
        "class": of_class,
        "size": size,
    }
    for kind, model in (("half", half), ("full", full)):
        path = f"/tmp/{kind}.h5"
        model.save_weights(path)
        with open(path, "rb") as file, open(f"{folder}/{kind}.h5.gz", "wb") as out:
            out.write(gzip.compress(file.read(), 9, mtime=0))
        result = compute(model, kind, of_class, image_of(*size))
        expected[kind] = {
            **{key: [float(f"{v:.7g}") for v in value.ravel()] for key, value in result.items()},
            "layers": [layer.name for layer in model.layers if layer.weights],
        }
        print(kind, model.count_params(), {key: (value.min(), value.max()) for key, value in result.items()})
    with open(f"{folder}/expected.json", "w") as out:
        json.dump(expected, out)


def check(path, against):
    with open(against) as file:
        theirs = json.load(file)
    kind, classes, size = theirs["type"], theirs["classes"], theirs["size"]
    for how in ({}, {"by_name": True}):
        model = network(kind, classes)
        model.load_weights(path, **how)
        ours = compute(model, kind, theirs["class"], image_of(*size))
        largest = {key: float(np.abs(value.ravel() - np.array(theirs[key])).max()) for key, value in ours.items()}
        print("by name " if how else "by order", largest)
        if max(largest.values()) > 1e-4:
            sys.exit("not equal")


if __name__ == "__main__":
    {"make": make, "check": check}[sys.argv[1]](*sys.argv[2:])
