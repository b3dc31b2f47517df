/**
 * A first look through a stream that is to be trained on: which classes there are, how many pictures, which
 * of them are held out.
 */
import { createHash, type Hash } from 'node:crypto';
import { nfc } from '../../text/nfc.ts';
import { contentDigest, contentDigestOf } from '../files/content-digest.ts';
import { eachUnlessAborted } from '../threads/unless-aborted.ts';
import type { StreamedPicture } from './container.ts';
import type { PictureStream } from './picture-stream.ts';
import { drawOf, placelessName } from './placeless-name.ts';

export interface SurveyOptions {
  /** Of each class, about this share is held out, in [0, 1). */
  readonly share: number;
  /** Draws which. */
  readonly seed: number;
  /** Whether pictures without a class do not count; else all are of one class, whatever is said of them. */
  readonly byClass: boolean;
  /** Smallest digests that are wanted. */
  readonly digests: number;
  /** Pictures that are to be shown. */
  readonly shown: number;
  readonly onNote: (note: string) => void;
  readonly signal?: AbortSignal;
}

/** What there is of a class. */
export interface SurveyedClass {
  readonly name: string;
  /** Pictures to train on; more than none. */
  readonly trained: number;
  readonly heldOut: number;
  /** Of their names, sizes and contents, in their order. */
  readonly digest: string;
}

export interface Survey {
  /** Sorted: whole numbers by value, where all are such; else by code unit. */
  readonly classes: readonly SurveyedClass[];
  /** All pictures, damaged ones and those without a class included. */
  readonly pictures: number;
  /** Pictures that are damaged or of no class are not; each class keeps one to train on. */
  readonly isHeldOut: (picture: StreamedPicture) => boolean;
  /** Of the held-out pictures, or where there are none of all: the smallest digests of their contents. */
  readonly digests: readonly string[];
  /** Some of the same, of different classes as far as possible. */
  readonly shown: readonly StreamedPicture[];
}

/** Stands for the class where none is needed. */
const all = 'pictures';

/** While it is under way. */
interface Counted {
  count: number;
  /** Of which the draw is below the share. */
  below: number;
  largestDraw: number;
  readonly hash: Hash;
  /**
   * The picture of the largest draw, while that is below the share: if none larger comes, it is the one to
   * train on.
   */
  kept?: Judged;
}

/** A picture that may be held out. */
interface Judged {
  readonly picture: StreamedPicture;
  readonly digest: string | undefined;
}

/**
 * Memory does not grow with the number of pictures.
 * @throws `FileError` when a file cannot be read; the signal's reason, when it comes
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
  /** By class the largest draw: that picture is not held out in any case. */
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

/** @param byClass as in `SurveyOptions` @returns in Unicode's form NFC; undefined: none is said */
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

/** The smallest of some texts, each once. */
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

/** The first picture of each class, and where there are fewer classes others, too. */
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
