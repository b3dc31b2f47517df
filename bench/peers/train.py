"""Trains the half model in PyTorch on the same images with the same options as `hrm train half`, to compare
the curves.

    npx tsx bench/network.ts names half 16 128 > parameters.json
    python bench/peers/train.py DATA_DIR SIZE EPOCHS parameters.json history.csv [SEED]

Batch 16, Adadelta (rate 1, rho 0.95, epsilon 1e-7), L2 as the network has it, the rate divided by sqrt(10)
after ten epochs without a lower loss, moving statistics and augmentation as ours. Pictures are read by
Pillow, so no pixel is exactly the same, and neither are the random numbers. Needs torch 2.13, Pillow and
NumPy.
"""
import csv
import json
import math
import pathlib
import random
import sys
import time

import numpy as np
import torch
from loader import load
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "reference"))
from densenet_fcn import EPSILON, Network, l2_names  # noqa: E402

BATCH = 16
torch.set_num_threads(2)


class Images(torch.utils.data.Dataset):
    def __init__(self, folder, size, augmented):
        classes = sorted(path.name for path in (folder.parent / "train").iterdir())
        self.files = [(p, i) for i, name in enumerate(classes) for p in sorted((folder / name).iterdir())]
        self.classes, self.size, self.augmented = classes, size, augmented

    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
        path, label = self.files[index]
        out = np.empty((self.size, self.size, 3), np.float32)
        if self.augmented:
            load(path, self.size, False, random.Random(torch.randint(2**62, ()).item()), out)
        else:
            with Image.open(path) as image:
                picture = image.convert("RGB").resize((self.size, self.size), Image.Resampling.BILINEAR)
            np.multiply(np.asarray(picture), np.float32(1 / 255), out=out)
        return torch.from_numpy(out).permute(2, 0, 1), label


def initial(shapes, classes):
    p = {}
    for name, shape in shapes.items():
        if name == "aux_output/kernel":
            shape = [shape[0], classes]
            p[name] = torch.empty(shape).uniform_(-1, 1) * math.sqrt(6 / sum(shape))
        elif name == "aux_output/bias":
            p[name] = torch.zeros(classes)
        elif name.endswith("/kernel"):
            fan_in = shape[0] * 9 if "conv2DT" in name else math.prod(shape[1:])
            cut = torch.nn.init.trunc_normal_(torch.empty(shape), a=-2, b=2)
            p[name] = (cut * math.sqrt(2 / fan_in) / 0.87962566103423978).to(memory_format=torch.channels_last)
        else:
            p[name] = torch.full(shape, 1.0 if name.endswith(("gamma", "moving_variance")) else 0.0)
    return p


class Training(Network):
    """Keeps moving statistics whose momentum grows to Keras' 0.99."""

    def __init__(self, p):
        super().__init__(p, True)
        self.steps = 0

    def bn_relu(self, name, x):
        p = self.p
        follow = 1 - min(0.99, self.steps / (self.steps + 1))
        y = torch.nn.functional.batch_norm(x, p[f"{name}/moving_mean"], p[f"{name}/moving_variance"],
                                           p[f"{name}/gamma"], p[f"{name}/beta"], True, follow, EPSILON)
        return torch.nn.functional.relu(y)


def main():
    data, size, epochs, names, out = (pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]),
                                      pathlib.Path(sys.argv[4]), pathlib.Path(sys.argv[5]))
    torch.manual_seed(int(sys.argv[6]) if len(sys.argv) > 6 else 0)
    train, test = Images(data / "train", size, True), Images(data / "test", size, False)
    options = {"num_workers": 2, "persistent_workers": True}
    batches = torch.utils.data.DataLoader(train, BATCH, shuffle=True, drop_last=True, **options)
    tests = torch.utils.data.DataLoader(test, 32, **options)
    p = initial(json.loads(names.read_text()), len(train.classes))
    trained = [n for n in p if "/moving_" not in n]
    for n in trained:
        p[n].requires_grad_()
    decayed = l2_names({n: 0 for n in trained})
    optimizer = torch.optim.Adadelta([p[n] for n in trained], lr=1.0, rho=0.95, eps=1e-7, foreach=True)
    net, best, waited = Training(p), math.inf, 0
    with out.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"])
        for epoch in range(1, epochs + 1):
            start, loss_sum, correct, steps = time.perf_counter(), 0.0, 0, 0
            for images, labels in batches:
                optimizer.zero_grad(set_to_none=True)
                logits = net.half(images.to(memory_format=torch.channels_last))[0]
                loss = torch.nn.functional.cross_entropy(logits, labels)
                loss = loss + 1e-4 * sum(p[n].square().sum() for n in decayed)
                loss.backward()
                optimizer.step()
                net.steps += 1
                steps += 1
                loss_sum += loss.item()
                correct += (logits.argmax(1) == labels).sum().item()
            seconds = time.perf_counter() - start
            with torch.inference_mode():
                frozen, val_loss, val_correct = Network(p, False), 0.0, 0
                for images, labels in tests:
                    logits = frozen.half(images.to(memory_format=torch.channels_last))[0]
                    val_loss += torch.nn.functional.cross_entropy(logits, labels, reduction="sum").item()
                    val_correct += (logits.argmax(1) == labels).sum().item()
            rate = optimizer.param_groups[0]["lr"]
            row = [epoch, loss_sum / steps, correct / (steps * BATCH), val_loss / len(test),
                   val_correct / len(test), rate, seconds]
            rows.writerow(row)
            file.flush()
            print(f"epoch {epoch}/{epochs}  loss {row[1]:.4f}  acc {row[2]:.3f}  val loss {row[3]:.4f}  "
                  f"val acc {row[4]:.3f}  {steps * BATCH / seconds:.1f} images/s", flush=True)
            if row[1] < best - 1e-4:
                best, waited = row[1], 0
            else:
                waited += 1
                if waited >= 10:
                    optimizer.param_groups[0]["lr"], waited = max(1e-5, rate * math.sqrt(0.1)), 0


if __name__ == "__main__":
    main()
