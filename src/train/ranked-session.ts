/**
 * A training step of two graphs as each rank runs it: the network on its share of a batch, the optimiser on
 * all ranks alike.
 */
import { encodeOnnx } from '../graph/onnx/proto.ts';
import type { CreateSession, Session } from '../runtime/session.ts';
import { type Tensor, tensor } from '../tensor/tensor.ts';
import { handoverNames, penaltyName, type StepBatch, type TrainingStep } from './build-step.ts';
import { compileUpdate, openStep } from './compile.ts';
import type { Crew } from './crew.ts';
import type { StateVectors, TrainingState } from './state-layout.ts';

type Step = Omit<TrainingStep<StepBatch>, 'inputs'>;

export class RankedSession {
  readonly #step: Step;
  readonly #crew: Crew;
  readonly #network: Session;
  readonly #update: Session;
  #state: StateVectors;

  private constructor(step: Step, crew: Crew, network: Session, update: Session, state: TrainingState) {
    this.#step = step;
    this.#crew = crew;
    this.#network = network;
    this.#update = update;
    this.#state = step.state.pack(state);
  }

  /**
   * @param step of two graphs; its batch size is that of a rank's share
   * @param state the initial state; that of rank 0 is used
   */
  static async open(
    step: Step,
    createSession: CreateSession,
    crew: Crew,
    state: TrainingState = step.initialState,
  ): Promise<RankedSession> {
    const { device, update } = step;
    if (!update) throw new Error('internal: ranks need a step of two graphs');
    const network = await openStep(step, createSession);
    try {
      const second = await createSession(encodeOnnx(compileUpdate(update, device)), {
        device,
        purpose: 'training',
      });
      return new RankedSession(step, crew, network, second, state);
    } catch (error) {
      await network.release();
      throw error;
    }
  }

  get outputNames(): readonly string[] {
    return this.#network.outputNames;
  }

  /**
   * One step. Between its two graphs the ranks average gradients and statistics.
   * @param feeds the graphs' inputs other than the state
   * @returns the mean loss over all ranks and, for a classifier, the number of correct predictions of all;
   * undefined when a rank was told to stop or has no batch left: the state is then unchanged
   */
  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>> | undefined> {
    const found = await this.#crew.unlessAlone(() => this.#network.run({ ...this.#state, ...feeds }));
    const [loss, correct] = [found.loss, found.correct].map((one) => Number(one?.data[0] ?? 0));
    const { stopped, ended, values } = await this.#crew.agree({ values: [loss, correct] });
    if (stopped) return undefined;
    if (ended > 0) throw new Error(`internal: ${ended} of ${this.#crew.size} ranks are at their end`);
    const averaged: Record<string, Tensor> = {};
    for (const name of Object.values(handoverNames)) {
      const vector = found[name] as Tensor<'float32'> | undefined;
      if (!vector) continue;
      await this.#crew.average(vector.data);
      averaged[name] = vector;
    }
    const results = await this.#update.run({ ...this.#state, ...feeds, ...averaged });
    this.#state = this.#step.state.next(results);
    const penalty = Number(results[penaltyName]?.data[0] ?? 0);
    return {
      loss: tensor('float32', [], [values[0] / this.#crew.size + penalty]),
      correct: tensor('float32', [], [values[1]]),
    };
  }

  /** Gives all ranks the state of rank 0; rounding may have made them differ. */
  async align(): Promise<void> {
    await this.#crew.agree();
    for (const name of this.#step.state.names) {
      const { data } = this.#state[name];
      // A copy: a session's results may lie in its own memory, which must not be written.
      const own = new Float32Array(data);
      await this.#crew.ranks.broadcast(new Uint8Array(own.buffer), 0);
      this.#state = { ...this.#state, [name]: tensor('float32', this.#state[name].shape, own) };
    }
  }

  /** The state after the last step. */
  async state(): Promise<TrainingState> {
    return this.#step.state.unpack(this.#state);
  }

  async release(): Promise<void> {
    // The network's graph may still be running; the process is about to end.
    if (this.#crew.isAlone) return;
    await this.#network.release();
    await this.#update.release();
  }
}
