/** The table of operators: all that this project can write, read and differentiate, one file each. */
import type { Operator } from '../operator.ts';
import * as everyBuilder from './builders.ts';
import * as everyOperator from './operators.ts';

export type OperatorType = keyof typeof everyOperator;

/** By ONNX name. */
export const operators: Readonly<Record<OperatorType, Operator>> = everyOperator;

/** Every builder by its name: gradient rules use these. */
export type Builders = typeof everyBuilder;

/** Every builder, by its name. */
export const builders: Builders = everyBuilder;
