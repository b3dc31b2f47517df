"""The network of src/models/densenet-fcn.ts in PyTorch, written from the same specification, as a reference.

Parameters live in a plain dict under the project's names, in the project's (ONNX) layouts.
"""
import torch
import torch.nn.functional as F

EPSILON = 1.1e-5


class Network:
    def __init__(self, parameters, training):
        self.p = parameters
        self.training = training

    def bn_relu(self, name, x):
        p = self.p
        statistics = (None, None) if self.training else (p[f"{name}/moving_mean"], p[f"{name}/moving_variance"])
        y = F.batch_norm(x, *statistics, p[f"{name}/gamma"], p[f"{name}/beta"], self.training, 0.0, EPSILON)
        return F.relu(y)

    def conv(self, name, x):
        w = self.p[f"{name}/kernel"]
        return F.conv2d(x, w, padding=w.shape[2] // 2)

    def down(self, name, x):
        return F.max_pool2d(self.conv(f"{name}_conv2D", self.bn_relu(f"{name}_bn", x)), 2)

    def dense(self, name, x):
        added = []
        for i in range(4):
            y = self.conv(f"{name}_{i}_conv2D", self.bn_relu(f"{name}_{i}_bn", x))
            added.append(y)
            x = torch.cat([x, y], 1)
        return x, torch.cat(added, 1)

    def up(self, name, x):
        w, b = self.p[f"{name}_conv2DT/kernel"], self.p[f"{name}_conv2DT/bias"]
        return F.relu(F.conv_transpose2d(x, w, b, stride=2)[:, :, :-1, :-1])

    def half(self, image):
        """[N, C, H, W] -> logits, low-res features, decoded, skips"""
        x = self.bn_relu("initial_bn", self.conv("initial_conv2D", image))
        x = self.down("tr_early", x)
        skips = []
        for i in range(4):
            x, _ = self.dense(f"dense_{i}", x)
            skips.append(x)
            x = self.down(f"tr_{i}", x)
        _, x = self.dense("dense_4", x)
        x = torch.cat([self.up("tr_up_0", x), skips[3]], 1)
        _, decoded = self.dense("dense_5", x)
        low = self.conv("conv_aux", decoded)
        logits = low.mean((2, 3)) @ self.p["aux_output/kernel"] + self.p["aux_output/bias"]
        return logits, low, decoded, skips

    def expand(self, decoded, skips):
        """-> high-res features, not tied; reconstruction, or None where the network has none, as that of a
        tied expansion"""
        x = decoded
        for i in (1, 2, 3):
            x = torch.cat([self.up(f"tr_up_{i}", x), skips[3 - i]], 1)
            everything, added = self.dense(f"dense_{i + 5}", x)
            x = everything if i == 3 else added
        high = self.up("tr_up_early", x)
        if "main_output/kernel" not in self.p:
            return binomial(high), None
        return high, self.conv("main_output", high)


def binomial(x):
    """Every channel averaged with its neighbours by [1 2 1] / 4 along both axes, zeros outside."""
    line = x.new_tensor([0.25, 0.5, 0.25])
    kernel = (line[:, None] * line).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(x, kernel, padding=1, groups=x.shape[1])


def tie(detail, low, how):
    """Detail with the means of the low-res features: in each cell of 16 x 16 pixels, or in the image."""
    if how == "tied-cells":
        return detail + F.interpolate(low - F.avg_pool2d(detail, 16), scale_factor=16, mode="nearest")
    return detail + low.mean((2, 3), keepdim=True) - detail.mean((2, 3), keepdim=True)


def l2_names(parameters):
    """The kernels under L2: initial, transitions, transposed convolutions, classifier."""
    return [n for n in parameters if n.endswith("/kernel")
            and (n.startswith(("initial_", "tr_")) or n == "aux_output/kernel")]
