"""Pictures of one textured blob on a cluttered ground, and the training of a tiny classifier that tells the blob's kind."""
import numpy as np
import torch

BLOB_SIZE = 48
BLOB_CLASSES = 4
COLOURS = np.array([[230, 60, 50], [60, 200, 70], [70, 90, 235], [235, 210, 60]])


def blob_picture(rng):
    """A picture `[48, 48, 3]` in uint8, its kind, and the blob's box `[x0, y0, x1, y1]`, of which x1 and y1 lie outside."""
    size = BLOB_SIZE
    y, x = np.mgrid[:size, :size]
    picture = np.repeat(rng.uniform(60, 180, (size // 4, size // 4, 3)), 4, 0).repeat(4, 1)
    picture = picture.mean(2, keepdims=True) + 0.35 * (picture - picture.mean(2, keepdims=True))
    for _ in range(6):
        a, b, c = rng.uniform(-1, 1), rng.uniform(-1, 1), rng.uniform(-20, 20)
        line = np.abs(a * (x - size / 2) + b * (y - size / 2) + c) < 1
        picture[line] = rng.uniform(30, 220)
    kind = int(rng.integers(BLOB_CLASSES))
    radius = rng.uniform(6, 9)
    cx, cy = rng.uniform(radius + 1, size - radius - 1, 2)
    stretch = rng.uniform(0.85, 1.15)
    inside = ((x - cx) / stretch) ** 2 + ((y - cy) * stretch) ** 2 < radius**2
    texture = [(x // 2 + y // 2) % 2, y // 2 % 2, x // 2 % 2, (x + y) // 3 % 2][kind]
    picture[inside] = (COLOURS[kind] * (0.6 + 0.4 * texture[..., None]))[inside]
    picture += rng.normal(0, 10, picture.shape)
    rows, columns = np.nonzero(inside.any(1))[0], np.nonzero(inside.any(0))[0]
    box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    return np.clip(picture, 0, 255).round().astype(np.uint8), kind, box


def blob_pictures(seed, count):
    rng = np.random.default_rng(seed)
    drawn = [blob_picture(rng) for _ in range(count)]
    pictures, kinds, boxes = zip(*drawn, strict=True)
    return np.stack(pictures), np.array(kinds), list(boxes)


def train(model, seed=0, epochs=15, count=6000, batch=64):
    """AdamW with a cosine schedule, on pictures in [-1, 1]; returns the accuracy on 500 others."""

    def inputs(pictures):
        return torch.tensor(pictures, dtype=torch.float32).permute(0, 3, 1, 2) / 127.5 - 1

    pictures, kinds, _ = blob_pictures(seed + 1, count)
    images, labels = inputs(pictures), torch.tensor(kinds)
    g = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=0.05)
    steps = epochs * (count // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 2e-3, total_steps=steps)
    model.train()
    for _ in range(epochs):
        for chosen in torch.randperm(count, generator=g)[: count // batch * batch].view(-1, batch):
            loss = torch.nn.functional.cross_entropy(model(images[chosen]), labels[chosen], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    pictures, kinds, _ = blob_pictures(seed + 2, 500)
    with torch.no_grad():
        return float((model(inputs(pictures)).argmax(1) == torch.tensor(kinds)).float().mean())
