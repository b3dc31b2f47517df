/** A training step's session with the state that goes from step to step. Where the device allows it, the state never leaves it. */
import { encodeOnnx } from '../graph/onnx/proto.ts';
import type { CreateSession, Kept, Session } from '../runtime/session.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import type { StepBatch, TrainingStep } from './build-step.ts';
import { compileStep } from './compile.ts';
import { nextSuffix, type StateVectors, type TrainingState } from './state-layout.ts';

export class StepSession {
  readonly #step: Pick<TrainingStep<StepBatch>, 'state'>;
  readonly #session: Session;
  #state: Readonly<Record<string, Tensor | Kept>>;

  private constructor(step: Pick<TrainingStep<StepBatch>, 'state'>, session: Session, state: TrainingState) {
    this.#step = step;
    this.#session = session;
    this.#state = step.state.pack(state);
  }

  /** @param state to begin with */
  static async open(
    step: Omit<TrainingStep<StepBatch>, 'inputs'>,
    createSession: CreateSession,
    state: TrainingState = step.initialState,
  ): Promise<StepSession> {
    const { device } = step;
    const graph = compileStep(step);
    const bytes = encodeOnnx(graph);
    if (device === 'webgpu') await runOnce(bytes, graph.inputs as readonly EmptyInput[], createSession);
    const session = await createSession(bytes, {
      device,
      purpose: 'training',
      checked: device === 'webgpu',
      keep: step.state.vectors.map((name) => name + nextSuffix),
    });
    return new StepSession(step, session, state);
  }

  get outputNames(): readonly string[] {
    return this.#session.outputNames;
  }

  /** One step. @param feeds what the graph reads besides its state @returns its results besides its state */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>> {
    const before = this.#state;
    const given = { ...before, ...feeds };
    const { results, kept } = this.#session.runKeeping
      ? await this.#session.runKeeping(given)
      : { results: await this.#session.run(given as Record<string, Tensor>), kept: {} };
    const found = { ...results, ...kept };
    this.#state = Object.fromEntries(this.#step.state.names.map((name) => [name, found[name + nextSuffix]]));
    for (const value of Object.values(before)) if (isKept(value)) value.release();
    return results;
  }

  /** The state after the last step. */
  async state(): Promise<TrainingState> {
    const vectors: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(this.#state))
      vectors[name] = isKept(value) ? await value.read() : value;
    return this.#step.state.unpack(vectors as StateVectors);
  }

  async release(): Promise<void> {
    for (const value of Object.values(this.#state)) if (isKept(value)) value.release();
    await this.#session.release();
  }
}

interface EmptyInput {
  readonly name: string;
  readonly dtype: Tensor['dtype'];
  readonly shape: readonly number[];
}

/** Runs a graph with all of WebGPU's checks. Its sizes are fixed: what passes once will pass again. */
async function runOnce(
  bytes: Uint8Array,
  inputs: readonly EmptyInput[],
  createSession: CreateSession,
): Promise<void> {
  const session = await createSession(bytes, { device: 'webgpu', purpose: 'training' });
  try {
    await session.run(
      Object.fromEntries(inputs.map(({ name, dtype, shape }) => [name, tensor(dtype, shape)])),
    );
  } finally {
    await session.release();
  }
}

function isKept(value: Tensor | Kept): value is Kept {
  return 'read' in value;
}
