"""What a tied expansion is trained on, in PyTorch, float64: makes test/golden/soft-label-losses.json.

    python soft_label_losses.py ../../test/golden/soft-label-losses.json

Needs torch 2.13. Maps of 9 and -1 stand for soft labels of 1 and 0.
"""
import json
import sys

import torch

SEED = 6
N, K, M, H, W = 2, 4, 3, 3, 5
generator = torch.Generator().manual_seed(SEED)


def draw(*shape):
    return torch.round(2 * torch.randn(*shape, generator=generator, dtype=torch.float64), decimals=3)


def flat(x):
    return x.flatten().tolist()


maps, features, weights = draw(N, H, W), draw(N, K, H, W), draw(K, M)
soft = torch.round(torch.rand(N, H, W, generator=generator, dtype=torch.float64), decimals=3)
labels = torch.tensor([2, 0])

x = maps.clone().requires_grad_()
brier = torch.nn.functional.mse_loss((x + 1) / 10, soft)
brier.backward()

f, w = features.clone().requires_grad_(), weights.clone().requires_grad_()
logits = torch.einsum("nkhw,km->nmhw", f, w)
entropies = torch.nn.functional.cross_entropy(logits, labels[:, None, None].expand(N, H, W), reduction="none")
entropy = (soft * entropies).mean()
entropy.backward()

golden = dict(made_by="tools/reference/soft_label_losses.py", torch=torch.__version__, seed=SEED, tolerance=1e-6,
              shape=[N, K, M, H, W], maps=flat(maps), features=flat(features), weights=flat(weights), soft=flat(soft),
              labels=labels.tolist(),
              soft_label=dict(loss=brier.item(), maps=flat(x.grad)),
              pixel_cross_entropy=dict(loss=entropy.item(), features=flat(f.grad), weights=flat(w.grad)))
with open(sys.argv[1], "w") as file:
    json.dump(golden, file)
    file.write("\n")
