/**
 * What this project knows of an ONNX operator: its attributes, its rules, and the facts that rewrites and the
 * memory plan use.
 */
import type { Value, ValueType } from './graph.ts';
import type { Builders } from './ops/index.ts';

export type AttributeKind = 'int' | 'ints' | 'float' | 'string';
export type Attributes = Readonly<Record<string, number | readonly number[] | string | undefined>>;

/** One node, as the operator's rules see it. */
export interface RuleNode<A extends Attributes = Attributes> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: A;
}

/**
 * The type of a method. TypeScript compares method parameters bivariantly, so an operator with attributes of
 * its own is also an `Operator`. That is sound here: a rule only gets the attributes of a node that was added
 * with its operator.
 */
type Method<Parameters extends readonly unknown[], Result> = {
  method(...parameters: Parameters): Result;
}['method'];

/**
 * The vector-Jacobian product of one node: from the gradient of each output (zeros where the loss does not
 * depend on it) to the gradient of each input, one entry for each, `undefined` where none flows. `o` holds
 * every operator's builder. `gradients` checks the entries: float32, of the shape of their input. For an
 * operator that `broadcasts`, they may keep the axes along which the input was broadcast; `gradients` sums
 * over these.
 */
export type GradientRule<A extends Attributes = Attributes> = Method<
  [node: RuleNode<A>, dOutputs: readonly Value[], o: Builders],
  readonly (Value | undefined)[]
>;

/** How a node is split along axis 0, the batch, into nodes that each compute a part of it. */
export interface BatchSplit {
  /** Which inputs are split along axis 0; every part reads the others whole. */
  readonly isSplit: readonly boolean[];
  /**
   * How the results of the parts make the node's result. Default 'concat': one after the other along axis 0.
   */
  readonly joins?: 'concat' | 'sum' | 'mean';
  /**
   * The inputs of the node that computes a part of `length` images, from the split and the whole inputs.
   * Default: those inputs.
   */
  readonly partInputs?: (inputs: readonly Value[], length: number) => readonly Value[];
}

/** @returns undefined where the node, with a batch of `batchSize`, must not be split */
export type SplitRule<A extends Attributes = Attributes> = Method<
  [node: RuleNode<A>, batchSize: number],
  BatchSplit | undefined
>;

/** The first operator set that has an operator in the form that these inputs need. */
export type OperatorSet = Method<[inputs: readonly Value[]], number>;

/** @throws when an attribute is unknown, has another kind, or a value that is not covered */
export type ReadAttributes<A extends Attributes = Attributes> = Method<
  [given: Attributes, inputs: readonly Value[]],
  A
>;

/**
 * Optional fields have a default that is never wrong: the operator is differentiated without broadcasting,
 * not split along the batch, and gets a buffer of its own.
 */
export interface Operator<A extends Attributes = Attributes> {
  /** The operator's name in ONNX. */
  readonly type: string;
  /** The first operator set of ONNX in which the operator has this meaning. Default: 18 or earlier. */
  readonly opset?: OperatorSet;
  /** Fewest and most inputs. */
  readonly inputs: readonly [fewest: number, most: number];
  /** Positions of inputs that may be left out while later ones are given. */
  readonly optionalInputs?: readonly number[];
  readonly attributes: { readonly [K in keyof A]-?: AttributeKind };
  /**
   * The attributes of a node that another program wrote, in this project's form: in ONNX some may be left
   * out, or be given in two ways.
   * @param given the node's attributes
   * @throws when they have values that the rules here do not cover. Default: a node has each of `attributes`,
   * and no other.
   */
  readonly read?: ReadAttributes<A>;
  /**
   * Element type and shape of each output.
   * @throws when the inputs do not fit
   */
  infer(inputs: readonly Value[], attributes: A): readonly ValueType[];
  /** 'none': the inputs or the outputs are not floats (an index, a comparison), so no gradient flows. */
  readonly gradient: GradientRule<A> | 'none';
  /** Whether inputs broadcast as in NumPy: length 1, or a missing axis, is repeated. Default false. */
  readonly broadcasts?: boolean;
  /** How a node is split along the batch. Default: it is not. */
  readonly splitBatch?: SplitRule<A>;
  /**
   * Where ONNX Runtime's CPU provider puts the result. 'in place': over the first input, if nothing reads
   * that afterwards; 'view': it shares the first input's buffer. Default: in a buffer of its own.
   */
  readonly memory?: 'in place' | 'view';
}
