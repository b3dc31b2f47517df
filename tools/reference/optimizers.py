"""The loss of the half model over 100 steps of PyTorch's optimisers, float64: makes
test/golden/optimizers.json.

    npx tsx tools/reference/optimizer-case.ts /tmp/case && python tools/reference/optimizers.py /tmp/case test/golden

Needs torch, onnx and numpy. `options` are those of the project's own functions, `losses` the objective before
each step.

The rates are low on purpose. At usual ones the sixteen pictures are learnt within three steps, and the rest
of the curve is the L2 penalty alone; and in those steps Adadelta's rate of 1 brings PyTorch's own float32
2e-3 away from its float64. At these, the loss falls all the way: a rate 1 % too high, a wrong beta, rho or
epsilon, or no decay is found within 20 steps. AdamW's decay is strong on purpose too: at this rate its
default would not show.
"""
import json
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from densenet_fcn import Network, l2_names

STEPS = 100
# By the project's names: its options, and PyTorch's class with the same.
RUNS = {
    "adadelta": (dict(learningRate=0.01, rho=0.95, epsilon=1e-7), torch.optim.Adadelta, dict(rho=0.95, eps=1e-7)),
    "sgd": (dict(learningRate=1e-4, momentum=0.9), torch.optim.SGD, dict(momentum=0.9)),
    "adam": (dict(learningRate=1e-5), torch.optim.Adam, {}),
    "adamw": (dict(learningRate=1e-5, weightDecay=10), torch.optim.AdamW, dict(weight_decay=10)),
}

case, out = sys.argv[1:3]
dtype = {"32": torch.float32, "64": torch.float64}[sys.argv[3] if len(sys.argv) > 3 else "64"]
image = torch.tensor(np.load(f"{case}/image.npy"), dtype=dtype).permute(0, 3, 1, 2)
label = torch.tensor(np.load(f"{case}/label.npy"))
stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(f"{case}/half.onnx").graph.initializer if "/" in t.name}

golden = {"made_by": "tools/reference/optimizers.py", "torch": torch.__version__, "seeds": [1, 2], "tolerance": 1e-3, "runs": {}}
for name, (options, optimizer, more) in RUNS.items():
    p = {n: torch.tensor(a.copy(), dtype=dtype) for n, a in stored.items()}
    learns = [n for n in p if "moving" not in n]
    for n in learns:
        p[n].requires_grad_()
    optimizer = optimizer([p[n] for n in learns], lr=options["learningRate"], **more)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(Network(p, True).half(image)[0], label)
        loss = loss + sum(1e-4 * (p[n] ** 2).sum() for n in l2_names(p))
        loss.backward()
        optimizer.step()
        losses.append(float(f"{loss.item():.9g}"))
    golden["runs"][name] = {"options": options, "losses": losses}
    print(name, losses[0], "to", losses[-1], flush=True)
with open(f"{out}/optimizers.json", "w") as file:
    json.dump(golden, file)
    file.write("\n")
