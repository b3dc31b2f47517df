/** The one way from a picture to its explanation: predictions, maps, refinement. */
import type { Box } from '../data/picture/crop.ts';
import { keptSource, middleOf, type PictureSource, pictureInMemory } from '../data/picture/picture-source.ts';
import { checkOptionNames } from '../errors/option-names.ts';
import { type Refinement, type RefineOptions, refine, refiner } from '../refine/pipeline.ts';
import { sampleBilinear } from '../tensor/sample-bilinear.ts';
import type { FloatMap, Picture } from '../tensor/tensor.ts';
import type { CamMethod } from './cam-method.ts';
import type { ClassChoice } from './cam-model.ts';
import type { Look } from './look.ts';

/** Whatever can look at a picture: a model, one that runs in a thread of its own, one that a server shares. */
export interface Looker<Method = string | CamMethod> {
  /** The size at which it looks unless told, in pixels. */
  readonly imSize: number;
  readonly channels: number;
  /** It sees the square in the middle alone, of this share of the shorter side, in (0, 1]; undefined: all of a picture. */
  readonly crop?: number;
  /** What it says of one picture. @param seen uint8 `[H, W, C]`, height and width as the network takes them */
  look(seen: Picture, asked: Asked<Method>): Promise<Look>;
}

/** What is asked of one look. */
export interface Asked<Method = string | CamMethod> {
  /** The class to explain; default: the predicted one. */
  readonly class?: ClassChoice;
  /** The CAM method to explain by, opened, or by its name; default: the model's own maps. */
  readonly method?: Method;
  /** With the name of a method, the layers that it looks at; default: its usual ones. */
  readonly layers?: readonly string[];
}

export interface ExplainOptions<Method = string | CamMethod> extends Asked<Method> {
  /** With several classes: `ExplainEachOptions`. */
  readonly top?: undefined;
  /** Height and width, in pixels, at which the model looks; default: the size it was trained at. */
  readonly size?: number;
  /** Of the refinement; by default the refiner is the one that the maps go with. */
  readonly refine?: RefineOptions;
}

/** Several classes, each explained by itself: those named, or the `top` most probable ones, best first. */
export type ExplainEachOptions = Omit<ExplainOptions, 'class' | 'top'> &
  (
    | { readonly class: readonly ClassChoice[]; readonly top?: undefined }
    | { readonly top: number; readonly class?: undefined }
  );

/** A look at a picture, with what the refinement and those who show it need. */
export interface ExplainedMaps extends Look {
  /** Raw, `[H, W]`: the high-res CAM or, where there is none, `low` enlarged. */
  readonly high: FloatMap;
  /** Whether `high` is `low` enlarged: of a half model, and with a method, unless the model moves its evidence. */
  readonly enlarged: boolean;
  /** As the model saw it, uint8 `[H, W, C]`. */
  readonly seen: Picture;
  /** In its own proportions, no side longer than 960 pixels: uint8 `[H, W, 3]`. Of a picture of which the model sees a part, this part. */
  readonly picture: Picture;
  /** The part that the model sees, which `seen`, `picture` and all maps are of, in pixels of the whole picture; undefined: all of it. */
  readonly covers?: Box;
}

/** The same, refined. */
export interface Explained<R = Refinement> extends ExplainedMaps {
  readonly refinement: R;
}

/** What a refinement is made from. */
export type RefineInput = Pick<ExplainedMaps, 'seen' | 'low' | 'high' | 'refiner'>;

/** A method's map has no value but 0: it says nothing of the class. */
export class NoEvidenceError extends Error {
  constructor(who: string, className: string) {
    super(`${who} finds nothing for ${className}: its map is 0 everywhere`);
    this.name = 'NoEvidenceError';
  }
}

/**
 * Explains a picture: what a model sees in it, and where.
 *
 * @param model half or full; of a half model the low-res map, enlarged, stands in the place of the high-res one
 * @param picture uint8 `[H, W, 3]` of any size, or where it comes from
 * @param options with several classes, one result for each, in their order
 * @throws when the picture cannot be read, the class does not exist, the size does not fit the network, an option breaks its rule,
 * or a method finds nothing
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
  // Of several classes, what depends on the picture alone is made once.
  const [source, run] = [keptSource(given), refiner()];
  const one = (which?: ClassChoice): Promise<Explained> =>
    explainWith(model, source, { ...rest, class: which }, (maps) => refineMaps(maps, refineOptions, run));
  return forClasses({ class: choice, top }, one);
}

/** Which classes are asked for: one, the predicted one where it is undefined; or several. */
export interface Classes {
  readonly class?: ClassChoice | readonly ClassChoice[];
  readonly top?: number;
}

/**
 * Explains what was asked for, class by class. @returns a list where several were. @throws when the two do
 * not fit
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
  if (choice !== undefined) throw new Error('explain: class and top do not go together');
  all.push(await one());
  const { predictions } = all[0];
  if (!(Number.isInteger(top) && top >= 1 && top <= predictions.length)) {
    throw new Error(
      `explain: top is a whole number from 1 to the number of classes, ${predictions.length}, got ${top}`,
    );
  }
  for (const { index } of predictions.slice(1, top)) all.push(await one(index));
  return all;
}

/** `explain` with a refinement that is made elsewhere, as in another thread, or later. */
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

/** The refinement of maps, by the refiner that they go with unless told. @throws as `refine` does */
export function refineMaps(
  { seen, low, high, refiner }: RefineInput,
  options: RefineOptions = {},
  run: typeof refine = refine,
): Refinement {
  return run(seen, low, high, { ...options, refiner: options.refiner ?? refiner });
}

/** The high-res map or, where there is none, the low-res one, enlarged to the picture's size. @param seen by the model */
export function highMapOf(
  { low, high }: Pick<Look, 'low' | 'high'>,
  { shape: [height, width] }: Picture,
): FloatMap {
  return high ?? sampleBilinear(low, height, width);
}
