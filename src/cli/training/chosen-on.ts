/** Which pictures chose the best weights, as a model's file keeps it: enough to see that others are the same. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import type { Sample } from '../../data/dataset/image-folder.ts';
import { mapAhead } from '../../data/threads/map-ahead.ts';

export interface ChosenOn {
  /** As `test`, `val`, `held out of train`; `train`: the training loss chose. */
  readonly pictures: string;
  readonly images: number;
  /** The smallest of the pictures' digests, 8 hexadecimal digits each: a fair sample of all, whatever other pictures there are. */
  readonly sample: string;
}

const schema: z.ZodType<ChosenOn> = z.object({
  pictures: z.string(),
  images: z.number().int().positive(),
  sample: z.string(),
});

const sampled = 64;
const digits = 8;

/** @param pictures what they are called */
export async function chosenOn(pictures: string, samples: readonly Sample[]): Promise<ChosenOn> {
  const digests = [...(await digestsOf(samples))].sort().slice(0, sampled);
  return { pictures, images: samples.length, sample: digests.join('') };
}

/** What a model's file says, of all that it says of its training; undefined: nothing. */
export function chosenOnIn(training: Readonly<Record<string, unknown>> | undefined): ChosenOn | undefined {
  return schema.safeParse(training?.chosenOn).data;
}

/** How many of the pictures that chose are among others, by name and size in bytes; of more than 64 that chose about so many. */
export async function howManyChose(chosen: ChosenOn, samples: readonly Sample[]): Promise<number> {
  const there = await digestsOf(samples);
  const all = chosen.sample.match(new RegExp(`.{${digits}}`, 'g')) ?? [];
  const found = all.filter((digest) => there.has(digest)).length;
  return all.length === 0 ? 0 : Math.round((found / all.length) * chosen.images);
}

/** Of a picture's name and size in bytes: wherever it lies, it is known again. */
async function digestsOf(samples: readonly Sample[]): Promise<Set<string>> {
  const digestOf = async ({ path }: Sample): Promise<string> => {
    const size = await stat(path).then(
      (found) => found.size,
      () => -1,
    );
    return createHash('sha256')
      .update(`${basename(path)}\0${size}`)
      .digest('hex')
      .slice(0, digits);
  };
  const digests = new Set<string>();
  for await (const digest of mapAhead(samples, digestOf, 64)) digests.add(digest);
  return digests;
}
