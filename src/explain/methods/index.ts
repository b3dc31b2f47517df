/** Every CAM method, and how one is opened on a model. */
import { checkConfig, type Model } from '../../models/model.ts';
import type { CreateSession, Device } from '../../runtime/session.ts';
import { type FloatMap, sizeOf, type Tensor, tensor } from '../../tensor/tensor.ts';
import type { CamMethod } from '../cam-method.ts';
import { checkImages, stackMaps } from '../cam-model.ts';
import { type SmoothingOptions, smoothed } from '../smoothing.ts';
import { cam, centeredCam } from './cam.ts';
import { eigenCam } from './eigen-cam.ts';
import { gradCam } from './grad-cam.ts';
import { gradCamPlusPlus } from './grad-cam-plus-plus.ts';
import { hiResCam } from './hires-cam.ts';
import { layerCam } from './layer-cam.ts';
import { LayerReader } from './layer-reader.ts';
import { type LayerName, layerNames } from './layers.ts';
import type { CamMethodEntry } from './method.ts';
import { scoreCam } from './score-cam.ts';

export const camMethods: readonly CamMethodEntry[] = [
  cam,
  centeredCam,
  gradCam,
  gradCamPlusPlus,
  hiResCam,
  layerCam,
  scoreCam,
  eigenCam,
];

export interface OpenMethodOptions {
  /** The layers to look at; default: the method's own. */
  readonly layers?: readonly LayerName[];
  /** The mean over flipped and resized views of each image (`smoothed`); true: with the method's defaults. Default false. */
  readonly smooth?: boolean | SmoothingOptions;
  /** Default 'cpu'. */
  readonly device?: Device;
}

/**
 * A method on a model, by its name.
 * @param model half or full, as `decodeModel` gives one; what a full model has beyond the half one plays no part
 * @throws when there is no such method, or it cannot look at these layers; its `maps` when images or classes break their rules
 */
export async function openMethod(
  name: string,
  model: Model,
  createSession: CreateSession,
  options: OpenMethodOptions = {},
): Promise<CamMethod> {
  const entry = methodNamed(name);
  checkConfig(model);
  const layers = chosenLayers(entry, options.layers);
  const reader = new LayerReader(model, layers, createSession, options.device);
  const mapOf = entry.make({ model, reader });
  const method: CamMethod = {
    name,
    async maps(images, classes) {
      checkImages(images, model.channels);
      checkClasses(classes, images.shape[0], model.classes.length);
      const maps: FloatMap[] = [];
      for (const [i, classIndex] of classes.entries()) maps.push(await mapOf(imageAt(images, i), classIndex));
      return stackMaps(maps);
    },
    release: () => reader.release(),
  };
  const { smooth = false } = options;
  if (smooth === false) return method;
  return smoothed(method, { scaling: entry.smoothing, ...(smooth === true ? {} : smooth) });
}

/** @throws with all names when there is no such method. */
export function methodNamed(name: string): CamMethodEntry {
  const entry = camMethods.find((one) => one.name === name);
  if (entry) return entry;
  throw new Error(`CAM methods are ${camMethods.map((one) => one.name).join(', ')}, got '${name}'`);
}

/** The layers a method looks at. @throws when it cannot look at these. */
export function chosenLayers(
  { name, layers, layerChoice }: CamMethodEntry,
  asked: readonly LayerName[] = layers,
): readonly LayerName[] {
  const unknown = asked.find((layer) => !layerNames.includes(layer));
  if (unknown !== undefined) throw new Error(`layers are ${layerNames.join(', ')}, got '${unknown}'`);
  if (layerChoice === 'none' && String(asked) !== String(layers)) {
    throw new Error(`${name}: its layer is ${layers.join(', ')}, got ${asked.join(', ') || 'none'}`);
  }
  if (asked.length < 1 || (layerChoice === 'one' && asked.length > 1)) {
    throw new Error(
      `${name}: ${layerChoice === 'one' ? 'one layer is' : 'at least one layer is'} needed, got ${asked.join(', ') || 'none'}`,
    );
  }
  return asked;
}

function checkClasses(classes: readonly number[], n: number, m: number): void {
  if (classes.length !== n) {
    throw new Error(`maps: one class for each of ${n} images is needed, got ${classes.length}`);
  }
  const wrong = classes.find((index) => !(Number.isInteger(index) && index >= 0 && index < m));
  if (wrong !== undefined) throw new Error(`class: an index from 0 to ${m - 1} is needed, got ${wrong}`);
}

/** @param who the method, as people write it @throws when its map says nothing of the class */
export function checkEvidence({ data }: FloatMap, who: string, className: string): void {
  if (!data.every((value) => value === 0)) return;
  throw new Error(`${who} finds nothing for ${className}: its map is 0 everywhere`);
}

/** Shares memory. */
function imageAt({ shape, data }: Tensor<'float32'>, i: number): Tensor<'float32'> {
  const size = sizeOf(shape.slice(1));
  return tensor('float32', [1, ...shape.slice(1)], data.subarray(i * size, (i + 1) * size));
}
