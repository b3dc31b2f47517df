/**
 * The context in which layers build a network: the source of parameters, and the record of what was built.
 */

import type { Shape } from '../graph/dim.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { sizeOf } from '../tensor/tensor.ts';

export interface ParameterSpec {
  /** Layer and weight, as in a Keras file: `dense_2_3_conv2D/kernel`. */
  readonly name: string;
  /**
   * Kernels are `[out, in, kh, kw]`, of transposed convolutions `[in, out, kh, kw]`, of the classifier
   * `[in, M]`.
   */
  readonly shape: readonly number[];
  readonly initializer: 'he-normal' | 'glorot-uniform' | 'zeros' | 'ones';
  readonly fanIn?: number;
  readonly fanOut?: number;
  /** 'moving': a batch norm's moving statistic, updated but not trained. */
  readonly role: 'trainable' | 'moving';
  /** Factor of the sum of its squares in the loss. */
  readonly l2: number;
  /** Whether a kernel `[out, in, kh, kw]` is provided as rows, `[in, out kh kw]`. Default false. */
  readonly asRows?: boolean;
}

/** One row of a summary. */
export interface LayerRecord {
  readonly name: string;
  readonly kind: string;
  /** `[N, C, H, W]`, or `[N, C]` after the global pool. */
  readonly output: Shape;
  readonly trainable: number;
  readonly moving: number;
}

/** The update of a moving statistic by the batch's statistic. */
export interface MovingUpdate {
  readonly spec: ParameterSpec;
  /** The batch's statistic, by channel, in parts: each `[C]` or `[1, C, 1, 1]`. */
  readonly batch: readonly Value[];
  /** Factors of the batch's statistic, one for each part. */
  readonly factors: readonly number[];
}

/**
 * 'moving': batch norm uses its moving statistics (inference, and frozen layers). 'batch': it uses those of
 * the batch, and records updates of the moving ones in `movingUpdates`. 'standardized': the same in a form
 * with few nodes, for GPUs.
 */
export type Normalization = 'moving' | 'batch' | 'standardized';

export interface ScopeOptions {
  readonly graph: Graph;
  /**
   * Provides a parameter as a value of the graph: stored in it, or fed at run time. Kernels provided as rows
   * have another shape.
   */
  readonly provide: (spec: ParameterSpec) => Value;
  readonly normalization: Normalization;
}

export class Scope {
  readonly graph: Graph;
  readonly normalization: ScopeOptions['normalization'];
  readonly parameters: ParameterSpec[] = [];
  readonly layers: LayerRecord[] = [];
  readonly movingUpdates: MovingUpdate[] = [];
  readonly #provide: ScopeOptions['provide'];

  constructor({ graph, provide, normalization }: ScopeOptions) {
    this.graph = graph;
    this.normalization = normalization;
    this.#provide = provide;
  }

  parameter(spec: ParameterSpec): Value {
    this.parameters.push(spec);
    return this.#provide(spec);
  }

  /** Records the update of a batch norm's moving statistic; no node of the network reads it. */
  follow(update: MovingUpdate): void {
    this.parameters.push(update.spec);
    this.movingUpdates.push(update);
  }

  /** Records a layer for the summary, with the parameters whose names begin with its name. */
  layer(name: string, kind: string, output: Value): void {
    const count = (role: ParameterSpec['role']): number =>
      this.parameters
        .filter((spec) => spec.role === role && spec.name.startsWith(`${name}/`))
        .reduce((sum, spec) => sum + sizeOf(spec.shape), 0);
    this.layers.push({
      name,
      kind,
      output: output.shape,
      trainable: count('trainable'),
      moving: count('moving'),
    });
  }
}
