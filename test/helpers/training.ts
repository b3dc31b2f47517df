/** Trainings, also as child processes that can be interrupted, and what they leave. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { TrainEvent } from '../../src/cli/training/events.ts';
import { decodeRun } from '../../src/cli/training/stored-run.ts';
import type { EpochRecord } from '../../src/train/progress.ts';
import { hrm, program } from './cli.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly events: readonly TrainEvent[];
  readonly stderr: string;
}

/** Runs `hrm ... --json-lines` to its end. */
export async function training(cwd: string, args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await hrm(cwd, ...args, '--json-lines');
  const events = stdout.split('\n').slice(0, -1);
  return { code, signal: null, events: events.map((line) => JSON.parse(line)), stderr };
}

/** The events of one kind. */
export function eventsOf<E extends TrainEvent['event']>(
  events: readonly TrainEvent[],
  event: E,
): Extract<TrainEvent, { event: E }>[] {
  return events.filter((one): one is Extract<TrainEvent, { event: E }> => one.event === event);
}

/** As `training`, in a process of its own, which gets a signal at the first event of that name: a second one would end it at once. */
export function interruptedTraining(
  cwd: string,
  args: readonly string[],
  at: TrainEvent['event'],
  signal: NodeJS.Signals,
): Promise<Ended> {
  let sent = false;
  return trainingProcess(cwd, args, ({ event }, child) => {
    if (event !== at || sent) return;
    sent = true;
    child.kill(signal);
  });
}

/** As `training`, in a process of its own, to which `onEvent` may send signals. */
export async function trainingProcess(
  cwd: string,
  args: readonly string[],
  onEvent: (event: TrainEvent, child: ChildProcess) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args, '--json-lines'], { cwd });
  const events: TrainEvent[] = [];
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event: TrainEvent = JSON.parse(line);
    events.push(event);
    onEvent(event, child);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, events, stderr }));
  });
}

export interface Outcome {
  readonly files: readonly string[];
  readonly best: string;
  readonly last: string;
  readonly tensors: readonly unknown[];
  readonly progress: object;
  readonly unreadable: readonly unknown[];
  readonly history: readonly object[];
  readonly logged: readonly number[];
}

/** All that a run leaves, but for times: files that are equal are so to the bit. */
export function outcome(cwd: string, name: string): Outcome {
  const file = (path: string): Buffer => readFileSync(join(cwd, 'results', name, path));
  const { tensors, progress, unreadable } = decodeRun(new Uint8Array(file('checkpoint.ckpt')), name);
  return {
    files: readdirSync(join(cwd, 'results', name)).sort(),
    best: file('best_weights.onnx').toString('base64'),
    last: file('last_weights.onnx').toString('base64'),
    tensors: [...tensors].map(([key, { shape, data }]) => [
      key,
      shape,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
    ]),
    progress: { ...progress, history: progress.history.map(timeless) },
    unreadable,
    history: JSON.parse(file('history.json').toString()).epochs.map(timeless),
    logged: loggedEpochs(join(cwd, 'logs', name)),
  };
}

function timeless({ seconds: _, imagesPerSecond: _i, dataWait: _w, ...record }: EpochRecord): object {
  return record;
}

/** The epochs of all records of figures in a folder of TensorBoard's files, in their order. @throws when one is cut short */
export function loggedEpochs(folder: string): number[] {
  const steps: number[] = [];
  for (const name of readdirSync(folder).sort()) {
    const bytes = new Uint8Array(readFileSync(join(folder, name)));
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; ) {
      const length = Number(view.getBigUint64(at, true));
      if (at + 16 + length > bytes.length) throw new Error(`${name}: a record is cut short`);
      const record = bytes.subarray(at + 12, at + 12 + length);
      const figures = Buffer.from(record).includes('loss/train');
      const reader = new BinaryReader(record);
      while (reader.pos < reader.len) {
        const [field, type] = reader.tag();
        if (field === 2 && figures) steps.push(Number(reader.int64()));
        else reader.skip(type);
      }
      at += 16 + length;
    }
  }
  return steps;
}
