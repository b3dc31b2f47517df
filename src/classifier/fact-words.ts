/** Describes an imported classifier in words, on import and for its file. */
import { shortPercent } from '../text/percent.ts';
import type { Fit, ImportFacts } from './facts.ts';
import { describePreprocessing, nameOfPreprocessing, type Preprocessing } from './preprocessing.ts';

const namesShown = 5;

export function headWords({ head, linearAt }: Pick<ImportFacts, 'head' | 'linearAt'>): string {
  if (head === 'linear') return 'linear after global pooling: the low-resolution map is the exact CAM';
  const why = linearAt === undefined ? '' : `, since --layer is not the pooled layer, ${short(linearAt)}`;
  return `other${why}: the low-resolution map is HiResCAM`;
}

export function batchWords({ batch }: Pick<ImportFacts, 'batch'>): string {
  return batch === 1 ? '1 picture per run' : 'any number of pictures per run';
}

/** The formula, with its name if it has one. */
export function preprocessingWords(preprocessing: Preprocessing): string {
  const name = nameOfPreprocessing(preprocessing);
  return `${describePreprocessing(preprocessing)}${name === undefined ? '' : ` (${name})`}`;
}

export function fitWords(fit: Fit): string {
  return fit === 'squash'
    ? 'squash: the whole picture, resized to the input size'
    : `crop: the square in the middle, ${shortPercent(fit.crop)} of the shorter side`;
}

/** The names of the first classes. */
export function firstClasses(classes: readonly string[]): string {
  const shown = classes.slice(0, namesShown).map(short).join(', ');
  return `${shown}${classes.length > namesShown ? ', ...' : ''}`;
}

/** Shortens a long name by its middle. */
export function short(name: string): string {
  return name.length <= 64 ? name : `${name.slice(0, 30)}...${name.slice(-31)}`;
}
