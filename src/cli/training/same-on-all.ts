/** Checks, before anything is written, that all ranks will train the same model on the same images. */
import { createHash } from 'node:crypto';
import { type Crew, RankError } from '../../train/crew.ts';
import { version } from '../version.ts';
import type { Plan } from './plan.ts';
import { flag } from './run-options.ts';

/** The values to compare, by name. */
type Facts = Readonly<Record<string, string>>;

/** Options that may differ: the data's location, since the content is compared, and the card of each rank. */
const free: readonly string[] = [
  'dataDir',
  'valDir',
  'backbone',
  'halfWeightDir',
  'device',
  'checkpointMinutes',
];

/** @throws `RankError` on all ranks, naming what differs between which ranks */
export async function checkSame(crew: Crew, plan: Plan): Promise<void> {
  const all = (await crew.texts(JSON.stringify(factsOf(plan)))).map((text): Facts => JSON.parse(text));
  const found = differences(all);
  if (found.length === 0) return;
  const more = found.length > 3 ? `; and ${found.length - 3} more` : '';
  throw new RankError(
    0,
    `all ranks must train the same model on the same images: ${found.slice(0, 3).join('; ')}${more}`,
  );
}

/** A phrase for each fact in which some rank differs from rank 0: `--seed is 1 on rank 0, 2 on rank 3`. */
export function differences([first, ...others]: readonly Facts[]): string[] {
  const names = [...new Set([first, ...others].flatMap(Object.keys))];
  return names.flatMap((name) => {
    const rank = others.findIndex((facts) => facts[name] !== first[name]) + 1;
    if (rank === 0) return [];
    const say = (facts: Facts): string => facts[name] ?? 'missing';
    return [`${name} is ${say(first)} on rank 0, ${say(others[rank - 1])} on rank ${rank}`];
  });
}

function factsOf({ options, data, backbone }: Plan): Facts {
  const given = Object.entries(options).filter(([key, value]) => value !== undefined && !free.includes(key));
  return {
    version: version(),
    ...Object.fromEntries(given.map(([key, value]) => [flag(key), String(value)])),
    ...(backbone !== undefined && { "the backbone's content": backbone }),
    ...Object.fromEntries(
      Object.entries(data).map(([folder, { images, digest, contents = '' }]) => [
        `the content of ${folder}`,
        `${images} images (${createHash('sha256').update(`${digest} ${contents}`).digest('hex').slice(0, 8)})`,
      ]),
    ),
  };
}
