"""A guided filter and Otsu's threshold, from their definitions, float64: makes
test/golden/guided-filter.json.

    python guided_filter.py ../../test/golden/guided-filter.json

Needs numpy and scikit-image. He, Sun, Tang, Guided Image Filtering (PAMI 2013), equations 19 to 21, each
window summed by itself; a and b are enlarged as scikit-image's resize does (order 1, half-pixel centres,
borders repeated). Otsu's threshold is scikit-image's.
"""
import json
import sys

import numpy as np
import skimage
from skimage.exposure import histogram
from skimage.filters import threshold_otsu
from skimage.transform import resize

SEED, SMALL, LARGE, RADIUS, EPS = 5, (18, 25), (40, 57), 3, 1e-3


def otsu(values):
    """scikit-image's threshold, moved to the middle of the empty bins that follow it: all of them are as
    good."""
    counts, centres = histogram(values, 256, source_range="image")
    first = last = int(np.argmin(np.abs(centres - threshold_otsu(values))))
    while counts[last + 1] == 0:
        last += 1
    return float((centres[first] + centres[last]) / 2)


def windows(plane, radius):
    """The mean of each window, cut off at the borders."""
    height, width = plane.shape[:2]
    out = np.empty(plane.shape)
    for y in range(height):
        for x in range(width):
            part = plane[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
            out[y, x] = part.mean((0, 1))
    return out


def coefficients(guide, values, radius, eps):
    """a and b, [h, w, 4]. guide: [h, w, 3] in [0, 1]"""
    means, mean = windows(guide, radius), windows(values, radius)
    outer = windows(guide[..., :, None] * guide[..., None, :], radius)
    spread = outer - means[..., :, None] * means[..., None, :]
    with_map = windows(guide * values[..., None], radius) - means * mean[..., None]
    a = np.linalg.solve(spread + eps * np.eye(3), with_map[..., None])[..., 0]
    b = mean - (a * means).sum(-1)
    return windows(np.dstack([a, b]), radius)


def enlarged(planes, size):
    return resize(planes, size, order=1, mode="edge", anti_aliasing=False)


def apply(planes, picture):
    return (planes[..., :3] * picture).sum(-1) + planes[..., 3]


def scene(rng):
    """A disc before a background of another colour, both noisy, large and small; a coarse map of it."""
    y, x = np.mgrid[: LARGE[0], : LARGE[1]]
    disc = ((y - 17) / 13) ** 2 + ((x - 25) / 16) ** 2 < 1
    picture = np.where(disc[..., None], [200, 110, 40], [60, 120, 150]) + rng.normal(0, 20, (*LARGE, 3))
    large = np.clip(np.round(picture), 0, 255).astype(np.uint8)
    small = np.round(255 * resize(large / 255, SMALL, order=1)).astype(np.uint8)
    coarse = resize(disc.astype(float), (4, 5), order=1, anti_aliasing=True)
    values = np.round(enlarged(coarse, SMALL) + rng.normal(0, 0.02, SMALL), 4)
    return large, small, values


def main():
    rng = np.random.default_rng(SEED)
    large, small, values = scene(rng)
    planes = coefficients(small / 255, values, RADIUS, EPS)
    filtered = apply(planes, small / 255)
    result = {
        "made_by": "tools/reference/guided_filter.py",
        "numpy": np.__version__,
        "skimage": skimage.__version__,
        "seed": SEED,
        "radius": RADIUS,
        "eps": EPS,
        "guide": {"shape": list(small.shape), "data": small.ravel().tolist()},
        "map": {"shape": list(values.shape), "data": values.ravel().tolist()},
        "picture": {"shape": list(large.shape), "data": large.ravel().tolist()},
        "filtered": np.round(filtered, 7).ravel().tolist(),
        "enlarged": np.round(apply(enlarged(planes, LARGE), large / 255), 7).ravel().tolist(),
        "otsu": {"map": otsu(values.astype(np.float32)), "filtered": otsu(filtered.astype(np.float32))},
    }
    with open(sys.argv[1], "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
