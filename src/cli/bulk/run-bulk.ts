/** A run over many pictures, from the containers to the finished shard. */
import { type Container, streamedName } from '../../data/streams/container.ts';
import { pictureStream } from '../../data/streams/picture-stream.ts';
import { groupedCount } from '../../text/count.ts';
import { duration } from '../../text/duration.ts';
import { exitCodes, stopSignals } from '../training/stop-signals.ts';
import { version } from '../version.ts';
import { type BulkOptions, explainStream } from './explain-stream.ts';
import { Progress } from './progress.ts';
import type { ShardChoice } from './shard-choice.ts';
import { type RunFacts, ShardStore, shardName } from './shard-store.ts';
import { openTable, type TableFacts, tableForm } from './table.ts';

export interface BulkRun {
  readonly containers: readonly Container[];
  readonly shard: ShardChoice;
  readonly out: string;
  /** The options that change results, as stored in the table. */
  readonly facts: Readonly<Record<string, string>>;
  readonly asTar: boolean;
  /** Pictures in a part. */
  readonly part: number;
  readonly strict: boolean;
  readonly overwrite: boolean;
  /** Called only when pictures are left to explain. */
  readonly open: () => Promise<BulkOptions>;
}

/** Failures and notes that are printed one by one; the rest is counted. */
const saidEach = 20;

/** After this many failures in a row, the disk or folder is assumed to be gone. */
const mostInARow = 100;

/**
 * @throws when all pictures failed, when any failed and the run is strict, or when `ShardStore` or the model
 * throws
 */
export async function runBulk(run: BulkRun): Promise<void> {
  const { shard, out } = run;
  const stream = pictureStream(run.containers, shard);
  const facts: RunFacts = {
    form: tableForm,
    version: version(),
    shard: { index: shard.index, count: shard.count },
    by: stream.by,
    pictures: stream.fingerprint,
    options: run.facts,
  };
  if (shard.count > 1) {
    const what =
      stream.by === 'container'
        ? `${stream.containers.length} of ${run.containers.length} files`
        : `1 of every ${shard.count} pictures`;
    console.error(`shard ${shard.index} of ${shard.count} (${shard.origin}): ${what}`);
  }
  await ShardStore.checkFolder(out, shard);
  if (run.overwrite) await ShardStore.remove(out, shard);
  const before = await ShardStore.finished(out, facts);
  if (before) {
    console.log(`already finished: ${described(before)}`);
    return conclude(run, before, before.failed);
  }
  const worked = await work(run, stream, facts);
  if (worked) await conclude(run, worked.finished, worked.failedEarlier);
}

interface Worked {
  readonly finished: TableFacts;
  /** Number of failures of earlier processes. */
  readonly failedEarlier: number;
}

/** @returns undefined where a signal stopped it */
async function work(
  run: BulkRun,
  stream: ReturnType<typeof pictureStream>,
  facts: RunFacts,
): Promise<Worked | undefined> {
  const store = await ShardStore.open(run.out, facts, run.asTar);
  const began = performance.now();
  const { done: earlier, failed: failedEarlier } = store.counts;
  const state = (): { done: number; failed: number; share: number } => ({
    ...store.counts,
    share: stream.done(store.next),
  });
  const progress = new Progress(`shard ${run.shard.index}/${run.shard.count}`);
  if (earlier > 0) progress.say(`resumes after ${groupedCount(earlier, 'picture')}`);
  const stop = stopSignals((name) =>
    progress.say(`${name}: stopping after the current batch; the same command resumes`),
  );
  const say = saidFirst(progress);
  let failuresInARow = 0;
  try {
    const options = await run.open();
    const pictures = stream.read({ from: store.next, onNote: (note) => progress.say(`warning: ${note}`) });
    for await (const result of explainStream(pictures, options)) {
      const name = streamedName(result.picture);
      if (result.error !== undefined) say('failed', `${name}: ${result.error}`);
      for (const note of result.notes) say('note', `${name}: ${note}`);
      failuresInARow = result.error !== undefined && result.isFile ? failuresInARow + 1 : 0;
      if (failuresInARow === mostInARow) {
        throw new Error(
          `${mostInARow} files in a row could not be explained, the last one ${name}: ${result.error}; they are not recorded as failures; the same command resumes before them`,
        );
      }
      await store.add(result);
      // When all recent pictures failed, nothing is committed: the same command then resumes before the first
      // failure. Parts end with a batch, so a resumed run has the same batches and bit-identical numbers.
      const between = store.done % options.batchSize === 0;
      if (between && store.pending >= run.part && failuresInARow === 0) await store.commit();
      progress.update(state);
      if (between && stop.signal.aborted) break;
    }
    progress.stop();
    if (stop.signal.aborted) {
      await store.commit();
      console.error(`stopped after ${groupedCount(store.counts.done, 'picture')}`);
      process.exitCode = exitCodes[stop.signal.reason as NodeJS.Signals];
      return undefined;
    }
    const seconds = (performance.now() - began) / 1000;
    const finished = await store.finish();
    const now = finished.rows - earlier;
    const pace = `${(now / seconds).toFixed(1)} pictures/s`;
    console.error(`${groupedCount(now, 'picture')} in ${duration(seconds)}, ${pace}`);
    console.log(described(finished));
    return { finished, failedEarlier };
  } finally {
    progress.stop();
    stop.release();
    await store.release();
  }
}

/** Prints the first failures and notes, and once that there are more. */
function saidFirst(progress: Progress): (kind: 'failed' | 'note', text: string) => void {
  const said = { failed: 0, note: 0 };
  return (kind, text) => {
    said[kind]++;
    if (said[kind] <= saidEach) progress.say(`${kind}: ${text}`);
    else if (said[kind] === saidEach + 1) {
      const where = kind === 'failed' ? '; the table lists all in its column error' : '';
      progress.say(`${kind}: more, not printed one by one${where}`);
    }
  };
}

function described({ rows, failed, shard }: TableFacts): string {
  const count = groupedCount(rows, 'picture');
  return `${shardName(shard)}: ${count}${failed > 0 ? `, ${groupedCount(failed, 'of them', 'of them')} failed` : ''}`;
}

/**
 * Lists the failures of earlier processes, which come first in the table. Those of this process were printed
 * when they happened.
 * @throws as `runBulk`
 */
async function conclude(
  { out, shard, strict }: BulkRun,
  { rows, failed }: TableFacts,
  failedEarlier: number,
): Promise<void> {
  const path = `${out}/${shardName(shard)}.parquet`;
  console.log(`results are in ${out}`);
  if (rows === 0) console.error('warning: this shard has no picture');
  if (failed === 0) return;
  await printFailures(path, Math.min(failedEarlier, saidEach));
  if (failed > saidEach) console.error(`all ${failed} failures are in the column error of ${path}`);
  const all = failed === rows;
  if (all || strict) throw new Error(`${failed} of ${rows} pictures could not be explained`);
}

/** Prints the first failures of a table, this many. */
async function printFailures(path: string, number: number): Promise<void> {
  if (number === 0) return;
  let left = number;
  for await (const group of (await openTable(path)).groups(['key', 'source', 'error'])) {
    for (const { key, source, error } of group.filter((row) => row.error !== null)) {
      const from = source === null ? undefined : String(source);
      console.error(`failed: ${streamedName({ key: String(key), from })}: ${error}`);
      if (--left === 0) return;
    }
  }
}
