"""pytorch-grad-cam's methods, and the maps as they make them, before the library clips them at 0, scales them
to [0, 1] and resizes them to the image."""
import pytorch_grad_cam
import torch

METHODS = {
    "grad-cam": pytorch_grad_cam.GradCAM,
    "grad-cam++": pytorch_grad_cam.GradCAMPlusPlus,
    "hirescam": pytorch_grad_cam.HiResCAM,
    "layer-cam": pytorch_grad_cam.LayerCAM,
    "score-cam": pytorch_grad_cam.ScoreCAM,
    "eigen-cam": pytorch_grad_cam.EigenCAM,
}

# Score-CAM enlarges its masks with half-pixel centres, as its authors' own code does, where the library
# aligns corners.
torch.nn.UpsamplingBilinear2d = lambda size: torch.nn.Upsample(size=size, mode="bilinear", align_corners=False)


def recorded(method, model, layer, reshape=None):
    """The method of this name on one layer, a module; `raw` holds what it made last, before scaling."""
    cam = METHODS[method](model=model, target_layers=[layer], reshape_transform=reshape)
    make = cam.get_cam_image

    def record(*arguments):
        cam.raw = make(*arguments)
        return cam.raw

    cam.get_cam_image = record
    return cam
