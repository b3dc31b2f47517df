/** Who may import whom: the table of ARCHITECTURE.md, held. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../src');
const everything = '*';

/** Everyone may use these, and they use nothing. */
const base: readonly string[] = ['errors', 'tensor', 'text'];

/** Besides its own files and the base, a folder of `src` imports these; `*`: all but those behind it. */
const table: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  tensor: [],
  text: [],
  data: [],
  graph: [],
  runtime: [],
  refine: [],
  metrics: [],
  render: ['refine'],
  models: ['graph'],
  classifier: ['data', 'models', 'graph', 'runtime'],
  train: ['data', 'models', 'graph', 'runtime'],
  explain: ['data', 'models', 'classifier', 'graph', 'runtime', 'refine'],
  report: ['metrics', 'render'],
  server: [everything, 'cli', 'web'],
  web: [everything, 'cli', 'server'],
  cli: [everything],
  '': [everything],
};

interface Import {
  readonly from: string;
  /** Relative to `src`, or a package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const statement = /^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'));

const imports: readonly Import[] = files.flatMap((from) =>
  [...readFileSync(join(root, from), 'utf8').matchAll(statement)].map(([, type, named, dynamic]) => {
    const target = (named ?? dynamic).replace(/\?.*$/, '');
    const to = target.startsWith('.') ? normalize(join(dirname(from), target)) : target;
    return { from, to, typeOnly: type !== undefined };
  }),
);

const isFile = new Set(files);
const folderOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');
const say = ({ from, to }: Import): string => `${from} imports ${to}`;

test('each folder imports only what the table allows', () => {
  expect(imports.length).toBeGreaterThan(1000);
  const wrong = imports.filter(({ from, to }) => {
    if (!isFile.has(to) || folderOf(from) === folderOf(to)) return false;
    const allowed = table[folderOf(from)];
    if (base.includes(folderOf(to))) return base.includes(folderOf(from));
    return allowed[0] === everything
      ? allowed.slice(1).includes(folderOf(to))
      : !allowed.includes(folderOf(to));
  });
  expect(wrong.map(say)).toEqual([]);
});

test('only src/runtime imports ONNX Runtime', () => {
  const found = imports.filter(
    // The page names the files of ONNX Runtime that it serves: `?url`.
    ({ from, to }) => /^onnxruntime-/.test(to) && !/\.(mjs|wasm)$/.test(to) && folderOf(from) !== 'runtime',
  );
  expect(found.map(say)).toEqual([]);
});

test('browser code reaches nothing that needs Node', () => {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { to, typeOnly } of imports.filter(({ from }) => from === file)) {
      if (!typeOnly && isFile.has(to)) visit(to);
    }
  };
  const entries = ['index.ts', 'browser.ts', 'web/main.ts', 'web/model/model-worker.ts'];
  const parts = ['graph', 'metrics', 'models', 'report', 'train'].map((name) => `${name}/index.ts`);
  for (const entry of [...entries, ...parts]) visit(entry);
  const needNode = imports.filter(
    ({ from, to, typeOnly }) =>
      reached.has(from) && !typeOnly && /^(node:|sharp$|onnxruntime-node$|@napi-rs|@resvg)/.test(to),
  );
  expect(needNode.map(say)).toEqual([]);
});
