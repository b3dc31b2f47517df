"""Measures of weakly supervised localisation by OpenCV and NumPy, from the definitions in

    Choe, Oh, Lee, Chun, Akata, Shim, Evaluating Weakly Supervised Object Localization Methods Right, CVPR 2020

with the conventions of its evaluation code: MaxBoxAccV2 (boxes, all contours) and PxAP (masks); the pointing
game of Zhang, Lin, Brandt, Shen, Sclaroff, Top-down Neural Attention by Excitation Backprop, ECCV 2016; the
grid pointing game of Böhle, Fritz, Schiele, Convolutional Dynamic Alignment Networks for Interpretable
Classifications, CVPR 2021; and the background's level, the median of the raw map off the object as a share of
its peak.

    pip install numpy opencv-python-headless

As a module:

    from localisation import max_box_acc_v2, pxap, pointing, background_level, grid_shares
    max_box_acc_v2(maps, boxes, sizes)   # maps: a list of [h, w]; boxes: a list of lists of [x0, y0, x1, y1);
                                         # sizes: (width, height) of each picture, what its boxes are in
    pxap(maps, masks)                    # masks: a list of [H, W], not 0 where the object is
    pointing(maps, masks)
    background_level(cam, mask)          # of one map
    grid_shares(cam, n)                  # of one map of a mosaic, at its size: the share of each cell of n x n, row by row

The first three give shares in [0, 1] under 'value'. As a command it makes the golden files again:

    python tools/reference/localisation.py golden test/golden/localisation    # and faithfulness.json beside that folder
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

EVAL_SIZE = 224
THRESHOLDS = np.arange(0, 1, 0.001)  # 1000 of them: 0 to 0.999
DELTAS = (0.3, 0.5, 0.7)


def resized(cam, size=EVAL_SIZE):
    """A map [h, w] at the evaluation's size, [size, size], raw: bicubic."""
    cam = np.ascontiguousarray(cam, np.float32)
    if not np.isfinite(cam).all():
        raise ValueError('a map has finite values only')
    # Asked before it is resized: rounding in there would make something of nothing.
    if cam.min() == cam.max():
        return np.full((size, size), cam.flat[0], np.float32)
    return cv2.resize(cam, (size, size), interpolation=cv2.INTER_CUBIC)


def prepare(cam, size=EVAL_SIZE):
    """A map [h, w] at the evaluation's size, [size, size], scaled to [0, 1]; one that is flat: zeros."""
    cam = resized(cam, size)
    cam = cam - cam.min()
    return cam / (cam.max() or 1)


def prepare_mask(mask, size=EVAL_SIZE):
    """A mask [H, W] at the evaluation's size, nearest pixel; bool."""
    mask = (np.asarray(mask) != 0).astype(np.uint8)
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_NEAREST) != 0


def scale_box(box, picture, size=EVAL_SIZE):
    """A box of a picture (width, height) at the evaluation's size; corners cut off to whole pixels."""
    (w, h), (x0, y0, x1, y1) = picture, box
    return [int(float(x0) * size / w), int(float(y0) * size / h), int(float(x1) * size / w), int(float(y1) * size / h)]


def contour_boxes(binary):
    """The boxes of all contours, those of holes too: [x, y, x + w, y + h], the far corner within the image.
    """
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
    """The best IoU of any contour with any box, at each threshold: [1000]. cam: from `prepare`; boxes: from
    `scale_box`."""
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
    MaxBoxAccV2: for each IoU 0.3, 0.5, 0.7 the share of images whose best IoU reaches it, at the best
    threshold, which all images share; the mean of the three.
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
    """PxAP: the average precision of all pixels of all images. @returns value, inside and outside: histograms
    [N, 1002]"""
    found = [
        score_histograms(prepare(cam, eval_size), prepare_mask(mask, eval_size))
        for cam, mask in zip(maps, masks, strict=True)
    ]
    inside, outside = np.array([f[0] for f in found]), np.array([f[1] for f in found])
    return {'value': average_precision(inside.sum(0), outside.sum(0)), 'inside': inside, 'outside': outside}


def pointing(maps, masks, eval_size=EVAL_SIZE):
    """The share of images whose highest pixel (the first of several) lies in the mask. @returns value, hits
    [N]"""
    hits = []
    for cam, mask in zip(maps, masks, strict=True):
        cam = prepare(cam, eval_size)
        hits.append(bool(prepare_mask(mask, eval_size).flat[cam.argmax()]))
    return {'value': float(np.mean(hits)), 'hits': hits}


def background_level(cam, mask, eval_size=EVAL_SIZE):
    """The median off the object over the map's largest value; None where that is not above 0, or all is
    object."""
    cam, mask = resized(cam, eval_size), prepare_mask(mask, eval_size)
    if cam.max() <= 0 or mask.all():
        return None
    return float(np.median(cam[~mask].astype(float)) / float(cam.max()))


def grid_shares(cam, n):
    """The share of a map's positive values in each cell of n x n, row by row; borders at round(k size / n),
    halves up."""
    cam = np.maximum(np.asarray(cam, float), 0)
    rows, columns = ([int(np.floor(k * size / n + 0.5)) for k in range(n + 1)] for size in cam.shape)
    cells = [cam[rows[i] : rows[i + 1], columns[j] : columns[j + 1]].sum() for i in range(n) for j in range(n)]
    total = cam.sum()
    return [float(cell / total) if total > 0 else 0.0 for cell in cells]


def smooth(rng, shape, sigma, size):
    """A random map [shape], smoothed; values up to 3 digits, so that files are small."""
    noise = cv2.GaussianBlur(rng.normal(size=(size, size)).astype(np.float32), (0, 0), sigma)
    return cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_AREA)


def golden(folder):
    """Random cases, seed 0: maps of several sizes, smooth and noisy ones, one that is constant; several
    boxes; masks with holes."""
    rng = np.random.default_rng(0)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    cases = {
        'maps-8': [(8, 8)] * 12,
        'maps-14': [(14, 14)] * 12,
        'maps-mixed': [(128, 128), (96, 64), (7, 9), (224, 224), (1, 1), (14, 14), (2, 3), (32, 32)],
        'small-evaluation': [(20, 20)] * 6,
    }
    for name, shapes in cases.items():
        eval_size = 64 if name == 'small-evaluation' else EVAL_SIZE
        images = []
        for i, shape in enumerate(shapes):
            height, width = int(rng.integers(60, 140)), int(rng.integers(60, 140))
            large = max(shape) > 60
            noise = smooth(rng, shape, 10 if large else 0.4, max(shape))
            # Whole eighths: exact in float32 and short in the file.
            values = np.round(noise / (np.abs(noise).max() or 1) * 100) / 8
            if i == 4:
                values = np.full(shape, 1.25)
            # Large maps are blocks of 4 by 4 pixels: they are short in the file, and have plateaus.
            if large:
                values = np.kron(values[::4, ::4], np.ones((4, 4)))
            boxes = []
            for _ in range(int(rng.integers(1, 4))):
                x0, y0 = int(rng.integers(0, width - 20)), int(rng.integers(0, height - 20))
                boxes.append([x0, y0, int(rng.integers(x0 + 10, width + 1)), int(rng.integers(y0 + 10, height + 1))])
            mask = np.zeros((height, width), np.uint8)
            for x0, y0, x1, y1 in boxes:
                mask[y0:y1, x0:x1] = 1
            mask[boxes[0][1] + 3 : boxes[0][1] + 7, boxes[0][0] + 3 : boxes[0][0] + 6] = 0
            images.append({'map': values, 'block': 4 if large else 1, 'boxes': boxes, 'mask': mask, 'size': [width, height]})
        maps = [image['map'] for image in images]
        boxes, sizes = [image['boxes'] for image in images], [image['size'] for image in images]
        masks = [image['mask'] for image in images]
        acc = max_box_acc_v2(maps, boxes, sizes, eval_size)
        px = pxap(maps, masks, eval_size)
        prepared = [prepare(cam, eval_size) for cam in maps]
        at_half = [
            float(((cam >= 0.5) & got).sum() / ((cam >= 0.5) | got).sum())
            for cam, got in zip(prepared, (prepare_mask(mask, eval_size) for mask in masks))
        ]
        flat_index = [0, 1, eval_size + 3, eval_size * eval_size // 2 + eval_size // 3, eval_size * eval_size - 1]
        content = {
            'made by': 'tools/reference/localisation.py golden, seed 0',
            'versions': {'numpy': np.__version__, 'opencv': cv2.__version__},
            'evalSize': eval_size,
            'maxBoxAccV2': acc['value'],
            'at': acc['at'],
            'pxap': px['value'],
            'pointing': pointing(maps, masks, eval_size)['hits'],
            'images': [
                {
                    'shape': list(image['map'].shape),
                    # In eighths; one value for each block of pixels.
                    'block': image['block'],
                    'map': (image['map'][:: image['block'], :: image['block']] * 8).astype(int).ravel().tolist(),
                    'size': image['size'],
                    'boxes': image['boxes'],
                    'scaledBoxes': [scale_box(box, image['size'], eval_size) for box in image['boxes']],
                    'hole': [boxes_[0] + 3, boxes_[1] + 3, boxes_[0] + 6, boxes_[1] + 7],
                    'pixels': [[int(at), float(cam.flat[at])] for at in flat_index],
                    # At every 20th threshold.
                    'ious': [round(float(v), 9) for v in acc['ious'][i][::20]],
                    'maskIouAtHalf': at_half[i],
                    'background': background_level(image['map'], image['mask'], eval_size),
                    'gridShares': [grid_shares(resized(image['map'], eval_size), n) for n in (2, 3)],
                }
                for i, (image, cam) in enumerate(zip(images, prepared))
                for boxes_ in [image['boxes'][0]]
            ],
        }
        (folder / f'{name}.json').write_text(json.dumps(content, separators=(',', ':')) + '\n')


def toy_classifier(images):
    """Probabilities [N, 3] of images [N, H, W, C]: softmax of three fixed linear functions."""
    n, height, width, channels = images.shape
    y, x, c = np.mgrid[:height, :width, :channels]
    weights = np.stack([np.sin(0.3 * x * (k + 1) + 0.2 * y + c) / 20 for k in range(3)])
    logits = images.reshape(n, -1).astype(float) @ weights.reshape(3, -1).T
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def golden_faithfulness(folder):
    """
    Faithfulness of random maps by a classifier that is written down. Insertion and deletion: Petsiuk, Das,
    Saenko, RISE, BMVC 2018; drop and increase: Chattopadhay et al., Grad-CAM++, WACV 2018; coherency,
    complexity, ADCC: Poppi et al., 2021. Seed 1.
    """
    rng = np.random.default_rng(1)
    steps = 10
    cases = []
    for label in range(3):
        height, width = 12 + 2 * label, 16
        image = rng.integers(0, 256, (height, width, 3)) / 256
        # Few values: many are equal.
        cam, again = (np.round(smooth(rng, (height, width), 1.5, 24) * 40) / 8 for _ in range(2))
        unit = (cam - cam.min()) / (cam.max() - cam.min())
        order = np.argsort(-unit.ravel(), kind='stable')
        area = {}
        blurred = cv2.GaussianBlur(image, (11, 11), 5, borderType=cv2.BORDER_REPLICATE)
        for name, start, end in (('insertion', blurred, image), ('deletion', image, np.zeros_like(image))):
            frames = []
            for step in range(steps + 1):
                moved = order[: int(np.floor(len(order) * step / steps + 0.5))]
                frame = start.reshape(-1, 3).copy()
                frame[moved] = end.reshape(-1, 3)[moved]
                frames.append(frame.reshape(image.shape))
            area[name] = float(np.trapezoid(toy_classifier(np.array(frames))[:, label], dx=1 / steps))
        whole, masked = toy_classifier(np.stack([image, image * unit[..., None]]))[:, label]
        drop = max(0.0, whole - masked) / whole
        coherency = (np.corrcoef(unit.ravel(), again.ravel())[0, 1] + 1) / 2
        complexity = unit.mean()
        cases.append(
            {
                'label': label,
                'shape': [height, width, 3],
                'image': (image * 256).astype(int).ravel().tolist(),
                'map': (cam * 8).astype(int).ravel().tolist(),
                'mapOfMasked': (again * 8).astype(int).ravel().tolist(),
                'blurred': [float(v) for v in blurred.ravel()[:: blurred.size // 5]],
                'expected': {
                    **area,
                    'averageDrop': float(drop),
                    'averageIncrease': int(masked > whole),
                    'coherency': float(coherency),
                    'complexity': float(complexity),
                    'adcc': float(3 / (1 / coherency + 1 / (1 - complexity) + 1 / (1 - drop))),
                },
            }
        )
    content = {'made by': 'tools/reference/localisation.py golden, seed 1', 'steps': steps, 'cases': cases}
    (Path(folder) / 'faithfulness.json').write_text(json.dumps(content, separators=(',', ':')) + '\n')


if __name__ == '__main__':
    if len(sys.argv) != 3 or sys.argv[1] != 'golden':
        sys.exit(__doc__)
    golden(sys.argv[2])
    golden_faithfulness(Path(sys.argv[2]).parent)
