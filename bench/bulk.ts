/**
 * Explains many pictures in tars, two shards at a time, which are killed, restarted and merged. Checks that
 * every picture is there once; measures the memory over time, and the speed.
 *
 *     npx tsx bench/bulk.ts PHOTOS [--pictures 20000] [--tars 8] [--kills 3] [--at-once 2] [--shards 4]
 *     [--write none]
 *
 * PHOTOS is a folder, whose pictures are put into the tars with other names, as often as needed. Runs the
 * build: `npm run build`. With `--kills 0` only the speed is measured.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { pack } from 'tar-stream';
import { isPictureName } from '../src/data/dataset/picture-name.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pictures: { type: 'string', default: '20000' },
    tars: { type: 'string', default: '8' },
    kills: { type: 'string', default: '3' },
    'at-once': { type: 'string', default: '2' },
    shards: { type: 'string', default: '4' },
    write: { type: 'string', default: 'none' },
    part: { type: 'string', default: '100' },
  },
});
const [photos] = positionals;
if (photos === undefined) throw new Error('a folder of pictures is needed: npx tsx bench/bulk.ts PHOTOS');
const [pictures, tars, kills, atOnce, shards] = [
  values.pictures,
  values.tars,
  values.kills,
  values['at-once'],
  values.shards,
].map(Number);
const program = join(import.meta.dirname, '..', 'dist', 'cli', 'main.js');
const folder = mkdtempSync(join(tmpdir(), 'hrm-bulk-'));
const out = join(folder, 'out');

async function writeTars(): Promise<void> {
  const names = readdirSync(photos).filter(isPictureName).sort();
  const each = Math.ceil(pictures / tars);
  for (let t = 0; t < tars; t++) {
    const packed = pack();
    const written = pipeline(
      packed as unknown as NodeJS.ReadableStream,
      createWriteStream(join(folder, `s-${t}.tar`)),
    );
    for (let i = t * each; i < Math.min(pictures, (t + 1) * each); i++) {
      const bytes = readFileSync(join(photos, names[i % names.length]));
      await new Promise<void>((resolve, reject) => {
        packed.entry({ name: `${String(i).padStart(6, '0')}.jpg` }, bytes, (error) =>
          error ? reject(error) : resolve(),
        );
      });
    }
    packed.finalize();
    await written;
  }
}

function start(shard: number): ChildProcess {
  const given = join(folder, `s-{0..${tars - 1}}.tar`);
  const args = ['explain', given, '--shard', `${shard}/${shards}`, '--out', out, '--write', values.write];
  const child = spawn(process.execPath, [program, ...args, '--part', values.part], { stdio: 'pipe' });
  child.stderr?.on('data', (text) => process.stdout.write(String(text)));
  return child;
}

/** Resident memory of a process, in MB. */
function memoryOf({ pid }: ChildProcess): number {
  try {
    const [, kb] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kb ?? 0) / 1024);
  } catch {
    return 0;
  }
}

/** Number of parts written so far, over all shards, about. */
function parts(): number {
  const each = Math.ceil(pictures / shards / Number(values.part));
  try {
    const names = readdirSync(out, { recursive: true }).map(String);
    const open = names.filter((name) => /part-\d+\.json$/.test(name)).length;
    return open + each * names.filter((name) => name.endsWith('.parquet')).length;
  } catch {
    return 0;
  }
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

try {
  console.log(`writing ${pictures} pictures in ${tars} tars`);
  await writeTars();
  const began = performance.now();
  const waiting = Array.from({ length: shards }, (_, i) => i);
  const running = new Map<number, ChildProcess>();
  let killed = 0;
  const allParts = pictures / Number(values.part);
  let lastSaid = 0;
  while (waiting.length > 0 || running.size > 0) {
    while (running.size < atOnce && waiting.length > 0) {
      const shard = waiting.shift() as number;
      const child = start(shard);
      running.set(shard, child);
      child.on('exit', (code, signal) => {
        running.delete(shard);
        if (signal !== null) waiting.unshift(shard);
        else if (code !== 0) throw new Error(`shard ${shard}: exit code ${code}`);
      });
    }
    await sleep(200);
    if (performance.now() - lastSaid > 10_000) {
      lastSaid = performance.now();
      const memory = [...running].map(([shard, child]) => `shard ${shard} ${memoryOf(child)} MB`);
      console.log(`${seconds(began)}: ${memory.join(', ')}`);
    }
    // Killed at even intervals, each time at another place in a part.
    const now = parts();
    if (killed < kills && now >= ((killed + 1) * allParts) / (kills + 1) && running.size > 0) {
      const [shard, child] = [...running][killed % running.size];
      await sleep(300 * (killed + 1));
      if (child.kill('SIGKILL')) {
        killed++;
        console.log(`${seconds(began)}: killed shard ${shard}, ${now} parts written`);
      }
    }
  }
  const all = (performance.now() - began) / 1000;
  console.log(
    `${pictures} pictures in ${all.toFixed(0)} s, ${(pictures / all).toFixed(1)} pictures/s, killed ${killed} times`,
  );

  const merged = join(folder, 'all.parquet');
  const merge = spawn(process.execPath, [program, 'merge', out, '--out', merged], { stdio: 'inherit' });
  await new Promise((resolve) => merge.on('exit', resolve));
  const file = await asyncBufferFromFile(merged);
  const rows = await parquetReadObjects({ file, columns: ['key', 'error'] });
  const keys = new Set(rows.map(({ key }) => key));
  const failed = rows.filter(({ error }) => error !== null).length;
  console.log(
    `rows ${rows.length}, keys ${keys.size}, failed ${failed}, table ${statSync(merged).size} bytes`,
  );
  if (rows.length !== pictures || keys.size !== pictures)
    throw new Error(`${pictures} rows and keys are needed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
