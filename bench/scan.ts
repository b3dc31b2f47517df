/**
 * A data set of ImageNet's shape, 510,530 files in 398 folders: the time to list it, and the memory for a
 * listing and for a pass over 100,000 pictures. The files are hard links to one tiny picture per folder, in a
 * temporary folder that is removed.
 *
 *     npx tsx bench/scan.ts [--files 510530] [--folders 398] [--size 32] [--pictures 100000] [--batch-size
 *     32] [--cache 0]
 */
import { fork } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { batches } from '../src/data/batches/batches.ts';
import { PictureCache } from '../src/data/batches/picture-cache.ts';
import { openDataset } from '../src/data/dataset/image-folder.ts';
import { encodeJpeg } from '../src/data/picture/write-picture.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', default: '510530' },
    folders: { type: 'string', default: '398' },
    size: { type: 'string', default: '32' },
    pictures: { type: 'string', default: '100000' },
    'batch-size': { type: 'string', default: '32' },
    cache: { type: 'string', default: '0' }, // MiB of decoded pictures to cache
  },
});
const MiB = 2 ** 20;
const peak = (): string => `peak ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`;
const resident = (): string => `${(process.memoryUsage.rss() / MiB).toFixed(0)} MiB`;

const [what, dir] = positionals;
if (what === 'list') await list(dir);
else if (what === 'pass') await pass(dir);
else await all();

/** Makes the files, then measures each in a process of its own. */
async function all(): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'hrm-scan-'));
  const clean = (): void => rmSync(root, { recursive: true, force: true });
  process.once('SIGINT', () => {
    clean();
    process.exit(130);
  });
  try {
    await makeFiles(root, Number(values.files), Number(values.folders));
    await measure('list', root);
    await measure('pass', root);
  } finally {
    clean();
  }
}

/**
 * Files with names like ImageNet's. A file can have at most 65,000 links, so each folder has its own picture.
 */
async function makeFiles(root: string, files: number, folders: number): Promise<void> {
  const start = performance.now();
  const draw = random(0);
  for (let folder = 0, made = 0; folder < folders; folder++) {
    const name = `n${String(1440764 + 9973 * folder).padStart(8, '0')}`;
    const into = join(root, 'train', name);
    mkdirSync(into, { recursive: true });
    const first = join(into, `${name}_0.JPEG`);
    const pixels = Uint8Array.from({ length: 48 * 40 * 3 }, () => draw.integer(256));
    writeFileSync(first, await encodeJpeg(tensor('uint8', [40, 48, 3], pixels)));
    const end = Math.round(((folder + 1) * files) / folders);
    for (made++; made < end; made++) linkSync(first, join(into, `${name}_${made}.JPEG`));
  }
  console.log(`${files} files in ${folders} folders made in ${seconds(start)}`);
}

function measure(what: string, root: string): Promise<void> {
  const options = ['size', 'pictures', 'batch-size'].flatMap((name) => [
    `--${name}`,
    values[name as 'size'] as string,
  ]);
  return new Promise((resolve, reject) => {
    const child = fork(import.meta.filename, [what, root, ...options]);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${what} ended with ${code}`))));
  });
}

async function list(root: string): Promise<void> {
  const before = resident();
  const start = performance.now();
  const { train } = await openDataset(root);
  console.log(
    `listed: ${train.samples.length} files of ${train.classes.length} classes in ${seconds(start)}; ` +
      `${before} before, ${resident()} after, ${peak()}`,
  );
}

async function pass(root: string): Promise<void> {
  const { train } = await openDataset(root);
  const start = performance.now();
  let seen = 0;
  const pictures = Math.min(Number(values.pictures), train.samples.length);
  const cache = new PictureCache(MiB * Number(values.cache));
  const options = { size: Number(values.size), batchSize: Number(values['batch-size']), cache };
  console.log(`a pass over ${pictures} pictures at ${options.size} x ${options.size}; ${resident()} before`);
  let next = pictures / 10;
  for await (const { labels } of batches(train, { ...options, shuffle: random(1), augment: random(2) })) {
    seen += labels.length;
    if (seen >= next) {
      console.log(`  ${seen} pictures, ${seconds(start)}: ${resident()}`);
      next += pictures / 10;
    }
    if (seen >= pictures) break;
  }
  console.log(`  ${(seen / ((performance.now() - start) / 1000)).toFixed(0)} pictures a second, ${peak()}`);
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
