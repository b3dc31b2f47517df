"""Compares parameters of the dense CRF by the quality of its maps, on photographs with masks.

    npx tsx bench/full-size.ts MODEL.onnx DATA train --every 4 --maps MAPS
    python crf.py MAPS DATA train high|low

The unary term is 0 at a fixed value of the map scaled to [0, 1], or at a multiple of its threshold by Otsu.
64 x 64 cells, 8 iterations of mean field; the refined map shows the logits, as in
`src/refine/crf/crf-refiner.ts`. Measured at 128 x 128 pixels: MaxBoxAccV2 (at every 8th grey level, the
largest component), PxAP, pointing, mean IoU of the pixels above Otsu's threshold of the map. Needs numpy,
pillow, scipy, scikit-image.
"""
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import find_objects, label
from skimage.color import rgb2lab
from skimage.filters import threshold_otsu

CELLS, SIDE, ROUNDS, STRENGTH = 64, 128, 8, 6
LEVELS = [("fixed", 0.25), ("fixed", 0.4)] + [("otsu", level) for level in (0.6, 0.7, 0.8, 0.9, 1)]
PAIRWISE = [(0.1, 10, 3), (0.1, 6, 3), (0.2, 10, 3), (0.2, 5, 2), (0.2, 5, 3), (0.2, 5, 5), (0.3, 4, 3)]
CONFIGURATIONS = [(level, (0.2, 5, 3)) for level in LEVELS] + [(LEVELS[1], (0.1, 10, 3))]
CONFIGURATIONS += [(("otsu", 0.8), pairwise) for pairwise in PAIRWISE if pairwise != (0.2, 5, 3)]


def resized(values, height, width, how=Image.BILINEAR):
    return np.asarray(Image.fromarray(np.asarray(values, np.float32)).resize((width, height), how))


def scaled(values):
    return (values - values.min()) / (np.ptp(values) or 1)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


y, x = np.divmod(np.arange(CELLS**2), CELLS)
APART = (((y[:, None] - y) ** 2 + (x[:, None] - x) ** 2) / CELLS**2).astype(np.float32)


def affinities(lab, spatial, colour):
    square = (lab**2).sum(1)
    unlike = square[:, None] + square - 2 * lab @ lab.T
    pairs = np.exp(-APART / (2 * spatial**2) - unlike / (2 * colour**2))
    np.fill_diagonal(pairs, 0)
    return pairs / (pairs.sum(1, keepdims=True) + 1e-6)


def refined(cells, pairs, threshold, weight):
    unary = STRENGTH * (cells.ravel() - threshold)
    q = sigmoid(unary)
    for _ in range(ROUNDS):
        logits = unary + weight * (pairs @ (2 * q - 1))
        q = sigmoid(logits)
    merged = (logits + STRENGTH * threshold + weight) / (STRENGTH + 2 * weight)
    return np.clip(resized(merged.reshape(CELLS, CELLS), SIDE, SIDE), 0, 1)


def box_iou(a, b):
    height, width = (max(0, min(p.stop, q.stop) - max(p.start, q.start)) for p, q in zip(a, b))
    area = lambda box: (box[0].stop - box[0].start) * (box[1].stop - box[1].start)
    return height * width / (area(a) + area(b) - height * width)


def largest(mask):
    parts, count = label(mask)
    return find_objects((parts == 1 + np.argmax(np.bincount(parts.ravel())[1:])).astype(int))[0] if count else (slice(0, 0), slice(0, 0))


def measured(found, truth):
    box = find_objects(truth.astype(int))[0]
    boxes = [box_iou(largest(np.floor(255 * found) >= level), box) for level in range(0, 256, 8)]
    mask = found > threshold_otsu(found)
    counts = [np.histogram(found[truth == kind], 256, (0, 1))[0] for kind in (True, False)]
    return boxes, truth.ravel()[found.argmax()], (mask & truth).sum() / (mask | truth).sum(), counts


def printed(name, results):
    boxes, pointing, iou, counts = (np.array(one, float) for one in zip(*results))
    accuracy = np.mean([(boxes >= least).mean(0).max() for least in (0.3, 0.5, 0.7)])
    hits, misses = np.cumsum(counts.sum(0)[:, ::-1], 1)
    precision = hits / np.maximum(1, hits + misses)
    pxap = (precision * np.diff(hits, prepend=0)).sum() / hits[-1]
    print(f"{name:44} {100 * accuracy:.1f}  {100 * pxap:.1f}  {100 * pointing.mean():.1f}  {100 * iou.mean():.1f}", flush=True)


def main():
    maps, data, split, kind = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    results = {}
    for path in sorted(maps.glob(f"*.{kind}.npy")):
        class_name, name = path.name.removesuffix(f".{kind}.npy").split("__")
        image = Image.open(data / split / class_name / f"{name}.jpg").convert("RGB").resize((CELLS, CELLS), Image.BOX)
        mask = Image.open(data / "masks" / split / class_name / f"{name}.png").convert("L")
        truth = np.asarray(mask.resize((SIDE, SIDE), Image.BOX)) >= 128
        if not truth.any():
            continue
        lab = rgb2lab(np.asarray(image)).reshape(-1, 3).astype(np.float32)
        raw = np.load(path)
        cells = scaled(resized(raw, CELLS, CELLS, Image.BOX if raw.shape[0] > CELLS else Image.BILINEAR))
        results.setdefault("the map itself", []).append(measured(scaled(resized(raw, SIDE, SIDE)), truth))
        known = {}
        for (how, level), (spatial, colour, weight) in CONFIGURATIONS:
            if (spatial, colour) not in known:
                known[spatial, colour] = affinities(lab, spatial, colour)
            threshold = level * threshold_otsu(cells) if how == "otsu" else level
            name = f"{how} {level}, reach {spatial}, colour {colour}, weight {weight}"
            results.setdefault(name, []).append(measured(refined(cells, known[spatial, colour], threshold, weight), truth))
    print(f"{len(results['the map itself'])} pictures: MaxBoxAccV2, PxAP, pointing, IoU")
    for name, found in results.items():
        printed(name, found)


if __name__ == "__main__":
    main()
