"""How an expansion network is trained: the teachers' soft labels, the losses, the training itself. A module
of ablation.py.

A teacher turns the classifier's low-res map of a picture's true class into a soft label, the probability that
each pixel belongs to the object; it may use a pyramid over the middle as a centre prior and a fully connected
CRF on the picture's colours. The expansion network then learns features whose class activation map gives that
label, the localisation network below it frozen. Masks and boxes are not used.

Layouts: images [n, 3, h, w] in [0, 1], features [n, k, h, w], maps and soft labels [n, h, w], as `Network` of
tools/reference/densenet_fcn.py, which this trains, in the project's parameter names. Needs OpenCV, NumPy,
PyTorch.
"""

import math
import sys
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[3] / "tools" / "reference"))
from densenet_fcn import EPSILON, Network, l2_names  # noqa: E402

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
SIZE = 128
BATCH = 16
L2 = 1e-4
GROWTH = 16
CELL = 16
EXPANSION = ("tr_up_1", "tr_up_2", "tr_up_3", "tr_up_early", "main_output", "dense_6", "dense_7", "dense_8")
torch.backends.cuda.matmul.allow_tf32 = True
torch.backends.cudnn.allow_tf32 = True


# The network


class Training(Network):
    """Keeps moving statistics whose momentum grows to Keras' 0.99."""

    def __init__(self, p):
        super().__init__(p, True)
        self.steps = 0

    def bn_relu(self, name, x):
        p = self.p
        follow = 1 - min(0.99, self.steps / (self.steps + 1))
        statistics = p[f"{name}/moving_mean"], p[f"{name}/moving_variance"]
        return F.relu(F.batch_norm(x, *statistics, p[f"{name}/gamma"], p[f"{name}/beta"], True, follow, EPSILON))


def expansion_shapes(half):
    """The expansion's parameters and their shapes, in the order of the project's model files, for a half
    model's parameters."""
    shapes = {}
    channels = 4 * GROWTH
    for i in (1, 2, 3):
        shapes[f"tr_up_{i}_conv2DT/kernel"] = (channels, 4 * GROWTH, 3, 3)
        shapes[f"tr_up_{i}_conv2DT/bias"] = (4 * GROWTH,)
        # The skip to the decoder is also the input of the next stage.
        skip = half[f"tr_{3 - i}_conv2D/kernel"].shape[1]
        for j in range(4):
            name, entering = f"dense_{i + 5}_{j}", 4 * GROWTH + skip + j * GROWTH
            for what in ("gamma", "beta", "moving_mean", "moving_variance"):
                shapes[f"{name}_bn/{what}"] = (entering,)
            shapes[f"{name}_conv2D/kernel"] = (GROWTH, entering, 3, 3)
        channels = 4 * GROWTH if i < 3 else 4 * GROWTH + skip + 4 * GROWTH
    features = half["aux_output/kernel"].shape[0]
    shapes["tr_up_early_conv2DT/kernel"] = (channels, features, 3, 3)
    shapes["tr_up_early_conv2DT/bias"] = (features,)
    shapes["main_output/kernel"] = (3, features, 1, 1)
    return shapes


def initial(shapes, seed):
    """He normal, cut at two standard deviations; batch norms that change nothing; no bias."""
    generator = torch.Generator().manual_seed(seed)
    p = {}
    for name, shape in shapes.items():
        if name.endswith("/kernel"):
            fan_in = shape[0] * 9 if "conv2DT" in name else math.prod(shape[1:])
            cut = torch.nn.init.trunc_normal_(torch.empty(shape), a=-2, b=2, generator=generator)
            p[name] = cut * math.sqrt(2 / fan_in) / 0.8796
        else:
            p[name] = torch.full(shape, 1.0 if name.endswith(("gamma", "moving_variance")) else 0.0)
    return p


def to_device(p):
    return {n: channels_last(v.to(DEVICE)) if v.dim() == 4 else v.to(DEVICE) for n, v in p.items()}


def channels_last(x):
    return x.contiguous(memory_format=torch.channels_last)


# Pictures


def batches(pictures, size=32):
    """uint8 [n, h, w, 3] -> batches (index of the first image, images)."""
    for i in range(0, len(pictures), size):
        yield i, images(pictures[i : i + size])


def images(pictures):
    return torch.from_numpy(pictures).to(DEVICE).permute(0, 3, 1, 2).float() / 255


def labels(part):
    return torch.from_numpy(part.labels).to(DEVICE)


def lab_colours(pictures, grid):
    """uint8 [n, h, w, 3] -> CIELAB [n, grid, grid, 3], of the means of areas."""
    small = F.interpolate(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255, (grid, grid), mode="area")
    return torch.from_numpy(np.stack([cv2.cvtColor(x, cv2.COLOR_RGB2LAB) for x in small.permute(0, 2, 3, 1).numpy()]))


def augmentation(n, generator):
    """Affine maps [n, 2, 3] for `warp`, with the ranges of src/data/batches/augment.ts: scale, shift,
    rotation and shear for half of the images, flips for half of them."""

    def between(a, b):
        return torch.rand(n, generator=generator) * (b - a) + a

    on = (torch.rand(n, generator=generator) < 0.5).float()
    scale_x, scale_y = 1 + on * (between(0.9, 1.1) - 1), 1 + on * (between(0.9, 1.1) - 1)
    shift_x, shift_y = on * between(-0.4, 0.4), on * between(-0.4, 0.4)
    angle, shear = on * between(-math.pi, math.pi), on * between(-math.pi / 36, math.pi / 36)
    flip = 1 - 2 * (torch.rand(n, generator=generator) < 0.5).float()
    affine = torch.zeros(n, 2, 3)
    affine[:, 0, 0], affine[:, 0, 1], affine[:, 0, 2] = scale_x * angle.cos() * flip, -scale_y * (angle + shear).sin(), shift_x
    affine[:, 1, 0], affine[:, 1, 1], affine[:, 1, 2] = scale_x * angle.sin() * flip, scale_y * (angle + shear).cos(), shift_y
    return affine.to(DEVICE)


def warp(x, affine):
    grid = F.affine_grid(affine, x.shape, align_corners=False)
    return F.grid_sample(x, grid, align_corners=False, padding_mode="zeros")


def resized(x, size):
    if size == x.shape[2]:
        return x
    return F.interpolate(x, (size, size), mode="bilinear", antialias=True, align_corners=False)


# Maps


def class_map(features, weights, label):
    """Features [n, k, h, w], the classifier's weights [k, classes], classes [n] -> [n, h, w]."""
    return torch.einsum("nkhw,nk->nhw", features, weights.T[label])


@torch.no_grad()
def coarse_maps(p, part, grid, sizes=(SIZE,), flips=(False, True), centered=True):
    """Class activation maps of the half model for the true classes, mean over sizes and mirrored pictures,
    [n, grid, grid].

    Centred: with the class's weights minus the mean over classes, so that evidence for all classes cancels.
    """
    net, weights, label = Network(p, False), p["aux_output/kernel"], labels(part)
    if centered:
        weights = weights - weights.mean(1, keepdim=True)
    total = 0
    for size in sizes:
        for flip in flips:
            maps = []
            for i, x in batches(part.small if size <= SIZE else part.large):
                x = resized(x, size)
                _, low, _, _ = net.half(channels_last(x.flip(3) if flip else x))
                cam = class_map(low, weights, label[i : i + len(x)])
                cam = cam.flip(2) if flip else cam
                maps.append(F.interpolate(cam[:, None], (grid, grid), mode="bilinear", align_corners=False)[:, 0])
            total = total + torch.cat(maps)
    return total / (len(sizes) * len(flips))


@torch.no_grad()
def high_res_maps(p, part, how, flips=(False,), size=SIZE):
    """Class activation maps of the full model for the true classes, mean over mirrored pictures, [n, size,
    size]."""
    net, weights, label = Network(p, False), p["aux_output/kernel"], labels(part)
    total = 0
    for flip in flips:
        maps = []
        for i, x in batches(part.small if size <= SIZE else part.large):
            x = resized(x, size)
            _, low, decoded, skips = net.half(channels_last(x.flip(3) if flip else x))
            features = tie(net.expand(decoded, skips)[0], low, how)
            cam = class_map(features, weights, label[i : i + len(x)])
            maps.append(cam.flip(2) if flip else cam)
        total = total + torch.cat(maps)
    return total / len(flips)


@torch.no_grad()
def accuracy(p, part):
    """Top-1 of the classifier in percent."""
    net, label, correct = Network(p, False), labels(part), 0
    for i, x in batches(part.small):
        correct += (net.half(channels_last(x))[0].argmax(1) == label[i : i + len(x)]).sum().item()
    return 100 * correct / len(part)


# Parts of maps


def scale(rows):
    """[n, m], each row to [0, 1]."""
    low, high = rows.min(1, keepdim=True).values, rows.max(1, keepdim=True).values
    return (rows - low) / (high - low + 1e-9)


def quantile(rows, q):
    return torch.quantile(rows, q, dim=1, keepdim=True)


def centres(grid):
    """The places' centres (y, x) [grid * grid, 2], in shares of the picture."""
    places = (torch.arange(grid) + 0.5) / grid
    return torch.stack(torch.meshgrid(places, places, indexing="ij"), -1).reshape(-1, 2)


def pyramid(grid):
    """1 in the middle, 0 at the border, [grid * grid]."""
    return 1 - 2 * (centres(grid) - 0.5).abs().amax(1)


@torch.no_grad()
def dense_crf(logits, colours, spatial=0.3, colour=10.0, weight=3.0, iterations=8):
    """Mean field of a fully connected CRF, as in src/refine/crf/dense-crf.ts: only the appearance kernel,
    summed over all pairs.

    unary term, in logits, [n, m] of the m cells of a square grid, colours [n, g, g, 3] CIELAB ->
    probabilities [n, m]. `spatial` is a standard deviation as a share of the picture, `colour` one in units
    of CIELAB. Rows of the kernel, with zeros on the diagonal, sum to 1. Source: Krähenbühl, Koltun, Efficient
    Inference in Fully Connected CRFs with Gaussian Edge Potentials, NIPS 2011.
    """
    places = centres(math.isqrt(logits.shape[1]))
    far = (torch.cdist(places, places) ** 2).to(DEVICE) / (2 * spatial * spatial)
    out = []
    for own, lab in zip(logits, colours, strict=True):
        own, lab = own.to(DEVICE), lab.to(DEVICE).reshape(-1, 3)
        kernel = torch.exp(-far - torch.cdist(lab, lab) ** 2 / (2 * colour * colour))
        kernel.fill_diagonal_(0)
        kernel /= kernel.sum(1, keepdim=True) + 1e-6
        q = torch.sigmoid(own)
        for _ in range(iterations):
            q = torch.sigmoid(own + weight * (kernel @ (2 * q - 1)))
        out.append(q)
    return torch.stack(out)


# Teachers


def teach(kind, maps, colours):
    """Soft labels [n, g, g] from low-res maps [n, g, g] of the true classes and colours [n, g, g, 3].

    kind: words joined by +. `prior`: the pyramid is added to the unary term. One of `crf`; `crf1`: with a third
    of the spatial deviation and 4/3 of the weight; `ring`: `crf` with that weight, and the border labelled as
    background. Without any of them, as with `cam`, no CRF.
    """
    words = kind.split("+")
    grid = maps.shape[1]
    rows = scale(maps.reshape(len(maps), -1).float())
    middle = pyramid(grid).to(rows.device)
    gain, prior = (4, 3) if "prior" in words else (6, 0)
    logits = gain * (rows - quantile(rows, 0.6)) + prior * (middle - 0.35)
    if "crf" in words:
        soft = dense_crf(logits, colours)
    elif "crf1" in words:
        soft = dense_crf(logits, colours, spatial=0.1, weight=4)
    elif "ring" in words:
        soft = dense_crf(logits + torch.where(middle < 2.5 / grid, -4.0, 0.0), colours, weight=4)
    else:
        soft = torch.sigmoid(logits)
    return soft.reshape(maps.shape)


def teach_again(p, part, how, colours):
    """Soft labels as by `prior+crf`, from the trained network's own maps at two sizes."""
    grid = colours.shape[1]
    sizes = (SIZE, 160)
    maps = [high_res_maps(p, part, how, (False, True), size) for size in sizes]
    rows = sum(scale(F.interpolate(m[:, None], (grid, grid), mode="area").flatten(1)) for m in maps) / len(sizes)
    logits = 4 * (rows - quantile(rows, 0.6)) + 3 * (pyramid(grid).to(rows.device) - 0.35)
    return dense_crf(logits, colours).reshape(-1, grid, grid)


# Training


def tie(detail, low, how):
    """High-res features from the expansion's output and the low-res features, whose mean they have: `image`,
    over the image; `cell`, over each cell of 16 x 16 pixels. See src/models/tie.ts."""
    if how == "cell":
        return detail + F.interpolate(low - F.avg_pool2d(detail, CELL), scale_factor=CELL, mode="nearest")
    return detail + (low.mean((2, 3), keepdim=True) - detail.mean((2, 3), keepdim=True))


def map_loss(logits, soft, how):
    """The loss of evidence [n, h, w] against soft labels [n, h, w].

    `square`: the evidence itself, as a probability; `bce`: cross-entropy of its sigmoid; `seeds`: the same,
    only where the soft labels are near 0 or 1, rounded to hard ones.
    """
    if how == "bce":
        return F.binary_cross_entropy_with_logits(logits, soft)
    if how == "seeds":
        sure = ((soft > 0.75) | (soft < 0.15)).float()
        each = F.binary_cross_entropy_with_logits(logits, (soft > 0.5).float(), reduction="none")
        return (each * sure).sum() / sure.sum()
    return F.mse_loss(logits, soft)


def pixel_cross_entropy(features, weights, label, soft):
    """Cross-entropy of each pixel's own logits for the true class, at half the size, weighed by the soft
    label."""
    logits = torch.einsum("nkhw,kc->nchw", F.avg_pool2d(features, 2), weights)
    everywhere = label[:, None, None].expand(-1, *logits.shape[2:])
    each = F.cross_entropy(logits, everywhere, reduction="none")
    return (each * F.avg_pool2d(soft[:, None], 2)[:, 0]).mean()


def gated_crf_loss(q, x, reach=5, colour=0.1, spatial=3.0):
    """Gated CRF loss, for different labels of near pixels of similar colour, at half the size, every other
    column, q: [n, h, w] in [0, 1].

    The idea of Obukhov, Georgoulis, Dai, Van Gool, Gated CRF Loss for Weakly Supervised Semantic Image
    Segmentation, 2019.
    """
    q, x = F.avg_pool2d(q[:, None], 2), F.avg_pool2d(x, 2)
    height, width = q.shape[2:]
    loss = total = 0.0
    for dy in range(reach + 1):
        for dx in range(-reach, reach + 1, 2):
            if dy == 0 and dx <= 0:
                continue
            here = (..., slice(0, height - dy), slice(max(0, -dx), width - max(0, dx)))
            there = (..., slice(dy, None), slice(max(0, dx), width + min(0, dx)))
            apart = (dy * dy + dx * dx) / (2 * spatial * spatial)
            alike = torch.exp(-((x[here] - x[there]) ** 2).sum(1, keepdim=True) / (2 * colour * colour) - apart)
            loss = loss + (alike * (q[here] * (1 - q[there]) + q[there] * (1 - q[here]))).sum()
            total = total + alike.sum()
    return loss / (total + 1e-6)


def adadelta(p):
    return torch.optim.Adadelta(p, lr=1.0, rho=0.95, eps=1e-7, foreach=True)


def adam(p):
    return torch.optim.Adam(p, lr=1e-3, foreach=True)


def loop(part, epochs, generator, optimizer, net, loss_of):
    """Epochs of shuffled, augmented batches, the rate falling along half a cosine. Yields each epoch's mean
    loss.

    loss_of(x, affine, index): the loss of images x, which are those at `index`, transformed by `affine`.
    """
    x = images(part.small)
    rate, steps, step = optimizer.param_groups[0]["lr"], len(x) // BATCH, 0
    for _ in range(epochs):
        order, total = torch.randperm(len(x), generator=generator), 0.0
        for i in range(steps):
            for group in optimizer.param_groups:
                group["lr"] = rate * 0.5 * (1 + math.cos(math.pi * step / (epochs * steps)))
            index = order[i * BATCH : (i + 1) * BATCH].to(DEVICE)
            affine = augmentation(BATCH, generator)
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(channels_last(warp(x[index], affine)), affine, index)
            loss.backward()
            optimizer.step()
            net.steps += 1
            step += 1
            total += loss.item()
        yield total / steps


def l2(p, names):
    return L2 * sum(p[n].square().sum() for n in names)


def train_half(p, parts, epochs, seed, report):
    """Continues the training of the whole classifier from the parameters p. -> parameters"""
    p = to_device({n: v.clone() for n, v in p.items() if not n.startswith(EXPANSION)})
    trained = [n for n in p if "/moving_" not in n]
    for n in trained:
        p[n].requires_grad_()
    decayed = l2_names(trained)
    net, label = Training(p), labels(parts["train"])

    def loss_of(x, _affine, index):
        return F.cross_entropy(net.half(x)[0], label[index]) + l2(p, decayed)

    generator = torch.Generator().manual_seed(seed)
    optimizer = adadelta([p[n] for n in trained])
    for epoch, loss in enumerate(loop(parts["train"], epochs, generator, optimizer, net, loss_of), 1):
        if epoch % 10 == 0 or epoch == epochs:
            right = accuracy({n: v.detach() for n, v in p.items()}, parts["test"])
            report(f"epoch {epoch}: loss {loss:.3f}, test accuracy {right:.1f}")
    return {n: v.detach() for n, v in p.items()}


def train_expansion(half, part, soft, configuration, epochs, report):
    """Trains an expansion on a frozen half model by soft labels [n, g, g], or by reconstruction without them.
    -> all parameters

    The evidence that is compared with the soft labels is a map times a scale plus an offset, one pair for all
    classes, trained as well.
    """
    c = configuration
    p = dict(half) | to_device(initial(expansion_shapes(half), c.seed))
    trained = [n for n in p if n.startswith(EXPANSION) and "/moving_" not in n]
    for n in trained:
        p[n].requires_grad_()
    decayed = l2_names(trained)
    start = [0.3 * 0.25, 0.0] if c.loss == "square" else [0.3, -1.0]
    evidence = torch.tensor(start, device=DEVICE, requires_grad=True)
    frozen, net, weights, label = Network(p, False), Training(p), p["aux_output/kernel"], labels(part)

    def taught(x, features, low, affine, index):
        large = F.interpolate(soft[index][:, None], (SIZE, SIZE), mode="bilinear", align_corners=False)
        target = warp(large, affine)[:, 0]
        # The tie to the image adds a constant to a map, for which the offset compensates; the tie to cells
        # changes the map.
        if c.tie == "cell":
            features = tie(features, low, c.tie)
        logits = evidence[0] * class_map(features, weights, label[index]) + evidence[1]
        loss = map_loss(logits, target, c.loss)
        if c.pixel_weight:
            loss = loss + c.pixel_weight * pixel_cross_entropy(features, weights, label[index], target)
        if c.gated_weight:
            loss = loss + c.gated_weight * gated_crf_loss(torch.sigmoid(logits), x)
        return loss

    def loss_of(x, affine, index):
        with torch.no_grad():
            _, low, decoded, skips = frozen.half(x)
        features, reconstruction = net.expand(decoded, skips)
        loss = F.mse_loss(reconstruction, x) if soft is None else taught(x, features, low, affine, index)
        return loss + l2(p, decayed)

    generator = torch.Generator().manual_seed(c.seed + 7)
    optimizer = (adadelta if c.optimizer == "adadelta" else adam)([p[n] for n in trained] + [evidence])
    for loss in loop(part, epochs, generator, optimizer, net, loss_of):
        last = loss
    report(f"trained: loss {last:.4f}, scale and offset {evidence.tolist()}")
    return {n: v.detach() for n, v in p.items()}


def guided_filter(q, guide, radius=8, eps=1e-3):
    """He, Sun, Tang, Guided Image Filtering, 2013. q and the grey guide: [n, h, w]."""

    def box(x):
        padded = F.pad(x[:, None], (radius,) * 4, mode="replicate")
        return F.avg_pool2d(padded, 2 * radius + 1, 1)[:, 0]

    mean_guide, mean_q = box(guide), box(q)
    a = (box(guide * q) - mean_guide * mean_q) / (box(guide * guide) - mean_guide * mean_guide + eps)
    return box(a) * guide + box(mean_q - a * mean_guide)
