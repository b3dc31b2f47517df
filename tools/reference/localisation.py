"""Measures of weakly supervised localisation by OpenCV and NumPy, from the definitions in

    Choe, Oh, Lee, Chun, Akata, Shim, Evaluating Weakly Supervised Object Localization Methods Right, CVPR 2020

with the conventions of its evaluation code: MaxBoxAccV2 (boxes, all contours) and PxAP (masks); and the pointing game of
Zhang, Lin, Brandt, Shen, Sclaroff, Top-down Neural Attention by Excitation Backprop, ECCV 2016.

    pip install numpy opencv-python-headless

As a module:

    from localisation import max_box_acc_v2, pxap, pointing
    max_box_acc_v2(maps, boxes, sizes)   # maps: a list of [h, w]; boxes: a list of lists of [x0, y0, x1, y1);
                                         # sizes: (width, height) of each picture, what its boxes are in
    pxap(maps, masks)                    # masks: a list of [H, W], not 0 where the object is
    pointing(maps, masks)

All give shares in [0, 1] under 'value'. As a command it makes the golden files again:

    python tools/reference/localisation.py golden test/golden/localisation
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

EVAL_SIZE = 224
THRESHOLDS = np.arange(0, 1, 0.001)  # 1000 of them: 0 to 0.999
DELTAS = (0.3, 0.5, 0.7)


def prepare(cam, size=EVAL_SIZE):
    """A map [h, w] at the evaluation's size, [size, size]: resized bicubic, then scaled to [0, 1]; one that is flat: zeros."""
    cam = cv2.resize(np.ascontiguousarray(cam, np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    low, high = cam.min(), cam.max()
    if not np.isfinite(low) or not np.isfinite(high):
        raise ValueError('a map has finite values only')
    if low == high:
        return np.zeros_like(cam)
    cam = cam - low
    return cam / cam.max()


def prepare_mask(mask, size=EVAL_SIZE):
    """A mask [H, W] at the evaluation's size, nearest pixel; bool."""
    mask = (np.asarray(mask) != 0).astype(np.uint8)
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_NEAREST) != 0


def scale_box(box, picture, size=EVAL_SIZE):
    """A box of a picture (width, height) at the evaluation's size; corners cut off to whole pixels."""
    (w, h), (x0, y0, x1, y1) = picture, box
    return [int(float(x0) * size / w), int(float(y0) * size / h), int(float(x1) * size / w), int(float(y1) * size / h)]


def contour_boxes(binary):
    """The boxes of all contours, those of holes too: [x, y, x + w, y + h], the far corner within the image."""
    height, width = binary.shape
    contours = cv2.findContours(binary, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)[-2]
    if len(contours) == 0:
        return np.zeros((1, 4), np.int64)
    out = []
    for x, y, w, h in map(cv2.boundingRect, contours):
        out.append((x, y, min(x + w, width - 1), min(y + h, height - 1)))
    return np.array(out, np.int64)


def iou(a, b):
    """Intersection over union of boxes [n, 4] and [m, 4], corners belong to them: [n, m]."""
    a, b = np.asarray(a)[:, None], np.asarray(b)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]) + 1
    both = np.maximum(0, sides).prod(-1)
    area = lambda box: (box[..., 2:] - box[..., :2] + 1).prod(-1)
    return both / (area(a) + area(b) - both)


def best_ious(cam, boxes):
    """The best IoU of any contour with any box, at each threshold: [1000]. cam: from `prepare`; boxes: from `scale_box`."""
    grey = (cam * 255).astype(np.uint8)
    top = int(grey.max())
    cuts = np.array([int(t * top) for t in THRESHOLDS])
    out = np.zeros(len(THRESHOLDS))
    for cut in np.unique(cuts):
        _, binary = cv2.threshold(grey, int(cut), 255, cv2.THRESH_BINARY)
        out[cuts == cut] = iou(contour_boxes(binary), boxes).max()
    return out


def max_box_acc_v2(maps, boxes, sizes, eval_size=EVAL_SIZE):
    """
    MaxBoxAccV2: for each IoU 0.3, 0.5, 0.7 the share of images whose best IoU reaches it, at the best threshold, which all
    images share; the mean of the three.
    @returns value, at (the three), thresholds (the best, for each of the three), ious [N, 1000]
    """
    ious = np.stack(
        [
            best_ious(prepare(cam, eval_size), [scale_box(box, size, eval_size) for box in of_image])
            for cam, of_image, size in zip(maps, boxes, sizes, strict=True)
        ]
    )
    shares = [(ious >= delta).mean(0) for delta in DELTAS]
    at = [float(share.max()) for share in shares]
    return {
        'value': float(np.mean(at)),
        'at': at,
        'thresholds': [float(THRESHOLDS[share.argmax()]) for share in shares],
        'ious': ious,
    }


def score_histograms(cam, mask):
    """How many pixels of the object, and how many others, have a score in each bin: two of [1002]."""
    edges = np.append(THRESHOLDS, [1.0, 2.0, 3.0])
    return np.histogram(cam[mask], edges)[0], np.histogram(cam[~mask], edges)[0]


def average_precision(inside, outside):
    """The area below precision and recall of all pixels, from histograms of scores in ascending order."""
    tp, fp = np.cumsum(inside[::-1], dtype=float), np.cumsum(outside[::-1], dtype=float)
    found = tp + fp > 0
    precision = np.divide(tp, tp + fp, out=np.zeros_like(tp), where=found)
    recall = tp / tp[-1]
    return float((precision[1:] * np.diff(recall)).sum())


def pxap(maps, masks, eval_size=EVAL_SIZE):
    """PxAP: the average precision of all pixels of all images. @returns value, inside and outside: histograms [N, 1002]"""
    found = [
        score_histograms(prepare(cam, eval_size), prepare_mask(mask, eval_size))
        for cam, mask in zip(maps, masks, strict=True)
    ]
    inside, outside = np.array([f[0] for f in found]), np.array([f[1] for f in found])
    return {'value': average_precision(inside.sum(0), outside.sum(0)), 'inside': inside, 'outside': outside}


def pointing(maps, masks, eval_size=EVAL_SIZE):
    """The share of images whose highest pixel (the first of several) lies in the mask. @returns value, hits [N]"""
    hits = []
    for cam, mask in zip(maps, masks, strict=True):
        cam = prepare(cam, eval_size)
        hits.append(bool(prepare_mask(mask, eval_size).flat[cam.argmax()]))
    return {'value': float(np.mean(hits)), 'hits': hits}
