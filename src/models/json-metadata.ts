/** Metadata that are JSON. */
import { z } from 'zod';

/** A text that holds JSON, as what `inner` says. */
export function jsonText<T extends z.ZodType>(inner: T): z.ZodType<z.output<T>, string> {
  return z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue('is no JSON');
        return z.NEVER;
      }
    })
    .pipe(inner) as unknown as z.ZodType<z.output<T>, string>;
}
