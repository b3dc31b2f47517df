/** Words of this project for errors that zod words itself: the rule and the value. */
import type { z } from 'zod';
import { shownJson } from './shown.ts';

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** For the `error` of zod's `parse`; messages of the schemas themselves take precedence. */
export function plainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  const { code, input } = issue;
  if (code === 'invalid_type') {
    if (input === undefined) return 'is missing';
    return `${kinds[issue.expected] ?? issue.expected} is needed, got ${shownJson(input)}`;
  }
  if (code === 'too_big') return `at most ${issue.maximum} is needed, got ${shownJson(input)}`;
  if (code === 'too_small') return `at least ${issue.minimum} is needed, got ${shownJson(input)}`;
  if (code === 'invalid_value') return `${issue.values.join(' or ')} is needed, got ${shownJson(input)}`;
  return undefined;
}
