"""Learning rates of PyTorch's schedulers, float64: makes test/golden/schedules.json. Needs torch 2.13.

    python schedules.py ../../test/golden/schedules.json
"""
import json
import random
import sys
import warnings

import torch
from torch.optim import lr_scheduler as s

SEED = 3
warnings.filterwarnings("ignore")


def optimizer(rate):
    return torch.optim.SGD([torch.zeros(1, dtype=torch.float64)], lr=rate)


def rates(opt, scheduler, steps):
    out = []
    for _ in range(steps):
        out.append(opt.param_groups[0]["lr"])
        opt.step()
        scheduler.step()
    return out


def cosine(start, epochs, steps_per_epoch, warmup_epochs, minimum):
    opt = optimizer(start)
    total, warm = epochs * steps_per_epoch, round(warmup_epochs * steps_per_epoch)
    falling = s.CosineAnnealingLR(opt, total - warm, eta_min=minimum)
    if warm:
        rising = s.LinearLR(opt, 1 / warm, total_iters=warm - 1) if warm > 1 else s.ConstantLR(opt, 1, 1)
        falling = s.SequentialLR(opt, [rising, falling], [warm])
    return dict(start=start, epochs=epochs, stepsPerEpoch=steps_per_epoch, warmupEpochs=warmup_epochs,
                minimum=minimum, rates=rates(opt, falling, total))


def plateau(start, factor, patience, minimum, threshold, losses):
    opt = optimizer(start)
    # PyTorch reduces when more than `patience` epochs were bad, Keras when as many were.
    scheduler = s.ReduceLROnPlateau(opt, factor=factor, patience=patience - 1, min_lr=minimum,
                                    threshold=threshold, threshold_mode="abs", eps=0)
    out = []
    for loss in losses:
        out.append(opt.param_groups[0]["lr"])
        scheduler.step(loss)
    return dict(start=start, factor=factor, patience=patience, minimum=minimum, threshold=threshold,
                losses=losses, rates=out)


draw = random.Random(SEED)
noisy = [round(2 * 0.95**epoch + 0.3 + draw.gauss(0, 0.1), 6) for epoch in range(80)]
near = [1, 0.9999, 0.99989, 0.5, 0.5, 0.49995, 0.4999, 0.49989, 0.4998, 0.6, 0.7, 0.8]
golden = dict(
    made_by="tools/reference/schedules.py", torch=torch.__version__, seed=SEED, tolerance=1e-12,
    cosine=[cosine(1.0, 3, 7, 0, 0.0), cosine(0.5, 4, 5, 1, 0.0), cosine(0.1, 5, 4, 1.5, 1e-3), cosine(2.0, 2, 6, 1 / 6, 0.5)],
    plateau=[plateau(1.0, 0.1**0.5, 10, 1e-5, 1e-4, noisy), plateau(1.0, 0.1**0.5, 3, 0.01, 1e-4, noisy),
             plateau(0.2, 0.5, 1, 0.0, 1e-4, near)],
)
with open(sys.argv[1], "w") as file:
    json.dump(golden, file)
    file.write("\n")
