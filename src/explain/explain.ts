/** From a picture to its explanation: predictions, maps, refinement. */
import type { Box } from '../data/picture/crop.ts';
import { keptSource, middleOf, type PictureSource, pictureInMemory } from '../data/picture/picture-source.ts';
import { checkOptionNames } from '../errors/option-names.ts';
import { type Refinement, type RefineOptions, refine, refiner } from '../refine/pipeline.ts';
import { sampleBilinear } from '../tensor/sample-bilinear.ts';
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import type { CamMethod } from './cam-method.ts';
import type { ClassChoice } from './cam-model.ts';
import type { Look } from './look.ts';

/** Anything that explains pictures: a model, a model in another thread, a model that a server shares. */
export interface Looker<Method = string | CamMethod> {
  /** The default size of the model's input, in pixels. */
  readonly imSize: number;
  readonly channels: number;
  /**
   * The share of the shorter side, in (0, 1], that the square in the middle which the model sees has;
   * undefined: it sees the whole picture.
   */
  readonly crop?: number;
  /** Explains one picture. @param seen uint8 `[H, W, C]`, height and width as the network accepts them */
  look(seen: Picture, asked: Asked<Method>): Promise<Look>;
}

/** The options of one pass. */
export interface Asked<Method = string | CamMethod> {
  /** The class to explain. Default: the predicted one. */
  readonly class?: ClassChoice;
  /** The CAM method to explain with: opened, or by its name. Default: the model's own maps. */
  readonly method?: Method;
  /** With a method's name, the layers that it uses. Default: the method's own. */
  readonly layers?: readonly string[];
}

/** Options of `explain`. */
export interface ExplainOptions<Method = string | CamMethod> extends Asked<Method> {
  /** Several classes: see `ExplainEachOptions`. */
  readonly top?: undefined;
  /** Height and width of the model's input, in pixels. Default: the size it was trained at. */
  readonly size?: number;
  /** Parameters of the refinement. The default refiner depends on the maps (`refinerOf`). */
  readonly refine?: RefineOptions;
}

/**
 * Options to explain several classes separately: those named, or the `top` most probable ones, most probable
 * first.
 */
export type ExplainEachOptions = Omit<ExplainOptions, 'class' | 'top'> &
  (
    | { readonly class: readonly ClassChoice[]; readonly top?: undefined }
    | { readonly top: number; readonly class?: undefined }
  );

/** The maps of a picture, with all that the refinement and the display need. */
export interface ExplainedMaps extends Look {
  /** Raw, `[H, W]`: the high-res CAM or, if there is none, `low` enlarged. */
  readonly high: FloatMap;
  /**
   * Whether `high` is `low` enlarged: with a half model, and with a method unless the model can move its
   * evidence.
   */
  readonly enlarged: boolean;
  /** The picture as the model saw it, uint8 `[H, W, C]`. */
  readonly seen: Picture;
  /**
   * The picture in its own proportions, no side longer than 960 pixels: uint8 `[H, W, 3]`. If the model sees
   * only a part of the picture, that part.
   */
  readonly picture: Picture;
  /**
   * The part of the picture that `seen`, `picture` and all maps show, in pixels of the whole picture;
   * undefined: all of it.
   */
  readonly covers?: Box;
}

/** The maps with their refinement. */
export interface Explained<R = Refinement> extends ExplainedMaps {
  readonly refinement: R;
}

/** The input of the refinement. */
export type RefineInput = Pick<ExplainedMaps, 'seen' | 'low' | 'high' | 'refiner'>;

/**
 * The map of a method is 0 everywhere, so it explains nothing. This happens with methods that keep only what
 * speaks for a class, such as Grad-CAM, and classes that the picture does not show.
 * @example
 * ```ts
 * import { explain, NoEvidenceError, random, renderScene } from 'high-res-mapping';
 * import { loadModel } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const { picture } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * try {
 *   await explain(model, picture, { method: 'grad-cam', class: 'square' });
 * } catch (error) {
 *   if (!(error instanceof NoEvidenceError)) throw error;
 *   console.log(error.message); //=> Grad-CAM finds nothing for square: its map is 0 everywhere
 * }
 * await model.release();
 * ```
 */
export class NoEvidenceError extends Error {
  constructor(who: string, className: string) {
    super(`${who} finds nothing for ${className}: its map is 0 everywhere`);
    this.name = 'NoEvidenceError';
  }
}

/**
 * Explains a picture: which classes the model sees in it, and where.
 *
 * @param model half or full; a half model's low-res map is enlarged in place of a high-res map
 * @param picture uint8 `[H, W, 3]` of any size, or a source of it
 * @param options with several classes, the result is a list, one for each, in their order
 * @returns predictions of all classes, the explained class, its maps, raw, and every step of the refinement
 * @throws when the picture cannot be read, the class does not exist, the network does not accept the size, an
 * option is invalid, or the method's map is 0 everywhere
 * @example
 * ```ts
 * import { explain } from 'high-res-mapping';
 * import { loadModel, readPicture } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/imagenet.onnx');
 * const picture = await readPicture('samples/photos/coffee.jpg');
 * const { explained, low, high, refinement } = await explain(model, picture);
 * console.log(explained.name, explained.probability.toFixed(2)); //=> espresso 0.96
 * console.log(low.shape, high.shape); //=> [ 10, 10 ] [ 320, 320 ]
 * console.log(refinement.kept.shape); //=> [ 320, 320 ]
 * await model.release();
 * ```
 */
export function explain(
  model: Looker,
  picture: Picture | PictureSource,
  options?: ExplainOptions,
): Promise<Explained>;
export function explain(
  model: Looker,
  picture: Picture | PictureSource,
  options: ExplainEachOptions,
): Promise<Explained[]>;
export async function explain(
  model: Looker,
  picture: Picture | PictureSource,
  options: ExplainOptions | ExplainEachOptions = {},
): Promise<Explained | Explained[]> {
  const given = 'dtype' in picture ? pictureInMemory(picture) : picture;
  checkOptionNames('explain', options, optionNames);
  const { class: choice, top, refine: refineOptions, ...rest } = options;
  // With several classes, what depends on the picture alone is computed once.
  const [source, run] = [keptSource(given), refiner()];
  const one = (which?: ClassChoice): Promise<Explained> =>
    explainWith(model, source, { ...rest, class: which }, (maps) => refineMaps(maps, refineOptions, run));
  return forClasses({ class: choice, top }, one);
}

/** The classes to explain: one, the predicted one if it is undefined; or several. */
export interface Classes {
  readonly class?: ClassChoice | readonly ClassChoice[];
  readonly top?: number;
}

/**
 * Explains the requested classes, one after the other.
 * @returns a list where several were requested
 * @throws when `class` and `top` are both given
 */
export async function forClasses<R extends Pick<Look, 'predictions'>>(
  { class: choice, top }: Classes,
  one: (which?: ClassChoice) => Promise<R>,
): Promise<R | R[]> {
  const all: R[] = [];
  if (top === undefined) {
    if (!Array.isArray(choice)) return one(choice as ClassChoice | undefined);
    for (const which of choice) all.push(await one(which));
    return all;
  }
  if (choice !== undefined) throw new Error('explain: class and top exclude each other');
  all.push(await one());
  const { predictions } = all[0];
  if (!(Number.isInteger(top) && top >= 1 && top <= predictions.length)) {
    throw new Error(
      `explain: top must be a whole number from 1 to the number of classes, ${predictions.length}, got ${top}`,
    );
  }
  for (const { index } of predictions.slice(1, top)) all.push(await one(index));
  return all;
}

/**
 * `explain` for one class with a refinement that the caller computes, in another thread for example, or
 * later.
 * @param whole the picture; for pixels, `pictureInMemory`
 * @param refineIt is given the maps; what it returns is the result's `refinement`
 * @throws as `explain` does, apart from the refinement; and as `refineIt` does
 * @example
 * ```ts
 * import { explainWith, pictureInMemory, random, renderScene } from 'high-res-mapping';
 * import { loadModel } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const { picture, mask } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const result = await explainWith(model, pictureInMemory(picture), { class: 'star' }, ({ high }) =>
 *   high.data.indexOf(Math.max(...high.data)),
 * );
 * const highest = result.refinement; // the index of the map's highest pixel
 * console.log(mask.data[highest]); //=> 1
 * await model.release();
 * ```
 */
export async function explainWith<R, Method>(
  model: Looker<Method>,
  whole: PictureSource,
  { size = model.imSize, ...asked }: Omit<ExplainOptions<Method>, 'refine'>,
  refineIt: (maps: ExplainedMaps) => R | Promise<R>,
): Promise<Explained<R>> {
  const middle = model.crop === undefined ? undefined : middleOf(whole, model.crop);
  const source = middle ?? whole;
  const seen = await source.seen(size, model.channels as 1 | 3);
  const [look, picture] = await Promise.all([model.look(seen, asked), source.shown()]);
  const { method, low, explained } = look;
  if (method && low.data.every((value) => value === 0)) {
    const who = source.name === undefined ? method.title : `${source.name}: ${method.title}`;
    throw new NoEvidenceError(who, explained.name);
  }
  const maps = {
    ...look,
    high: highMapOf(look, seen),
    enlarged: look.high === undefined,
    seen,
    picture,
    covers: await middle?.covers(),
  };
  return { ...maps, refinement: await refineIt(maps) };
}

const optionNames: readonly string[] = ['class', 'top', 'method', 'layers', 'size', 'refine'];

/**
 * Refines maps that have been computed already, for example with other options. The default refiner is the
 * one that the maps go with.
 * @param maps of `explain` or `explainWith`: `seen` uint8 `[H, W, C]`; `low` `[h, w]`, `high` `[H, W]`, raw
 * @param options as `refine` takes them
 * @param run refines them; default `refine`. A `refiner()` is faster where only options change.
 * @throws as `refine` does
 * @example
 * ```ts
 * import { explain, random, refineMaps, renderScene } from 'high-res-mapping';
 * import { loadModel } from 'high-res-mapping/node';
 *
 * const model = await loadModel('models/scenes.onnx');
 * const { picture } = renderScene({ shape: 'star', size: 64, random: random(1) });
 * const maps = await explain(model, picture);
 * const { refiner, kept } = refineMaps(maps, { filterType: 'percentage', filterPercentage: 5 });
 * console.log(refiner); //=> crf
 * const share = kept.data.filter((value) => value === 1).length / kept.data.length;
 * console.log(share.toFixed(2)); //=> 0.05
 * await model.release();
 * ```
 */
export function refineMaps(
  { seen, low, high, refiner }: RefineInput,
  options: RefineOptions = {},
  run: typeof refine = refine,
): Refinement {
  return run(seen, low, high, { ...options, refiner: options.refiner ?? refiner });
}

/**
 * The high-res map or, if there is none, the low-res one enlarged to the picture's size.
 * @param seen the picture as the model saw it
 */
export function highMapOf(
  { low, high }: Pick<Look, 'low' | 'high'>,
  { shape: [height, width] }: Picture,
): FloatMap {
  return high ?? sampleBilinear(low, height, width);
}
