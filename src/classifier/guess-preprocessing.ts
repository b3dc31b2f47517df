/** Which of the usual preprocessings a classifier was trained with, where nothing says so. */
import type { Picture } from '../tensor/tensor.ts';
import type { OriginalRun, Probabilities } from './original-run.ts';
import { namedPreprocessing, type Preprocessing } from './preprocessing.ts';

export interface PreprocessingGuess {
  readonly chosen: Preprocessing;
  /** How sure the classifier is with each: the mean of the largest probability. */
  readonly sureness: readonly { readonly name: string; readonly mean: number }[];
  readonly pictures: number;
}

/**
 * The one with which the classifier is surest on the pictures. One with which it gives all pictures the same class, while others tell them
 * apart, is passed over: what is far out of range makes it sure of anything.
 * An input of levels takes them as they are.
 * @param seen uint8 `[S, S, C]`; without any, 'imagenet', of grey pictures '0-1'
 */
export async function guessPreprocessing(
  run: OriginalRun,
  seen: readonly Picture[],
): Promise<PreprocessingGuess> {
  const { channels, isLevels } = run.input;
  if (isLevels) return { chosen: namedPreprocessing['0-255'], sureness: [], pictures: 0 };
  const names = Object.keys(namedPreprocessing).filter((name) => {
    const { mean, bgr } = namedPreprocessing[name];
    return channels === 3 || (mean.length === 1 && !bgr);
  });
  const usual = channels === 3 ? 'imagenet' : '0-1';
  if (seen.length === 0) return { chosen: namedPreprocessing[usual], sureness: [], pictures: 0 };
  const tried: { name: string; mean: number; apart: boolean }[] = [];
  for (const name of names) {
    const all = await run.probabilities(namedPreprocessing[name], seen);
    tried.push({ name, ...sureness(all) });
  }
  const telling = tried.some(({ apart }) => apart) ? tried.filter(({ apart }) => apart) : tried;
  const best = telling.reduce((a, b) => (b.mean > a.mean ? b : a));
  return {
    chosen: namedPreprocessing[best.name],
    sureness: tried.map(({ name, mean }) => ({ name, mean })).sort((a, b) => b.mean - a.mean),
    pictures: seen.length,
  };
}

function sureness(all: readonly Probabilities[]): { mean: number; apart: boolean } {
  const tops = all.map((row) => row.reduce((best, value, c) => (value > row[best] ? c : best), 0));
  const mean = all.reduce((sum, row, i) => sum + row[tops[i]], 0) / all.length;
  return { mean, apart: new Set(tops).size > 1 };
}
