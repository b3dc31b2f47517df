"""The pictures of the ablation of transport, and their soft labels. A module of ablation.py.

Training needs no masks: masks and boxes are only for measuring, and so are the scenes, whose objects are cut
out by masks.

| set | pictures, 320 x 320 |
| --- | --- |
| `held` | every fifth of photo15/train, with masks, boxes and labels |
| `photo15` | the others of photo15/train |
| `photos1000` | one of each ImageNet class |
| `animals20` | ten a class |
| `mosaics` | 60, for measuring: two pictures of `held` and two of `photos1000`, of four predicted classes, each on its quarter |
| `scenes` | 150, for measuring: up to three objects of `held`, cut out by their masks, on landscapes of `photos1000` |
| `quarters` | 800 collages of four pictures of `photo15` and `photos1000` |
| `layouts` | 900 collages of those: by turns quarters, one or two small pictures on a large one, and ninths |

Each set is made once and cached in a folder, with the classifier's features in half precision, and its soft
labels: about 9 GB.
"""

import json
import os
import random
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from network import Classifier, resized, to_images
from PIL import Image

sys.path.append(str(Path(__file__).parents[1] / "expansion"))
from pictures import decode, listed, scaled_boxes  # noqa: E402
from train import dense_crf, lab_colours, scale  # noqa: E402

SIDE = 320
HALF = SIDE // 2
QUARTERS = [(x, y, HALF) for y in (0, HALF) for x in (0, HALF)]
NINTHS = [(x * 106, y * 106, 106) for y in range(3) for x in range(3)]
LABEL_GRID = 48
LANDSCAPES = {"alp", "cliff", "geyser", "lakeside", "promontory", "sandbar", "seashore", "valley"}


def picture(path):
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.BILINEAR))


class Material:
    """Sets, features and soft labels by name. limit: for a trial run, a few of each set."""

    def __init__(self, photo15, photos1000, animals20, folder, limit=None):
        self.photo15, self.animals20, self.folder, self.limit = photo15, animals20, folder, limit
        self.classifier = Classifier()
        files = listed(photo15, "train")
        if limit:
            labels = [label for _, label in files]
            files = [file for i, file in enumerate(files) if i - labels.index(file[1]) < limit]
        self.held, self.others = files[::5], [file for i, file in enumerate(files) if i % 5]
        self.numbered = list(enumerate(sorted(photos1000.glob("n*.jpg"))))
        self.step = max(1, 1000 // (20 * limit)) if limit else 1
        made_of = json.dumps([*map(str, map(Path.resolve, (photo15, photos1000, animals20))), limit])
        note = folder / "made-of.json"
        if note.exists() and note.read_text() != made_of:
            sys.exit(f"{folder}: is of other pictures or another --limit: {note.read_text()}, not {made_of}")
        note.write_text(made_of)

    def count(self, n):
        return min(n, 4 * self.limit) if self.limit else n

    def kept(self, name, make):
        path = self.folder / f"{name}.pt"
        if not path.exists():
            start, part = time.time(), path.with_suffix(".part")
            torch.save(make(), part)
            os.replace(part, path)
            print(f"{name}: made in {time.time() - start:.0f} s", flush=True)
        return torch.load(path, mmap=True, weights_only=False)

    def get(self, name):
        if name in ("mosaics", "quarters"):
            return self.kept("quarters", self.make_quarters)[name]
        return self.kept(name, getattr(self, f"make_{name}"))

    def features(self, name):
        return self.kept(f"features-{name}", lambda: self.make_features(self.get(name)["images"]))

    def logits(self, name):
        return self.classifier.logits(self.features(name)[0].float())

    def classes(self, name):
        """The classes that the classifier predicts."""
        return self.logits(name).argmax(1)

    def labels(self, name):
        """Soft labels for the predicted classes, [n, 48, 48]."""
        return self.kept(f"labels-{name}", lambda: self.make_labels(name))

    def make_features(self, pictures, size=8):
        out = None
        for i in range(0, len(pictures), size):
            found = self.classifier.features(pictures[i : i + size])
            out = out or [torch.empty((len(pictures), *x.shape[1:]), dtype=torch.float16) for x in found]
            for whole, x in zip(out, found, strict=True):
                whole[i : i + size] = x
        return out

    def make_labels(self, name):
        """The centred CAM, enlarged, then the dense CRF."""
        cells, pictures, out = self.features(name)[0], self.get(name)["images"], []
        for i, c in enumerate(self.classes(name)):
            cam = self.classifier.evidence(cells[i].float(), c[None], centred=True)
            rows = scale(resized(cam, LABEL_GRID).flatten(1))
            colours = lab_colours(pictures[i : i + 1], LABEL_GRID)
            out.append(dense_crf(6 * (rows - 0.4), colours, spatial=0.1).reshape(LABEL_GRID, LABEL_GRID))
        return torch.stack(out).half()

    # Pictures

    def mask_of(self, path):
        return self.photo15 / "masks" / "train" / path.parent.name / f"{path.stem}.png"

    def make_held(self):
        boxes = json.loads((self.photo15 / "boxes.json").read_text())
        return {
            "images": np.stack([picture(path) for path, _ in self.held]),
            "labels": [label for _, label in self.held],
            "masks": np.stack([decode((path, self.mask_of(path)))[2] for path, _ in self.held]),
            "boxes": [scaled_boxes(boxes[path.relative_to(self.photo15).as_posix()]) for path, _ in self.held],
        }

    def make_photo15(self):
        return {"images": np.stack([picture(path) for path, _ in self.others])}

    def make_photos1000(self):
        numbers, paths = zip(*self.numbered[:: self.step], strict=True)
        return {"images": np.stack([picture(path) for path in paths]), "labels": numbers}

    def make_animals20(self):
        folders = sorted((self.animals20 / "train").iterdir())
        # Every second of the first twenty.
        paths = [path for folder in folders for path in sorted(folder.iterdir())[:20:2][: self.limit]]
        return {"images": np.stack([picture(path) for path in paths])}

    def make_scenes(self):
        rng = random.Random(1)
        landscapes = [path for _, path in self.numbered if path.stem.split("_", 1)[1] in LANDSCAPES]
        images, masks, labels = zip(*(self.scene(rng, landscapes) for _ in range(self.count(150))), strict=True)
        return {"images": np.stack(images), "masks": masks, "labels": labels}

    def scene(self, rng, landscapes):
        """A picture, its objects' masks [320, 320] and their labels, which differ."""
        canvas = np.array(Image.open(rng.choice(landscapes)).convert("RGB").resize((SIDE, SIDE)))
        taken, masks, labels = np.zeros((SIDE, SIDE), bool), [], []
        for i in rng.sample(range(len(self.held)), 12):
            path, label = self.held[i]
            if label in labels or len(labels) == 3:
                continue
            mask = Image.open(self.mask_of(path)).convert("L")
            box = mask.getbbox()
            cut = Image.open(path).convert("RGB").crop(box)
            share = rng.uniform(0.22, 0.42) * SIDE / max(cut.size)
            w, h = (max(8, int(length * share)) for length in cut.size)
            colours = np.array(cut.resize((w, h), Image.BILINEAR))
            alpha = np.array(mask.crop(box).resize((w, h), Image.BILINEAR)) / 255.0
            for _ in range(20):
                x, y = rng.randint(0, SIDE - w), rng.randint(0, SIDE - h)
                place = np.s_[y : y + h, x : x + w]
                if not taken[place].any():
                    break
            else:
                continue
            taken[place] = True
            canvas[place] = (canvas[place] * (1 - alpha[..., None]) + colours * alpha[..., None]).astype(np.uint8)
            masks.append(np.zeros((SIDE, SIDE), bool))
            masks[-1][place] = alpha > 0.5
            labels.append(label)
        return canvas, masks, labels

    # Collages: `parts` are (picture, x, y, side), `classes` what is predicted for the whole pictures.

    def taught(self):
        """The pictures for training collages, their predicted classes, and how many are photo15's."""
        sets = "photo15", "photos1000"
        pictures = np.concatenate([self.get(name)["images"] for name in sets])
        return pictures, torch.cat([self.classes(name) for name in sets]).tolist(), len(self.others)

    def make_quarters(self):
        """Mosaics and quarters together, since they share one random stream."""
        rng = random.Random(3)
        held, others = self.get("held")["images"], self.get("photos1000")
        sure, classes = torch.cat([self.logits(name) for name in ("held", "photos1000")]).softmax(1).max(1)
        n, classes = len(held), classes.tolist()
        typical = sure[n:].median()
        mine = [i for i in range(n) if sure[i] > 0.12]
        right = [n + i for i, label in enumerate(others["labels"]) if sure[n + i] > typical and classes[n + i] == label]

        def four():
            while True:
                drawn = rng.sample(mine, 2) + rng.sample(right, 2)
                if len({classes[i] for i in drawn}) == 4:
                    rng.shuffle(drawn)
                    return drawn

        mosaics = [four() for _ in range(self.count(60))]
        made = quarters(np.concatenate([held, others["images"]]), classes, mosaics)
        pictures, classes, first = self.taught()
        drawn = [[pick(rng, first, len(pictures)) for _ in QUARTERS] for _ in range(self.count(800))]
        return {"mosaics": made, "quarters": quarters(pictures, classes, drawn)}

    def make_layouts(self):
        rng = random.Random(11)
        pictures, classes, first = self.taught()

        def inset():
            side = 2 * rng.randrange(40, 80)
            picked, most = pick(rng, first, len(pictures)), (SIDE - side) // 2 + 1
            return (picked, 2 * rng.randrange(0, most), 2 * rng.randrange(0, most), side)

        collages = []
        for i in range(self.count(900)):
            places = (QUARTERS, [(0, 0, SIDE)], NINTHS)[i % 3]
            parts = [(pick(rng, first, len(pictures)), *place) for place in places]
            if i % 3 == 1:
                parts += [inset() for _ in range(rng.choice([1, 2]))]
            collages.append(parts)
        canvases = np.zeros((len(collages), SIDE, SIDE, 3), np.uint8)
        for canvas, parts in zip(canvases, collages, strict=True):
            for i, x, y, side in parts:
                canvas[y : y + side, x : x + side] = Image.fromarray(pictures[i]).resize((side, side), Image.BILINEAR)
        return {"images": canvases, "parts": collages, "classes": [[classes[i] for i, *_ in p] for p in collages]}


def pick(rng, first, total):
    """A random index of `total` pictures; the first ones, photo15's, are more probable."""
    return rng.randrange(first) if rng.random() < 0.6 else first + rng.randrange(total - first)


def quarters(pictures, classes, collages):
    """Collages of four, of means of 2 x 2 pixels."""
    canvases = []
    for four in collages:
        small = F.interpolate(to_images(pictures[four]) * 255, (HALF, HALF), mode="area").round().byte()
        a, b, c, d = small.permute(0, 2, 3, 1).numpy()
        canvases.append(np.concatenate([np.concatenate([a, b], 1), np.concatenate([c, d], 1)]))
    parts = [[(i, *place) for i, place in zip(four, QUARTERS, strict=True)] for four in collages]
    return {"images": np.stack(canvases), "parts": parts, "classes": [[classes[i] for i in four] for four in collages]}


def lowered(labels, parts, classes, grid):
    """Soft labels [grid, grid] of each of the classes on a collage, from those of the whole pictures [n, 48,
    48]."""
    wanted = sorted(set(classes))
    out = torch.zeros(len(wanted), grid, grid)
    for (i, x, y, side), c in zip(parts, classes, strict=True):
        x0, y0, x1, y1 = (int(round(v * grid / SIDE)) for v in (x, y, x + side, y + side))
        out[:, y0:y1, x0:x1] = 0  # a small picture hides the large one
        small = F.interpolate(labels[i][None, None].float(), (y1 - y0, x1 - x0), mode="bilinear")[0, 0]
        out[wanted.index(c), y0:y1, x0:x1] = small
    return wanted, out
