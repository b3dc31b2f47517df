/** What went wrong, in words for whoever uses the page. */

import { firstLine } from '../../errors/first-line.ts';
import { isOutOfMemory } from '../../errors/out-of-memory-error.ts';

/** An error whose message is fit to be shown as it is. */
export class Problem extends Error {}

/** @param doing what was being done: `explain star.jpg` */
export function plainWords(error: unknown, doing: string): string {
  if (error instanceof Problem) return error.message;
  if (isOutOfMemory(error)) {
    return `Could not ${doing}: not enough memory. A smaller size for the model, or a smaller picture, needs less.`;
  }
  return `Could not ${doing}: ${firstLine(error)}`;
}

/** What went wrong, and another sentence after it. */
export function withSentence(words: string, sentence: string): string {
  return `${words}${/[.!?]$/.test(words) ? '' : '.'} ${sentence}`;
}
