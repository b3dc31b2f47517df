/** Checks the content of JSON files against a schema, with errors of one line. */
import { z } from 'zod';
import { FileError } from '../errors/file-error.ts';
import { plainIssue } from '../text/plain-issue.ts';
import { shownJson } from '../text/shown.ts';

/**
 * @param file name in errors
 * @param at the content's place in the file
 * @throws `FileError` with the first wrong place, the rule, and the value found
 */
export function checked<T>(
  schema: z.ZodType<T>,
  content: unknown,
  file: string,
  at: readonly string[] = [],
): T {
  const result = schema.safeParse(content, { error: plainIssue });
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0];
  const place = [...at, ...path].join('.');
  throw new FileError(file, place === '' ? message : `'${place}': ${message}`);
}

/** An `error` function for zod: `a number > 0 is needed, got "x"`. */
export function needed(
  rule: string,
  verb: 'is' | 'are' = 'is',
): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => `${rule} ${verb} needed, got ${shownJson(input)}`;
}

/** An optional value of a JSON file, where null means that it is missing. */
export function optional<T extends z.ZodType>(schema: T): z.ZodOptional<z.ZodNullable<T>> {
  return schema.nullish();
}

export const flag: z.ZodBoolean = z.boolean({ error: needed('true or false') });
export const object: z.ZodType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown(), {
  error: needed('an object'),
});
