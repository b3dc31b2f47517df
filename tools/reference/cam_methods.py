"""Maps of pytorch-grad-cam's methods on this project's network, float64: makes test/golden/cam-methods.json.

    npx tsx tools/reference/cam-case.ts /tmp/case && python tools/reference/cam_methods.py /tmp/case test/golden/cam-methods.json

Needs torch, onnx, numpy and grad-cam. The maps are what the library's methods return before it clips them at
0, scales them to [0, 1] and resizes them to the image.

Two things are not the library's. Score-CAM enlarges its masks with half-pixel centres, as its authors' own
code does, where the library aligns corners: its paper says bilinear only. And the library fuses the layers of
LayerCAM by their mean; the paper's fusion (equation 9, then the maximum) is written here.
"""
import json
import sys
from importlib.metadata import version

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

from cam_library import METHODS, recorded
from densenet_fcn import Network

case, out = sys.argv[1:]
LAYERS = ("low", "dense_5", "dense_3", "dense_2", "dense_1")
LAYERS_OF = {method: ("low", "dense_5") if method == "score-cam" else LAYERS for method in METHODS}
FUSED = ("dense_5", "dense_3", "dense_2", "dense_1")


class Tapped(Network):
    """The network, its layers going through modules that the library can watch."""

    def __init__(self, parameters, taps):
        super().__init__(parameters, False)
        self.taps = taps

    def dense(self, name, x):
        everything, added = super().dense(name, x)
        if name == "dense_5":
            return everything, self.taps[name](added)
        return (self.taps[name](everything) if name in self.taps else everything), added

    def conv(self, name, x):
        y = super().conv(name, x)
        return self.taps["low"](y) if name == "conv_aux" else y


class Half(torch.nn.Module):
    def __init__(self, parameters):
        super().__init__()
        learned = {name: torch.nn.Parameter(p, requires_grad="moving" not in name) for name, p in parameters.items()}
        self.weights = torch.nn.ParameterDict(learned)
        self.taps = torch.nn.ModuleDict({name: torch.nn.Identity() for name in LAYERS})

    def forward(self, image):
        return Tapped(self.weights, self.taps).half(image)[0]


stored = onnx.load(f"{case}/half.onnx").graph.initializer
parameters = {t.name: torch.tensor(numpy_helper.to_array(t).copy(), dtype=torch.float64) for t in stored if "/" in t.name}
model = Half(parameters)
image = torch.tensor(np.load(f"{case}/image.npy"), dtype=torch.float64).permute(0, 3, 1, 2)
targets = [ClassifierOutputTarget(int(c)) for c in np.load(f"{case}/classes.npy")]

raw = {}
for name, layers in LAYERS_OF.items():
    for layer in layers:
        with recorded(name, model, model.taps[layer]) as cam:
            cam(input_tensor=image, targets=targets)
            raw[name, layer] = np.asarray(cam.raw, dtype=np.float64)

fused = None
for layer in FUSED:
    maps = torch.tensor(np.maximum(raw["layer-cam", layer], 0))
    scaled = torch.tanh(2 * maps / maps.amax((1, 2), keepdim=True))[:, None]
    resized = torch.nn.functional.interpolate(scaled, size=(16, 16), mode="bilinear", align_corners=False)[:, 0]
    fused = resized if fused is None else torch.maximum(fused, resized)
raw["layer-cam", ",".join(FUSED)] = fused.numpy()

golden = {
    "made_by": "tools/reference/cam_methods.py",
    "torch": torch.__version__,
    "grad_cam": version("grad-cam"),
    "logits": model(image).detach().tolist(),
    "maps": [
        {"method": method, "layers": layers, "shape": list(maps.shape), "values": [float(f"{v:.7g}") for v in maps.ravel()]}
        for (method, layers), maps in raw.items()
    ],
}
with open(out, "w") as file:
    json.dump(golden, file)
print(len(golden["maps"]), "cases, torch", torch.__version__)
