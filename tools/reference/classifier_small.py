"""The reference classifiers of the golden files: a few blocks of each architecture, narrow, under 200 KB
each."""
import dataclasses

import torch
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.byobnet import ByobNet, ByoModelCfg
from timm.models.convnext import ConvNeXt
from timm.models.deit import VisionTransformerDistilled
from timm.models.densenet import DenseNet
from timm.models.efficientnet import EfficientNet
from timm.models.mobilenetv3 import MobileNetV3
from timm.models.mobilevit import _inverted_residual_block, _mobilevit_block
from timm.models.regnet import RegNet, RegNetCfg
from timm.models.resnet import BasicBlock, Bottleneck, ResNet
from timm.models.swin_transformer import SwinTransformer
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torchvision.models.googlenet import BasicConv2d, Inception
from torchvision.models.mobilenetv3 import InvertedResidualConfig
from torchvision.models.mobilenetv3 import MobileNetV3 as TorchvisionMobileNetV3
from torchvision.models.shufflenetv2 import ShuffleNetV2
from torchvision.models.squeezenet import Fire
from torchvision.models.swin_transformer import SwinTransformer as TorchvisionSwin

from blob_pictures import BLOB_CLASSES, BLOB_SIZE
from classifier_case import HALVES, IN_255, Classifier
from classifier_zoo import LITE, ULTRALYTICS_NAMES, ultralytics_metadata, ultralytics_net


@dataclasses.dataclass(frozen=True)
class Small:
    classifier: Classifier
    # 'torchscript' or 'dynamo'; of 'tf2onnx', `keras_classifiers.py` has written the file.
    exporter: str
    opset: int
    dynamic: bool = False
    # Batch normalisation stays a node of its own; parameters keep their names and layouts.
    plain: bool = False
    # What is special of the file: weights as 'float16', all numbers in 'float_data', weights in an 'external'
    # file, nodes
    # 'nameless' and values mere numbers, as of earlier exporters.
    stored: str | None = None


class Vgg(nn.Module):
    """VGG: the places of the last pooling go into linear layers, each with weights of its own."""

    def __init__(self):
        super().__init__()
        widths = (3, 8, 12, 16)
        blocks = [(nn.Conv2d(a, b, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(2, 2)) for a, b in zip(widths, widths[1:])]
        self.features = nn.Sequential(*(layer for block in blocks for layer in block))
        self.avgpool = nn.AdaptiveAvgPool2d((4, 4))
        self.classifier = nn.Sequential(
            nn.Linear(256, 48), nn.ReLU(True), nn.Dropout(), nn.Linear(48, 24), nn.ReLU(True), nn.Dropout(), nn.Linear(24, 6)
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class GoogLeNet(nn.Module):
    """GoogLeNet: branches that are concatenated, poolings that overlap and round up. 63 pixels make the edges
    count."""

    def __init__(self):
        super().__init__()
        self.conv1 = BasicConv2d(3, 8, kernel_size=7, stride=2, padding=3)
        self.maxpool1 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception3a = Inception(8, 4, 6, 8, 2, 4, 4)
        self.maxpool3 = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.inception4a = Inception(20, 6, 6, 12, 3, 6, 6)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(30, 7)

    def forward(self, x):
        x = self.maxpool3(self.inception3a(self.maxpool1(self.conv1(x))))
        return self.fc(torch.flatten(self.avgpool(self.inception4a(x)), 1))


class InceptionV3(nn.Module):
    """Inception-v3: convolutions without padding, 1 x 7 and 7 x 1, averages over 3 x 3 whose edges count
    padding, a reduction by a pooling among the branches."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(BasicConv2d(3, 8, kernel_size=3, stride=2), BasicConv2d(8, 8, kernel_size=3, padding=1))
        self.reduce3 = BasicConv2d(8, 10, kernel_size=3, stride=2)
        self.branch1 = BasicConv2d(18, 6, kernel_size=1)
        self.branch7 = nn.Sequential(
            BasicConv2d(18, 6, kernel_size=1),
            BasicConv2d(6, 6, kernel_size=(1, 7), padding=(0, 3)),
            BasicConv2d(6, 8, kernel_size=(7, 1), padding=(3, 0)),
        )
        self.pooled = BasicConv2d(18, 6, kernel_size=1)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(20, 6)

    def forward(self, x):
        x = self.stem(x)
        x = torch.cat([self.reduce3(x), nn.functional.max_pool2d(x, kernel_size=3, stride=2)], 1)
        pooled = self.pooled(nn.functional.avg_pool2d(x, kernel_size=3, stride=1, padding=1))
        x = torch.cat([self.branch1(x), self.branch7(x), pooled], 1)
        return self.fc(torch.flatten(self.avgpool(x), 1))


class SqueezeNet(nn.Module):
    """SqueezeNet: a convolution gives a map for each class, whose means are the logits."""

    def __init__(self):
        super().__init__()
        pool = {"kernel_size": 3, "stride": 2, "ceil_mode": True}
        self.features = nn.Sequential(
            nn.Conv2d(3, 12, 3, 2), nn.ReLU(True), nn.MaxPool2d(**pool), Fire(12, 4, 8, 8), nn.MaxPool2d(**pool), Fire(16, 6, 12, 12)
        )
        self.classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(24, 6, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d((1, 1)))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class BeforeOpset9(nn.Module):
    """Without an operator that is younger than opset 8: of a time of plain convolutions."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 5, 2, 2), nn.BatchNorm2d(8), nn.ELU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding=1), nn.LeakyReLU(0.1)
        )
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 5)

    def forward(self, x):
        return self.fc(torch.flatten(self.pool(self.features(x)), 1))


class KerasNet(nn.Module):
    """What `keras_classifiers.py` builds in Keras: pixels in 0..255, scaled inside; TensorFlow pads more at
    the end than at the start."""

    def __init__(self):
        super().__init__()
        shapes = {"conv1": (3, 8, 3, 1), "conv2": (8, 8, 3, 8), "conv3": (8, 16, 1, 1), "conv4": (16, 16, 3, 16)}
        shapes |= {"conv5": (16, 16, 1, 1), "conv6": (16, 32, 1, 1)}
        for name, (inputs, outputs, kernel, groups) in shapes.items():
            stride = 2 if name in ("conv1", "conv2") else 1
            padding = 1 if name == "conv4" else 0
            self.add_module(name, nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False))
            self.add_module(name.replace("conv", "norm"), nn.BatchNorm2d(outputs, eps=1e-3))
        self.last = nn.ReLU6()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, 6)

    def forward(self, x):
        x = x / 127.5 - 1
        x = nn.functional.relu6(self.norm1(self.conv1(nn.functional.pad(x, (0, 1, 0, 1)))))
        x = nn.functional.relu6(self.norm2(self.conv2(nn.functional.pad(x, (0, 1, 0, 1)))))
        x = self.norm3(self.conv3(x))
        x = x + self.norm5(self.conv5(nn.functional.relu6(self.norm4(self.conv4(x)))))
        x = self.last(self.norm6(self.conv6(x)))
        return self.fc(self.pool(x).flatten(1))


def efficient(blocks, act, features=48, head=EfficientNet, **options):
    return lambda: head(decode_arch_def(blocks), num_classes=6, num_features=features, stem_size=8, act_layer=act, **options)


def mobilenetv3_torchvision():
    """Its classifier is two linear layers."""
    blocks = [
        InvertedResidualConfig(8, 3, 8, 8, True, "RE", 2, 1, 1.0),
        InvertedResidualConfig(8, 5, 24, 16, True, "HS", 2, 1, 1.0),
        InvertedResidualConfig(16, 5, 32, 16, True, "HS", 1, 1, 1.0),
    ]
    return TorchvisionMobileNetV3(blocks, 40, num_classes=6)


def mobilevit():
    blocks = (
        _inverted_residual_block(d=1, c=8, s=1, br=2.0),
        _mobilevit_block(d=1, c=12, s=2, transformer_dim=16, transformer_depth=1, patch_size=2, br=2.0),
        _mobilevit_block(d=1, c=16, s=2, transformer_dim=16, transformer_depth=1, patch_size=2, br=2.0),
    )
    stem = {"stem_chs": 8, "stem_type": "3x3", "stem_pool": "", "downsample": ""}
    return ByobNet(ByoModelCfg(blocks=blocks, act_layer="silu", num_features=32, **stem), num_classes=6)


def vit(size=32, kind=VisionTransformer, classes=6, patch=8, width=24, **options):
    return lambda: kind(
        img_size=size, patch_size=patch, embed_dim=width, depth=2, num_heads=2, mlp_ratio=2, num_classes=classes, **options
    )


def swin(size=32, classes=6):
    return lambda: SwinTransformer(
        img_size=size, patch_size=2, embed_dim=12, depths=(1, 2), num_heads=(2, 2), window_size=4, mlp_ratio=2,
        num_classes=classes, drop_path_rate=0,
    )


def cnn(build, classes=6, size=48, side="input", path="global_pool", head=None, **rest):
    return Classifier(build, size, classes, side, path, head=head, **rest)


def transformer(build, path="blocks.1.norm1", size=32, special=1, classes=6, **rest):
    return Classifier(build, size, classes, "output", path, layout="tokens", special=special, **rest)


def resnet(block, **options):
    return lambda: ResNet(block, (1, 1, 1, 1), num_classes=6, channels=(8, 8, 12, 16), output_stride=16, **options)


RELU6, SWISH, HARD_SWISH = nn.ReLU6, nn.SiLU, nn.Hardswish
REGNET = RegNetCfg(depth=5, w0=8, wa=8, wm=1.6, group_size=4, se_ratio=0.25, stem_width=8)
TV_SWIN = {"patch_size": [2, 2], "embed_dim": 12, "depths": [1, 2], "num_heads": [2, 2], "window_size": [4, 4], "mlp_ratio": 2}

SMALL = {
    "resnet": Small(cnn(resnet(BasicBlock, stem_width=32), size=64, head="fc"), "torchscript", 11, plain=True),
    "resnext": Small(
        cnn(resnet(Bottleneck, cardinality=4, base_width=32, stem_width=4, stem_type="deep"), size=64, head="fc"), "dynamo", 18
    ),
    "vgg": Small(cnn(Vgg, size=32, side="output", path="features"), "torchscript", 13, dynamic=True),
    "densenet": Small(
        cnn(lambda: DenseNet(6, (2, 2, 2), num_classes=6, bn_size=2), size=64, head="classifier"), "torchscript", 17, dynamic=True
    ),
    "googlenet": Small(cnn(GoogLeNet, 7, 63, path="avgpool", head="fc", mean_std=HALVES), "torchscript", 13),
    "inception-v3": Small(cnn(InceptionV3, path="avgpool", head="fc", mean_std=HALVES), "dynamo", 18, dynamic=True),
    "squeezenet": Small(cnn(SqueezeNet, path="classifier.3", head="means"), "torchscript", 11, dynamic=True),
    "mobilenetv2": Small(
        cnn(efficient([["ds_r1_k3_s1_c8"], ["ir_r2_k3_s2_e3_c8"], ["ir_r1_k3_s2_e3_c16"]], RELU6), head="classifier"),
        "torchscript", 13, dynamic=True,
    ),
    "mobilenetv3": Small(
        cnn(
            efficient(
                [["ds_r1_k3_s2_e1_c8_se0.25_nre"], ["ir_r1_k5_s2_e3_c16_se0.25", "ir_r1_k5_s1_e3_c16_se0.25"], ["cn_r1_k1_s1_c32"]],
                HARD_SWISH, head=MobileNetV3,
            )
        ),
        "torchscript", 13,
    ),
    "mobilenetv3-torchvision": Small(cnn(mobilenetv3_torchvision, path="avgpool"), "dynamo", 18, dynamic=True),
    "efficientnet": Small(
        cnn(efficient([["ds_r1_k3_s1_e1_c8_se0.25"], ["ir_r2_k3_s2_e3_c8_se0.25"], ["ir_r1_k5_s2_e3_c16_se0.25"]], SWISH), head="classifier"),
        "torchscript", 17, dynamic=True,
    ),
    "efficientnet-lite": Small(
        cnn(
            efficient([["ds_r1_k3_s1_e1_c8"], ["ir_r2_k3_s2_e3_c8"], ["ir_r1_k5_s2_e3_c16"]], RELU6, pad_type="same"),
            head="classifier", mean_std=LITE,
        ),
        "torchscript", 11, stored="float_data",
    ),
    "shufflenetv2": Small(
        cnn(lambda: ShuffleNetV2([2, 2, 2], [8, 16, 24, 32, 48], 6), size=64, side="output", path="conv5", head="fc"),
        "torchscript", 17, dynamic=True,
    ),
    "regnet": Small(cnn(lambda: RegNet(REGNET, num_classes=6, output_stride=16), size=64, path="head.global_pool", head="head.fc"), "dynamo", 18),
    "convnext": Small(
        cnn(lambda: ConvNeXt(num_classes=6, depths=(1, 1, 1, 1), dims=(8, 8, 12, 16), output_stride=16), size=64, path="head.global_pool"),
        "torchscript", 17, dynamic=True,
    ),
    "convnext-dynamo": Small(
        cnn(lambda: ConvNeXt(num_classes=6, depths=(1, 1, 1, 1), dims=(4, 8, 8, 12), output_stride=16), size=64, path="head.global_pool"), "dynamo", 18
    ),
    "mobilevit": Small(
        cnn(mobilevit, path="head.global_pool", head="head.fc", size=64, mean_std=None), "torchscript", 17, stored="external"
    ),
    "vit": Small(transformer(vit(), mean_std=HALVES), "torchscript", 17, dynamic=True),
    "vit-opset11": Small(transformer(vit(), mean_std=HALVES), "torchscript", 11),
    "vit-opset24": Small(transformer(vit(), mean_std=HALVES), "dynamo", 24, dynamic=True),
    "deit-distilled": Small(transformer(vit(kind=VisionTransformerDistilled), special=2), "dynamo", 18, dynamic=True),
    "vit-means": Small(
        transformer(vit(global_pool="avg", class_token=False, fc_norm=True), special=0, mean_std=HALVES), "torchscript", 17
    ),
    "swin": Small(cnn(swin(), size=32, side="output", path="norm", head="head.fc", layout="NHWC"), "torchscript", 17, stored="nameless"),
    "swin-torchvision": Small(
        cnn(
            lambda: TorchvisionSwin(num_classes=6, **TV_SWIN), size=32, side="output", path="norm", head="head", layout="NHWC"
        ),
        "dynamo", 18,
    ),
    "multi-label": Small(
        cnn(resnet(BasicBlock, stem_width=4, stem_type="deep"), size=64, head="fc", ends="sigmoid"), "torchscript", 13, dynamic=True
    ),
    "ultralytics": Small(
        cnn(
            lambda: ultralytics_net(8, (8, 16, 24), 64), 8, 32, path="3.pool", head="3.linear", ends="softmax", mean_std=None,
            metadata=ultralytics_metadata(ULTRALYTICS_NAMES, 32),
        ),
        "torchscript", 17,
    ),
    "keras": Small(
        cnn(KerasNet, path="pool", head="fc", ends="softmax", mean_std=IN_255, input="NHWC"), "tf2onnx", 13, dynamic=True
    ),
    "opset-8": Small(cnn(BeforeOpset9, 5, path="pool", head="fc"), "torchscript", 8, plain=True),
    "float16": Small(
        cnn(efficient([["ds_r1_k3_s1_c8"], ["ir_r1_k3_s2_e3_c8"], ["ir_r1_k3_s2_e3_c16"]], RELU6), head="classifier"),
        "torchscript", 17, plain=True, stored="float16",
    ),
    "vit-trained": Small(
        transformer(
            vit(BLOB_SIZE, classes=BLOB_CLASSES, patch=6, width=32), size=BLOB_SIZE, classes=BLOB_CLASSES, mean_std=HALVES, trained=True
        ),
        "torchscript", 17, dynamic=True, plain=True,
    ),
    "swin-trained": Small(
        cnn(
            swin(BLOB_SIZE, BLOB_CLASSES), BLOB_CLASSES, BLOB_SIZE, "output", "norm", "head.fc", layout="NHWC", mean_std=HALVES,
            trained=True,
        ),
        "torchscript", 17, plain=True, stored="nameless",
    ),
}  # fmt: skip
