/** The table of operators: every one the project can write, read and differentiate. A file each. */
import type { Operator } from '../operator.ts';
import * as everyBuilder from './builders.ts';
import * as everyOperator from './operators.ts';

export type OperatorType = keyof typeof everyOperator;

/** By ONNX name. */
export const operators: Readonly<Record<OperatorType, Operator>> = everyOperator;

/** Every builder by its name: what gradient rules are written in. */
export type Builders = typeof everyBuilder;

/** Every builder by its name: `builders.conv(...)` appends a node to a graph. */
export const builders: Builders = everyBuilder;
