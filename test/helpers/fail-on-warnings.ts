/** A warning in a test is a failure: of Node (leaks, deprecations) and of whatever writes to console.warn. */
import { afterEach, beforeEach, expect } from 'vitest';

const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(String(warning)));
console.warn = (...args: unknown[]): void => void warnings.push(args.map(String).join(' '));

beforeEach(() => {
  warnings.length = 0;
});
afterEach(() => expect(warnings).toEqual([]));
