/** Surveys a stream before training: its classes, the number of pictures, and which ones are held out. */
import { createHash, type Hash } from 'node:crypto';
import { nfc } from '../../text/nfc.ts';
import { contentDigest, contentDigestOf } from '../files/content-digest.ts';
import { eachUnlessAborted } from '../threads/unless-aborted.ts';
import type { StreamedPicture } from './container.ts';
import type { PictureStream } from './picture-stream.ts';
import { drawOf, placelessName } from './placeless-name.ts';

/** Options of `surveyStream`. */
export interface SurveyOptions {
  /** Approximate share of each class that is held out, in [0, 1). */
  readonly share: number;
  /** Seed of the choice of held-out pictures. */
  readonly seed: number;
  /**
   * Whether pictures without a class are excluded. Otherwise all pictures form one class, whatever their
   * labels.
   */
  readonly byClass: boolean;
  /** Number of smallest digests to collect. */
  readonly digests: number;
  /** Number of example pictures to collect. */
  readonly shown: number;
  readonly onNote: (note: string) => void;
  readonly signal?: AbortSignal;
}

/** Survey results of one class. */
export interface SurveyedClass {
  readonly name: string;
  /** Number of training pictures, at least 1. */
  readonly trained: number;
  readonly heldOut: number;
  /** Digest of the names, sizes and contents of its pictures, in their order. */
  readonly digest: string;
}

/** Result of `surveyStream`. */
export interface Survey {
  /** Sorted by value if all names are integers, else by code unit. */
  readonly classes: readonly SurveyedClass[];
  /** Number of pictures, including damaged ones and those without a class. */
  readonly pictures: number;
  /**
   * Never true for pictures that are damaged or without a class. Each class keeps at least one training
   * picture.
   */
  readonly isHeldOut: (picture: StreamedPicture) => boolean;
  /** The smallest content digests of the held-out pictures, or of all pictures if none is held out. */
  readonly digests: readonly string[];
  /** Examples from the same pictures, from different classes as far as possible. */
  readonly shown: readonly StreamedPicture[];
}

/** The class name if classes are not needed. */
const all = 'pictures';

/** State of a class during the survey. */
interface Counted {
  count: number;
  /** Number of pictures whose draw is below the share. */
  below: number;
  largestDraw: number;
  readonly hash: Hash;
  /**
   * The picture of the largest draw if that is below the share. Without a larger draw, it becomes the
   * training picture.
   */
  kept?: Judged;
}

/** A picture that may be held out. */
interface Judged {
  readonly picture: StreamedPicture;
  readonly digest: string | undefined;
}

/**
 * Surveys a stream. Memory does not grow with the number of pictures.
 * @throws `FileError` when a file cannot be read; the signal's reason when it aborts
 */
export async function surveyStream(stream: PictureStream, options: SurveyOptions): Promise<Survey> {
  const { share, seed, byClass, onNote, signal } = options;
  const classes = new Map<string, Counted>();
  const digests = new Smallest(options.digests);
  const shown = new Shown(options.shown);
  const judge = (one: Judged | undefined, name: string): void => {
    if (one?.digest !== undefined) digests.add(one.digest);
    if (one) shown.add(one.picture, name);
  };
  let pictures = 0;
  for await (const { picture } of eachUnlessAborted(stream.read({ onNote }), signal)) {
    pictures++;
    const name = classOf(picture, byClass);
    if (picture.error !== undefined || name === undefined) continue;
    const found = classes.get(name) ?? { count: 0, below: 0, largestDraw: -1, hash: createHash('sha256') };
    classes.set(name, found);
    const own = placelessName(picture);
    const draw = drawOf(own, seed);
    const one = { picture, digest: await digestOf(picture) };
    found.count++;
    found.hash.update(`${own}\0${one.digest}\0`);
    if (draw < share) found.below++;
    if (draw > found.largestDraw) {
      found.largestDraw = draw;
      judge(found.kept, name);
      found.kept = draw < share ? one : undefined;
      if (share === 0) judge(one, name);
    } else if (draw < share || share === 0) {
      judge(one, name);
    }
  }
  /** Largest draw of each class: its picture is never held out. */
  const kept = new Map([...classes].map(([name, { largestDraw }]) => [name, largestDraw]));
  return {
    classes: sorted([...classes.keys()]).map((name): SurveyedClass => {
      const { count, below, largestDraw, hash } = classes.get(name) as Counted;
      const heldOut = largestDraw < share ? below - 1 : below;
      return { name, trained: count - heldOut, heldOut, digest: hash.digest('hex').slice(0, 16) };
    }),
    pictures,
    isHeldOut: (picture) => {
      const ofClass = picture.error === undefined && kept.get(classOf(picture, byClass) ?? '');
      if (share === 0 || !ofClass) return false;
      const draw = drawOf(placelessName(picture), seed);
      return draw < share && draw !== ofClass;
    },
    digests: digests.values,
    shown: shown.pictures,
  };
}

/**
 * The class of a picture.
 * @param byClass as in `SurveyOptions`
 * @returns its name in Unicode form NFC; undefined if the picture has none
 */
export function classOf({ label }: StreamedPicture, byClass: boolean): string | undefined {
  if (!byClass) return all;
  return label === undefined ? undefined : nfc(label);
}

function sorted(names: readonly string[]): string[] {
  const numbers = names.every((name) => /^\d+$/.test(name));
  return numbers ? names.toSorted((a, b) => Number(a) - Number(b)) : names.toSorted();
}

async function digestOf({ picture }: StreamedPicture): Promise<string | undefined> {
  return typeof picture === 'string' ? contentDigest(picture) : contentDigestOf(picture);
}

/** Collects the smallest of some texts, each once. */
class Smallest {
  readonly #most: number;
  #found: Set<string> = new Set();

  constructor(most: number) {
    this.#most = most;
  }

  add(text: string): void {
    this.#found.add(text);
    if (this.#found.size > 16 * this.#most) this.#found = new Set(this.values);
  }

  get values(): string[] {
    return [...this.#found].sort().slice(0, this.#most);
  }
}

/** Collects the first picture of each class, then others if there are too few classes. */
class Shown {
  readonly #most: number;
  readonly #first: Map<string, StreamedPicture> = new Map();
  readonly #others: StreamedPicture[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  add(picture: StreamedPicture, name: string): void {
    if (this.#first.size < this.#most && !this.#first.has(name)) this.#first.set(name, picture);
    else if (this.#first.size + this.#others.length < this.#most) this.#others.push(picture);
  }

  get pictures(): StreamedPicture[] {
    return [...this.#first.values(), ...this.#others].slice(0, this.#most);
  }
}
