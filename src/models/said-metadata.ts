/** The metadata that all model files have, with limits: a file may come from anywhere. */

import { z } from 'zod';
import { largestImageSize } from '../tensor/image-size.ts';
import { plainIssue } from '../text/plain-issue.ts';
import { printable } from '../text/printable.ts';
import { jsonText } from './json-metadata.ts';

const mostClasses = 1_000_000;
/** Limit on a class name, in characters. */
const longestName = 1000;

const name = z.string().max(longestName, {
  error: ({ input }) => `at most ${longestName} characters, got ${String(input).length}`,
});

/** Class names by index, made `printable`. */
export const saidClasses: z.ZodType<string[], string> = jsonText(
  z
    .array(name)
    .min(2, { error: ({ input }) => `at least 2 classes are needed, got ${(input as string[]).length}` })
    .max(mostClasses, { error: ({ input }) => `at most ${mostClasses}, got ${(input as string[]).length}` })
    .transform((names) => names.map(printable)),
);

/** Height and width of pictures, in pixels. */
export const saidImageSize: z.ZodType<number, unknown> = z.coerce
  .number({ error: sizeError })
  .int({ error: sizeError })
  .min(1, { error: sizeError })
  .max(largestImageSize, { error: sizeError });

function sizeError({ input }: { readonly input?: unknown }): string {
  return `a whole number from 1 to ${largestImageSize} is needed, got ${input}`;
}

/** 1: grey, 3: RGB. */
export const saidChannels: z.ZodType<1 | 3, unknown> = z.coerce
  .number({ error: channelsError })
  .pipe(z.union([z.literal(1), z.literal(3)], { error: channelsError }));

function channelsError({ input }: { readonly input?: unknown }): string {
  return `1 or 3 is needed, got ${input}`;
}

/**
 * Reads metadata by a schema.
 * @throws with the key, the rule and the value found
 */
export function readSaid<T>(schema: z.ZodType<T>, metadata: Readonly<Record<string, string>>): T {
  const parsed = schema.safeParse(metadata, { error: plainIssue });
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  throw new Error(`damaged metadata, '${path.join('.')}': ${message}`);
}
