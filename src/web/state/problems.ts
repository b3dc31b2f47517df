/** Errors in words for the users of the page. */

import { firstLine } from '../../errors/first-line.ts';
import { isOutOfMemory } from '../../errors/out-of-memory-error.ts';

/** An error whose message can be shown to users unchanged. */
export class Problem extends Error {}

/** @param doing what failed: `explain star.jpg` */
export function plainWords(error: unknown, doing: string): string {
  if (error instanceof Problem) return error.message;
  if (isOutOfMemory(error)) {
    return `Could not ${doing}: not enough memory. A smaller size for the model, or a smaller picture, needs less.`;
  }
  return `Could not ${doing}: ${firstLine(error)}`;
}

/** An error in words, followed by another sentence. */
export function withSentence(words: string, sentence: string): string {
  return `${words}${/[.!?]$/.test(words) ? '' : '.'} ${sentence}`;
}
