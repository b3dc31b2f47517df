/** A warning in a test is a failure: of Node (leaks, deprecations) and of whatever writes to console.warn. */
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';

const warnings: string[] = [];
const hear = (warning: Error): void => void warnings.push(String(warning));
const { warn } = console;

beforeAll(() => {
  process.on('warning', hear);
  console.warn = (...args: unknown[]): void => void warnings.push(args.map(String).join(' '));
});
afterAll(() => {
  process.off('warning', hear);
  console.warn = warn;
});

beforeEach(() => {
  warnings.length = 0;
});
afterEach(() => expect(warnings).toEqual([]));
