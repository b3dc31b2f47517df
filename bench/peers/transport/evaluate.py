"""How well moved evidence localises objects, and separates classes. A module of ablation.py. Needs NumPy and
PyTorch.

On every second held-out photograph, of the predicted class: MaxBoxAccV2 (every 8th grey level), PxAP,
pointing and IoU, as bench/peers/expansion/measure.py has them; `background`, the median over pictures of the
median outside the mask, over the map's maximum.

On mosaics, of the class predicted for each quarter, and on scenes, of each object's class: `share`, the share
of the positive evidence on its own quarter or object (on mosaics, GridPG; Böhle, Fritz, Schiele,
Convolutional Dynamic Alignment Networks for Interpretable Classifications, CVPR 2021); `peak`, how often the
maximum is. All in percent.
"""

import numpy as np
import torch
from material import SIDE
from measure import SIZE, measure
from network import resized

LEVELS = np.arange(0, 256, 8)
SCENES = 100
COLUMNS = ["max_box_acc_v2", "pxap", "pointing", "iou", "background", "grid_share", "grid_peak", "scene_share", "scene_peak"]


def at(features, i):
    """Features of one picture."""
    return [x[i : i + 1].float() for x in features]


def scene_classes(material):
    """For each object of a scene: of the classes often predicted for held-out photographs of its label, the
    most probable one for the scene."""
    labels, predicted = torch.tensor(material.get("held")["labels"]), material.classes("held")
    often = {}
    for label in labels.unique().tolist():
        own = predicted[labels == label]
        classes, counts = own.unique(return_counts=True)
        often[label] = classes[counts >= min(max(2, 0.1 * len(own)), counts.max())].tolist()
    scenes = zip(material.get("scenes")["labels"], material.logits("scenes"), strict=True)
    return [[max(often[label], key=lambda c: float(logits[c])) for label in labels] for labels, logits in scenes]


def on_photographs(maps_of, material):
    held, features, classes = material.get("held"), material.features("held"), material.classes("held")
    some = range(0, len(classes), 2)
    maps = torch.cat([maps_of(at(features, i), classes[i : i + 1]) for i in some])
    masks, boxes = held["masks"][::2], held["boxes"][::2]
    found = measure(maps, masks, boxes, LEVELS)
    large = zip(resized(maps, SIZE).numpy(), masks, strict=True)
    found["background"] = 100 * float(np.median([np.median(cam[~on]) / cam.max() for cam, on in large if cam.max() > 0]))
    return found


def focus(maps_of, features, classes, masks):
    """Share and peak, means over each picture's classes; masks [SIDE, SIDE], one for each of them."""
    shares, peaks = [], []
    for i, (own, on) in enumerate(zip(classes, masks, strict=True)):
        maps = maps_of(at(features, i), torch.tensor(own))
        regions = resized(torch.from_numpy(np.stack(on)).float(), maps.shape[-1], "area")
        for cam, region in zip(maps, regions, strict=True):
            positive = cam.clamp(min=0)
            shares.append(float((positive * region).sum() / positive.sum().clamp(min=1e-9)))
            peaks.append(float(region.flatten()[cam.argmax()] > 0.5))
    return 100 * np.mean(shares), 100 * np.mean(peaks)


def evaluate(maps_of, material):
    """maps_of(features of one picture, classes [c]) -> [c, h, w], raw. -> percentages by name"""
    found = on_photographs(maps_of, material)
    mosaics = material.get("mosaics")
    on = np.zeros((4, SIDE, SIDE))
    for quarter, (_, x, y, side) in zip(on, mosaics["parts"][0], strict=True):
        quarter[y : y + side, x : x + side] = 1
    each = [on] * len(mosaics["classes"])
    found["grid_share"], found["grid_peak"] = focus(maps_of, material.features("mosaics"), mosaics["classes"], each)
    masks = material.get("scenes")["masks"][:SCENES]
    classes = scene_classes(material)[:SCENES]
    found["scene_share"], found["scene_peak"] = focus(maps_of, material.features("scenes"), classes, masks)
    return {name: float(found[name]) for name in COLUMNS}
