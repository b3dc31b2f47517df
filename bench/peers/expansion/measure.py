"""How well maps localise objects: MaxBoxAccV2, PxAP, the pointing game, the best IoU. A module of both
ablations.

MaxBoxAccV2 and PxAP are from

    Choe, Oh, Lee, Chun, Akata, Shim, Evaluating Weakly Supervised Object Localization Methods Right, CVPR 2020

and the pointing game from Zhang, Lin, Brandt, Shen, Sclaroff, Top-down Neural Attention by Excitation
Backprop, ECCV 2016. They are made to measure hundreds of maps in seconds, during a training: boxes are tried
at every third of 256 grey levels and PxAP sums over a histogram of 1001 bins, so MaxBoxAccV2 is a few tenths
of a percent below what `hrm localise` and tools/reference/localisation.py measure exactly. Needs OpenCV,
NumPy, PyTorch.
"""

import cv2
import numpy as np
import torch.nn.functional as F

SIZE = 224
LEVELS = np.arange(0, 256, 3)
DELTAS = (0.3, 0.5, 0.7)
BINS = 1001
# Of a level's components the largest ones; noise has thousands.
MOST_COMPONENTS = 400


def scale(cam):
    low, high = cam.min(), cam.max()
    return np.zeros_like(cam) if high <= low else (cam - low) / (high - low)


def iou(a, b):
    """[n, 4] and [m, 4] -> [n, m], corners inclusive."""
    width = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0]) + 1
    height = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1]) + 1
    both = np.maximum(width, 0) * np.maximum(height, 0)
    area_a, area_b = ((q[:, 2] - q[:, 0] + 1) * (q[:, 3] - q[:, 1] + 1) for q in (a, b))
    return both / (area_a[:, None] + area_b[None, :] - both)


def best_ious(cam, boxes, levels=LEVELS):
    """For each grey level the best IoU of a component's box with a true one. cam: [SIZE, SIZE] in [0, 1]."""
    grey = (cam * 255).astype(np.uint8)
    highest = grey.max()
    best = np.zeros(len(levels))
    for i, level in enumerate(levels):
        if level >= highest:
            break
        _, _, found, _ = cv2.connectedComponentsWithStats((grey > level).astype(np.uint8), connectivity=8)
        found = found[1:]
        if len(found) > MOST_COMPONENTS:
            found = found[np.argsort(-found[:, 4])[:MOST_COMPONENTS]]
        x, y, width, height = found[:, :4].T
        corners = np.stack([x, y, np.minimum(x + width, SIZE - 1), np.minimum(y + height, SIZE - 1)], 1)
        best[i] = iou(corners.astype(float), boxes.astype(float)).max()
    return best


def measure(maps, masks, boxes, levels=LEVELS):
    """Maps [n, h, w] (a tensor), masks [n, SIZE, SIZE] and a list of n boxes [k, 4] -> percentages by name.

    `box_30`, `box_50`, `box_70`: the share of maps with a box of IoU >= 0.3, 0.5, 0.7 at the level that is
    best for all of them;
    `max_box_acc_v2`: their mean; `pxap`: the area under precision and recall of the pixels of all maps;
    `pointing`: the share of maps that are highest on an object; `iou`: of all pixels, at the best threshold.
    """
    maps = maps.float()
    if maps.shape[-1] != SIZE:
        maps = F.interpolate(maps[:, None], (SIZE, SIZE), mode="bilinear", align_corners=False)[:, 0]
    maps = [scale(cam) for cam in maps.cpu().numpy()]
    ious = np.stack([best_ious(cam, each, levels) for cam, each in zip(maps, boxes)])
    box_30, box_50, box_70 = (100 * (ious >= delta).mean(0).max() for delta in DELTAS)

    inside, outside, pointed = np.zeros(BINS), np.zeros(BINS), 0
    for cam, mask in zip(maps, masks):
        bins = (cam * (BINS - 1)).astype(int)
        inside += np.bincount(bins[mask], minlength=BINS)
        outside += np.bincount(bins[~mask], minlength=BINS)
        pointed += mask.flat[cam.argmax()]
    hit, missed = inside[::-1].cumsum(), outside[::-1].cumsum()
    precision, recall = hit / np.maximum(hit + missed, 1), hit / hit[-1]
    return {
        "max_box_acc_v2": float(np.mean([box_30, box_50, box_70])),
        "box_30": float(box_30),
        "box_50": float(box_50),
        "box_70": float(box_70),
        "pxap": float(100 * (precision[1:] * np.diff(recall)).sum() + 100 * precision[0] * recall[0]),
        "pointing": float(100 * pointed / len(maps)),
        "iou": float(100 * (hit / (hit[-1] + missed)).max()),
    }
