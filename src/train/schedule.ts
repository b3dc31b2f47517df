/** The learning rate during a training. */

/** A step of a training. */
export interface StepTime {
  /** From 1. */
  readonly epoch: number;
  /** Within the epoch, from 1. */
  readonly step: number;
  readonly stepsPerEpoch: number;
}

/** The state of a schedule, as plain JSON. */
export type ScheduleState = Readonly<Record<string, number | null>>;

/** The learning rate of every step of a training; it may depend on the losses so far. */
export interface Schedule {
  readonly name: ScheduleName;
  /** The learning rate of a step. */
  rate(time: StepTime): number;
  /** Reports the mean training loss of the epoch that has ended. */
  endEpoch(loss: number): void;
  /** The state after the epochs so far, for `restore`. */
  state(): ScheduleState;
  /**
   * Continues from the state of a schedule of the same kind.
   * @throws when the state is of another kind
   */
  restore(state: ScheduleState): void;
}

export const scheduleNames = ['plateau', 'cosine', 'constant'] as const;
export type ScheduleName = (typeof scheduleNames)[number];

/**
 * The same learning rate in every step, for the option `schedule` of `train`.
 * @param start the learning rate, >= 0
 * @throws when it is out of range
 * @example
 * ```ts
 * import { constantRate } from 'high-res-mapping/train';
 *
 * const schedule = constantRate(0.01); // for train
 * console.log(schedule.rate({ epoch: 1, step: 1, stepsPerEpoch: 100 })); //=> 0.01
 * console.log(schedule.rate({ epoch: 50, step: 100, stepsPerEpoch: 100 })); //=> 0.01
 * ```
 */
export function constantRate(start: number): Schedule {
  checkStart('constant', start);
  return { name: 'constant', rate: () => start, ...withoutMemory };
}

/** Options of `cosine`. */
export interface CosineOptions {
  /** Length of the training. Afterwards the rate stays at the minimum. */
  readonly epochs: number;
  /** Length of the warm-up, which is part of the training; need not be whole. Default 0. */
  readonly warmupEpochs?: number;
  /** The learning rate at the end. Default 0. */
  readonly minimum?: number;
}

/**
 * Half a cosine from `start` down to `minimum`, step by step, after a linear warm-up. With step t of T from
 * 0, W of them warm-up:
 *
 *     start (t + 1) / W                                                       t < W
 *     minimum + (start - minimum) (1 + cos(pi (t - W) / (T - W))) / 2         else
 *
 * Loshchilov and Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts* (ICLR 2017), equation 5
 * without restarts; warm-up as Goyal et al., *Accurate, Large Minibatch SGD* (2017), section 2.2. PyTorch:
 * `LinearLR`, then `CosineAnnealingLR`.
 * @param start the learning rate after the warm-up, >= 0
 * @throws when an option is out of range.
 * @example
 * ```ts
 * import { cosine } from 'high-res-mapping/train';
 *
 * const schedule = cosine(0.1, { epochs: 10, warmupEpochs: 2 });
 * const rates = [1, 3, 7, 11].map((epoch) => schedule.rate({ epoch, step: 1, stepsPerEpoch: 5 }));
 * console.log(rates.map((rate) => rate.toFixed(3)).join(' ')); //=> 0.010 0.100 0.050 0.000
 * ```
 */
export function cosine(start: number, { epochs, warmupEpochs = 0, minimum = 0 }: CosineOptions): Schedule {
  checkStart('cosine', start);
  if (!(epochs > 0)) throw new Error(`schedule cosine: the epochs must be a number > 0, got ${epochs}`);
  if (!(warmupEpochs >= 0 && warmupEpochs <= epochs)) {
    throw new Error(`schedule cosine: the warm-up must be 0 to ${epochs} epochs, got ${warmupEpochs}`);
  }
  if (!(minimum >= 0 && minimum <= start)) {
    throw new Error(`schedule cosine: the minimum must be in [0, ${start}], got ${minimum}`);
  }
  return {
    name: 'cosine',
    rate: ({ epoch, step, stepsPerEpoch }) => {
      const t = (epoch - 1) * stepsPerEpoch + step - 1;
      const warmup = Math.round(warmupEpochs * stepsPerEpoch);
      if (t < warmup) return (start * (t + 1)) / warmup;
      const total = epochs * stepsPerEpoch;
      const progress = t < total ? (t - warmup) / (total - warmup) : 1;
      return minimum + ((start - minimum) * (1 + Math.cos(Math.PI * progress))) / 2;
    },
    ...withoutMemory,
  };
}

/** Options of `reduceOnPlateau`. */
export interface PlateauOptions {
  /** Default sqrt(0.1): two reductions divide the rate by ten. */
  readonly factor?: number;
  /** In epochs. Default 10. */
  readonly patience?: number;
  /** Default 1e-5. A rate that is lower at the start is kept. */
  readonly minimum?: number;
  /** Default 1e-4. */
  readonly threshold?: number;
}

/**
 * Multiplies the rate by `factor` after `patience` epochs without a lower loss, never below `minimum`. A loss
 * counts as lower only by more than `threshold`. As Keras' `ReduceLROnPlateau`, with the reference's factor
 * and patience. PyTorch's of that name does the same with a `patience` one less, `threshold_mode='abs'` and
 * `eps=0`.
 * @param start the learning rate of the first epochs, >= 0
 * @throws when an option is out of range
 * @example
 * ```ts
 * import { reduceOnPlateau } from 'high-res-mapping/train';
 *
 * const schedule = reduceOnPlateau(1, { factor: 0.5, patience: 2 });
 * for (const loss of [0.9, 0.8, 0.8, 0.8]) schedule.endEpoch(loss); // two epochs are no better
 * console.log(schedule.rate({ epoch: 5, step: 1, stepsPerEpoch: 100 })); //=> 0.5
 * ```
 */
export function reduceOnPlateau(
  start: number,
  { factor = Math.sqrt(0.1), patience = 10, minimum = 1e-5, threshold = 1e-4 }: PlateauOptions = {},
): Schedule {
  checkStart('plateau', start);
  if (!(factor > 0 && factor < 1))
    throw new Error(`schedule plateau: the factor must be in (0, 1), got ${factor}`);
  if (!(patience >= 1))
    throw new Error(`schedule plateau: the patience must be a number >= 1, got ${patience}`);
  let rate = start;
  let best = Number.POSITIVE_INFINITY;
  let waited = 0;
  return {
    name: 'plateau',
    rate: () => rate,
    endEpoch: (loss) => {
      if (loss < best - threshold) {
        best = loss;
        waited = 0;
      } else if (++waited >= patience) {
        rate = Math.min(rate, Math.max(minimum, rate * factor));
        waited = 0;
      }
    },
    // JSON has no infinity.
    state: () => ({ rate, best: Number.isFinite(best) ? best : null, waited }),
    restore: (state) => {
      if (!Number.isFinite(state.rate) || !Number.isInteger(state.waited) || state.best === undefined) {
        throw new Error(
          `schedule plateau: a state must have rate, best and waited, got ${JSON.stringify(state) ?? 'none'}`,
        );
      }
      rate = Number(state.rate);
      best = state.best ?? Number.POSITIVE_INFINITY;
      waited = Number(state.waited);
    },
  };
}

/** The methods of a schedule that depends on the step alone and has no state. */
const withoutMemory: Pick<Schedule, 'endEpoch' | 'state' | 'restore'> = {
  endEpoch: () => {},
  state: () => ({}),
  restore: () => {},
};

function checkStart(name: ScheduleName, start: number): void {
  if (!(Number.isFinite(start) && start >= 0)) {
    throw new Error(`schedule ${name}: the rate at the start must be a number >= 0, got ${start}`);
  }
}
