/** The models included in the package. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'models');

/** A classifier of photographs with ImageNet's 1,000 classes; models/README.md names the training data. */
export const photoModel: string = join(folder, 'imagenet.onnx');

/** A classifier of photographs of ten butterflies and five vehicles, trained on the body of `photoModel`. */
export const photo15Model: string = join(folder, 'photo15.onnx');

/** A classifier of six shapes in synthetic scenes. */
export const scenesModel: string = join(folder, 'scenes.onnx');

/** Included classifiers of many classes, whose bodies can be backbones, by their names in `--backbone`. */
const backbones: Readonly<Record<string, string>> = { imagenet: photoModel };

export const backboneNames: readonly string[] = Object.keys(backbones);

/** The file of an included backbone; any other name is the path of a file. */
export function backboneFile(name: string): string {
  return Object.hasOwn(backbones, name) ? backbones[name] : name;
}
