"""Gradients of the whole training step in PyTorch, float64: makes test/golden/gradient-{half,full}.json.

    npx tsx tools/reference/gradient-case.ts /tmp/case && python tools/reference/gradient.py /tmp/case test/golden

Needs torch, onnx and numpy. Of each gradient: its norm, and at most 512 elements at an even stride.
"""
import json
import math
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from densenet_fcn import Network, l2_names

case, out = sys.argv[1:]
image = torch.tensor(np.load(f"{case}/image.npy"), dtype=torch.float64).permute(0, 3, 1, 2)
label = torch.tensor(np.load(f"{case}/label.npy"))

for kind in ("half", "full"):
    stored = onnx.load(f"{case}/{kind}.onnx").graph.initializer
    p = {t.name: torch.tensor(numpy_helper.to_array(t).copy(), dtype=torch.float64) for t in stored if "/" in t.name}
    expansion = ("tr_up_1_", "tr_up_2_", "tr_up_3_", "tr_up_early_", "dense_6_", "dense_7_", "dense_8_", "main_output")
    learns = [n for n in p if "moving" not in n and (kind == "half" or n.startswith(expansion))]
    for name in learns:
        p[name].requires_grad_()
    if kind == "half":
        loss = torch.nn.functional.cross_entropy(Network(p, True).half(image)[0], label)
    else:
        _, _, decoded, skips = Network(p, False).half(image)
        loss = ((Network(p, True).expand(decoded, skips)[1] - image) ** 2).mean()
    loss = loss + sum(1e-4 * (p[n] ** 2).sum() for n in l2_names(p) if n in learns)
    loss.backward()
    result = {}
    for name in learns:
        g = p[name].grad.numpy().ravel()
        stride = max(1, -(-g.size // 512))
        while math.gcd(stride, 6) > 1 and stride > 1:
            stride += 1  # else it would meet the same tap of every kernel
        result[name] = {"norm": float(np.linalg.norm(g)), "stride": stride, "values": [float(f"{v:.9g}") for v in g[::stride]]}
    golden = {"made_by": "tools/reference/gradient.py", "torch": torch.__version__, "loss": loss.item(), "gradients": result}
    with open(f"{out}/gradient-{kind}.json", "w") as file:
        json.dump(golden, file)
    print(kind, loss.item(), len(learns), "parameters")
