"""PyTorch's side of network.bench.ts: the same network, channels_last, in float32; 2 threads on a processor.

    python bench/peers/network.py step|inference half|full BATCH SIZE PARAMETERS [cpu|cuda]
"""
import json
import os
import pathlib
import resource
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "reference"))
from densenet_fcn import Network, l2_names  # noqa: E402

torch.set_num_threads(2)
torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = os.environ.get("HRM_TF32") == "1"


def parameters(path):
    """Names and shapes as bench/network.ts printed them, with random values."""
    generator = torch.Generator().manual_seed(0)
    p = {}
    for name, shape in json.loads(pathlib.Path(path).read_text()).items():
        if name.endswith("/kernel"):
            fan_in = torch.Size(shape[1:]).numel() if len(shape) == 4 else shape[0]
            p[name] = torch.randn(shape, generator=generator) * (2 / fan_in) ** 0.5
            if len(shape) == 4:
                p[name] = p[name].to(memory_format=torch.channels_last)
        else:
            p[name] = torch.full(shape, 1.0 if name.endswith(("gamma", "moving_variance")) else 0.0)
    return p


def main():
    what, kind, batch, size, names = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    device = sys.argv[6] if len(sys.argv) > 6 else "cpu"
    p = {name: value.to(device) for name, value in parameters(names).items()}
    image = torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(1))
    image = image.to(device, memory_format=torch.channels_last)
    labels = torch.Generator().manual_seed(2)
    trained = [n for n in p if "/moving_" not in n and (kind == "half" or is_expansion(n))]

    def infer():
        with torch.inference_mode():
            net = Network(p, False)
            logits, low, decoded, skips = net.half(image)
            probabilities = torch.softmax(logits, 1)
            weights = p["aux_output/kernel"][:, probabilities.argmax(1)].T
            maps = [torch.einsum("nchw,nc->nhw", low, weights)]
            if kind == "full":
                high, _ = net.expand(decoded, skips)
                maps.append(torch.einsum("nchw,nc->nhw", high, weights))
            return float(sum(m.sum() for m in maps))

    if what == "step":
        for n in trained:
            p[n].requires_grad_()
        optimizer = torch.optim.Adadelta([p[n] for n in trained], lr=1.0, rho=0.95, eps=1e-7, foreach=True)
        decayed = [n for n in l2_names({n: 0 for n in trained})]
        moving = {n: p[n] for n in p if "/moving_" in n}

    def step():
        optimizer.zero_grad(set_to_none=True)
        if kind == "half":
            logits = MovingNetwork(p, moving).half(image)[0]
            label = torch.randint(15, (batch,), generator=labels).to(device)
            loss = torch.nn.functional.cross_entropy(logits, label)
        else:
            with torch.no_grad():
                _, _, decoded, skips = Network(p, False).half(image)
            loss = torch.nn.functional.mse_loss(MovingNetwork(p, moving).expand(decoded, skips)[1], image)
        loss = loss + 1e-4 * sum(p[n].square().sum() for n in decayed)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    run = step if what == "step" else infer
    run()
    print("ready", flush=True)
    for _ in sys.stdin:
        times = []
        for _ in range(1 if what == "step" else 3):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        print(json.dumps({"ms": 1000 * sorted(times)[len(times) // 2]}), flush=True)
    print(json.dumps({"peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


def is_expansion(name):
    return name.startswith(("tr_up_1", "tr_up_2", "tr_up_3", "tr_up_early", "main_output", "dense_6", "dense_7", "dense_8"))


class MovingNetwork(Network):
    """In training mode; updates moving statistics as a layer of PyTorch does."""

    def __init__(self, p, moving):
        super().__init__(p, True)
        self.moving = moving

    def bn_relu(self, name, x):
        p, m = self.p, self.moving
        y = torch.nn.functional.batch_norm(x, m[f"{name}/moving_mean"], m[f"{name}/moving_variance"],
                                           p[f"{name}/gamma"], p[f"{name}/beta"], True, 0.01, 1.1e-5)
        return torch.nn.functional.relu(y)


main()
