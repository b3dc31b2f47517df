/** What a layer needs while a network is being built: where parameters come from, and where to note what was built. */

import type { Shape } from '../graph/dim.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { sizeOf } from '../tensor/tensor.ts';

export interface ParameterSpec {
  /** Layer and weight, as in a Keras file: `dense_2_3_conv2D/kernel`. */
  readonly name: string;
  /** Kernels are `[out, in, kh, kw]`, of transposed convolutions `[in, out, kh, kw]`, of the classifier `[in, M]`. */
  readonly shape: readonly number[];
  readonly initializer: 'he-normal' | 'glorot-uniform' | 'zeros' | 'ones';
  readonly fanIn?: number;
  readonly fanOut?: number;
  /** 'moving': a batch norm's moving statistic, updated but not trained. */
  readonly role: 'trainable' | 'moving';
  /** The weight of the sum of its squares in the loss. */
  readonly l2: number;
  /** Whether a kernel `[out, in, kh, kw]` is wanted as rows, `[in, out kh kw]`. Default: false. */
  readonly asRows?: boolean;
}

/** One row of a summary. */
export interface LayerRecord {
  readonly name: string;
  readonly kind: string;
  /** `[N, C, H, W]`, or `[N, C]` behind the global pool. */
  readonly output: Shape;
  readonly trainable: number;
  readonly moving: number;
}

/** A moving statistic and the batch's, which it will follow. */
export interface MovingUpdate {
  readonly spec: ParameterSpec;
  /** Of the batch, channel by channel, in parts: each `[C]` or `[1, C, 1, 1]`. */
  readonly batch: readonly Value[];
  /** What the batch's are multiplied by, part by part. */
  readonly factors: readonly number[];
}

/**
 * 'moving': batch norm uses its moving statistics (inference, and frozen layers). 'batch': it uses those of the batch, and notes in
 * `movingUpdates` what the moving ones have to follow. 'standardized': the same in the form for a GPU, of few nodes.
 */
export type Normalization = 'moving' | 'batch' | 'standardized';

export interface ScopeOptions {
  readonly graph: Graph;
  /** Gives a parameter as a value of the graph: stored in it, or fed at run time. Kernels that are kept as rows have another shape. */
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

  /** A batch norm's moving statistic, where it follows the batch's: nothing reads it. */
  follow(update: MovingUpdate): void {
    this.parameters.push(update.spec);
    this.movingUpdates.push(update);
  }

  /** Notes a layer for the summary; its parameters are those under its name. */
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
