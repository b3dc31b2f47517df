/** Guesses with which of the usual preprocessings a classifier was trained, if no file declares it. */
import { argMax } from '../tensor/arg-max.ts';
import type { Picture } from '../tensor/tensor.ts';
import type { ClassOutput } from './class-output.ts';
import type { OriginalRun, Probabilities } from './original-run.ts';
import { namedPreprocessing, type Preprocessing } from './preprocessing.ts';

export interface PreprocessingGuess {
  readonly chosen: Preprocessing;
  /** The scores of each preprocessing, the best one first. */
  readonly tried: readonly TriedPreprocessing[];
  readonly pictures: number;
}

export interface TriedPreprocessing {
  readonly name: string;
  /** The mean of the largest probability. */
  readonly confidence: number;
  /** Mean dissimilarity of the logits of different pictures: 1 - the mean of their correlations, 0 to 2. */
  readonly apart: number;
}

/** Preprocessings whose `apart` is within this of the best count as equal. */
const margin = 0.05;

/**
 * The preprocessing with which the logits of different pictures differ most; of equal ones, the one with the
 * highest confidence.
 *
 * Confidence alone is misleading: networks with ReLU nearly multiply their logits by the factor of their
 * input, so that far too large values make them confident of anything. Then all pictures have similar logits,
 * however large; the correlation shows that, and does not depend on the scale. For five small networks, each
 * trained with one preprocessing, `apart` on the four photographs that come along is 0.87 to 0.97 with the
 * right one, and at most 0.75 with any other; the one trained with 'imagenet' has a confidence of 34 % with
 * it, and of 100 % with 'caffe' and '0-255' (`tools/reference/preprocessing_guess.py`). An integer input
 * takes levels as they are.
 * @param seen uint8 `[S, S, C]`; with fewer than two pictures, 'imagenet', for grey ones '0-1'
 */
export async function guessPreprocessing(
  run: OriginalRun,
  seen: readonly Picture[],
): Promise<PreprocessingGuess> {
  const { channels, isLevels } = run.input;
  if (isLevels) return { chosen: namedPreprocessing['0-255'], tried: [], pictures: 0 };
  const names = Object.keys(namedPreprocessing).filter((name) => {
    const { mean, bgr } = namedPreprocessing[name];
    return channels === 3 || (mean.length === 1 && !bgr);
  });
  const usual = channels === 3 ? 'imagenet' : '0-1';
  if (seen.length < 2) return { chosen: namedPreprocessing[usual], tried: [], pictures: 0 };
  const tried: TriedPreprocessing[] = [];
  for (const name of names) {
    const all = await run.probabilities(namedPreprocessing[name], seen);
    const confidence = all.reduce((sum, row) => sum + row[argMax(row)], 0) / all.length;
    tried.push({ name, confidence, apart: apartness(all, run.output) });
  }
  const most = Math.max(...tried.map(({ apart }) => apart));
  const order = tried.toSorted((a, b) => {
    const [first, second] = [a, b].map(({ apart }) => apart >= most - margin);
    return first && second ? b.confidence - a.confidence : b.apart - a.apart;
  });
  return { chosen: namedPreprocessing[order[0].name], tried: order, pictures: seen.length };
}

/**
 * How much a classifier's outputs for pictures differ: 1 - the mean of the correlations between their logits;
 * 0: the same for all. Rows of equal logits are left out.
 */
export function apartness(all: readonly Probabilities[], output: Pick<ClassOutput, 'activation'>): number {
  const standard = all.map((probabilities) => {
    const row = logitsOf(probabilities, output);
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const length = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0)) || 1;
    return row.map((value) => (value - mean) / length);
  });
  let sum = 0;
  for (const [i, a] of standard.entries()) {
    for (const b of standard.slice(i + 1)) sum += a.reduce((dot, value, k) => dot + value * b[k], 0);
  }
  return 1 - sum / ((all.length * (all.length - 1)) / 2);
}

/** The logits of probabilities; of softmax, up to a constant. */
function logitsOf(row: Probabilities, { activation }: Pick<ClassOutput, 'activation'>): Float64Array {
  const log = (p: number): number => Math.log(Math.max(p, 1e-38));
  return row.map((p) => (activation === 'sigmoid' ? log(p) - log(1 - p) : log(p)));
}
