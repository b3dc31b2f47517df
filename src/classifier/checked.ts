/** Content of JSON files against a schema, with errors in one line. */
import { z } from 'zod';
import { FileError } from '../errors/file-error.ts';
import { plainIssue } from '../text/plain-issue.ts';
import { shownJson } from '../text/shown.ts';

/**
 * @param file stands in the error
 * @param at where in the file the content stands
 * @throws `FileError`: the first place that is not as it should be, the rule, and what stands there
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

/** For zod's `error`: `a number > 0 is needed, got "x"`. */
export function needed(
  rule: string,
  verb: 'is' | 'are' = 'is',
): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => `${rule} ${verb} needed, got ${shownJson(input)}`;
}

/** Of JSON files, where null is as good as nothing. */
export function optional<T extends z.ZodType>(schema: T): z.ZodOptional<z.ZodNullable<T>> {
  return schema.nullish();
}

export const flag: z.ZodBoolean = z.boolean({ error: needed('true or false') });
export const object: z.ZodType<Readonly<Record<string, unknown>>> = z.record(z.string(), z.unknown(), {
  error: needed('an object'),
});
