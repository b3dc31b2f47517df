/** Comments stay within the formatter's line, which Biome itself does not check. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const columns: number = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8')).formatter.lineWidth;

const folders = [
  ...readdirSync(join(root, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/${name}`),
  ...['assembly', 'scripts', 'tools', 'bench', 'test/house'],
];
/** Generated files. */
const generated = /\/(onnx-schema|kernels-wasm)\.ts$/;

const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => /\.(ts|mjs)$/.test(path) && !generated.test(path)),
);

/** The lines of a source that are part of a comment, by number from 1. */
function commentLines(path: string, source: string): number[] {
  const lineAt = (offset: number): number => source.slice(0, offset).split('\n').length;
  return parseSync(path, source).comments.flatMap(({ start, end }) => {
    const first = lineAt(start);
    return Array.from({ length: lineAt(end) - first + 1 }, (_, i) => first + i);
  });
}

/** The lines that begin as a comment does: the parser does not know decorators of functions. */
function assemblyLines(source: string): number[] {
  return source.split('\n').flatMap((line, i) => (/^\s*(\/\/|\/?\*)/.test(line) ? [i + 1] : []));
}

/** The places of comment lines that are too long. A directive to the linter has to be one line. */
function tooLong(path: string, source: string): string[] {
  const lines = source.split('\n');
  const found = path.startsWith('assembly/') ? assemblyLines(source) : commentLines(path, source);
  return found
    .filter((line) => lines[line - 1].length > columns && !lines[line - 1].includes('biome-ignore'))
    .map((line) => `${path}:${line}`);
}

test('finds a comment line that is too long, ignores text in code', () => {
  const long = 'x'.repeat(columns);
  expect(tooLong('a.ts', `// ${long}\nconst a = '// ${long}';\n`)).toEqual(['a.ts:1']);
  expect(tooLong('a.ts', `/**\n * ${long}\n */\nconst a = 1; // ${long}\n`)).toEqual(['a.ts:2', 'a.ts:4']);
  expect(tooLong('assembly/a.ts', `@inline\n// ${long}\n`)).toEqual(['assembly/a.ts:2']);
});

test("all comments stay within the formatter's width", () => {
  expect(files.length).toBeGreaterThan(600);
  expect(files.flatMap((path) => tooLong(path, readFileSync(join(root, path), 'utf8')))).toEqual([]);
});
