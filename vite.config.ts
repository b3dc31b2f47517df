/** The page (`src/web`) to static files in `dist/web`: `npm run build:web`; `npm run dev:web` serves it while it is worked on. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const root = import.meta.dirname;
/** The models that come along; the first is the one to begin with. */
const models: readonly { name: string; bytes: Uint8Array }[] = ['imagenet', 'photo15', 'scenes'].map(
  (name) => ({
    name,
    bytes: readFileSync(join(root, 'models', `${name}.onnx`)),
  }),
);
const list = 'v1/model';
const fileOf = (name: string): string => `models/${name}.onnx`;
const isModel = (file: string): boolean => models.some(({ name }) => fileOf(name) === file);

/** No request leaves the page's own origin. The style sheet of `npm run dev:web` stands in the document: there it would not pass. */
const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: policy },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** The models that come along, and a list of them where a server tells of its own, in the same words (`src/server/answers.ts`). */
function modelsAmongFiles(): Plugin {
  const answer = {
    default: models[0].name,
    models: models.map(({ name, bytes }) => ({
      name,
      file: { href: `../${fileOf(name)}`, bytes: bytes.length },
    })),
  };
  const files = new Map<string, string | Uint8Array>([
    [list, JSON.stringify(answer)],
    ...models.map(({ name, bytes }) => [fileOf(name), bytes] as const),
  ]);
  return {
    name: 'models-among-files',
    generateBundle() {
      for (const [fileName, source] of files) this.emitFile({ type: 'asset', fileName, source });
    },
    configureServer({ middlewares }) {
      for (const [path, content] of files) {
        middlewares.use(`/${path}`, (_, response) => {
          response.end(content);
        });
      }
    },
  };
}

/** Tells the service worker which files there are, and prints what they weigh. */
function listOfFiles(): Plugin {
  return {
    name: 'list-of-files',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const worker = bundle['service-worker.js'];
        if (worker?.type !== 'chunk') throw new Error('internal: the service worker is not in the bundle');
        const hash = createHash('sha256');
        const files = Object.values(bundle).filter((file) => file !== worker);
        const sizes = files.map((file) => {
          const content = file.type === 'chunk' ? file.code : file.source;
          hash.update(file.fileName).update(content);
          return { name: file.fileName, bytes: Buffer.from(content), webgpu: /jspi/.test(file.fileName) };
        });
        const names = (webgpu: boolean): string[] =>
          sizes.filter((file) => file.webgpu === webgpu).map(({ name }) => name);
        const site = {
          version: hash.digest('hex').slice(0, 16),
          // The models are in `v1/model`, which a server answers with its own.
          files: [...names(false).filter((file) => !isModel(file)), 'icon.svg', 'page.webmanifest'],
          webgpu: names(true),
        };
        worker.code = worker.code.replaceAll('SITE', JSON.stringify(site));
        console.log(table(sizes));
      },
    },
  };
}

/** Every package that is bundled is named in NOTICE. */
function namedInNotice(): Plugin {
  const notice = readFileSync(join(root, 'NOTICE'), 'utf8');
  return {
    name: 'named-in-notice',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const id of Object.values(bundle).flatMap((file) =>
        file.type === 'chunk' ? file.moduleIds : [],
      )) {
        const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(id)?.[1];
        if (name !== undefined && !notice.match(/[@\w/-]+/g)?.includes(name)) {
          throw new Error(`NOTICE: ${name} is in the page, and is not named`);
        }
      }
    },
  };
}

/** Where files of the page lie, too, when it is installed: in this package, or in one that it depends on. */
const origins = [
  'samples',
  'samples/photos',
  'node_modules/onnxruntime-web/dist',
  'node_modules/@expo-google-fonts/source-sans-3/400Regular',
  'node_modules/@expo-google-fonts/source-sans-3/600SemiBold',
];

/** Lists the files that the package need not hold twice: `src/server/built-page.ts` finds them. */
function filesElsewhere(): Plugin {
  return {
    name: 'files-elsewhere',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const found: Record<string, { file: string; sha256: string }> = {};
        for (const asset of Object.values(bundle)) {
          const name = /^assets\/(.+)-.{8}(\.\w+)$/.exec(asset.fileName)?.slice(1).join('');
          if (name === undefined || asset.type !== 'asset') continue;
          const content = Buffer.from(asset.source);
          const file = origins
            .map((folder) => `${folder}/${name}`)
            .find((path) => existsSync(join(root, path)) && content.equals(readFileSync(join(root, path))));
          if (file === undefined) continue;
          found[asset.fileName] = { file, sha256: createHash('sha256').update(content).digest('base64url') };
        }
        const source = JSON.stringify(found, undefined, 2);
        this.emitFile({ type: 'asset', fileName: 'elsewhere.json', source });
      },
    },
  };
}

function table(files: readonly { name: string; bytes: Buffer }[]): string {
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`.padStart(12);
  const rows = [...files]
    .sort((a, b) => b.bytes.length - a.bytes.length)
    .map(({ name, bytes }) => ({ name, size: bytes.length, packed: gzipSync(bytes, { level: 6 }).length }));
  const total = rows.reduce(
    (sum, { size, packed }) => ({ size: sum.size + size, packed: sum.packed + packed }),
    {
      size: 0,
      packed: 0,
    },
  );
  return [
    `${'file'.padEnd(58)}${'size'.padStart(12)}${'gzip'.padStart(12)}`,
    ...rows.map(({ name, size, packed }) => `${name.padEnd(58)}${kilobytes(size)}${kilobytes(packed)}`),
    `${'all'.padEnd(58)}${kilobytes(total.size)}${kilobytes(total.packed)}`,
  ].join('\n');
}

const config: UserConfig = defineConfig({
  root: join(root, 'src', 'web'),
  base: './',
  plugins: [contentSecurityPolicy(), modelsAmongFiles(), namedInNotice(), listOfFiles(), filesElsewhere()],
  resolve: { conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'development|production'] },
  worker: { format: 'es', plugins: () => [namedInNotice()] },
  server: {
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  build: {
    outDir: join(root, 'dist', 'web'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: join(root, 'src', 'web', 'index.html'),
        'service-worker': join(root, 'src', 'web', 'offline', 'service-worker.ts'),
      },
      output: {
        entryFileNames: ({ name }) =>
          name === 'service-worker' ? 'service-worker.js' : 'assets/[name]-[hash].js',
      },
    },
  },
});

export default config;
