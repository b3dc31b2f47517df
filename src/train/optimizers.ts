/**
 * Update rules, as graph builders. `w` is a parameter, or all of them as one vector; `g` is its gradient,
 * `lr` the learning rate; everything is elementwise.
 *
 * Each node is a pass over memory, so a rule should have few. Running averages are therefore stored as plain
 * sums, `s = rho s + x` instead of `s = rho s + (1 - rho) x`, and the factor is moved to where it costs
 * nothing. Scalars are computed in advance, in `begin`.
 */
import type { Value } from '../graph/graph.ts';
import { builders as o } from '../graph/ops/index.ts';

/** An update rule for all parameters of a step. */
export interface Optimizer {
  readonly name: string;
  /** The learning rate at the start, for the schedule. */
  readonly learningRate: number;
  /** Names of what it stores for each parameter: in the parameter's shape, initially zero. */
  readonly slots: readonly string[];
  /** Names of what it stores for all parameters together: scalars, initially zero. */
  readonly counters: readonly string[];
  /**
   * Appends the nodes that do not depend on the parameters, once per graph.
   * @param learningRate a scalar
   */
  begin(learningRate: Value, counters: readonly Value[]): OptimizerStep;
}

export interface OptimizerStep {
  /** The counters after the step. */
  readonly counters: readonly Value[];
  /**
   * Appends the update of a parameter.
   * @returns the parameter and its slots after the step
   */
  update(
    parameter: Value,
    gradient: Value,
    slots: readonly Value[],
  ): { readonly parameter: Value; readonly slots: readonly Value[] };
}

/** Options of `adadelta`. */
export interface AdadeltaOptions {
  learningRate?: number;
  rho?: number;
  epsilon?: number;
}

/**
 * Adadelta, for the option `optimizer` of `halfStep` and `fullStep`: Zeiler, *ADADELTA: An Adaptive Learning
 * Rate Method* (2012), algorithm 1, with a learning rate as in Keras and PyTorch:
 *
 *     a = rho a + (1 - rho) g^2,   u = g sqrt(d + eps) / sqrt(a + eps),
 *     d = rho d + (1 - rho) u^2,   w = w - lr u
 *
 * Its slots are a / (1 - rho) and d / (1 - rho), and epsilon is divided by the same factor, which leaves the
 * quotient unchanged. Defaults, the reference's: lr 1, rho 0.95, eps 1e-7.
 * @throws when an option is out of range
 * @example
 * ```ts
 * import { encodeOnnx, Graph } from 'high-res-mapping/graph';
 * import { createSession } from 'high-res-mapping/node';
 * import { adadelta } from 'high-res-mapping/train';
 *
 * const graph = new Graph();
 * const [weight, gradient, zero] = [1, 5, 0].map((value) => graph.scalar(value));
 * const { parameter } = adadelta().begin(graph.scalar(1), []).update(weight, gradient, [zero, zero]);
 * graph.output(parameter);
 * const session = await createSession(encodeOnnx(graph));
 * const found = await session.run({});
 * console.log(Number(found[parameter.name].data[0]).toFixed(4)); // the first step is sqrt(eps / (1 - rho))
 * //=> 0.9986
 * await session.release();
 * ```
 */
export function adadelta({ learningRate = 1, rho = 0.95, epsilon = 1e-7 }: AdadeltaOptions = {}): Optimizer {
  checkRate('adadelta', learningRate);
  checkDecay('adadelta: rho', rho);
  checkEpsilon('adadelta', epsilon);
  return {
    name: 'adadelta',
    learningRate,
    slots: ['accumulator', 'delta'],
    counters: [],
    begin: (lr) => {
      const decay = lr.graph.scalar(rho);
      const eps = lr.graph.scalar(epsilon / (1 - rho));
      return {
        counters: [],
        update: (w, g, [a, d]) => {
          const nextA = o.add(o.mul(a, decay), o.mul(g, g));
          const u = o.mul(g, o.sqrt(o.div(o.add(d, eps), o.add(nextA, eps))));
          const nextD = o.add(o.mul(d, decay), o.mul(u, u));
          return { parameter: o.sub(w, o.mul(u, lr)), slots: [nextA, nextD] };
        },
      };
    },
  };
}

/** Options of `sgd`. */
export interface SgdOptions {
  learningRate?: number;
  /** In [0, 1). Default 0. */
  momentum?: number;
  /** Nesterov's momentum; needs a momentum > 0. Default false. */
  nesterov?: boolean;
}

/**
 * Stochastic gradient descent, for the option `optimizer` of `halfStep` and `fullStep`, by the rule of
 * PyTorch's `SGD`:
 *
 *     v = mu v + g,   w = w - lr v,   or with Nesterov's momentum w = w - lr (g + mu v)
 *
 * Sutskever et al., *On the importance of initialization and momentum in deep learning* (ICML 2013), except
 * that the learning rate is not part of the velocity: a change of it takes effect at once. Defaults,
 * PyTorch's: lr 1e-3, mu 0 (`v = g`, no slot), not Nesterov.
 * @throws when an option is out of range, or Nesterov's rule has no momentum
 * @example
 * ```ts
 * import { encodeOnnx, Graph } from 'high-res-mapping/graph';
 * import { createSession } from 'high-res-mapping/node';
 * import { sgd } from 'high-res-mapping/train';
 *
 * const graph = new Graph();
 * const [weight, gradient] = [graph.scalar(1), graph.scalar(5)];
 * const { parameter } = sgd().begin(graph.scalar(0.1), []).update(weight, gradient, []);
 * graph.output(parameter);
 * const session = await createSession(encodeOnnx(graph));
 * const found = await session.run({});
 * console.log(Number(found[parameter.name].data[0]).toFixed(4)); // 1 - 0.1 * 5
 * //=> 0.5000
 * await session.release();
 * ```
 */
export function sgd({ learningRate = 1e-3, momentum = 0, nesterov = false }: SgdOptions = {}): Optimizer {
  checkRate('sgd', learningRate);
  checkDecay('sgd: the momentum', momentum);
  if (nesterov && momentum === 0) throw new Error("sgd: Nesterov's rule needs a momentum > 0, got 0");
  return {
    name: 'sgd',
    learningRate,
    slots: momentum === 0 ? [] : ['velocity'],
    counters: [],
    begin: (lr) => {
      const mu = lr.graph.scalar(momentum);
      return {
        counters: [],
        update: (w, g, [v]) => {
          const next = v && o.add(o.mul(v, mu), g);
          const direction = next === undefined ? g : nesterov ? o.add(g, o.mul(next, mu)) : next;
          return { parameter: o.sub(w, o.mul(direction, lr)), slots: next ? [next] : [] };
        },
      };
    },
  };
}

/** Options of `adam`. */
export interface AdamOptions {
  learningRate?: number;
  /** Decay rates of the averages of the gradient and of its square, each in [0, 1). Default 0.9 and 0.999. */
  betas?: readonly [number, number];
  epsilon?: number;
}

/**
 * Adam, for the option `optimizer` of `halfStep` and `fullStep`: Kingma and Ba, *Adam: A Method for
 * Stochastic Optimization* (ICLR 2015), algorithm 1:
 *
 *     m = b1 m + (1 - b1) g,   v = b2 v + (1 - b2) g^2,
 *     w = w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 *
 * Its slots are m / (1 - b1) and v / (1 - b2), sums with decaying weights; its counters are the sums of those
 * weights. A slot divided by its counter is the bias-corrected average, without a power of t. Defaults,
 * PyTorch's: lr 1e-3, betas 0.9 and 0.999, eps 1e-8.
 * @throws when an option is out of range
 * @example
 * ```ts
 * import { encodeOnnx, Graph } from 'high-res-mapping/graph';
 * import { createSession } from 'high-res-mapping/node';
 * import { adam } from 'high-res-mapping/train';
 *
 * const graph = new Graph();
 * const [weight, gradient, zero] = [1, 5, 0].map((value) => graph.scalar(value));
 * const { parameter } = adam().begin(graph.scalar(0.1), [zero, zero]).update(weight, gradient, [zero, zero]);
 * graph.output(parameter);
 * const session = await createSession(encodeOnnx(graph));
 * const found = await session.run({});
 * console.log(Number(found[parameter.name].data[0]).toFixed(4)); // the first step is as long as the rate
 * //=> 0.9000
 * await session.release();
 * ```
 */
export function adam(options: AdamOptions = {}): Optimizer {
  return adaptiveMoments('adam', options, 0);
}

/** Options of `adamw`. */
export interface AdamWOptions extends AdamOptions {
  weightDecay?: number;
}

/**
 * Adam with decoupled weight decay, for the option `optimizer` of `halfStep` and `fullStep`: Loshchilov and
 * Hutter, *Decoupled Weight Decay Regularization* (ICLR 2019), algorithm 2, in the form of PyTorch's `AdamW`,
 * where the learning rate scales the decay: first `w = w (1 - lr lambda)`, then Adam's step.
 *
 * All trained parameters decay, those of batch norms and biases too, as by default in PyTorch and Keras. The
 * L2 penalty in the loss (`l2Penalty`) is separate and stays. Defaults: as `adam`, lambda 1e-2.
 * @throws when an option is out of range
 * @example
 * ```ts
 * import { encodeOnnx, Graph } from 'high-res-mapping/graph';
 * import { createSession } from 'high-res-mapping/node';
 * import { adamw } from 'high-res-mapping/train';
 *
 * const graph = new Graph();
 * const [weight, gradient, zero] = [1, 0, 0].map((value) => graph.scalar(value));
 * const rule = adamw({ weightDecay: 0.5 }).begin(graph.scalar(0.1), [zero, zero]);
 * const { parameter } = rule.update(weight, gradient, [zero, zero]);
 * graph.output(parameter);
 * const session = await createSession(encodeOnnx(graph));
 * const found = await session.run({});
 * console.log(Number(found[parameter.name].data[0]).toFixed(4)); // without a gradient it decays alone
 * //=> 0.9500
 * await session.release();
 * ```
 */
export function adamw({ weightDecay = 1e-2, ...options }: AdamWOptions = {}): Optimizer {
  return adaptiveMoments('adamw', options, weightDecay);
}

/** Adam; with a weight decay other than 0, AdamW. */
function adaptiveMoments(
  name: string,
  { learningRate = 1e-3, betas = [0.9, 0.999], epsilon = 1e-8 }: AdamOptions,
  weightDecay: number,
): Optimizer {
  checkRate(name, learningRate);
  betas.forEach((beta, i) => {
    checkDecay(`${name}: beta ${i + 1}`, beta);
  });
  checkEpsilon(name, epsilon);
  if (!(Number.isFinite(weightDecay) && weightDecay >= 0)) {
    throw new Error(`${name}: the weight decay must be a number >= 0, got ${weightDecay}`);
  }
  return {
    name,
    learningRate,
    slots: ['first_moment', 'second_moment'],
    counters: ['first_weight', 'second_weight'],
    begin: (lr, [weight1, weight2]) => {
      const { graph } = lr;
      const [beta1, beta2] = betas.map((beta) => graph.scalar(beta));
      const one = graph.scalar(1);
      const next1 = o.add(o.mul(weight1, beta1), one);
      const next2 = o.add(o.mul(weight2, beta2), one);
      // lr (m / next1) / (sqrt(v / next2) + eps), with m and v the sums, is rate m / (sqrt(v) + eps2).
      const root = o.sqrt(next2);
      const rate = o.div(o.mul(lr, root), next1);
      const eps = o.mul(root, graph.scalar(epsilon));
      const keep = weightDecay === 0 ? undefined : o.sub(one, o.mul(lr, graph.scalar(weightDecay)));
      return {
        counters: [next1, next2],
        update: (w, g, [m, v]) => {
          const nextM = o.add(o.mul(m, beta1), g);
          const nextV = o.add(o.mul(v, beta2), o.mul(g, g));
          const step = o.mul(o.div(nextM, o.add(o.sqrt(nextV), eps)), rate);
          return { parameter: o.sub(keep ? o.mul(w, keep) : w, step), slots: [nextM, nextV] };
        },
      };
    },
  };
}

/** Every rule by its name. Each takes its own options and ignores others. */
export const optimizers: {
  readonly adadelta: typeof adadelta;
  readonly sgd: typeof sgd;
  readonly adam: typeof adam;
  readonly adamw: typeof adamw;
} = { adadelta, sgd, adam, adamw };

export type OptimizerName = keyof typeof optimizers;

function checkRate(name: string, rate: number): void {
  if (!(Number.isFinite(rate) && rate >= 0)) {
    throw new Error(`${name}: the learning rate must be a number >= 0, got ${rate}`);
  }
}

function checkDecay(what: string, decay: number): void {
  if (!(decay >= 0 && decay < 1)) throw new Error(`${what} must be in [0, 1), got ${decay}`);
}

function checkEpsilon(name: string, epsilon: number): void {
  if (!(Number.isFinite(epsilon) && epsilon > 0)) {
    throw new Error(`${name}: epsilon must be a number > 0, got ${epsilon}`);
  }
}
