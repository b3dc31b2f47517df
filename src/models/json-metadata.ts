/** Metadata in JSON. */
import { z } from 'zod';

/** Limit on nesting, since writing JSON is recursive. */
const deepest = 100;

/** A text that contains JSON with the schema `inner`. */
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

/** The depth of nested lists and objects, counted up to the limit. */
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
