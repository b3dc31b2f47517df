import { expect, test } from 'vitest';
import { Problem, problemSchema } from './problem.ts';

test("a problem's text is one line without control characters", () => {
  const problem = new Problem(
    422,
    "got '\u001b[31mred\r\n\u202e\u2028\u0000\ud800 \ud83d\ude00 Stra\u00dfe'",
  );
  expect(problem.message).toBe(
    "got '\\u001b[31mred\\u000d\\u000a\\u202e\\u2028\\u0000\\ud800 \ud83d\ude00 Stra\u00dfe'",
  );
  expect(problemSchema.parse(JSON.parse(problem.body))).toEqual(problem.content);
});
