"""What a reference classifier is: how it is built, filled at random, written as ONNX, and read at its target
layer."""
import base64
import dataclasses
import io
import json
import math
import warnings
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import torch
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from cam_library import METHODS, recorded
from smooth_picture import smooth_picture

warnings.filterwarnings("ignore")
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
IN_255 = ((0, 0, 0), (1 / 255,) * 3)
HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@dataclasses.dataclass(frozen=True)
class Classifier:
    """`build` gives a module from normalised images `[B, 3, H, W]` to logits `[B, classes]`."""

    build: Callable[[], torch.nn.Module]
    size: int
    classes: int
    # The target layer: the input or the output of the module of this path.
    side: str
    path: str
    # How it lies in memory: 'NCHW', 'NHWC' or 'tokens', which begin with `special` ones that stand for no
    # place.
    layout: str = "NCHW"
    special: int = 0
    # The linear layer that reads the means of the target layer's channels; 'means' where these are the
    # logits; else none.
    head: str | None = None
    # What the exported graph ends with: 'logits', 'softmax' or 'sigmoid'.
    ends: str = "logits"
    mean_std: tuple | None = IMAGENET
    # How images lie in memory where the file reads them.
    input: str = "NCHW"
    metadata: dict = dataclasses.field(default_factory=dict)
    trained: bool = False

    @property
    def target(self):
        return {"side": self.side, "module": self.path, "layout": self.layout, "special": self.special}


class Ended(torch.nn.Module):
    """The module as it is exported."""

    def __init__(self, module, ends):
        super().__init__()
        self.module = module
        self.ends = ends

    def forward(self, images):
        logits = self.module(images)
        if self.ends == "softmax":
            return logits.softmax(1)
        return logits.sigmoid() if self.ends == "sigmoid" else logits


class InHalf(torch.nn.Module):
    """The module in float16, between casts."""

    def __init__(self, module):
        super().__init__()
        self.module = module.half()

    def forward(self, images):
        return self.module(images.half()).float()


class Tapped(torch.nn.Module):
    """A module, and an identity before or behind it that the library can watch."""

    def __init__(self, module, side):
        super().__init__()
        self.module = module
        self.side = side
        self.tap = torch.nn.Identity()

    def forward(self, x, *arguments, **options):
        if self.side == "input":
            return self.module(self.tap(x), *arguments, **options)
        # A copy, as the next module may change its input in place.
        return self.tap(self.module(x, *arguments, **options)).clone()


def tap(model, classifier):
    """Puts a tap at the target layer and returns it."""
    parent, _, name = classifier.path.rpartition(".")
    owner = model.get_submodule(parent)
    tapped = Tapped(getattr(owner, name), classifier.side)
    setattr(owner, name, tapped)
    return tapped.tap


def reshape_of(classifier):
    """From the target layer as it is to `[B, channels, h, w]`."""
    if classifier.layout == "NHWC":
        return lambda x: x.permute(0, 3, 1, 2)
    if classifier.layout == "NCHW":
        return lambda x: x

    def places(tokens):
        kept = tokens[:, classifier.special :]
        side = math.isqrt(kept.shape[1])
        return kept.transpose(1, 2).reshape(kept.shape[0], -1, side, side)

    return places


def normalised(pictures, mean_std, dtype=torch.float64):
    """uint8 pictures `[B, H, W, 3]` as the classifier's input `[B, 3, H, W]`."""
    images = torch.tensor(pictures, dtype=torch.float64).permute(0, 3, 1, 2) / 255
    if mean_std:
        mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in mean_std)
        images = (images - mean) / std
    return images.to(dtype)


def built(classifier, seed=0):
    """The module in float32, in evaluation; all that it learns is random unless it is trained."""
    torch.manual_seed(seed)
    model = classifier.build().eval()
    if not classifier.trained:
        randomise(model, seed, classifier)
    return model


@torch.no_grad()
def randomise(model, seed, classifier):
    """Random weights, biases and statistics, such that activations stay of the order of 1 and logits of the
    order of 2."""
    g = torch.Generator().manual_seed(seed)
    norms = torch.nn.BatchNorm2d | torch.nn.LayerNorm | torch.nn.GroupNorm
    for module in model.modules():
        for name, p in module.named_parameters(recurse=False):
            if isinstance(module, norms):
                p.copy_(torch.rand(p.shape, generator=g) + 0.5 if name == "weight" else torch.randn(p.shape, generator=g) / 10)
            elif "gamma" in name or "layer_scale" in name:
                p.copy_(torch.rand(p.shape, generator=g) / 2 + 0.5)
            elif isinstance(module, torch.nn.Conv2d | torch.nn.Linear) and name == "weight":
                gain = 2 if isinstance(module, torch.nn.Conv2d) else 1
                p.copy_(torch.randn(p.shape, generator=g) * math.sqrt(gain / p[0].numel()))
            elif name.endswith("bias"):
                p.copy_(torch.randn(p.shape, generator=g) / 10)
            else:
                p.copy_(torch.randn(p.shape, generator=g) / 2)
    pictures = np.stack([smooth_picture(1000 + i, classifier.size) for i in range(4)])
    images = normalised(pictures, classifier.mean_std, torch.float32)
    batch_norms = [module for module in model.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    for norm in batch_norms:
        norm.train()
        norm.momentum = None  # the mean over all batches, of which there is one
    model(images)
    for norm in batch_norms:
        norm.eval()
        norm.momentum = 0.1
        norm.num_batches_tracked.zero_()
        norm.running_mean += norm.running_var.sqrt() * torch.randn(norm.running_mean.shape, generator=g) / 5
        norm.running_var *= torch.rand(norm.running_var.shape, generator=g) * 0.7 + 0.7
        norm.running_var += 1e-3
    spread = model(images).std()
    last = [module for module in model.modules() if isinstance(module, torch.nn.Conv2d | torch.nn.Linear)][-1]
    last.weight *= 2 / spread


def write_onnx(model, classifier, path, exporter, opset, dynamic, plain=False, stored=None, slim=False):
    """`exporter`: 'torchscript' or 'dynamo'; `dynamic`: any number of images instead of one, with 'sides' of
    any size (by TorchScript); `plain`: batch normalisation
    stays a node, parameters stay as they are."""
    if stored == "float16":
        model = InHalf(model)
    exported = model if classifier.ends == "logits" else Ended(model, classifier.ends).eval()
    images = torch.zeros(2 if dynamic else 1, 3, classifier.size, classifier.size)
    names = {"input_names": ["images"], "output_names": ["output"]}
    file = io.BytesIO()
    with torch.no_grad():
        if exporter == "torchscript":
            options = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False} if plain else {}
            sides = {2: "height", 3: "width"} if dynamic == "sides" else {}
            axes = {"images": {0: "batch", **sides}, "output": {0: "batch"}} if dynamic else None
            torch.onnx.export(exported, (images,), file, dynamo=False, opset_version=opset, dynamic_axes=axes, **names, **options)
            proto = onnx.load_from_string(file.getvalue())
        else:
            shapes = ({0: torch.export.Dim("batch")},) if dynamic else None
            options = {"optimize": not plain, "verbose": False}
            program = torch.onnx.export(
                exported, (images,), dynamo=True, opset_version=opset, dynamic_shapes=shapes, **names, **options
            )
            proto = program.model_proto
    tidy(proto, classifier.metadata, slim)
    store(proto, path, stored)


def store(proto, path, stored):
    """Writes the file as it is, or in one of the special ways."""
    if stored == "nameless":
        outputs = {value.name for value in proto.graph.output}
        names = [name for node in proto.graph.node for name in node.output if name not in outputs]
        numbers = {name: str(number) for number, name in enumerate(names)}
        for node in proto.graph.node:
            node.name = ""
            node.input[:] = [numbers.get(name, name) for name in node.input]
            node.output[:] = [numbers.get(name, name) for name in node.output]
        del proto.graph.value_info[:]
    if stored == "float_data":
        for tensor in proto.graph.initializer:
            if tensor.data_type == onnx.TensorProto.FLOAT:
                values = onnx.numpy_helper.to_array(tensor).ravel()
                tensor.ClearField("raw_data")
                tensor.float_data.extend(values)
    if stored == "external":
        beside = path.with_name(path.name + ".data")
        beside.unlink(missing_ok=True)  # onnx appends to it
        options = {"save_as_external_data": True, "all_tensors_to_one_file": True, "size_threshold": 256}
        onnx.save(proto, path, location=beside.name, **options)
    else:
        onnx.save(proto, path)


def tidy(proto, metadata, slim):
    """Without the lines of Python that nodes came from, `slim` without anything of theirs that is not needed
    to compute; with the metadata of the file's kind."""
    for node in proto.graph.node:
        node.doc_string = ""
        kept = [entry for entry in node.metadata_props if not slim and "stack_trace" not in entry.key]
        del node.metadata_props[:]
        node.metadata_props.extend(kept)
    if metadata:
        onnx.helper.set_model_props(proto, metadata)


def run_onnx(proto, classifier, images, names=None):
    """onnxruntime's values of these names, or outputs, for images `[B, 3, H, W]`; without rewriting the
    graph, which would lose some."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 2
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
    images = images.numpy()
    if classifier.input == "NHWC":
        images = images.transpose(0, 2, 3, 1)
    return session.run(names, {session.get_inputs()[0].name: images})


def value_of(path, classifier, images, expected):
    """The name of the graph's first value that is `expected`, of the same shape, to within rounding."""
    proto = onnx.load(path)
    names = [name for node in proto.graph.node for name in node.output if name]
    del proto.graph.output[:]
    proto.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    half = any(t.data_type == onnx.TensorProto.FLOAT16 for t in proto.graph.initializer)
    limit = (3e-2 if half else 1e-3) * np.abs(expected).max()
    for name, value in zip(names, run_onnx(proto, classifier, images, names), strict=True):
        if np.shape(value) == expected.shape and np.abs(value - expected).max() < limit:
            return name
    raise ValueError(f"{path}: no value is the target layer, of shape {expected.shape}")


def error_of(path, classifier, images, golden):
    """The largest difference from the logits or probabilities, relative to the largest of these."""
    expected = np.array(golden["logits" if classifier.ends == "logits" else "probabilities"])
    return np.abs(run_onnx(onnx.load(path), classifier, images)[0][0] - expected).max() / np.abs(expected).max()


class OnPictures(torch.nn.Module):
    """From pictures in [0, 1]: the normalisation is part of the model."""

    def __init__(self, model, mean_std):
        super().__init__()
        self.model = model
        mean, std = mean_std or ((0, 0, 0), (1, 1, 1))
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float64).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float64).view(3, 1, 1))

    def forward(self, pictures):
        return self.model((pictures - self.mean) / self.std)


def reference(classifier, model, picture, target=None, methods=tuple(METHODS)):
    """Logits, probabilities and maps of one picture, in float64, and the target layer as it is; `model` is
    used up.

    Score-CAM is there twice: its masks over the normalised image, as in the library and as its authors have
    it, where what is hidden becomes the mean colour; and over the picture, where it becomes black.
    """
    model = model.double()
    images = normalised(picture[None], classifier.mean_std)
    layer = tap(model, classifier)
    reshape = reshape_of(classifier)
    seen = []
    handle = layer.register_forward_hook(lambda _, __, output: seen.append(output.detach().clone()))
    with torch.no_grad():
        logits = model(images)[0]
    handle.remove()
    target = int(logits.argmax()) if target is None else target
    maps = {}
    activations = reshape(seen[0])
    if classifier.head:
        maps["cam"] = (activations[0] * head_weights(classifier, model, target)[:, None, None]).sum(0)
    for name in methods:
        with recorded(name, model, layer, reshape) as cam:
            cam(input_tensor=images, targets=[ClassifierOutputTarget(target)])
            maps[name] = cam.raw[0]
    if "score-cam" in methods and classifier.mean_std:
        with recorded("score-cam", OnPictures(model, classifier.mean_std), layer, reshape) as cam:
            cam(input_tensor=normalised(picture[None], None), targets=[ClassifierOutputTarget(target)])
            maps["score-cam of masked pictures"] = cam.raw[0]
    probabilities = logits.sigmoid() if classifier.ends == "sigmoid" else logits.softmax(0)
    grid = list(activations.shape[2:])
    return {
        "logits": digits(logits),
        "probabilities": digits(probabilities),
        "class": target,
        "grid": grid,
        "maps": {name: digits(values) for name, values in maps.items()},
    }, seen[0].numpy()


def head_weights(classifier, model, target):
    """The weights of the target class over the channels' means."""
    if classifier.head == "means":
        return torch.nn.functional.one_hot(torch.tensor(target), classifier.classes).double()
    return model.get_submodule(classifier.head).weight.detach()[target].flatten()


def digits(values):
    return [float(f"{v:.7g}") for v in np.asarray(values, dtype=np.float64).ravel()]


def versions(*names):
    return {name: version(name) for name in names}


def facts(classifier, picture, seed=0):
    """What the JSON file beside an ONNX file begins with."""
    return {
        "made_by": "tools/reference/classifiers.py",
        "versions": versions("torch", "torchvision", "timm", "onnx", "onnxscript", "grad-cam"),
        "seed": seed,
        "size": classifier.size,
        "classes": classifier.classes,
        "input": classifier.input,
        "ends": classifier.ends,
        "normalisation": dict(zip(("mean", "std"), classifier.mean_std, strict=True)) if classifier.mean_std else None,
        "picture": base64.b64encode(picture.tobytes()).decode(),
        "target": classifier.target,
    }


def weights_of(path, model):
    """The module with the weights of a `plain` file."""
    stored = {t.name: torch.tensor(onnx.numpy_helper.to_array(t).copy()) for t in onnx.load(path).graph.initializer}
    learned = dict(model.named_parameters())
    missing = learned.keys() - stored.keys()
    if missing:
        raise ValueError(f"{path}: has no {sorted(missing)}")
    model.load_state_dict({name: stored[name] for name in learned}, strict=False)
    return model


def write_json(path, golden):
    """One line for each entry."""
    lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in golden.items())
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
