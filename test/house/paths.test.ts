/** The files that documents and comments name are there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
    (path) => `${folder}/${path.replaceAll('\\', '/')}`,
  );
}

const files = [
  ...['src', 'test', 'bench', 'tools', 'scripts', 'assembly', 'docs', '.ci', 'models'].flatMap(filesIn),
  ...readdirSync(root),
];
const documents = [...readdirSync(root), ...filesIn('docs')].filter((path) => path.endsWith('.md'));
const sources = files.filter((path) => path.endsWith('.ts') && path.includes('/'));

/** The project's file names in backticks: `proto.ts`, `graph/ops/relu.ts`, `tools/reference/refine.py`. */
const mention = /`([\w./-]+\.(?:ts|mjs|py))`/g;
/** Examples of what is to be written, and files of others. */
const notOurs = /NAME|tanh\.ts$|^ort-wasm/;

test.each([
  ['documents', documents],
  ['comments', sources],
] as const)('%s', (_, paths) => {
  const lost = paths.flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(mention)]
      .map(([, name]) => name.replace(/^\.?\//, ''))
      .filter((name) => !notOurs.test(name))
      .filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)))
      .map((name) => `${path}: ${name}`),
  );
  expect(lost).toEqual([]);
});
