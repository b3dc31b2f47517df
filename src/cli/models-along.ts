/** The models that come with the package. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'models');

/** Any photographs: ImageNet's 1,000 classes; models/README.md says what each was trained on. */
export const photoModel: string = join(folder, 'imagenet.onnx');

/** Photographs of ten butterflies and five vehicles, taught on the same body. */
export const photo15Model: string = join(folder, 'photo15.onnx');

/** Six shapes in synthetic scenes. */
export const scenesModel: string = join(folder, 'scenes.onnx');

/** Classifiers of many classes whose bodies others are taught on, by their names in `--backbone`. */
const backbones: Readonly<Record<string, string>> = { imagenet: photoModel };

export const backboneNames: readonly string[] = Object.keys(backbones);

/** The file of a backbone that comes along; another name is a file's own. */
export function backboneFile(name: string): string {
  return Object.hasOwn(backbones, name) ? backbones[name] : name;
}
