/**
 * A training step's session, with the state that one step gives to the next. Where the device allows it, the
 * state stays on the device.
 */
import type { Graph } from '../graph/graph.ts';
import { encodeOnnx } from '../graph/onnx/proto.ts';
import type { CreateSession, Kept, Session } from '../runtime/session.ts';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.ts';
import type { StepBatch, TrainingStep } from './build-step.ts';
import { compileStep } from './compile.ts';
import { nextSuffix, type StateVectors, type TrainingState } from './state-layout.ts';

/** Options of `StepSession.open`. */
export interface StepSessionOptions {
  /** The initial state. Default: that of the step. */
  readonly state?: TrainingState;
  /** See `SessionOptions`. Default: false. */
  readonly unchecked?: boolean;
}

/** Open it, run steps, read the state, release it. */
export class StepSession {
  readonly #step: Pick<TrainingStep<StepBatch>, 'state'>;
  readonly #session: Session;
  #state: Readonly<Record<string, Tensor | Kept>>;
  /** The state in CPU memory, once it was read. */
  #unpacked: TrainingState | undefined;

  private constructor(step: Pick<TrainingStep<StepBatch>, 'state'>, session: Session, state: StateVectors) {
    this.#step = step;
    this.#session = session;
    this.#state = state;
  }

  /** @throws when an unchecked GPU (`unchecked`) computes other results than the same GPU with all checks */
  static async open(
    step: Omit<TrainingStep<StepBatch>, 'inputs'>,
    createSession: CreateSession,
    { state = step.initialState, unchecked = false }: StepSessionOptions = {},
  ): Promise<StepSession> {
    const { device } = step;
    if (unchecked && device !== 'webgpu')
      throw new Error(`training: only device 'webgpu' has checks to leave out, got '${device}'`);
    const packed = step.state.pack(state);
    const graph = compileStep(step);
    const bytes = encodeOnnx(graph);
    const options = { device, purpose: 'training' as const };
    const keep = step.state.vectors.map((name) => name + nextSuffix);
    if (!unchecked) return new StepSession(step, await createSession(bytes, { ...options, keep }), packed);
    const feeds = { ...randomInputs(graph), ...step.state.pack(step.initialState) };
    const right = await runOnce(await createSession(bytes, options), feeds);
    const found = await runOnce(await createSession(bytes, { ...options, unchecked }), feeds);
    checkSame(right, found);
    return new StepSession(step, await createSession(bytes, { ...options, keep, unchecked }), packed);
  }

  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  /**
   * One step.
   * @param feeds the graph's inputs other than the state
   * @returns its results other than the state
   */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    const before = this.#state;
    const given = { ...before, ...feeds };
    const { results, kept } = this.#session.runKeeping
      ? await this.#session.runKeeping(given)
      : { results: await this.#session.run(given as Record<string, Tensor>), kept: {} };
    const found = { ...results, ...kept };
    this.#state = Object.fromEntries(this.#step.state.names.map((name) => [name, found[name + nextSuffix]]));
    this.#unpacked = undefined;
    release(before);
    return results;
  }

  /** The state after the last step. */
  async state(): Promise<TrainingState> {
    if (this.#unpacked) return this.#unpacked;
    const vectors: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(this.#state))
      vectors[name] = isKept(value) ? await value.read() : value;
    this.#unpacked = this.#step.state.unpack(vectors as StateVectors);
    return this.#unpacked;
  }

  async release(): Promise<void> {
    release(this.#state);
    await this.#session.release();
  }
}

function release(state: Readonly<Record<string, Tensor | Kept>>): void {
  for (const value of Object.values(state)) {
    try {
      if (isKept(value)) value.release();
    } catch {
      // If the device was lost, the error of the run is the one to report.
    }
  }
}

/** Random inputs of a graph of fixed sizes: floats from 0 to 1, bytes, and indices 0. */
function randomInputs(graph: Graph): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.map(({ name, dtype, shape }) => {
      const sides = shape as readonly number[];
      if (dtype === 'float32')
        return [
          name,
          tensor(
            'float32',
            sides,
            drawn(sizeOf(sides), (i) => (i % 11) / 10),
          ),
        ];
      if (dtype === 'uint8')
        return [
          name,
          tensor(
            'uint8',
            sides,
            drawn(sizeOf(sides), (i) => (25 * i) % 256),
          ),
        ];
      return [name, tensor('int64', sides)];
    }),
  );
}

function drawn(length: number, value: (i: number) => number): number[] {
  return Array.from({ length }, (_, i) => value(i));
}

async function runOnce(
  session: Session,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** @throws when results differ by more than sums in another order do */
function checkSame(right: Readonly<Record<string, Tensor>>, found: Readonly<Record<string, Tensor>>): void {
  for (const [name, { data }] of Object.entries(right)) {
    let [largest, off] = [0, 0];
    for (const [i, value] of (data as Float32Array).entries()) {
      largest = Math.max(largest, Math.abs(value));
      off = Math.max(off, Math.abs(value - Number(found[name].data[i])));
    }
    if (off <= 1e-3 * largest) continue;
    throw new Error(
      `device 'webgpu': without checks '${name}' is off by ${off} of ${largest}; train without --unchecked-gpu`,
    );
  }
}

function isKept(value: Tensor | Kept): value is Kept {
  return 'read' in value;
}
