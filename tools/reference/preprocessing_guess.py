"""How five small networks, trained with one preprocessing each, take photographs prepared in each way.

    python tools/reference/preprocessing_guess.py PHOTO15 samples/photos

PHOTO15 is a data set of photographs, `train/CLASS/*.jpg`. Printed for each network and each preprocessing:
how far apart it finds the photographs (1 less the mean correlation of their logits), how sure it is of them
(mean largest probability), and how many classes it names. Needs torch, numpy, Pillow. Half an hour on one
core.
"""
import pathlib
import sys

import numpy as np
import torch
from PIL import Image
from torch import nn

SIZE = 64
EPOCHS = 6
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
CAFFE = torch.tensor([123.68, 116.779, 103.939]).view(3, 1, 1)
WAYS = {
    "imagenet": lambda x: (x - MEAN) / STD,
    "inception": lambda x: (x - 0.5) / 0.5,
    "0-1": lambda x: x,
    "0-255": lambda x: 255 * x,
    "caffe": lambda x: (255 * x - CAFFE).flip(1),
}


def read(paths):
    pictures = [np.asarray(Image.open(path).convert("RGB").resize((SIZE, SIZE), Image.BILINEAR)) for path in paths]
    return torch.tensor(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


def network(classes):
    def block(inputs, outputs, stride):
        conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())

    blocks = [block(3, 32, 2), block(32, 64, 2), block(64, 64, 1), block(64, 128, 2), block(128, 128, 1)]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, classes))


def train(images, labels, way):
    torch.manual_seed(1)
    model = network(int(labels.max()) + 1)
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=0.05)
    steps = EPOCHS * (len(images) // 64 + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(64):
            x = images[batch]
            if torch.rand(1) < 0.5:
                x = x.flip(3)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(way(x)), labels[batch]).backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def apart(logits):
    centred = logits - logits.mean(1, keepdim=True)
    unit = centred / centred.norm(dim=1, keepdim=True)
    n = len(unit)
    return 1 - ((unit @ unit.T).sum() - n).item() / (n * (n - 1))


def main():
    data, photos = map(pathlib.Path, sys.argv[1:3])
    folders = sorted((data / "train").iterdir())
    paths = [(path, i) for i, folder in enumerate(folders) for path in sorted(folder.glob("*.jpg"))]
    images, labels = read([path for path, _ in paths]), torch.tensor([label for _, label in paths])
    seen = read(sorted(photos.glob("*.jpg")))
    for name, way in WAYS.items():
        model = train(images, labels, way)
        with torch.no_grad():
            for other, prepare in WAYS.items():
                logits = model(prepare(seen)).double()
                sure = logits.softmax(1).max(1).values.mean()
                print(f"{name:10} {other:10} apart {apart(logits):.2f}  sure {sure:.2f}  classes {logits.argmax(1).unique().numel()}")


if __name__ == "__main__":
    main()
