"""Reference classifiers of Keras as tf2onnx writes them: images `[B, H, W, 3]`, softmax inside.

    python tools/reference/keras_classifiers.py make DIR [NAME ...]
    python tools/reference/classifiers.py keras-case /tmp/case.npz && \\
        python tools/reference/keras_classifiers.py golden /tmp/case.npz test/golden/classifiers/keras.onnx

`make` writes networks of `keras.applications` with random weights; `golden` a small one with the weights of `KerasNet` in
`classifier_small.py`, which must give the same answers; tf2onnx does not name its constants alike every time, so the file is made once and
`classifiers.py golden` reads it. Needs tensorflow-cpu 2.21, tf2onnx 1.17 and onnx; no torch.
"""
import argparse
import base64
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx

from smooth_picture import smooth_picture

HALVES = {"mean": [0.5] * 3, "std": [0.5] * 3}
IN_255 = {"mean": [0] * 3, "std": [1 / 255] * 3}
# The layer that global pooling reads, the opset, and how 0..1 becomes the input; EfficientNet scales inside.
NETWORKS = {
    "keras-mobilenetv2": (keras.applications.MobileNetV2, "out_relu", 13, HALVES),
    "keras-resnet50": (keras.applications.ResNet50, "conv5_block3_out", 15, HALVES),
    "keras-efficientnetb0": (keras.applications.EfficientNetB0, "top_activation", 17, IN_255),
}


def randomise(model, seed):
    """Random scales, offsets and statistics; the statistics are near those of a picture, so that activations
    stay in range."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            size = layer.gamma.shape
            layer.gamma.assign(rng.uniform(0.5, 1.5, size))
            layer.beta.assign(rng.normal(0, 0.1, size))
            layer.momentum = 0.0
    return rng


def calibrate(model, images, rng):
    model(images, training=True)  # momentum 0: moving statistics become the batch's
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            size = layer.gamma.shape
            deviation = np.sqrt(layer.moving_variance.numpy())
            layer.moving_mean.assign_add(deviation * rng.normal(0, 0.2, size))
            layer.moving_variance.assign(layer.moving_variance.numpy() * rng.uniform(0.7, 1.4, size) + 1e-3)


def write_onnx(model, size, opset, path):
    for layer in model.layers:
        if isinstance(layer, keras.layers.Normalization):
            # tf2onnx would make tensors inputs of the graph.
            layer.mean, layer.variance = layer.mean.numpy(), layer.variance.numpy()

    def answer(images):
        return model(images, training=False)

    signature = [tf.TensorSpec((None, size, size, 3), tf.float32, name="images")]
    proto, _ = tf2onnx.convert.from_function(tf.function(answer, input_signature=signature), signature, opset=opset)
    onnx.save(proto, path)


def make(folder, names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or NETWORKS:
        build, layer, opset, normalisation = NETWORKS[name]
        keras.utils.set_random_seed(0)
        model = build(weights=None)
        size = model.input_shape[1]
        pictures = np.stack([smooth_picture(seed, size) for seed in (1, 1001, 1002, 1003)])
        images = (pictures / 255 - normalisation["mean"]) / normalisation["std"]
        rng = randomise(model, 0)
        calibrate(model, images.astype(np.float32), rng)
        head = model.layers[-1]
        reader = keras.Model(model.input, [model.get_layer(layer).output, head.input, head.output])
        features, means, probabilities = (v.numpy() for v in reader(images[:1].astype(np.float32), training=False))
        kernel, bias = (w.numpy() for w in head.weights)
        head.kernel.assign(kernel * 2 / (means @ kernel).std())
        kernel = head.kernel.numpy()
        logits = (means @ kernel + bias)[0].astype(np.float64)
        probabilities = np.exp(logits - logits.max())
        target = int(logits.argmax())
        cam = features[0] @ kernel[:, target]
        file = folder / f"{name}.tf2onnx-{opset}.onnx"
        write_onnx(model, size, opset, file)
        golden = {
            "made_by": "tools/reference/keras_classifiers.py",
            "versions": {"keras": keras.__version__, "tensorflow": tf.__version__, "tf2onnx": tf2onnx.__version__},
            "size": size,
            "classes": len(logits),
            "input": "NHWC",
            "ends": "softmax",
            "normalisation": normalisation,
            "picture": base64.b64encode(pictures[0].tobytes()).decode(),
            "target": {"side": "output", "module": layer, "layout": "NCHW", "special": 0},
            "logits": logits.tolist(),
            "probabilities": (probabilities / probabilities.sum()).tolist(),
            "class": target,
            "grid": list(cam.shape),
            "maps": {
                "cam": cam.ravel().tolist(),
                "grad-cam": (cam / cam.size).ravel().tolist(),
                "hirescam": (cam / cam.size).ravel().tolist(),
            },
        }
        with open(folder / f"{name}.json", "w") as out:
            json.dump(golden, out)
        print(file, flush=True)


def small(weights):
    """`KerasNet` of `classifier_small.py`, layer by layer."""
    layers = keras.layers

    def norm(name, x):
        return layers.BatchNormalization(epsilon=1e-3, name=name)(x)

    images = layers.Input((48, 48, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(images)
    x = layers.ReLU(6.0)(norm("norm1", layers.Conv2D(8, 3, 2, "same", use_bias=False, name="conv1")(x)))
    x = layers.ReLU(6.0)(norm("norm2", layers.DepthwiseConv2D(3, 2, "same", use_bias=False, name="conv2")(x)))
    x = norm("norm3", layers.Conv2D(16, 1, use_bias=False, name="conv3")(x))
    y = layers.ReLU(6.0)(norm("norm4", layers.DepthwiseConv2D(3, 1, "same", use_bias=False, name="conv4")(x)))
    x = layers.Add()([x, norm("norm5", layers.Conv2D(16, 1, use_bias=False, name="conv5")(y))])
    x = layers.ReLU(6.0)(norm("norm6", layers.Conv2D(32, 1, use_bias=False, name="conv6")(x)))
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(images, layers.Dense(6, activation="softmax", name="fc")(x))
    for layer in model.layers:
        if layer.name.startswith("norm"):
            names = ("weight", "bias", "running_mean", "running_var")
            layer.set_weights([weights[f"{layer.name}.{name}"] for name in names])
        elif layer.name.startswith("conv"):
            kernel = weights[f"{layer.name}.weight"]  # [out, in / groups, h, w]
            turned = (2, 3, 0, 1) if isinstance(layer, layers.DepthwiseConv2D) else (2, 3, 1, 0)
            layer.set_weights([kernel.transpose(turned)])
        elif layer.name == "fc":
            layer.set_weights([weights["fc.weight"].T, weights["fc.bias"]])
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("make")
    command.add_argument("folder", type=pathlib.Path)
    command.add_argument("names", nargs="*")
    command = commands.add_parser("golden")
    command.add_argument("weights")
    command.add_argument("out")
    options = parser.parse_args()
    if options.command == "make":
        make(options.folder, options.names)
    else:
        write_onnx(small(np.load(options.weights)), 48, 13, options.out)


if __name__ == "__main__":
    main()
