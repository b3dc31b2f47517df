"""The colours and the CRF of soft labels, from their definitions, float64: makes
test/golden/soft-labels.json.

    python soft_labels.py ../../test/golden/soft-labels.json

Needs numpy and scikit-image 0.25 or later. CIELAB of white D50, to which sRGB's D65 is adapted as Bradford
has it: colours of scikit-image's rgb2xyz, adapted, through its xyz2lab.
"""
import json
import sys

import numpy as np
import skimage
from skimage.color import rgb2xyz, xyz2lab
from skimage.color.colorconv import xyz_tristimulus_values

SEED, GRID, HEIGHT, WIDTH = 8, 12, 30, 24
rng = np.random.default_rng(SEED)
# A warm disc before a cool background, both noisy.
y, x = np.mgrid[:HEIGHT, :WIDTH]
disc = ((y - 13) / HEIGHT) ** 2 + ((x - 10) / WIDTH) ** 2 < 0.07
picture = np.where(disc[..., None], [200, 110, 40], [60, 120, 150]) + rng.normal(0, 25, (HEIGHT, WIDTH, 3))
picture = np.clip(np.round(picture), 0, 255).astype(np.uint8)
logits = np.round(rng.normal(0, 1, GRID * GRID) + 0.7 * np.where(disc[::2, ::2][:GRID, :GRID].ravel(), 1, -1), 3)


def white(illuminant):
    return np.array(xyz_tristimulus_values(illuminant=illuminant, observer="2", dtype=float))


def cells():
    """Means of the pixels whose row and column, scaled to the grid, fall between a cell's edges rounded down.
    """
    rows = [np.floor(np.arange(GRID + 1) * n / GRID).astype(int) for n in (HEIGHT, WIDTH)]
    return np.array([[picture[a:b, c:d].mean((0, 1)) for c, d in zip(rows[1], rows[1][1:])] for a, b in zip(rows[0], rows[0][1:])])


def lab(rgb):
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    gain = (bradford @ white("D50")) / (bradford @ white("D65"))
    adapt = np.linalg.inv(bradford) @ np.diag(gain) @ bradford
    return xyz2lab(rgb2xyz(rgb / 255) @ adapt.T, illuminant="D50")


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def crf(u, colours, spatial, colour, weight, iterations):
    at = np.stack(np.mgrid[:GRID, :GRID], -1).reshape(-1, 2) / GRID
    distance = ((at[:, None] - at) ** 2).sum(-1) / (2 * spatial**2)
    unlike = ((colours[:, None] - colours) ** 2).sum(-1) / (2 * colour**2)
    kernel = np.exp(-distance - unlike)
    np.fill_diagonal(kernel, 0)
    kernel /= kernel.sum(1, keepdims=True)
    q = sigmoid(u)
    for _ in range(iterations):
        q = sigmoid(u + weight * kernel @ (2 * q - 1))
    return q


colours = lab(cells())
parameters = [dict(spatial=0.3, colour=10, weight=3, iterations=8), dict(spatial=0.1, colour=25, weight=1, iterations=3),
              dict(spatial=1, colour=15, weight=6, iterations=1)]
golden = dict(made_by="tools/reference/soft_labels.py", numpy=np.__version__, skimage=skimage.__version__, seed=SEED, grid=GRID,
              shape=[HEIGHT, WIDTH, 3], picture=picture.ravel().tolist(), logits=logits.tolist(),
              colours=np.round(colours, 5).ravel().tolist(),
              cases=[dict(options=p, probabilities=np.round(crf(logits, colours.reshape(-1, 3), **p), 7).tolist()) for p in parameters])
with open(sys.argv[1], "w") as file:
    json.dump(golden, file)
    file.write("\n")
