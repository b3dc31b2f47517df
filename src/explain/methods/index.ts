/** Every CAM method, and how to open one on a network. */
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

/**
 * All CAM methods, in the order of menus and tables.
 * @example
 * ```ts
 * import { camMethods } from 'high-res-mapping';
 *
 * const names = camMethods.map(({ name }) => name).join(' ');
 * console.log(names); //=> cam centered-cam grad-cam grad-cam++ hirescam layer-cam score-cam eigen-cam
 * console.log(camMethods[2].title, camMethods[2].looksAt); //=> Grad-CAM target
 * ```
 */
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

/** Options of `openMethod`. */
export interface OpenMethodOptions {
  /** Names of the layers to use. Default: the method's own. */
  readonly layers?: readonly string[];
  /**
   * Whether maps are the mean over mirrored and resized views of each image (`smoothed`); true: with the
   * method's default options. Default false.
   */
  readonly smooth?: boolean | SmoothingOptions;
  /** Default 'cpu'. */
  readonly device?: Device;
  /** Cache for sessions. Default: one of its own, for four. */
  readonly sessions?: SessionCache;
}

/**
 * Opens a method on a network, by the method's name.
 * @param name one of `camMethods`
 * @param network of a model: `model.network`, or `networkOf(decodeModel(...))`
 * @returns the method; `explain` takes it as its option `method`. `release` it when done.
 * @throws when there is no such method, or it cannot use these layers; its `maps` throws for invalid
 * images or classes
 * @example
 * ```ts
 * import { openMethod, random, renderScene } from 'high-res-mapping';
 * import { createSession, loadModel, toImage } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const method = await openMethod('grad-cam', model.network, createSession);
 * const { picture } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const maps = await method.maps(toImage(picture), [model.classes.indexOf('star')]);
 * console.log(method.about.title, method.about.layers); //=> Grad-CAM [ 'dense_5' ]
 * console.log(maps.shape); //=> [ 1, 4, 4 ]
 * await method.release?.();
 * await model.release();
 * ```
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

/** The methods that can explain a network. */
export function methodsFor({ headWeights }: Pick<Network, 'headWeights'>): readonly CamMethodEntry[] {
  return camMethods.filter(({ needsLinearHead = false }) => !needsLinearHead || headWeights !== undefined);
}

/** @throws with all names when there is no such method */
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
