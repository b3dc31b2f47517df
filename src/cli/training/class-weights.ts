/** How much a class's images count in the loss: `--class-weights`. */
import { z } from 'zod';
import { needed } from '../../classifier/checked.ts';
import { readBytes } from '../../data/files/read-file.ts';
import { parseJson } from '../../errors/parse-json.ts';
import { nfc } from '../../text/nfc.ts';
import { shown, shownJson } from '../../text/shown.ts';
import { countsOf, imagesIn, type Split } from './split.ts';

/** Stands for weights by which each class counts as much as any other. */
const auto = 'auto';

const weightsByName = z.record(
  z.string(),
  z
    .number({ error: needed('a number') })
    .positive({ error: ({ input }) => `a weight is above 0, got ${shownJson(input)}` }),
  { error: needed('weights by class, {"name": weight},', 'are') },
);

/**
 * What `--class-weights` says, in one form, for a checkpoint to keep: 'auto', or JSON with a weight for each class, those left out
 * being 1.
 * @param text 'auto'; `name=weight,...`; JSON, `{"name": weight}`; or a file of such JSON
 * @throws naming the class that there is not, or the weight that is none above 0
 */
export async function settleClassWeights(text: string, classes: readonly string[]): Promise<string> {
  if (text === auto) return text;
  const { from, content } = await readGiven(text);
  const given = weightsByName.safeParse(content);
  if (!given.success) {
    const [{ path, message }] = given.error.issues;
    throw new Error(`${from}: ${[...path.map((name) => shown(String(name))), message].join(': ')}`);
  }
  const weights = new Map(Object.entries(given.data).map(([name, weight]) => [nfc(name), weight]));
  const unknown = [...weights.keys()].find((name) => !classes.includes(name));
  if (unknown !== undefined) {
    throw new Error(`--class-weights: there is no class ${unknown}; the classes are ${listed(classes)}`);
  }
  return JSON.stringify(Object.fromEntries(classes.map((name) => [name, weights.get(name) ?? 1])));
}

/**
 * The weights by class. 'auto' balances: n / (classes n_c), n_c being how many of the n training images are of the class; their mean
 * over the images is 1.
 * @param settled as `settleClassWeights` gives it
 */
export function classWeightsOf(settled: string, split: Split): number[] {
  const { classes } = split;
  if (settled !== auto) {
    const weights: Record<string, number> = JSON.parse(settled);
    return classes.map((name) => weights[name]);
  }
  return countsOf(split).map((count) => imagesIn(split) / (classes.length * count));
}

/** `class weights: cat 0.75, dog 1.5` */
export function formatClassWeights(weights: readonly number[], classes: readonly string[]): string {
  return `class weights: ${listed(classes.map((name, c) => `${name} ${Number(weights[c].toPrecision(4))}`))}`;
}

/** @returns the weights, not yet looked at, and what says them, for errors */
async function readGiven(text: string): Promise<{ from: string; content: unknown }> {
  const from = '--class-weights';
  if (text.trim().startsWith('{')) return { from, content: parseJson(text, from) };
  if (!text.includes('=')) return { from: `${from} ${text}`, content: parseJson(await readText(text), text) };
  const pairs = text.split(',').map((pair): [string, number] => {
    const at = pair.lastIndexOf('=');
    const [name, weight] = [pair.slice(0, at), pair.slice(at + 1)];
    if (at < 1 || weight.trim() === '')
      throw new Error(`--class-weights: name=weight is needed, got ${pair}`);
    return [name.trim(), Number(weight)];
  });
  const twice = pairs.find(([name], i) => pairs.findIndex(([other]) => other === name) < i);
  if (twice) throw new Error(`--class-weights: ${twice[0]} has two weights`);
  return { from, content: Object.fromEntries(pairs) };
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readBytes(path));
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`--class-weights: auto, name=weight,... or a file of JSON is needed; ${message}`);
  }
}

function listed(all: readonly string[]): string {
  return `${all.slice(0, 20).join(', ')}${all.length > 20 ? `, ... (${all.length} in all)` : ''}`;
}
