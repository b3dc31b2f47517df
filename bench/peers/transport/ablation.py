"""An ablation of expansions by transport on a frozen EfficientNet-Lite0: their form and their training.

    nice python bench/peers/transport/ablation.py PHOTO15 PHOTOS1000 ANIMALS20 OUT [--only NAME ...] [--grid 80|160]
        [--threads 1] [--seed 0] [--limit N]

PHOTO15 and ANIMALS20 hold train/CLASS/NAME.jpg, PHOTO15 masks/train/CLASS/NAME.png and boxes.json besides (as
for bench/peers/expansion/pictures.py), PHOTOS1000 one picture WORDNET-ID_NAME.jpg of each ImageNet class. OUT
caches the data made from them (material.py; about 9 GB, twenty minutes of one core) and gets each trained
expansion, NAME.pt; results.jsonl, a line for each result; table.md. Needs NumPy, OpenCV, Pillow, PyTorch, and
what network.py says. A training takes four to nine minutes of one core.

Each of CONFIGURATIONS is a CAM unchanged, one moved by untrained transport, or one moved by transport that is
trained here; measures: evaluate.py. The expansions of `hrm train full` are trained by src/train, not here.
The formula: ARCHITECTURE.md, "Expansion by transport". Results: docs/localisation.md.

Maps have 80 x 80 pixels, a quarter of the picture's side, or, with --grid 160, half. `--limit N`, at least 5:
for a trial run, N pictures a class and a few of the other sets. Random numbers are seeded; the number of
threads changes the last digits.
"""

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import torch
from evaluate import COLUMNS, evaluate
from material import Material, lowered
from network import Expansion, relative, resized, squared_distances, transport

BATCH = 16
RATE = 2e-3
# The share of steps with collages; such a batch has half as many.
COLLAGES = 0.5
UNTAUGHT_GRID = 40


@dataclass(frozen=True)
class Untaught:
    """Transport by distance and the class's own evidence alone; without a reach, the CAM unchanged."""

    name: str
    reach: float | None = None
    # What the own weight multiplies: e, or, with `rivals`, the logarithm of the class's probability in each
    # cell.
    own: float = 0
    rivals: bool = False


@dataclass(frozen=True)
class Taught:
    name: str
    data: tuple
    collages: str
    epochs: int
    # The own evidence's weight: fixed, or its initial value.
    own: float
    fixed: bool = True
    # Also measured with these weights.
    then: tuple = ()


TWO_SETS = ("photo15", "photos1000")
CONFIGURATIONS = [
    Untaught("cam"),
    *(
        Untaught(f"reach-{reach}{name}", reach, own, rivals)
        for reach in (0.1, 0.2, 0.35)
        for name, own, rivals in (
            ("", 0, False),
            ("-own-2", 2, False),
            ("-own-4", 4, False),
            ("-rivals-0.3", 0.3, True),
            ("-rivals-1", 1, True),
        )
    ),
    Taught("learnt", TWO_SETS, "quarters", 3, own=2, fixed=False, then=(3, 4, 6)),
    Taught("fixed-4", (*TWO_SETS, "animals20"), "quarters", 3, own=4),
    Taught("layouts", (*TWO_SETS, "animals20"), "layouts", 4, own=2),
]
NAMES = [c.name for c in CONFIGURATIONS]


def untaught(c, classifier):
    """The maps of a configuration, as `evaluate` takes them."""

    def maps_of(features, classes):
        cells = features[0][0]
        evidence = classifier.evidence(cells, classes)
        if c.reach is None:
            return resized(evidence, UNTAUGHT_GRID)
        term = classifier.log_probability(cells, classes) if c.rivals else relative(evidence)
        near = -squared_distances(cells.shape[-1], UNTAUGHT_GRID) / (2 * c.reach**2)
        return transport(near, c.own * resized(term, UNTAUGHT_GRID), evidence)

    return maps_of


def taught(net, classifier):
    @torch.no_grad()
    def maps_of(features, classes):
        net.eval()
        return net.moved(net(features)[0], classifier.evidence(features[0][0], classes))

    return maps_of


def single_steps(c, material, grid, generator):
    """Yields the next BATCH pictures endlessly: (features, classes, soft labels) each."""
    sets = [(material.features(name), material.classes(name), material.labels(name)) for name in c.data]
    places = [(part, i) for part in sets for i in range(len(part[1]))]
    order, items = [], []
    while True:
        if not order:
            order = torch.randperm(len(places), generator=generator).tolist()
        (features, classes, labels), i = places[order.pop()]
        items.append(([x[i] for x in features], classes[i : i + 1], resized(labels[i : i + 1].float(), grid)))
        if len(items) == BATCH:
            yield items
            items = []


def collage_steps(c, material, grid, generator):
    """The same for collages, with all their classes."""
    made, features = material.get(c.collages), material.features(c.collages)
    labels = torch.cat([material.labels(name) for name in TWO_SETS])
    while True:
        items = []
        for i in torch.randint(0, len(made["parts"]), (BATCH // 2,), generator=generator).tolist():
            classes, soft = lowered(labels, made["parts"][i], made["classes"][i], grid)
            items.append(([x[i] for x in features], torch.tensor(classes), soft))
        yield items


def loss_of(net, classifier, items):
    """The squared error of the moved evidence, its positive part, scaled to the label's mean."""
    features = [torch.stack(each).float() for each in zip(*(features for features, _, _ in items), strict=True)]
    total = 0
    for scores, cells, (_, classes, soft) in zip(net(features), features[0], items, strict=True):
        evidence = classifier.evidence(cells, classes)
        positive = evidence.clamp(min=0)
        mean = positive.mean((1, 2), keepdim=True).clamp(min=1e-8)
        moved = net.moved(scores, evidence, positive / mean * soft.mean((1, 2), keepdim=True))
        total = total + ((moved - soft) ** 2).mean()
    return total / len(items)


def train(c, material, grid, seed):
    torch.manual_seed(seed)
    net = Expansion(grid, c.own)
    net.own.requires_grad_(not c.fixed)
    generator = torch.Generator().manual_seed(seed)
    single, collages = (steps(c, material, grid, generator) for steps in (single_steps, collage_steps))
    optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=RATE, weight_decay=1e-2)
    steps = c.epochs * (sum(len(material.classes(name)) for name in c.data) // BATCH)
    losses = []
    net.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
        items = next(collages if torch.rand(1, generator=generator).item() < COLLAGES else single)
        loss = loss_of(net, material.classifier, items)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 50 == 49 or step == steps - 1:
            last = losses[-50:]
            learnt = f"own weight {4 * net.own.item():.2f}, reach {net.reach():.3f}"
            print(f"{c.name}: step {step + 1} of {steps}, loss {sum(last) / len(last):.4f}, {learnt}", flush=True)
    return net


def results(c, material, options):
    """(name, percentages) of a configuration, one after another."""
    if isinstance(c, Untaught):
        yield c.name, evaluate(untaught(c, material.classifier), material)
        return
    net = train(c, material, options.grid, options.seed)
    torch.save(net.state_dict(), options.out / f"{c.name}.pt")
    yield c.name, evaluate(taught(net, material.classifier), material)
    for own in c.then:
        net.own.data.fill_(own / 4)
        yield f"{c.name}, then {own}", evaluate(taught(net, material.classifier), material)


def table(found):
    lines = [["configuration", *COLUMNS], ["---"] + ["---:"] * len(COLUMNS)]
    lines += [[name, *(f"{row[column]:.1f}" for column in COLUMNS)] for name, row in found]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    for name in ("photo15", "photos1000", "animals20"):
        parser.add_argument(name, type=Path, metavar=name.upper())
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--grid", type=int, choices=[80, 160], default=80, help="height and width of trained maps")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="for a try: so many pictures a class, at least 5")
    options = parser.parse_args()
    if options.limit is not None and options.limit < 5:
        parser.error(f"--limit: at least 5, every fifth is held out, got {options.limit}")
    return options


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    material = Material(options.photo15, options.photos1000, options.animals20, options.out, options.limit)
    found = []
    with (options.out / "results.jsonl").open("w") as lines:
        for c in CONFIGURATIONS:
            if c.name not in options.only:
                continue
            for name, row in results(c, material, options):
                found.append((name, row))
                lines.write(json.dumps({"name": name, **row}) + "\n")
                lines.flush()
                print(f"{name}: {', '.join(f'{column} {row[column]:.1f}' for column in COLUMNS)}", flush=True)
    (options.out / "table.md").write_text(table(found))
    print(table(found))


if __name__ == "__main__":
    main()
