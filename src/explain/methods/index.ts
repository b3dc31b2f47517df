/** Every CAM method, and how one is opened on a network. */
import type { Network } from '../../models/network.ts';
import type { CreateSession, Device } from '../../runtime/session.ts';
import type { SessionCache } from '../../runtime/session-cache.ts';
import type { FloatMap } from '../../tensor/tensor.ts';
import type { CamMethod } from '../cam-method.ts';
import { checkImages, imageAt, stackMaps } from '../images.ts';
import { type SmoothingOptions, smoothed } from '../smoothing.ts';
import { cam, centeredCam } from './cam.ts';
import { eigenCam } from './eigen-cam.ts';
import { gradCam } from './grad-cam.ts';
import { gradCamPlusPlus } from './grad-cam-plus-plus.ts';
import { hiResCam } from './hires-cam.ts';
import { layerCam } from './layer-cam.ts';
import { LayerReader } from './layer-reader.ts';
import { chosenLayers } from './layers.ts';
import type { CamMethodEntry } from './method.ts';
import { scoreCam } from './score-cam.ts';

/** Every CAM method that `openMethod` and `explain` know by name. */
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

/** How a CAM method is opened. */
export interface OpenMethodOptions {
  /** The layers to look at; default: the method's own. */
  readonly layers?: readonly string[];
  /** The mean over flipped and resized views of each image (`smoothed`); true: with the method's defaults. Default false. */
  readonly smooth?: boolean | SmoothingOptions;
  /** Default 'cpu'. */
  readonly device?: Device;
  /** Where sessions are kept; default: a cache of its own, of four. */
  readonly sessions?: SessionCache;
}

/**
 * A method on a network, by its name.
 * @param network a model's: `model.network`, or `networkOf` what `decodeModel` gives
 * @throws when there is no such method, or it cannot look at these layers; its `maps` when images or classes break their rules
 */
export async function openMethod(
  name: string,
  network: Network,
  createSession: CreateSession,
  options: OpenMethodOptions = {},
): Promise<CamMethod> {
  const entry = methodNamed(name);
  const layers = chosenLayers(entry, network.layers, options.layers);
  const reader = new LayerReader(network, layers, createSession, options.device, options.sessions);
  const mapOf = entry.make({ network, reader });
  const method: CamMethod = {
    name,
    about: { name, title: entry.title, layers, smooth: false },
    async maps(images, classes) {
      checkImages(images, network);
      checkClasses(classes, images.shape[0], network.classes.length);
      const maps: FloatMap[] = [];
      for (const [i, classIndex] of classes.entries()) maps.push(await mapOf(imageAt(images, i), classIndex));
      return stackMaps(maps);
    },
    release: () => reader.release(),
  };
  const { smooth = false } = options;
  if (smooth === false) return method;
  return smoothed(method, {
    sizes: network.sizes,
    scaling: entry.smoothing,
    ...(smooth === true ? {} : smooth),
  });
}

/** The methods that can explain such a network. */
export function methodsFor({ headWeights }: Pick<Network, 'headWeights'>): readonly CamMethodEntry[] {
  return camMethods.filter(({ needsLinearHead = false }) => !needsLinearHead || headWeights !== undefined);
}

/** @throws with all names when there is no such method. */
export function methodNamed(name: string): CamMethodEntry {
  const entry = camMethods.find((one) => one.name === name);
  if (entry) return entry;
  throw new Error(`CAM methods are ${camMethods.map((one) => one.name).join(', ')}, got '${name}'`);
}

function checkClasses(classes: readonly number[], n: number, m: number): void {
  if (classes.length !== n) {
    throw new Error(`maps: one class for each of ${n} images is needed, got ${classes.length}`);
  }
  const wrong = classes.find((index) => !(Number.isInteger(index) && index >= 0 && index < m));
  if (wrong !== undefined) throw new Error(`class: an index from 0 to ${m - 1} is needed, got ${wrong}`);
}
