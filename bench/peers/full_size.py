"""Ways to bring a refined map of 64 x 64 cells to the pictures' own size, by the mean IoU of their masks with the true ones.

    npx tsx bench/full-size.ts MODEL.onnx DATA train --every 6 --maps MAPS
    python full_size.py MAPS DATA train [STEP]

Each way at the best of all fixed thresholds, and at each picture's own one by Otsu. Bilinear; joint bilateral (Kopf, Cohen, Lischinski,
Uyttendaele, SIGGRAPH 2007) of 5 x 5 cells; guided filter, grey and colour (He, Sun, arXiv 1505.00996), its guide 128 pixels on the longer
side. Needs numpy, scipy, pillow, scikit-image.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter
from skimage.filters import threshold_otsu

SIDE = 128
THRESHOLDS = np.arange(0.02, 0.99, 0.02)


def resized(values, height, width):
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize((width, height), Image.BILINEAR))


def scaled(values):
    low, high = values.min(), values.max()
    return (values - low) / ((high - low) or 1)


def box(values, radius):
    """The mean of windows, cut off at the borders."""
    size = (2 * radius + 1, 2 * radius + 1) + (1,) * (values.ndim - 2)
    ones = np.ones(values.shape[:2] + (1,) * (values.ndim - 2))
    return uniform_filter(values, size, mode="constant") / uniform_filter(ones, size, mode="constant")


def grey(picture):
    return picture @ np.array([[0.299], [0.587], [0.114]], np.float32)


def guided(picture, small, values, radius, eps, colour):
    if not colour:
        picture, small = grey(picture), grey(small)
    height, width, channels = picture.shape
    p = resized(values, *small.shape[:2])
    means, mean = box(small, radius), box(p, radius)
    spread = box(small[..., :, None] * small[..., None, :], radius) - means[..., :, None] * means[..., None, :]
    with_map = box(small * p[..., None], radius) - means * mean[..., None]
    a = np.linalg.solve(spread + eps * np.eye(channels), with_map[..., None])[..., 0]
    planes = box(np.dstack([a, mean - (a * means).sum(-1)]), radius)
    planes = np.dstack([resized(planes[..., c], height, width) for c in range(channels + 1)])
    return (planes[..., :-1] * picture).sum(-1) + planes[..., -1]


def joint_bilateral(picture, values, spatial, colour, reach=2):
    (height, width), (rows, columns) = picture.shape[:2], values.shape
    cells = np.dstack([resized(picture[..., c], rows, columns) for c in range(3)])
    y = (np.arange(height) + 0.5) * rows / height - 0.5
    x = (np.arange(width) + 0.5) * columns / width - 0.5
    total, weights = np.zeros((height, width)), np.zeros((height, width))
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            near_y, near_x = np.round(y) + dy, np.round(x) + dx
            at_y = np.clip(near_y, 0, rows - 1).astype(int)
            at_x = np.clip(near_x, 0, columns - 1).astype(int)
            apart = ((y - near_y) ** 2)[:, None] + ((x - near_x) ** 2)[None]
            unlike = ((picture - cells[at_y][:, at_x]) ** 2).sum(-1)
            weight = np.exp(-apart / (2 * spatial**2) - unlike / (2 * colour**2)) + 1e-9
            total += weight * values[at_y][:, at_x]
            weights += weight
    return total / weights


def ways(picture, small, values):
    yield "bilinear", resized(values, *picture.shape[:2])
    for spatial in (0.5, 1, 2):
        for colour in (0.05, 0.1, 0.2):
            yield f"joint bilateral, {spatial} cells, {colour}", joint_bilateral(picture, values, spatial, colour)
    for colour in (False, True):
        for reach in (0.04, 0.08, 0.12, 0.16, 0.24):
            for eps in (1e-4, 1e-3):
                name = f"guided, {'colour' if colour else 'grey'}, reach {reach}, eps {eps:g}"
                yield name, guided(picture, small, values, max(1, round(reach * SIDE)), eps, colour)


def iou(found, truth):
    return (found & truth).sum() / (found | truth).sum()


def main():
    maps, data, split = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    step = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    fixed, own = {}, {}
    for path in sorted(maps.glob("*.npy"))[::step]:
        class_name, name = path.stem.split("__")
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
            own.setdefault(way, []).append(iou(values > threshold_otsu(values), truth))
    print(f"{len(own['bilinear'])} pictures; mean IoU at the best threshold for all, and by Otsu")
    for way, curves in fixed.items():
        mean = np.mean(curves, 0)
        print(f"{way:40} {mean.max():.4f} at {THRESHOLDS[mean.argmax()]:.2f}   {np.mean(own[way]):.4f}")


if __name__ == "__main__":
    main()
