"""Reference cases for the refinement pipeline, from NumPy, SciPy, scikit-image and Pillow.

    python refine.py check FOLDER              recomputes the cases in FOLDER and says what differs
    python refine.py make FOLDER SEED COUNT    makes COUNT random cases, one a seed from SEED on

Needs scikit-image 0.26, SciPy 1.17, Pillow 13, NumPy 2.4. The format of a case: test/golden/refine/README.md;
`make` adds `merged_exact.npy`, the refined map that has not gone through 8-bit.
"""

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import filters, morphology

DEFAULTS = dict(
    roi_percentile=85,
    focal_scope="global",
    maxima_areas="small",
    merge_type="blend",
    merge_alpha=0.5,
    filter_type="percentage",
    filter_percentage=15,
    filter_threshold=0.6,
)


class Blank(Exception):
    """Segment and low-res map are both blank."""


def scale(x):
    low, high = x.min(), x.max()
    return np.zeros_like(x) if low == high else (x - low) / (high - low)


def resize(x, height, width, how=Image.BILINEAR):
    return np.asarray(Image.fromarray(x).resize((width, height), how))


def focal_points(low, low_resized, scope, areas):
    height, width = low_resized.shape
    if scope == "global":
        count = round(np.sqrt(np.sqrt(height * width)))
        points = np.zeros(height * width, np.uint8)
        points[np.argsort(-low_resized.ravel(), kind="stable")[:count]] = 1
        return points.reshape(height, width)
    maxima = morphology.local_maxima(low)
    if not maxima.any():
        return np.zeros((height, width), np.uint8)
    values = low[maxima].astype(np.float64)
    points = maxima & (low > (values.max() + values.min()) / 2)
    if not points.any():
        points = maxima & (low == values.max())
    blocks = resize(points.astype(np.uint8), height, width, Image.NEAREST)
    return (morphology.skeletonize(blocks > 0) if areas == "small" else blocks).astype(np.uint8)


def grow(edges, seeds, lower, upper):
    regions, _ = ndimage.label((edges >= lower) & (edges <= upper))
    seeded = np.setdiff1d(np.unique(regions[seeds > 0]), [0])
    return np.isin(regions, seeded).astype(np.uint8)


def merge(segment, low, low_is_blank, how, alpha):
    if low_is_blank and not segment.any():
        raise Blank
    if not segment.any():
        return low
    if low_is_blank:
        return segment.astype(np.float64)
    return segment * low if how == "multiply" else alpha * segment + (1 - alpha) * low


def grey_levels(low, height, width):
    """The low-res map through 8-bit, as the paper's implementation merges it."""
    picture = (scale(low.astype(np.float64)) * 255).astype(np.uint8)
    return scale(resize(picture, height, width).astype(np.float64))


def keep(levels, merged, options):
    if options["filter_type"] == "threshold":
        return (scale(levels) > options["filter_threshold"]).astype(np.uint8)
    size = levels.size
    place = int((1 - options["filter_percentage"] / 100) * size)
    count = max(1, size - place)
    end = np.sort(levels.ravel())[size - count]
    kept = levels > end
    missing = count - kept.sum()
    plateau = (missing > size / 100 or missing > count / 2) and end > levels.min()
    if count == size or plateau:
        kept = np.zeros(size, bool)
        kept[np.argsort(-merged.ravel(), kind="stable")[:count]] = True
    return kept.reshape(levels.shape).astype(np.uint8)


def refine(low, high, params):
    options = {**DEFAULTS, **params}
    height, width = high.shape
    blurred = ndimage.convolve(scale(high), np.full((5, 5), 1 / 25), mode="reflect")
    edges = scale(filters.sobel(blurred))
    low_resized = resize(low, height, width)
    roi = (low_resized > np.percentile(low_resized.astype(np.float64), options["roi_percentile"])).astype(np.uint8)
    lower, upper = np.percentile(edges[roi > 0].astype(np.float64), [25, 75]) if roi.any() else (1.0, 0.0)
    points = focal_points(low, low_resized, options["focal_scope"], options["maxima_areas"])
    segmented = grow(edges, points, lower, upper)
    strong = (edges >= upper) & (roi > 0)
    # Holes of at most 255 pixels, that is of fewer than 256.
    full_segment = morphology.remove_small_holes((segmented > 0) | strong, max_size=255, connectivity=1).astype(np.uint8)
    how = (not (low_resized > 0).any(), options["merge_type"], options["merge_alpha"])
    levels = merge(full_segment, grey_levels(low, height, width), *how)
    exact = merge(full_segment, scale(low_resized), *how).astype(np.float32)
    arrays = dict(
        blurred=blurred,
        edges=edges,
        low_resized=low_resized,
        roi=roi,
        segmented=segmented,
        full_segment=full_segment,
        merged=levels.astype(np.float32),
        kept=keep(levels, exact, options),
    )
    y, x = np.nonzero(points)
    return arrays, exact, [float(lower), float(upper)], np.c_[x, y].tolist()


def check(folder):
    for case in sorted(p.parent for p in Path(folder).glob("*/case.json")):
        golden = json.loads((case / "case.json").read_text())
        arrays, _, bounds, points = refine(np.load(case / "low.npy"), np.load(case / "high.npy"), golden["params"])
        worst = {}
        for name, got in arrays.items():
            want = np.load(case / f"{name}.npy")
            worst[name] = int((got != want).sum()) if want.dtype == np.uint8 else float(np.abs(got - want).max())
        worst["bounds"] = float(np.abs(np.subtract(bounds, golden["bounds"])).max())
        worst["focal_points"] = len(set(map(tuple, points)) ^ set(map(tuple, golden["focal_points_xy"])))
        print(case.name, {name: value for name, value in worst.items() if value} or "equal")


def random_map(random, height, width, kind):
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    if kind == "flat":
        return np.full((height, width), random.normal(), np.float32)
    out = np.zeros((height, width))
    if kind == "noise":
        out = random.normal(size=(height, width))
    elif kind == "ramp":
        out = x * random.normal() + y * random.normal()
    elif kind == "single":
        out[random.integers(height), random.integers(width)] = 1
    else:
        for _ in range(random.integers(1, 5)):
            cy, cx = random.uniform(0, height), random.uniform(0, width)
            radius = random.uniform(0.08, 0.35) * max(height, width)
            out += random.uniform(0.4, 1.5) * np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * radius**2))
        if kind == "blobs":
            out += 0.03 * random.normal(size=out.shape)
        if kind == "plateaus":
            out = np.floor(out * 5)
        if kind == "relu":
            out = np.maximum(out - np.median(out), 0)
    out = out * random.uniform(0.3, 8)
    if random.random() < 0.4:
        out -= random.uniform(0, 2) * out.max()
    return out.astype(np.float32)


def random_case(seed):
    random = np.random.default_rng(seed)
    pick = lambda *options: options[random.integers(len(options))]
    square = random.random() < 0.7
    height = int(random.integers(32, 257)) if random.random() < 0.4 else 32 * int(random.integers(1, 9))
    width = height if square else 32 * int(random.integers(1, 9))
    if random.random() < 0.8:
        low_size = (max(1, height // 16), max(1, width // 16))
    else:
        low_size = pick((7, 7), (height, width), (5, 9), (2, 3), (1, 1), (height // 8, width // 8))
    kinds = ["smooth", "blobs", "blobs", "noise", "plateaus", "relu", "single", "ramp", "flat"]
    share = np.array([3, 5, 5, 2, 2, 2, 1, 1, 0.4])
    low = random_map(random, *low_size, random.choice(kinds, p=share / share.sum()))
    high = random_map(random, height, width, random.choice(kinds, p=share / share.sum()))
    params = {}
    if random.random() < 0.7:
        params = dict(
            roi_percentile=pick(0, 100, 50, 70, 85, 95, 99.5, float(random.uniform(0, 100))),
            focal_scope=pick("global", "local"),
            maxima_areas=pick("small", "large"),
            merge_type=pick("blend", "blend", "multiply"),
            merge_alpha=pick(0, 1, 0.5, 0.2, 0.8, float(random.random())),
            filter_type=pick("percentage", "threshold"),
            filter_percentage=pick(0.01, 1, 15, 30, 60, 100, float(random.uniform(0.1, 100))),
            filter_threshold=pick(0, 1, 0.4, 0.6, float(random.random())),
        )
        params = {name: value for name, value in params.items() if random.random() < 0.6}
    image = random.integers(0, 256, size=(height, width, pick(1, 3, 3)), dtype=np.uint8)
    return image, low, high, params


def make(folder, first, count):
    for seed in range(first, first + count):
        image, low, high, params = random_case(seed)
        case = Path(folder) / f"seed-{seed}"
        try:
            arrays, exact, bounds, points = refine(low, high, params)
        except Blank:
            print(f"seed {seed}: both blank, no case")
            continue
        case.mkdir(parents=True, exist_ok=True)
        for name, array in dict(image=image, low=low, high=high, merged_exact=exact, **arrays).items():
            np.save(case / f"{name}.npy", array)
        golden = dict(size=high.shape[0], params=params, bounds=bounds, focal_points_xy=points)
        (case / "case.json").write_text(json.dumps(golden, indent=1))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check", folder]:
            check(folder)
        case ["make", folder, seed, count]:
            make(folder, int(seed), int(count))
        case _:
            sys.exit(__doc__)
