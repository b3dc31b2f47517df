/** The models that come with the package. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'models');

/** Photographs: ten butterflies and five vehicles; models/README.md says what it was trained on. */
export const photoModel: string = join(folder, 'photo15.onnx');

/** Six shapes in synthetic scenes. */
export const scenesModel: string = join(folder, 'scenes.onnx');

/** Classifiers of many classes whose bodies others are taught on, by their names in `--backbone`. */
const backbones: Readonly<Record<string, string>> = {
  /** EfficientNet-Lite0 of ImageNet's 1,000 classes. */
  imagenet: join(folder, 'imagenet.onnx'),
};

export const backboneNames: readonly string[] = Object.keys(backbones);

/** The file of a backbone that comes along; another name is a file's own. */
export function backboneFile(name: string): string {
  return Object.hasOwn(backbones, name) ? backbones[name] : name;
}
