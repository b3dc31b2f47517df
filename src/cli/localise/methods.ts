/** The methods that `localise` measures: one line each. */
import { pictureAt } from '../../data/picture/unit-range.ts';
import type { CamModel } from '../../explain/cam-model.ts';
import { highMapOf, refineMaps } from '../../explain/explain.ts';
import { FullModel } from '../../explain/full-model.ts';
import { HalfModel } from '../../explain/half-model.ts';
import { imageAt, stackMaps } from '../../explain/images.ts';
import { type Look, lookAt } from '../../explain/look.ts';
import { camMethods, openMethod } from '../../explain/methods/index.ts';
import type { AnyModel } from '../../load-model.ts';
import { coarseMask } from '../../metrics/coarse-mask.ts';
import { type GroundTruth, objectMask } from '../../metrics/localisation.ts';
import type { RefineOptions } from '../../refine/pipeline.ts';
import { createSession } from '../../runtime/node.ts';
import type { Device } from '../../runtime/session.ts';
import { type FloatMap, type Tensor, tensor } from '../../tensor/tensor.ts';

/** A `CamMethod`, or a method that uses the ground truth. */
export interface MeasuredMethod {
  /** The name on the command line. */
  readonly name: string;
  /**
   * One map for each image, of its given class.
   * @param images `[N, H, W, C]` in [0, 1]
   * @param truths the ground truth of each image
   * @returns `[N, h, w]`, not normalised; h and w may be smaller than H and W
   */
  maps(
    images: Tensor<'float32'>,
    classes: readonly number[],
    truths: readonly GroundTruth[],
  ): Promise<Tensor<'float32'>>;
}

/**
 * A model opened for all methods. A full model is also opened as its half model, which predicts the same but
 * faster.
 */
export interface Opened {
  readonly model: AnyModel;
  readonly half: HalfModel;
  readonly full?: FullModel;
  readonly device: Device;
  readonly refineOptions: RefineOptions;
}

/** @param path the model's file, for errors */
export async function openForMethods(
  model: AnyModel,
  path: string,
  device: Device,
  refineOptions: RefineOptions,
): Promise<Opened> {
  const options = { device, name: path };
  return {
    model,
    half: await HalfModel.load({ ...model, type: 'half', expansion: undefined }, createSession, options),
    full: model.type === 'full' ? await FullModel.load(model, createSession, options) : undefined,
    device,
    refineOptions,
  };
}

type MakeMethod = (opened: Opened) => MeasuredMethod | Promise<MeasuredMethod>;

/** Every CAM method, and its mean over flipped and resized inputs. The plain CAM is named `low-res`. */
const ofLayers: readonly (readonly [string, MakeMethod])[] = camMethods.flatMap(({ name }) => {
  const open =
    (smooth: boolean): MakeMethod =>
    ({ half, device }) =>
      openMethod(name, half.network, createSession, { device, smooth });
  const smoothed = [`${name}+smooth`, open(true)] as const;
  return name === 'cam' ? [smoothed] : [[name, open(false)] as const, smoothed];
});

/** All methods by name, in the order of the tables. */
const methods: Readonly<Record<string, MakeMethod>> = {
  'center-prior': () => centerPrior,
  'low-res': ({ half }) => lowRes(half),
  'low-res-ideal': ({ half }) => lowResIdeal(half),
  ...Object.fromEntries(ofLayers),
  'high-res': ({ full }) => highRes(full),
  refined: ({ half, full, refineOptions }) => refined(full ?? half, refineOptions),
};

export const methodNames: readonly string[] = Object.keys(methods);

/** Every table has these baselines for comparison. */
export const baselines: readonly string[] = ['center-prior', 'low-res', 'low-res-ideal'];

/** The other methods are compared with this baseline. */
export const baseline = 'low-res';

/**
 * The default methods: the baselines; for a full model also its maps, for an imported classifier its refined
 * map.
 */
export function usualMethods(model: AnyModel): readonly string[] {
  if (model.type === 'full') return [...baselines, 'high-res', 'refined'];
  return 'imported' in model ? [...baselines, 'refined'] : baselines;
}

/**
 * The requested methods and the baselines, in the order of the table.
 * @throws when a method needs another kind of model
 */
export async function openMethods(names: readonly string[], opened: Opened): Promise<MeasuredMethod[]> {
  const wanted = methodNames.filter((name) => baselines.includes(name) || names.includes(name));
  const out: MeasuredMethod[] = [];
  for (const name of wanted) out.push(await methods[name](opened));
  return out;
}

/** A pyramid `1 - max(|x|, |y|)` with x and y from -1 to 1: the prior that objects are near the centre. */
const centerPrior: MeasuredMethod = {
  name: 'center-prior',
  maps: async ({ shape: [n, height, width] }) => {
    const out = tensor('float32', [n, height, width]);
    for (let i = 0; i < out.data.length; i++) {
      const x = (2 * ((i % width) + 0.5)) / width - 1;
      const y = (2 * ((Math.floor(i / width) % height) + 0.5)) / height - 1;
      out.data[i] = 1 - Math.max(Math.abs(x), Math.abs(y));
    }
    return out;
  },
};

function lowRes(half: CamModel): MeasuredMethod {
  return {
    name: 'low-res',
    maps: async (images, classes) => (await half.explain(images, classes)).lowResCam,
  };
}

/**
 * The true mask, averaged over the cells of the low-resolution CAM: the upper bound for a map of that size.
 */
function lowResIdeal(half: CamModel): MeasuredMethod {
  let known: { readonly of: string; readonly cells: readonly number[] } | undefined;
  return {
    name: 'low-res-ideal',
    maps: async (images, classes, truths) => {
      const of = String(images.shape.slice(1));
      if (known?.of !== of) {
        const { lowResCam } = await half.explain(imageAt(images, 0), classes[0]);
        known = { of, cells: lowResCam.shape.slice(1) };
      }
      const [rows, columns] = known.cells;
      return stackMaps(truths.map((truth) => coarseMask(objectMask(truth), rows, columns)));
    },
  };
}

/** @throws when the model has no high-resolution map */
function highRes(full: FullModel | undefined): MeasuredMethod {
  if (full === undefined) throw new Error('the method high-res needs a full model, this is a half model');
  return {
    name: 'high-res',
    maps: async (images, classes) => (await full.generateCams(images, classes)).high,
  };
}

/** The merged map of the refinement; zeros where both maps are constant. */
function refined(model: CamModel, options: RefineOptions): MeasuredMethod {
  return {
    name: 'refined',
    maps: async (images, classes) => {
      const looks = await lookAt(model, images, classes);
      const one = (look: Look, i: number): FloatMap => {
        const { low, refiner } = look;
        const seen = pictureAt(images, i);
        try {
          return refineMaps({ seen, low, high: highMapOf(look, seen), refiner }, options).merged;
        } catch (error) {
          // Nothing to merge: no evidence above zero, and so no segment.
          if (low.data.some((value) => value > 0)) throw error;
          return tensor('float32', seen.shape.slice(0, 2));
        }
      };
      return stackMaps(looks.map(one));
    },
  };
}
