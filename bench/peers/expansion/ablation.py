"""An ablation of the training of expansion networks: losses, teachers and ties, one changed at a time.

    python bench/peers/expansion/ablation.py DATA_DIR HALF OUT [--only NAME ...] [--epochs 12] [--loss square|bce]
        [--processes 4] [--half-epochs 40] [--grid 64] [--limit N]

DATA_DIR is a folder as in pictures.py, or a file that pictures.py wrote; HALF a half model of the project
(.onnx), whose localisation network every configuration keeps frozen, or OUT/half.pt, see below. OUT gets
results.jsonl, a line a result; table.md, the same as a table; maps/NAME.png, a few test pictures above their
maps; pictures.npz, where DATA_DIR is a folder. Needs NumPy, OpenCV, Pillow, PyTorch 2.13 and, for model
files, ONNX; a GPU, except for a trial run. All at once (`--processes 21`) take about six minutes on a large
one.

Each of CONFIGURATIONS trains a new expansion, batch 16 at 128 x 128, and its map of the true class is
measured on the test pictures: of one pass, of the mean with the mirrored picture (`flip`), and, if it is
`refined`, after some steps that a user might add. Measures: measure.py; MaxBoxAccV2, at every third of 256
grey levels, is a few tenths of a percent below the exact one. Masks and boxes are used only for measuring.
The `baselines` are the pyramid alone, the low-res maps, and each teacher against the ground truth (every
fourth training picture), which is the quality of the soft labels.

`--only half` continues the training of the classifier instead, for --half-epochs from HALF, and writes
OUT/half.pt, for another run's HALF.
`--loss bce` replaces the squared error of the configurations by cross-entropy. `--limit N`: N pictures of
train and of test, at least 16. Random numbers are seeded; on a GPU, the order of sums is not fixed, and
results differ slightly from run to run.
"""

import argparse
import json
import multiprocessing
import sys
import tempfile
import traceback
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pictures
import torch
import torch.nn.functional as F
from measure import measure
from train import (
    BATCH,
    DEVICE,
    SIZE,
    accuracy,
    coarse_maps,
    dense_crf,
    guided_filter,
    high_res_maps,
    lab_colours,
    pyramid,
    quantile,
    scale,
    teach,
    teach_again,
    to_device,
    train_expansion,
    train_half,
)

# The low-res maps that a teacher may start from.
SOURCES = {
    # The CAM of one pass.
    "low": {"flips": (False,), "centered": False},
    # Centered, mean with the mirrored picture.
    "flip": {},
    # The same, mean over four sizes.
    "average": {"sizes": (96, 128, 160, 224)},
}


@dataclass(frozen=True)
class Configuration:
    """How an expansion is trained."""

    name: str
    seed: int = 0
    # As `teach` takes it; without one, reconstruction.
    teacher: str | None = "prior+crf"
    source: str = "flip"
    tie: str = "image"
    # As `map_loss` takes it.
    loss: str = "square"
    # The weights of the pixels' cross-entropy and of the gated CRF.
    pixel_weight: float = 0.05
    gated_weight: float = 0.0
    optimizer: str = "adam"
    # With two, the maps of the trained network are the teacher of a second one, each for half the epochs.
    rounds: int = 1
    refined: bool = False


CONFIGURATIONS = [
    Configuration("main-s0", refined=True),
    Configuration("main-s1", seed=1, refined=True),
    Configuration("main-s2", seed=2, refined=True),
    Configuration("average", source="average"),
    Configuration("ring", teacher="prior+ring", refined=True),
    Configuration("ring-average", teacher="prior+ring", source="average", refined=True),
    Configuration("cell", tie="cell", refined=True),
    Configuration("bce", loss="bce"),
    Configuration("no-prior", teacher="crf", refined=True),
    Configuration("no-prior-average", teacher="crf", source="average"),
    Configuration("no-crf", teacher="prior"),
    Configuration("cam", teacher="cam"),
    Configuration("pixel-0", pixel_weight=0.0),
    Configuration("pixel-0.2", pixel_weight=0.2, refined=True),
    Configuration("low", source="low"),
    Configuration("crf1", teacher="prior+crf1"),
    Configuration("two-rounds", rounds=2, refined=True),
    Configuration("reconstruction", teacher=None, loss="reconstruction", optimizer="adadelta"),
    Configuration("seeds", teacher="cam", loss="seeds", gated_weight=0.3),
    Configuration("gated", gated_weight=0.1),
]
NAMES = ["baselines"] + [c.name for c in CONFIGURATIONS]

# A CRF on the map: standard deviations in space and in colour; gain; the level where the unary term is 0
# (None: the 60th percentile); weight.
REFINEMENTS = [(0.1, 8, 6, None, 3), (0.1, 10, 6, 0.4, 3), (0.05, 8, 6, None, 3), (0.1, 8, 4, None, 1.5)]

COLUMNS = ["max_box_acc_v2", "box_30", "box_50", "box_70", "pxap", "pointing", "iou"]
TILES = 12
# The seeds of --only half.
HALF_SEED = 0


class Job:
    """The work of one process: a configuration or the baselines, by its name. `shared` is the output of
    `prepare`."""

    def __init__(self, name, shared, out, options):
        self.name, self.out, self.options, self.results = name, out, options, []
        stored = torch.load(shared)
        self.half = to_device(stored["half"])
        self.maps, self.colours = stored["maps"], stored["colours"]
        self.parts = pictures.read(options.data, options.limit)

    def report(self, text):
        print(f"{self.name}: {text}", flush=True)

    def measure(self, what, maps, part):
        result = {"name": self.name, "maps": what, **measure(maps, part.masks, part.boxes)}
        self.results.append(result)
        self.report(f"{what}: MaxBoxAccV2 {result['max_box_acc_v2']:.1f}, PxAP {result['pxap']:.1f}")

    def baselines(self):
        grid, test = self.options.grid, self.parts["test"]
        self.measure("pyramid", pyramid(grid).reshape(1, grid, grid).expand(len(test), -1, -1), test)
        for source in SOURCES:
            self.measure(source, self.maps["test"][source], test)
        some = slice(None, None, 4)
        for source in ("flip", "average"):
            for kind in ("crf", "prior", "prior+crf", "prior+ring"):
                soft = teach(kind, self.maps["train"][source][some].to(DEVICE), self.colours["train"][some])
                self.measure(f"teacher {kind} of {source}, train", soft, self.parts["train"].some(some))
        for kind in ("prior+crf", "crf"):
            soft = teach(kind, self.maps["test"]["flip"].to(DEVICE), self.colours["test"])
            self.measure(f"teacher {kind} of flip, test", soft, test)

    def train(self, c, soft):
        epochs = self.options.epochs if c.rounds == 1 else max(1, self.options.epochs // 2)
        return train_expansion(self.half, self.parts["train"], soft, c, epochs, self.report)

    def configuration(self, c):
        train, test = self.parts["train"], self.parts["test"]
        soft = None
        if c.teacher:
            soft = teach(c.teacher, self.maps["train"][c.source].to(DEVICE), self.colours["train"])
        p = self.train(c, soft)
        for i in range(2, c.rounds + 1):
            soft = teach_again(p, train, c.tie, self.colours["train"])
            some = slice(300)
            self.measure(f"teacher of round {i}, train", soft[some], train.some(some))
            p = self.train(c, soft)
        maps = high_res_maps(p, test, c.tie)
        self.measure("one pass", maps, test)
        self.measure("flip", high_res_maps(p, test, c.tie, (False, True)), test)
        if c.refined:
            self.refined(maps)
            self.compare_classes(p, c, maps)
        self.draw(maps)

    def refined(self, maps):
        """CRFs on the map at the grid's size, and guided filters by the picture in grey."""
        grid, test = self.options.grid, self.parts["test"]
        colours = torch.from_numpy(test.small).float().to(DEVICE)
        grey = (colours @ torch.tensor([0.299, 0.587, 0.114], device=DEVICE)) / 255
        rows = scale(F.interpolate(maps[:, None], (grid, grid), mode="area").flatten(1))
        full = scale(maps.flatten(1)).reshape(maps.shape)
        for i, (spatial, colour, gain, level, weight) in enumerate(REFINEMENTS):
            logits = gain * (rows - (quantile(rows, 0.6) if level is None else level))
            q = dense_crf(logits, self.colours["test"], spatial, colour, weight).reshape(-1, grid, grid)
            above = "60th percentile" if level is None else level
            crf = f"CRF: spatial {spatial}, colour {colour}, weight {weight}; {gain} x (map - {above})"
            self.measure(crf, q, test)
            if i == 0:
                large = F.interpolate(q[:, None], (SIZE, SIZE), mode="bilinear", align_corners=False)[:, 0]
                self.measure("that CRF, guided filter", guided_filter(large, grey), test)
                self.measure("mean of that CRF and the map", (large + full) / 2, test)
        self.measure("guided filter", guided_filter(full, grey), test)

    def compare_classes(self, p, c, maps):
        """The mean correlation between the maps of the true class and of another one, seven further on."""
        test, classes = self.parts["test"], self.half["aux_output/kernel"].shape[1]
        others = high_res_maps(p, replace(test, labels=(test.labels + 7) % classes), c.tie)
        a, b = (m.flatten(1) - m.flatten(1).mean(1, keepdim=True) for m in (maps, others))
        mean = float((a * b).sum(1).div(a.norm(dim=1) * b.norm(dim=1) + 1e-9).mean())
        self.results.append({"name": self.name, "maps": "of the true and another class", "correlation": mean})
        self.report(f"correlation with the maps of another class {mean:.2f}")

    def draw(self, maps):
        test = self.parts["test"]
        columns = []
        for i in range(0, len(test), max(1, len(test) // TILES)):
            grey = (scale(maps[i].flatten()[None]).reshape(SIZE, SIZE).cpu().numpy() * 255).astype(np.uint8)
            columns.append(np.concatenate([test.small[i][..., ::-1], cv2.applyColorMap(grey, cv2.COLORMAP_VIRIDIS)]))
        cv2.imwrite(str(self.out / "maps" / f"{self.name}.png"), np.concatenate(columns, 1))

    def run(self):
        if self.name == "baselines":
            self.baselines()
        elif self.name == "half":
            p = train_half(self.half, self.parts, self.options.half_epochs, HALF_SEED, self.report)
            torch.save({n: v.cpu() for n, v in p.items()}, self.out / "half.pt")
        else:
            (c,) = (c for c in CONFIGURATIONS if c.name == self.name)
            self.configuration(replace(c, loss=self.options.loss) if c.loss == "square" else c)
        return self.results


def work(*arguments):
    """A process's part: a job's results."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    return Job(*arguments).run()


def read_half(path):
    """The half model's parameters with the project's names, from a model file or from OUT/half.pt."""
    if path.suffix == ".pt":
        return torch.load(path)
    import onnx  # only a model file needs it

    tensors = onnx.load(path).graph.initializer
    # Parameters are LAYER/WHAT; other initializers are constants of the graph.
    return {t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy()) for t in tensors if "/" in t.name}


def sources_of(names):
    """Those of SOURCES that the named configurations start from."""
    if "baselines" in names:
        return list(SOURCES)
    return sorted({c.source for c in CONFIGURATIONS if c.name in names and c.teacher})


def prepare(half, parts, sources, grid, path):
    """Writes the files that every process reads: the half model, its low-res maps of the true classes, the
    pictures' colours."""
    p = to_device(half)
    print(f"test accuracy of the half model {accuracy(p, parts['test']):.1f}", flush=True)
    maps = {
        name: {source: coarse_maps(p, part, grid, **SOURCES[source]).cpu() for source in sources}
        for name, part in parts.items()
    }
    colours = {name: lab_colours(part.large, grid) for name, part in parts.items()}
    torch.save({"half": half, "maps": maps, "colours": colours}, path)


def table(results):
    """Markdown: a row for each result, in the order of NAMES."""
    head = ["configuration", "maps", *COLUMNS]
    lines = [head, ["---"] * 2 + ["---:"] * len(COLUMNS)]
    for result in results:
        if "correlation" in result:
            continue
        lines.append([result["name"], result["maps"], *(f"{result[column]:.1f}" for column in COLUMNS)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", type=Path, metavar="DATA_DIR", help="a data set's folder, or a file of pictures.py")
    parser.add_argument("half", type=Path, metavar="HALF", help="the half model, .onnx, or half.pt of another run")
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--only", nargs="+", choices=[*NAMES, "half"], metavar="NAME", help=", ".join([*NAMES, "half"]))
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--loss", choices=["square", "bce"], default="square", help="where a configuration has the square")
    parser.add_argument("--processes", type=int, default=4, help="configurations at once")
    parser.add_argument("--half-epochs", type=int, default=40)
    parser.add_argument("--grid", type=int, default=64, help="height and width of soft labels")
    parser.add_argument("--limit", type=int, help="for a try: so many pictures of train and of test")
    options = parser.parse_args()
    for name in ("epochs", "half_epochs", "processes", "grid"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')}: at least 1, got {getattr(options, name)}")
    if options.limit is not None and options.limit < BATCH:
        parser.error(f"--limit: at least a batch of {BATCH}, got {options.limit}")
    return options


def main():
    options = arguments()
    out = options.out
    (out / "maps").mkdir(parents=True, exist_ok=True)
    if options.data.is_dir():
        file = out / "pictures.npz"
        pictures.make(options.data, file, options.limit)
        options.data = file
    parts = pictures.read(options.data, options.limit)
    half = read_half(options.half)
    classes, highest = half["aux_output/kernel"].shape[1], max(part.labels.max() for part in parts.values())
    if highest >= classes:
        sys.exit(f"{options.half}: the model has {classes} classes, the pictures have {highest + 1}")
    names = options.only or NAMES
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        shared = Path(folder) / "shared.pt"
        prepare(half, parts, sources_of(names), options.grid, shared)
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(options.processes, spawn) as pool, (out / "results.jsonl").open("w") as lines:
            jobs = {pool.submit(work, name, shared, out, options): name for name in names}
            for job in as_completed(jobs):
                if job.exception():
                    print(f"{jobs[job]}: failed", file=sys.stderr)
                    traceback.print_exception(job.exception())
                    continue
                found[jobs[job]] = job.result()
                lines.writelines(json.dumps(result) + "\n" for result in job.result())
                lines.flush()
    rows = table([result for name in names for result in found.get(name, [])])
    (out / "table.md").write_text(rows)
    print(rows)
    if len(found) < len(names):
        sys.exit(f"failed: {', '.join(name for name in names if name not in found)}")


if __name__ == "__main__":
    main()
