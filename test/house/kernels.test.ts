import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'vitest';

test('the kernels are those built from assembly', () => {
  execFileSync(process.execPath, [join(import.meta.dirname, '../../scripts/wasm.mjs'), '--check']);
});
