/** What one ONNX operator is to this project: its attributes, its rules, and the facts that rewrites and plans go by. */
import type { Value, ValueType } from './graph.ts';
import type { Builders } from './ops/index.ts';

export type AttributeKind = 'int' | 'ints' | 'float' | 'string';
export type Attributes = Readonly<Record<string, number | readonly number[] | string | undefined>>;

/** One use of an operator, as its rules see it. */
export interface RuleNode<A extends Attributes = Attributes> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: A;
}

/**
 * The type of a method. TypeScript compares the parameters of methods both ways, so an operator with attributes of its own is an
 * `Operator`, too. That is sound here: a rule only ever gets the attributes of a node that was added with the rule's operator.
 */
type Method<Parameters extends readonly unknown[], Result> = {
  method(...parameters: Parameters): Result;
}['method'];

/**
 * The vector-Jacobian product of one node: from the gradient of each output (zeros: the loss does not depend on it) to the
 * gradient of each input, one entry for each, `undefined` where none flows. `o` holds every operator's builder. The walk
 * (`gradients`) checks the entries: float32, of the shape of their input; of an operator that `broadcasts` they may keep the axes
 * along which the input was broadcast, which the walk sums.
 */
export type GradientRule<A extends Attributes = Attributes> = Method<
  [node: RuleNode<A>, dOutputs: readonly Value[], o: Builders],
  readonly (Value | undefined)[]
>;

/** How a node is taken apart along axis 0, the batch, into nodes that compute a part of it each. */
export interface BatchSplit {
  /** Which inputs are taken apart along axis 0; the others serve every part as they are. */
  readonly parted: readonly boolean[];
  /** How the results of the parts give the node's own. Default 'concat': they follow one another along axis 0. */
  readonly joins?: 'concat' | 'sum' | 'mean';
  /** The inputs of the node of a part of `length` images, where they are not `inputs`: the parts, and what serves every part. */
  readonly partInputs?: (inputs: readonly Value[], length: number) => readonly Value[];
}

/** @returns undefined where the node, with a batch of `batchSize`, is not to be taken apart. */
export type SplitRule<A extends Attributes = Attributes> = Method<
  [node: RuleNode<A>, batchSize: number],
  BatchSplit | undefined
>;

/** The operator set that has an operator in the form that these inputs ask for. */
export type OperatorSet = Method<[inputs: readonly Value[]], number>;

/** @throws when an attribute is unknown, of another kind, or says what is not covered */
export type ReadAttributes<A extends Attributes = Attributes> = Method<
  [given: Attributes, inputs: readonly Value[]],
  A
>;

/**
 * What is optional here has a default with which no result is wrong: an operator that leaves it out is differentiated without
 * broadcasting, not taken apart, and gets memory of its own.
 */
export interface Operator<A extends Attributes = Attributes> {
  /** The name in ONNX. */
  readonly type: string;
  /** The first operator set of ONNX in which a node means what it means here. Default: 18, or one before it. */
  readonly opset?: OperatorSet;
  /** Fewest and most inputs. */
  readonly inputs: readonly [fewest: number, most: number];
  /** Places of inputs that may be left out, with others behind them, where there are such. */
  readonly optionalInputs?: readonly number[];
  readonly attributes: { readonly [K in keyof A]-?: AttributeKind };
  /**
   * The attributes of a node that another program wrote, in this project's form: ONNX lets some be left out, or be said in two ways.
   * @param given what the node says
   * @throws when it says what the rules here do not cover. Default: a node has each of `attributes`, and no other.
   */
  readonly read?: ReadAttributes<A>;
  /** Element type and shape of each output. @throws when the inputs do not fit. */
  infer(inputs: readonly Value[], attributes: A): readonly ValueType[];
  /** 'none': no floats go in and come out (an index, a comparison), so no gradient flows. */
  readonly gradient: GradientRule<A> | 'none';
  /** Inputs of length 1 along an axis, or without it, serve the whole length of the result. Default: they do not. */
  readonly broadcasts?: boolean;
  /** How a node is taken apart along the batch. Default: not at all. */
  readonly splitBatch?: SplitRule<A>;
  /**
   * Where ONNX Runtime puts the result on the CPU. 'in place': over the first input, if nobody needs that any more; 'view': it is
   * the first input, seen otherwise. Default: in a buffer of its own.
   */
  readonly memory?: 'in place' | 'view';
}
