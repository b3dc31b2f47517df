"""Compares methods that upsample a refined map of 64 x 64 cells to the pictures' own size, by the mean IoU of
their masks with the true ones.

    npx tsx bench/full-size.ts MODEL.onnx DATA train --every 6 --maps MAPS
    python full_size.py MAPS DATA train [STEP]

Bilinear, and a guided filter with a colour guide (He, Sun, arXiv 1505.00996) of 128 pixels on the longer
side, at the best of all fixed thresholds and at each picture's own one by Otsu; the latter without specks,
and with holes filled. Needs numpy, scipy, pillow, scikit-image.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import label, uniform_filter
from skimage.filters import threshold_otsu

SIDE = 128
SPECK = 0.05
HOLES = (0.02, 0.05, 0.1, 0.3)
THRESHOLDS = np.arange(0.02, 0.99, 0.02)


def resized(values, height, width):
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize((width, height), Image.BILINEAR))


def scaled(values):
    low, high = values.min(), values.max()
    return (values - low) / ((high - low) or 1)


def box(values, radius):
    """The mean of windows, cropped at the borders."""
    size = (2 * radius + 1, 2 * radius + 1) + (1,) * (values.ndim - 2)
    ones = np.ones(values.shape[:2] + (1,) * (values.ndim - 2))
    return uniform_filter(values, size, mode="constant") / uniform_filter(ones, size, mode="constant")


def guided(picture, small, values, radius, eps):
    height, width, channels = picture.shape
    p = resized(values, *small.shape[:2])
    means, mean = box(small, radius), box(p, radius)
    spread = box(small[..., :, None] * small[..., None, :], radius) - means[..., :, None] * means[..., None, :]
    with_map = box(small * p[..., None], radius) - means * mean[..., None]
    a = np.linalg.solve(spread + eps * np.eye(channels), with_map[..., None])[..., 0]
    planes = box(np.dstack([a, mean - (a * means).sum(-1)]), radius)
    planes = np.dstack([resized(planes[..., c], height, width) for c in range(channels + 1)])
    return (planes[..., :-1] * picture).sum(-1) + planes[..., -1]


def ways(picture, small, values):
    yield "bilinear", resized(values, *picture.shape[:2])
    for reach in (0.02, 0.04, 0.08, 0.12):
        for eps in (1e-4, 1e-3):
            yield f"guided, reach {reach}, eps {eps:g}", guided(picture, small, values, round(reach * SIDE), eps)


def despeckled(mask):
    parts, count = label(mask)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    large = sizes >= SPECK * mask.sum()
    large[0] = False
    return large[parts]


def filled(mask, share):
    """Fills holes that are no larger than this share of the mask, and do not touch the border."""
    holes, count = label(~mask)
    sizes = np.bincount(holes.ravel(), minlength=count + 1)
    small = sizes <= share * mask.sum()
    small[0] = False
    small[np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]])] = False
    return mask | small[holes]


def iou(found, truth):
    return (found & truth).sum() / (found | truth).sum()


def main():
    maps, data, split = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    step = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    fixed, own = {}, {}
    for path in sorted(maps.glob("*.crf.npy"))[::step]:
        class_name, name = path.name.removesuffix(".crf.npy").split("__")
        image = Image.open(data / split / class_name / f"{name}.jpg").convert("RGB")
        truth = np.asarray(Image.open(data / "masks" / split / class_name / f"{name}.png").convert("L")) >= 128
        share = SIDE / max(image.size)
        small = image.resize([max(1, round(n * share)) for n in image.size], Image.BILINEAR)
        q = np.clip(np.load(path), 1e-6, 1 - 1e-6)
        logits = scaled(np.log(q / (1 - q)))
        pictures = [np.asarray(one, np.float32) / 255 for one in (image, small)]
        for way, values in ways(*pictures, logits):
            values = scaled(values) if way == "bilinear" else values
            fixed.setdefault(way, []).append([iou(values > t, truth) for t in THRESHOLDS])
            mask = values > threshold_otsu(values)
            objects = despeckled(mask)
            masks = [mask, objects, *(filled(objects, share) for share in HOLES)]
            own.setdefault(way, []).append([iou(one, truth) for one in masks])
    print(f"{len(own['bilinear'])} pictures; mean IoU at the best threshold for all; by Otsu; without specks; with holes filled up to {HOLES}")
    for way, curves in fixed.items():
        mean = np.mean(curves, 0)
        others = "  ".join(f"{value:.4f}" for value in np.mean(own[way], 0))
        print(f"{way:32} {mean.max():.4f} at {THRESHOLDS[mean.argmax()]:.2f}   {others}")


if __name__ == "__main__":
    main()
