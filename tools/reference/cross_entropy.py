"""PyTorch's CrossEntropyLoss with label smoothing and its gradient, float64: makes
test/golden/cross-entropy.json.

    python cross_entropy.py ../../test/golden/cross-entropy.json

Needs torch 2.13.
"""
import json
import sys

import torch

SEED = 5
generator = torch.Generator().manual_seed(SEED)
logits = torch.round(3 * torch.randn(6, 4, generator=generator, dtype=torch.float64), decimals=3)
labels = torch.randint(4, (6,), generator=generator)
cases = []
for smoothing in (0.0, 0.1, 0.5, 1.0):
    x = logits.clone().requires_grad_()
    loss = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(x, labels)
    loss.backward()
    cases.append(dict(labelSmoothing=smoothing, loss=loss.item(), gradient=x.grad.flatten().tolist()))
golden = dict(made_by="tools/reference/cross_entropy.py", torch=torch.__version__, seed=SEED, tolerance=1e-6,
              shape=list(logits.shape), logits=logits.flatten().tolist(), labels=labels.tolist(), cases=cases)
with open(sys.argv[1], "w") as file:
    json.dump(golden, file)
    file.write("\n")
