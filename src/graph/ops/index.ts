/** The table of operators: every one the project can write, read and differentiate. A file each. */
import type { Operator } from '../operator.ts';
import { Add, add } from './add.ts';
import { ArgMax, argMax } from './arg-max.ts';
import { AveragePool, averagePool } from './average-pool.ts';
import { BatchNormalization, batchNormalization } from './batch-normalization.ts';
import { Cast, cast } from './cast.ts';
import { Concat, concat } from './concat.ts';
import { Conv, conv } from './conv.ts';
import { ConvTranspose, convTranspose } from './conv-transpose.ts';
import { DepthToSpace, depthToSpace } from './depth-to-space.ts';
import { Div, div } from './div.ts';
import { Equal, equal } from './equal.ts';
import { Exp, exp } from './exp.ts';
import { Expand, expand } from './expand.ts';
import { HardSigmoid, hardSigmoid, isPositive, isZero } from './hard-sigmoid.ts';
import { Identity, identity } from './identity.ts';
import { Less, less } from './less.ts';
import { Log, log } from './log.ts';
import { LogSoftmax, logSoftmax } from './log-softmax.ts';
import { MatMul, matMul } from './mat-mul.ts';
import { MaxPool, maxPool } from './max-pool.ts';
import { Mul, mul } from './mul.ts';
import { Neg, neg } from './neg.ts';
import { Pad, pad } from './pad.ts';
import { ReduceMean, reduceMean } from './reduce-mean.ts';
import { ReduceSum, reduceSum } from './reduce-sum.ts';
import { Relu, relu } from './relu.ts';
import { Reshape, reshape } from './reshape.ts';
import { Resize, upsampleNearest } from './resize.ts';
import { reverse, Slice, slice } from './slice.ts';
import { Softmax, softmax } from './softmax.ts';
import { SpaceToDepth, spaceToDepth } from './space-to-depth.ts';
import { Sqrt, sqrt } from './sqrt.ts';
import { Sub, sub } from './sub.ts';
import { Transpose, transpose } from './transpose.ts';
import { Where, where } from './where.ts';

export type OperatorType =
  | 'Add'
  | 'ArgMax'
  | 'AveragePool'
  | 'BatchNormalization'
  | 'Cast'
  | 'Concat'
  | 'ConvTranspose'
  | 'Conv'
  | 'DepthToSpace'
  | 'Div'
  | 'Equal'
  | 'Exp'
  | 'Expand'
  | 'HardSigmoid'
  | 'Identity'
  | 'Less'
  | 'LogSoftmax'
  | 'Log'
  | 'MatMul'
  | 'MaxPool'
  | 'Mul'
  | 'Neg'
  | 'Pad'
  | 'ReduceMean'
  | 'ReduceSum'
  | 'Relu'
  | 'Reshape'
  | 'Resize'
  | 'Slice'
  | 'Softmax'
  | 'SpaceToDepth'
  | 'Sqrt'
  | 'Sub'
  | 'Transpose'
  | 'Where';

/** By ONNX name. Total: a name without a rule does not compile. */
export const operators: Readonly<Record<OperatorType, Operator>> = {
  Add: Add as Operator,
  ArgMax: ArgMax as Operator,
  AveragePool: AveragePool as Operator,
  BatchNormalization: BatchNormalization as Operator,
  Cast: Cast as Operator,
  Concat: Concat as Operator,
  ConvTranspose: ConvTranspose as Operator,
  Conv: Conv as Operator,
  DepthToSpace: DepthToSpace as Operator,
  Div: Div as Operator,
  Equal: Equal as Operator,
  Exp: Exp as Operator,
  Expand: Expand as Operator,
  HardSigmoid: HardSigmoid as Operator,
  Identity: Identity as Operator,
  Less: Less as Operator,
  LogSoftmax: LogSoftmax as Operator,
  Log: Log as Operator,
  MatMul: MatMul as Operator,
  MaxPool: MaxPool as Operator,
  Mul: Mul as Operator,
  Neg: Neg as Operator,
  Pad: Pad as Operator,
  ReduceMean: ReduceMean as Operator,
  ReduceSum: ReduceSum as Operator,
  Relu: Relu as Operator,
  Reshape: Reshape as Operator,
  Resize: Resize as Operator,
  Slice: Slice as Operator,
  Softmax: Softmax as Operator,
  SpaceToDepth: SpaceToDepth as Operator,
  Sqrt: Sqrt as Operator,
  Sub: Sub as Operator,
  Transpose: Transpose as Operator,
  Where: Where as Operator,
};

/** Every builder by its name: what gradient rules are written in. */
export interface Builders {
  add: typeof add;
  argMax: typeof argMax;
  averagePool: typeof averagePool;
  batchNormalization: typeof batchNormalization;
  cast: typeof cast;
  concat: typeof concat;
  conv: typeof conv;
  convTranspose: typeof convTranspose;
  depthToSpace: typeof depthToSpace;
  div: typeof div;
  equal: typeof equal;
  exp: typeof exp;
  expand: typeof expand;
  hardSigmoid: typeof hardSigmoid;
  identity: typeof identity;
  isPositive: typeof isPositive;
  isZero: typeof isZero;
  less: typeof less;
  log: typeof log;
  logSoftmax: typeof logSoftmax;
  matMul: typeof matMul;
  maxPool: typeof maxPool;
  mul: typeof mul;
  neg: typeof neg;
  pad: typeof pad;
  reduceMean: typeof reduceMean;
  reduceSum: typeof reduceSum;
  relu: typeof relu;
  reshape: typeof reshape;
  reverse: typeof reverse;
  slice: typeof slice;
  softmax: typeof softmax;
  spaceToDepth: typeof spaceToDepth;
  sqrt: typeof sqrt;
  sub: typeof sub;
  transpose: typeof transpose;
  upsampleNearest: typeof upsampleNearest;
  where: typeof where;
}

export const builders: Builders = {
  add,
  argMax,
  averagePool,
  batchNormalization,
  cast,
  concat,
  conv,
  convTranspose,
  depthToSpace,
  div,
  equal,
  exp,
  expand,
  hardSigmoid,
  identity,
  isPositive,
  isZero,
  less,
  log,
  logSoftmax,
  matMul,
  maxPool,
  mul,
  neg,
  pad,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  reverse,
  slice,
  softmax,
  spaceToDepth,
  sqrt,
  sub,
  transpose,
  upsampleNearest,
  where,
};
