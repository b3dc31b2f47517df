import numpy as np


def smooth_picture(seed, size):
    """A random uint8 picture `[size, size, 3]`: a coarse grid of colours, enlarged bilinearly, with a little
    noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.random((6, 6, 3))
    at = np.linspace(0, 5, size)
    low = np.minimum(at.astype(int), 4)
    part = (at - low)[:, None, None]
    rows = coarse[low] * (1 - part) + coarse[low + 1] * part
    part = (at - low)[None, :, None]
    smooth = rows[:, low] * (1 - part) + rows[:, low + 1] * part
    return np.clip(255 * smooth + rng.normal(0, 8, smooth.shape), 0, 255).round().astype(np.uint8)
