/** The table of operators: all that this project can write, read and differentiate, one file each. */
import type { Operator } from '../operator.ts';
import * as everyBuilder from './builders.ts';
import * as everyOperator from './operators.ts';

export type OperatorType = keyof typeof everyOperator;

/** By ONNX name. */
export const operators: Readonly<Record<OperatorType, Operator>> = everyOperator;

/** Every builder by its name: gradient rules use these. */
export type Builders = typeof everyBuilder;

/**
 * Every builder, by its name: functions that append an ONNX operator to the graph of their inputs and return
 * the result. Images and kernels are `[N, C, H, W]` and `[out, in, kh, kw]`, as in ONNX. Each throws when
 * element types or shapes do not fit.
 * @example
 * ```ts
 * import { tensor } from 'high-res-mapping';
 * import { builders as o, Graph } from 'high-res-mapping/graph';
 *
 * const graph = new Graph();
 * const image = graph.input('image', 'float32', ['N', 3, 32, 32]);
 * const kernel = graph.initializer('kernel', tensor('float32', [8, 3, 3, 3]));
 * const features = o.relu(o.conv(image, kernel, { pads: [1, 1, 1, 1] }));
 * console.log(features.shape); //=> [ 'N', 8, 32, 32 ]
 * console.log(graph.nodes.map(({ operator }) => operator.type)); //=> [ 'Conv', 'Relu' ]
 * ```
 */
export const builders: Builders = everyBuilder;
