/**
 * Feeds random damaged inputs, seeded, to every reader of files and every route of the server. Each must give
 * an answer or one clear error, within limits of time and memory; and the server must not disturb other
 * requests. docs/reliability.md lists the guarantees.
 *
 *     npm run fuzz -- [--inputs 10000] [--seed 0] [--only WORD] [--errors] [--keep FOLDER]
 *
 * --only: the kinds whose name contains this word. --errors: print the errors, too, each wording once.
 * --keep: the folder for inputs that failed (default: fuzz-failures). Exit code 1 if an input failed.
 */
import { cpSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Kind } from './kind.ts';
import { kinds } from './kinds/index.ts';
import type { Outcome } from './process.ts';
import { Reader } from './reader.ts';
import { fuzzRequests, type RequestsReport } from './requests.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    errors: { type: 'boolean', default: false },
    keep: { type: 'string', default: 'fuzz-failures' },
  },
});
const [inputs, seed] = [Number(values.inputs), Number(values.seed)];
/** How many of 100 inputs are requests. */
const requestShare = 100 - kinds.reduce((sum, { share }) => sum + share, 0);
/** Two at a time: reading has a time limit, and a machine has at least two cores. */
const atATime = 2;

interface Row {
  readonly name: string;
  readonly tried: number;
  readonly answers: number;
  readonly errors: number;
  readonly faults: number;
  readonly slowest: number;
  readonly peak?: number;
}

const start = performance.now();
const progress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
};

const requests = 'requests';
const wanted = [
  ...kinds.map(({ name, share }) => ({ name, share })),
  { name: requests, share: requestShare },
].filter(({ name }) => name.includes(values.only));
const shares = wanted.reduce((sum, { share }) => sum + share, 0);
if (shares === 0)
  throw new Error(`no kind has '${values.only}' in its name: ${kinds.map(({ name }) => name).join('; ')}`);
const countOf = (name: string): number =>
  Math.ceil((inputs * (wanted.find((one) => one.name === name)?.share ?? 0)) / shares);

const work = mkdtempSync(join(tmpdir(), 'hrm-fuzz-'));
const rows: Row[] = [];

async function fuzzFiles(kind: Kind, count: number): Promise<void> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const client = async (_: unknown, number: number): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const folder = join(work, String(number));
      const own = seed * 1_000_000 + i;
      const outcome = await readers[number].read(kind, own, folder);
      outcomes.push(outcome);
      progress(`${kind.name}: ${outcomes.length} of ${count}`);
      if (outcome.outcome === 'fault') keep(kind, own, folder, outcome);
    }
  };
  await Promise.all(Array.from({ length: atATime }, client));
  if (values.errors) tellErrors(outcomes);
  const number = (one: Outcome['outcome']): number =>
    outcomes.filter(({ outcome }) => outcome === one).length;
  rows.push({
    ...{ name: kind.name, tried: outcomes.length, answers: number('answer'), errors: number('error') },
    faults: number('fault'),
    slowest: Math.max(...outcomes.map(({ milliseconds }) => milliseconds)),
    peak: Math.max(...outcomes.map(({ peak }) => peak ?? 0)) || undefined,
  });
}

function tellErrors(outcomes: readonly Outcome[]): void {
  const counts = new Map<string, number>();
  for (const { outcome, text } of outcomes) {
    if (outcome !== 'error') continue;
    const wording = text.replaceAll(work, '').replace(/-?\d+(\.\d+)?(e[+-]?\d+)?/g, '#');
    counts.set(wording, (counts.get(wording) ?? 0) + 1);
  }
  for (const [wording, count] of [...counts].sort((a, b) => b[1] - a[1]))
    console.log(`${count} x ${wording}`);
}

function keep(kind: Kind, own: number, folder: string, { text, milliseconds }: Outcome): void {
  const to = join(values.keep, `${kind.name.replace(/\W+/g, '-')}-${own}`);
  mkdirSync(to, { recursive: true });
  progress('');
  console.log(
    `FAILED ${kind.name}, input ${own}, ${milliseconds.toFixed(0)} ms: ${text.split('\n')[0]} (${to})`,
  );
  // A named pipe cannot be copied.
  cpSync(folder, to, { recursive: true, filter: (path) => !lstatSync(path).isFIFO() });
  writeFileSync(join(to, 'what-went-wrong.txt'), `${text}\n`);
}

function tellRequests({ results, faults, witnesses, memory }: RequestsReport): number {
  for (const name of [...new Set(results.map(({ kind }) => kind))].sort()) {
    const some = results.filter(({ kind }) => kind === name);
    const wrong = some.filter(({ fault }) => fault !== undefined);
    for (const { name: which, fault } of wrong) console.log(`FAILED ${name}, ${which}: ${fault}`);
    const answers = some.filter(({ status, fault }) => fault === undefined && Number(status) < 400).length;
    rows.push({
      ...{
        name,
        tried: some.length,
        answers,
        errors: some.length - answers - wrong.length,
        faults: wrong.length,
      },
      slowest: Math.max(...some.map(({ milliseconds }) => milliseconds)),
    });
  }
  for (const fault of faults) console.log(`FAILED: ${fault}`);
  const [before, most, after] = memory.map((one) => one.toFixed(0));
  console.log(
    `${witnesses} good requests were sent meanwhile; the server's memory: ${before} MiB before, ${most} at most, ${after} at the end`,
  );
  return faults.length;
}

const readers = Array.from({ length: atATime }, () => new Reader());
let others = 0;
try {
  for (const kind of kinds) if (countOf(kind.name) > 0) await fuzzFiles(kind, countOf(kind.name));
  const count = countOf(requests);
  if (count > 0) {
    others = tellRequests(
      await fuzzRequests(count, seed, (done) => progress(`requests: ${done} of ${count}`)),
    );
  }
} finally {
  for (const reader of readers) reader.end();
  rmSync(work, { recursive: true, force: true });
  progress('');
}

const columns = ['tried', 'answers', 'errors', 'FAILED', 'slowest', 'peak'];
const sum = (of: (row: Row) => number): number => rows.reduce((all, row) => all + of(row), 0);
const total: Row = {
  ...{ name: 'in all', tried: sum(({ tried }) => tried), answers: sum(({ answers }) => answers) },
  ...{ errors: sum(({ errors }) => errors), faults: sum(({ faults }) => faults) },
  slowest: Math.max(...rows.map(({ slowest }) => slowest)),
};
const wide = Math.max(...rows.map(({ name }) => name.length));
console.log(`${''.padEnd(wide)} ${columns.map((one) => one.padStart(9)).join('')}`);
for (const { name, tried, answers, errors, faults, slowest, peak } of [...rows, total]) {
  const cells = [
    tried,
    answers,
    errors,
    faults,
    `${(slowest / 1000).toFixed(1)} s`,
    peak ? `${peak.toFixed(0)} MiB` : '',
  ];
  console.log(`${name.padEnd(wide)} ${cells.map((one) => String(one).padStart(9)).join('')}`);
}
const failed = total.faults + others;
console.log(
  `seed ${seed}: ${total.tried} inputs, ${failed} failed, ${((performance.now() - start) / 60_000).toFixed(1)} minutes`,
);
process.exitCode = failed > 0 ? 1 : 0;
