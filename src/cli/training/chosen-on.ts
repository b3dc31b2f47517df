/**
 * The pictures that chose the best weights, as stored in a model's file: enough to recognise the same
 * pictures.
 */
import { z } from 'zod';
import type { Sample } from '../../data/dataset/image-folder.ts';
import { contentDigest } from '../../data/files/content-digest.ts';
import { mapAhead } from '../../data/threads/map-ahead.ts';
import { imagesIn } from './split.ts';
import type { StreamSplit } from './stream-split.ts';

export interface ChosenOn {
  /** `test`, `val` or `held out of train`; `train`: the training loss chose. */
  readonly pictures: string;
  readonly images: number;
  /**
   * The smallest of the pictures' digests (`contentDigest`): a uniform sample, whatever other pictures there
   * are.
   */
  readonly contents: string;
}

const schema: z.ZodType<ChosenOn> = z.object({
  pictures: z.string(),
  images: z.number().int().positive(),
  contents: z.string(),
});

/** The number of digests kept. */
export const sampledDigests = 64;
/** Hexadecimal digits of a digest. */
const digits = 8;

/**
 * @param pictures what the pictures are called
 * @param contents `contentDigest` by path, of files already read
 */
export async function chosenOn(
  pictures: string,
  samples: readonly Sample[],
  contents?: ReadonlyMap<string, string>,
): Promise<ChosenOn> {
  const digests = [...(await digestsOf(samples, contents))].sort().slice(0, sampledDigests);
  return { pictures, images: samples.length, contents: digests.join('') };
}

/** As `chosenOn`, for a stream. */
export function chosenOnStream(pictures: string, split: StreamSplit): ChosenOn {
  return { pictures, images: imagesIn(split), contents: split.digests.join('') };
}

/** The value in a model file's record of its training; undefined: none. */
export function chosenOnIn(training: Readonly<Record<string, unknown>> | undefined): ChosenOn | undefined {
  return schema.safeParse(training?.chosenOn).data;
}

/**
 * How many of the pictures that chose are among `samples`, by their content; an estimate when more than 64
 * chose.
 */
export async function howManyChose(chosen: ChosenOn, samples: readonly Sample[]): Promise<number> {
  const there = await digestsOf(samples);
  const all = chosen.contents.match(new RegExp(`.{${digits}}`, 'g')) ?? [];
  const found = all.filter((digest) => there.has(digest)).length;
  return all.length === 0 ? 0 : Math.round((found / all.length) * chosen.images);
}

/** Digests of the pictures' contents, which do not depend on their paths. */
async function digestsOf(
  samples: readonly Sample[],
  contents?: ReadonlyMap<string, string>,
): Promise<Set<string>> {
  const digests = new Set<string>();
  const digestOf = async ({ path }: Sample): Promise<string | undefined> =>
    contents?.get(path) ?? contentDigest(path);
  for await (const digest of mapAhead(samples, digestOf, 16)) {
    if (digest !== undefined) digests.add(digest);
  }
  return digests;
}
