import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { writeScenes } from '../../../src/data/scenes/write-scenes.ts';
import type { Random } from '../../../src/tensor/random.ts';
import { damageBytes } from '../damage-bytes.ts';
import { damageJson } from '../damage-json.ts';
import { damageOnnx } from '../damage-onnx.ts';
import { type Kind, oneOf } from '../kind.ts';
import { npy } from '../picture-sources.ts';
import { runHere } from '../run-here.ts';

const scenes = resolve('models/scenes.onnx');

let template: Promise<string> | undefined;

/**
 * A folder with a data set, a picture and its maps, class names, and a training of one epoch.
 * @param work the folder in which it is made
 */
async function makeTemplate(work: string): Promise<string> {
  const folder = mkdtempSync(join(work, 'template-'));
  await writeScenes({ out: join(folder, 'data'), classes: 3, train: 6, test: 3, size: 64 });
  writeFileSync(join(folder, 'low.npy'), npy([4, 4], ['<f4', 4]));
  writeFileSync(join(folder, 'high.npy'), npy([64, 64], ['<f4', 4]));
  writeFileSync(join(folder, 'names.txt'), 'disc\nsquare\ntriangle\n');
  cpSync('test/golden/classifiers/mobilenetv2.onnx', join(folder, 'foreign.onnx'));
  await runHere(folder, trainArgs('--epochs', '1'));
  return folder;
}

const trainArgs = (...more: string[]): string[] => [
  ...['train', 'half', '--data-dir', 'data', '--im-size', '32', '--batch-size', '6', '--results-name', 'run'],
  ...more,
];

/** All files in a folder, however deep. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function damageFile(path: string, rng: Random): void {
  const bytes = readFileSync(path);
  if (path.endsWith('.onnx')) writeFileSync(path, damageOnnx(bytes, rng));
  else if (path.endsWith('.json') && rng.next() < 0.7) {
    let content: unknown = null;
    try {
      content = JSON.parse(bytes.toString());
    } catch {}
    writeFileSync(path, damageJson(content, rng));
  } else writeFileSync(path, damageBytes(bytes, rng));
}

const oddNames = [
  'a\u001b[31mb',
  'e\u0301.png',
  '.hidden.png',
  'x'.repeat(200),
  '%s',
  ' ',
  'con',
  '-o',
  'a\nerror: b',
  '\u202egpj.png',
];

/** Damages a folder: files damaged, emptied, renamed, removed, or foreign ones added. */
function damageFolder(folder: string, rng: Random): void {
  for (let n = 1 + rng.integer(3); n > 0; n--) {
    const files = existsSync(folder) ? filesIn(folder) : [];
    if (files.length === 0) return;
    const path = oneOf(rng, files);
    const beside = join(path, '..', oneOf(rng, oddNames));
    const kinds = [
      () => damageFile(path, rng),
      () => damageFile(path, rng),
      () => damageFile(path, rng),
      () => writeFileSync(path, ''),
      () => rmSync(path),
      () => renameSync(path, beside),
      () => rmSync(join(path, '..'), { recursive: true }),
      () => cpSync(path, beside),
      () => mkdirSync(beside, { recursive: true }),
      () => symlinkSync('..', beside),
      () => symlinkSync('nowhere', beside),
      () => execFileSync('mkfifo', ['--', beside]),
      () => {
        rmSync(path);
        mkdirSync(path);
      },
    ];
    try {
      oneOf(rng, kinds)();
    } catch {
      // Some operations fail: a name is too long, or taken.
    }
  }
}

/** The commands to run, and the part of the folder that is damaged for each. */
const commands: readonly {
  readonly args: readonly string[];
  readonly damaged: string;
  readonly often?: number;
}[] = [
  { args: ['data', 'check', 'data'], damaged: 'data', often: 4 },
  { args: ['data', 'check', 'data', '--strict'], damaged: 'data' },
  { args: ['localise', '--weight-dir', scenes, '--data-dir', 'data', '--out', 'out'], damaged: 'data' },
  { args: ['evaluate', '--half-weight-dir', scenes, '--data-dir', 'data', '--out', 'out'], damaged: 'data' },
  { args: ['explain', 'data/test/disc', '--weight-dir', scenes, '--out', 'out'], damaged: 'data/test' },
  {
    args: [
      'refine',
      'data/test/disc/disc-0001.jpg',
      '--low',
      'low.npy',
      '--high',
      'high.npy',
      '--out',
      'out',
    ],
    damaged: '.',
  },
  { args: ['import', 'foreign.onnx', '--classes', 'names.txt', '--out', 'out.onnx'], damaged: '.' },
  { args: ['import', 'foreign.onnx', '--out', 'out.onnx'], damaged: 'foreign.onnx', often: 2 },
  { args: ['summary', 'results/run/best_weights.onnx'], damaged: 'results' },
  { args: ['convert', 'results/run/best_weights.onnx', 'out.h5'], damaged: 'results' },
  { args: trainArgs('--resume', '--epochs', '2'), damaged: 'results' },
  { args: trainArgs('--overwrite', '--epochs', '1'), damaged: 'data' },
];
const list = commands.flatMap((command) => Array<typeof command>(command.often ?? 1).fill(command));

export const commandLines: readonly Kind[] = [
  {
    name: 'commands on damaged folders',
    share: 3,
    seconds: 120,
    megabytes: 6000,
    input: async (rng, folder) => {
      template ??= makeTemplate(join(folder, '..'));
      const { args, damaged } = oneOf(rng, list);
      cpSync(await template, folder, { recursive: true });
      const path = join(folder, damaged);
      if (statSync(path).isFile()) damageFile(path, rng);
      else damageFolder(path, rng);
      return () => runHere(folder, args);
    },
  },
];
