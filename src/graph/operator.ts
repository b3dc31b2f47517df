/** What one ONNX operator is to this project: its attributes, its shape rule and its gradient rule. */
import type { Value, ValueType } from './graph.ts';
import type { Builders } from './ops/index.ts';

export type AttributeKind = 'int' | 'ints' | 'float' | 'string';
export type Attributes = Readonly<Record<string, number | readonly number[] | string | undefined>>;

/**
 * The vector-Jacobian product of one node: from the gradient of each output (zeros: the loss does not depend on it)
 * to the gradient of each input (undefined: none flows). A result may keep axes along which its input was broadcast; the
 * walk sums them. `o` holds every operator's builder.
 */
export type GradientRule<A extends Attributes = Attributes> = (
  node: { readonly inputs: readonly Value[]; readonly outputs: readonly Value[]; readonly attributes: A },
  dOutputs: readonly Value[],
  o: Builders,
) => readonly (Value | undefined)[];

export interface Operator<A extends Attributes = Attributes> {
  /** The name in ONNX. */
  readonly type: string;
  /** Fewest and most inputs. */
  readonly inputs: readonly [fewest: number, most: number];
  /** Place of an input that may be left out, where there is one. */
  readonly optionalInput?: number;
  readonly attributes: { readonly [K in keyof A]-?: AttributeKind };
  /** Element type and shape of each output. @throws when the inputs do not fit. */
  infer(inputs: readonly Value[], attributes: A): readonly ValueType[];
  /** 'none': the result is piecewise constant (an index, a comparison), so no gradient flows. */
  readonly gradient: GradientRule<A> | 'none';
}
