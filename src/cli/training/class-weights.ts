/** The weight of each class's images in the loss: `--class-weights`. */
import { z } from 'zod';
import { needed } from '../../classifier/checked.ts';
import { readBytes } from '../../data/files/read-file.ts';
import { parseJson } from '../../errors/parse-json.ts';
import { nfc } from '../../text/nfc.ts';
import { shown, shownJson } from '../../text/shown.ts';
import { countsOf, imagesIn, type Split } from './split.ts';

/** Weights that give each class the same total weight. */
const auto = 'auto';

const weightsByName = z.record(
  z.string(),
  z
    .number({ error: needed('a number') })
    .positive({ error: ({ input }) => `a weight must be above 0, got ${shownJson(input)}` }),
  { error: needed('weights by class, {"name": weight},', 'are') },
);

/**
 * Converts `--class-weights` to the form kept in checkpoints: 'auto', or JSON with a weight for each class;
 * the default weight is 1.
 * @param text 'auto'; `name=weight,...`; JSON, `{"name": weight}`; or a file of such JSON
 * @throws naming an unknown class, or a weight that is not above 0
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
 * The weights by class. 'auto' gives n / (classes n_c), where n_c of the n training images have the class;
 * the mean weight over all images is then 1.
 * @param settled as returned by `settleClassWeights`
 */
export function classWeightsOf(settled: string, split: Split): number[] {
  const { classes } = split;
  if (settled !== auto) {
    const weights: Record<string, number> = JSON.parse(settled);
    return classes.map((name) => weights[name]);
  }
  return countsOf(split).map((count) => imagesIn(split) / (classes.length * count));
}

/** Describes the weights: `class weights: cat 0.75, dog 1.5`. */
export function formatClassWeights(weights: readonly number[], classes: readonly string[]): string {
  return `class weights: ${listed(classes.map((name, c) => `${name} ${Number(weights[c].toPrecision(4))}`))}`;
}

/** @returns the unchecked weights, and their source for errors */
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
