/** What went wrong, in words for whoever uses the page. */

/** An error whose message is fit to be shown as it is. */
export class Problem extends Error {}

const memoryWords = /out of memory|memory access|allocat|array buffer|bad_alloc|invalid array length|oom/i;

/** @param doing what was being done: `explain star.jpg` */
export function plainWords(error: unknown, doing: string): string {
  if (error instanceof Problem) return error.message;
  const message = String(error instanceof Error ? error.message : error).split('\n')[0];
  if (error instanceof RangeError || memoryWords.test(message)) {
    return `Could not ${doing}: not enough memory. A smaller size for the model, or a smaller picture, needs less.`;
  }
  return `Could not ${doing}: ${message}`;
}
