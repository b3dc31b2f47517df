/** Which pictures chose the best weights, as a model's file keeps it: enough to see that others are the same. */
import { z } from 'zod';
import type { Sample } from '../../data/dataset/image-folder.ts';
import { contentDigest } from '../../data/files/content-digest.ts';
import { mapAhead } from '../../data/threads/map-ahead.ts';
import { imagesIn } from './split.ts';
import type { StreamSplit } from './stream-split.ts';

export interface ChosenOn {
  /** As `test`, `val`, `held out of train`; `train`: the training loss chose. */
  readonly pictures: string;
  readonly images: number;
  /** The smallest of the pictures' digests (`contentDigest`): a fair sample of all, whatever other pictures there are. */
  readonly contents: string;
}

const schema: z.ZodType<ChosenOn> = z.object({
  pictures: z.string(),
  images: z.number().int().positive(),
  contents: z.string(),
});

/** So many digests are kept. */
export const sampledDigests = 64;
/** Of a digest. */
const digits = 8;

/**
 * @param pictures what they are called
 * @param contents `contentDigest` by path, of files that were read already
 */
export async function chosenOn(
  pictures: string,
  samples: readonly Sample[],
  contents?: ReadonlyMap<string, string>,
): Promise<ChosenOn> {
  const digests = [...(await digestsOf(samples, contents))].sort().slice(0, sampledDigests);
  return { pictures, images: samples.length, contents: digests.join('') };
}

/** As `chosenOn`, of a stream. */
export function chosenOnStream(pictures: string, split: StreamSplit): ChosenOn {
  return { pictures, images: imagesIn(split), contents: split.digests.join('') };
}

/** What a model's file says, of all that it says of its training; undefined: nothing. */
export function chosenOnIn(training: Readonly<Record<string, unknown>> | undefined): ChosenOn | undefined {
  return schema.safeParse(training?.chosenOn).data;
}

/** How many of the pictures that chose are among others, by what their files hold; of more than 64 that chose about so many. */
export async function howManyChose(chosen: ChosenOn, samples: readonly Sample[]): Promise<number> {
  const there = await digestsOf(samples);
  const all = chosen.contents.match(new RegExp(`.{${digits}}`, 'g')) ?? [];
  const found = all.filter((digest) => there.has(digest)).length;
  return all.length === 0 ? 0 : Math.round((found / all.length) * chosen.images);
}

/** Of what the pictures' files hold: wherever they lie and whatever they are called, they are known again. */
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
