/** Metadata that are JSON. */
import { z } from 'zod';

/** Lists and objects inside of one another; whoever writes them again goes down as far. */
const deepest = 100;

/** A text that holds JSON, as what `inner` says. */
export function jsonText<T extends z.ZodType>(inner: T): z.ZodType<z.output<T>, string> {
  return z
    .string()
    .transform((text, context) => {
      try {
        const value: unknown = JSON.parse(text);
        if (depthOf(value) > deepest) context.addIssue(`is nested more than ${deepest} deep`);
        return value;
      } catch {
        context.addIssue('is no JSON');
        return z.NEVER;
      }
    })
    .pipe(inner) as unknown as z.ZodType<z.output<T>, string>;
}

/** How deep lists and objects lie inside of one another; counted no further than needed. */
function depthOf(value: unknown): number {
  let level = [value];
  let depth = 0;
  while (depth <= deepest) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) break;
    depth++;
  }
  return depth;
}
