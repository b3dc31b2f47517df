"""Pictures, masks and boxes of a data set as one .npz file: decoded once for all runs of the ablation.

    python bench/peers/expansion/pictures.py DATA_DIR pictures.npz [--limit N] [--processes 2]

DATA_DIR holds train/CLASS/NAME.EXT and test/CLASS/NAME.EXT, masks/train|test/CLASS/NAME.png (white: object)
and boxes.json: {"test/CLASS/NAME.EXT": {"size": [width, height], "boxes": [[x0, y0, x1, y1], ...]}, ...}.
Needs NumPy and Pillow.

The file has for each part, `train` and `test`: `_small` and `_large`, the pictures as uint8 [n, 128, 128, 3]
and [n, 224, 224, 3], resized by Pillow's antialiased triangle filter whatever their aspect; `_labels` [n],
places in the sorted list of classes; `_masks`, bool [n, 224, 224]; `_boxes` [k, 4], the boxes of all pictures
one after another, corners cut off to whole pixels of 224 x 224; and `_box_counts` [n], how many of them each
picture has. Masks and boxes are only for measuring: nothing is trained with them.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

SMALL = 128
LARGE = 224
PARTS = ("train", "test")


@dataclass(frozen=True)
class Part:
    small: np.ndarray
    large: np.ndarray
    labels: np.ndarray
    masks: np.ndarray
    boxes: list

    def __len__(self):
        return len(self.labels)

    def some(self, which):
        """The pictures of a slice."""
        return Part(self.small[which], self.large[which], self.labels[which], self.masks[which], self.boxes[which])


def listed(root, part, limit=None):
    """[(path, label)], sorted; with a limit at most that many, spread evenly over the list and therefore over
    the classes."""
    classes = sorted(path.name for path in (root / "train").iterdir())
    files = [(path, i) for i, name in enumerate(classes) for path in sorted((root / part / name).iterdir())]
    return files[:: max(1, len(files) // limit)][:limit] if limit else files


def decode(files):
    """A picture and its mask -> small, large, mask."""
    picture, mask = files
    with Image.open(picture) as image:
        image = image.convert("RGB")
        small, large = (np.asarray(image.resize((size, size), Image.BILINEAR)) for size in (SMALL, LARGE))
    with Image.open(mask) as image:
        return small, large, np.asarray(image.convert("L").resize((LARGE, LARGE), Image.NEAREST)) > 127


def scaled_boxes(entry):
    width, height = entry["size"]
    boxes = np.array(entry["boxes"], float) * np.array([LARGE / width, LARGE / height, LARGE / width, LARGE / height])
    return np.clip(boxes.astype(int), 0, LARGE - 1)


def make(root, out, limit=None, processes=2):
    """Writes the .npz file of the data set at `root`."""
    boxes = json.loads((root / "boxes.json").read_text())
    arrays = {}
    with ProcessPoolExecutor(processes) as pool:
        for part in PARTS:
            files = listed(root, part, limit)
            paths = [path for path, _ in files]
            masks = [root / "masks" / part / path.parent.name / f"{path.stem}.png" for path in paths]
            small, large, masks = zip(*pool.map(decode, zip(paths, masks), chunksize=16))
            found = [scaled_boxes(boxes[path.relative_to(root).as_posix()]) for path in paths]
            arrays[f"{part}_small"] = np.stack(small)
            arrays[f"{part}_large"] = np.stack(large)
            arrays[f"{part}_masks"] = np.stack(masks)
            arrays[f"{part}_labels"] = np.array([label for _, label in files])
            arrays[f"{part}_boxes"] = np.concatenate(found)
            arrays[f"{part}_box_counts"] = np.array([len(each) for each in found])
    np.savez(out, **arrays)


def read(path, limit=None):
    """{'train': Part, 'test': Part} of a file that `make` wrote."""
    arrays = np.load(path)
    parts = {}
    for part in PARTS:
        ends = np.cumsum(arrays[f"{part}_box_counts"])[:-1]
        whole = Part(
            *(arrays[f"{part}_{what}"] for what in ("small", "large", "labels", "masks")),
            np.split(arrays[f"{part}_boxes"], ends),
        )
        parts[part] = whole.some(slice(None, None, max(1, len(whole) // limit))).some(slice(limit)) if limit else whole
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path, metavar="DATA_DIR")
    parser.add_argument("out", type=Path)
    parser.add_argument("--limit", type=int, help="at most so many pictures of train and of test")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    make(options.data, options.out, options.limit, options.processes)


if __name__ == "__main__":
    main()
