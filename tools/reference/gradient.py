"""Gradients of the whole training step in PyTorch, float64: makes
test/golden/gradient-{half,full,tied-cells,tied-image}.json.

    npx tsx tools/reference/gradient-case.ts /tmp/case && python tools/reference/gradient.py /tmp/case test/golden

Needs torch, onnx and numpy. Of each gradient: its norm, and at most 512 elements at an even stride (128 with
tied expansions, whose network is the same).
"""
import json
import math
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from densenet_fcn import Network, l2_names, tie

case, out = sys.argv[1:]
label = torch.tensor(np.load(f"{case}/label.npy"))


def tied_loss(weights, low, detail, soft, how):
    """Soft labels against the map of the true class; beside them each pixel's own cross-entropy."""
    features = tie(detail, low, how) if how == "tied-cells" else detail
    maps = (weights.T[label][:, :, None, None] * features).sum(1)
    target = soft.repeat_interleave(2, 1).repeat_interleave(2, 2)
    pixels = torch.einsum("nkhw,km->nmhw", torch.nn.functional.avg_pool2d(features, 2), weights)
    own = torch.nn.functional.cross_entropy(pixels, label[:, None, None].expand_as(soft), reduction="none")
    return (((maps + 1) / 10 - target) ** 2).mean() + 0.05 * (soft * own).mean()


for kind in ("half", "full", "tied-cells", "tied-image"):
    image = torch.tensor(np.load(f"{case}/{kind}.image.npy"), dtype=torch.float64).permute(0, 3, 1, 2)
    soft = torch.tensor(np.load(f"{case}/{kind}.soft_label.npy"), dtype=torch.float64)[..., 0]
    stored = onnx.load(f"{case}/{kind}.onnx").graph.initializer
    p = {t.name: torch.tensor(numpy_helper.to_array(t).copy(), dtype=torch.float64) for t in stored if "/" in t.name}
    expansion = ("tr_up_1_", "tr_up_2_", "tr_up_3_", "tr_up_early_", "dense_6_", "dense_7_", "dense_8_", "main_output")
    learns = [n for n in p if "moving" not in n and (kind == "half" or n.startswith(expansion))]
    for name in learns:
        p[name].requires_grad_()
    if kind == "half":
        loss = torch.nn.functional.cross_entropy(Network(p, True).half(image)[0], label)
    else:
        _, low, decoded, skips = Network(p, False).half(image)
        detail, reconstruction = Network(p, True).expand(decoded, skips)
        loss = ((reconstruction - image) ** 2).mean() if kind == "full" else tied_loss(p["aux_output/kernel"], low, detail, soft, kind)
    loss = loss + sum(1e-4 * (p[n] ** 2).sum() for n in l2_names(p) if n in learns)
    loss.backward()
    result = {}
    for name in learns:
        g = p[name].grad.numpy().ravel()
        stride = max(1, -(-g.size // (128 if kind.startswith("tied") else 512)))
        while math.gcd(stride, 6) > 1 and stride > 1:
            stride += 1  # else it would meet the same tap of every kernel
        result[name] = {"norm": float(np.linalg.norm(g)), "stride": stride, "values": [float(f"{v:.9g}") for v in g[::stride]]}
    golden = {"made_by": "tools/reference/gradient.py", "torch": torch.__version__, "loss": loss.item(), "gradients": result}
    with open(f"{out}/gradient-{kind}.json", "w") as file:
        json.dump(golden, file)
    print(kind, loss.item(), len(learns), "parameters")
