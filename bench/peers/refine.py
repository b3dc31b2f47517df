"""scikit-image's, SciPy's and SimpleITK's side of refine.bench.ts: the same steps by the libraries' own
functions.

    python bench/peers/refine.py reference|fastest FOLDER OPTIONS

FOLDER holds cases, a folder each with image.npy, low.npy and high.npy; OPTIONS is the JSON object of options.
'reference' calls the functions of tools/reference/refine.py, which compute the specified results to the last
bit, with SimpleITK for region growing; 'fastest' takes the fastest function for each step, whose results may
differ by rounding and the order of ties. Needs scikit-image 0.26, SciPy 1.17, SimpleITK 2.5, Pillow 13.
"""

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import SimpleITK
from PIL import Image
from scipy import ndimage
from skimage import filters, morphology

sys.path.insert(0, str(Path(__file__).parents[2] / "tools" / "reference"))
import refine as reference  # noqa: E402

DEFAULTS = dict(
    focalScope="global",
    maximaAreas="small",
    mergeType="blend",
    filterType="percentage",
)


def scale(x):
    low, high = x.min(), x.max()
    return np.zeros_like(x) if low == high else (x - low) / (high - low)


def resize(x, height, width, how=Image.BILINEAR):
    return np.asarray(Image.fromarray(x).resize((width, height), how))


def highest(x, count):
    kept = np.zeros(x.size, bool)
    kept[np.argpartition(x.ravel(), x.size - count)[x.size - count :]] = True
    return kept.reshape(x.shape)


def focal_points(low, low_resized, scope, areas):
    height, width = low_resized.shape
    if scope == "global":
        return highest(low_resized, round(np.sqrt(np.sqrt(height * width))))
    maxima = morphology.local_maxima(low)
    values = low[maxima]
    points = maxima & (low > (values.max() + values.min()) / 2)
    if not points.any():
        points = maxima & (low == values.max())
    blocks = resize(points.astype(np.uint8), height, width, Image.NEAREST) > 0
    return morphology.skeletonize(blocks) if areas == "small" else blocks


def grow(edges, points, lower, upper):
    y, x = np.nonzero(points)
    seeds = list(zip(x.tolist(), y.tolist()))
    grown = SimpleITK.ConnectedThreshold(SimpleITK.GetImageFromArray(edges), seeds, float(lower), float(upper))
    return SimpleITK.GetArrayViewFromImage(grown) > 0


def fastest(image, low, high, options):
    height, width = high.shape
    blurred = ndimage.uniform_filter(scale(high), 5, mode="reflect")
    edges = scale(filters.sobel(blurred))
    low_resized = resize(low, height, width)
    roi = low_resized > np.percentile(low_resized, 85)
    lower, upper = np.percentile(edges[roi], [25, 75])
    points = focal_points(low, low_resized, options["focalScope"], options["maximaAreas"])
    segmented = grow(edges, points, lower, upper)
    strong = (edges >= upper) & roi
    full_segment = morphology.remove_small_holes(segmented | strong, max_size=255, connectivity=1)
    # The refined map, and its version in grey levels, by which pixels are kept.
    blend = options["mergeType"] == "blend"
    merge = lambda x: 0.5 * full_segment + 0.5 * x if blend else full_segment * x
    merged = merge(scale(low_resized))
    picture = (scale(low) * 255).astype(np.uint8)
    levels = merge(scale(resize(picture, height, width).astype(np.float64)))
    if options["filterType"] == "threshold":
        kept = scale(levels) > 0.6
    else:
        place = int(0.85 * levels.size)
        kept = levels > np.partition(levels.ravel(), place)[place]
    return merged, kept, image * kept[..., None]


def by_reference(image, low, high, options):
    names = dict(focalScope="focal_scope", maximaAreas="maxima_areas", mergeType="merge_type", filterType="filter_type")
    arrays, merged, _, _ = reference.refine(low, high, {names[name]: value for name, value in options.items()})
    return merged, arrays["kept"], image * arrays["kept"][..., None]


def main():
    refine = {"reference": by_reference, "fastest": fastest}[sys.argv[1]]
    folder, options = Path(sys.argv[2]), {**DEFAULTS, **json.loads(sys.argv[3])}
    reference.grow = lambda edges, seeds, lower, upper: grow(edges, seeds, lower, upper).astype(np.uint8)
    cases = [[np.load(case / f"{name}.npy") for name in ("image", "low", "high")] for case in sorted(folder.iterdir())]

    refine(*cases[0], options)
    print("ready", flush=True)
    for _ in sys.stdin:
        times = []
        for case in cases * 10:
            start = time.perf_counter()
            refine(*case, options)
            times.append(time.perf_counter() - start)
        print(json.dumps({"ms": 1000 * float(np.median(times))}), flush=True)
    print(json.dumps({"peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}), flush=True)


main()
