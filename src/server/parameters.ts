/**
 * The parameters of requests: a zod schema each, which checks them and from which the OpenAPI document is
 * generated.
 */
import { z } from 'zod';
import { nearestSize, type SizeRule } from '../models/network.ts';
import {
  impliedBy,
  type RefineOptions,
  type RefineParameter,
  refineParameters,
  varyingDefault,
  wordsOf,
} from '../refine/parameters.ts';
import { snakeCase } from '../text/case.ts';
import { shown } from '../text/shown.ts';
import { type OutputFormat, type OutputName, outputFormats, outputNames } from './outputs.ts';
import { Problem } from './problem.ts';

/** The limits that the available models set. */
export interface ParameterRules {
  /** Names of the models; the first is the default. */
  readonly models: readonly string[];
  /** Names of the CAM methods; the first is the default. */
  readonly methods: readonly string[];
  /** The sizes that each model accepts, in the models' order. */
  readonly sizes: readonly SizeRule[];
  /** The largest allowed input size, in pixels. */
  readonly maxImSize: number;
}

const most = { text: 256, topK: 1000, classes: 8, side: 32_768 } as const;
/** Parameters that may be repeated, and are lists. */
const repeatable: readonly string[] = ['class'];
/** Limit on the characters of a request that an error quotes. */
const mostShown = 64;
/** The smallest input size, in pixels. */
const leastSize = 32;

/** A schema of parameters with values of type T. */
export type ParameterSchema<T> = z.ZodObject & z.ZodType<T>;

export interface ModelParameters {
  readonly model: string;
  readonly im_size?: number;
}

export interface PredictParameters extends ModelParameters {
  readonly top_k: number;
}

/** Besides these, the refinement's parameters: `refineOptionsOf`. */
export interface ExplainParameters extends ModelParameters {
  readonly class?: readonly string[];
  readonly top?: number;
  readonly side?: number;
  readonly method: string;
  readonly outputs: readonly OutputName[];
  readonly format: OutputFormat;
  readonly deliver: 'inline' | 'link';
}

type Shape = Record<string, z.ZodType>;

/** The schema allows what any of the models accepts; `checkImSize` checks the size against one model. */
function modelShape({ models, sizes, maxImSize }: ParameterRules) {
  const multiple = sizes.map((rule) => ('only' in rule ? rule.only : rule.multiple)).reduce(commonDivisor);
  return {
    model: z.enum(models).default(models[0]).describe('The name of the model.'),
    im_size: number(z.number().min(Math.max(multiple, leastSize)).max(maxImSize).multipleOf(multiple))
      .optional()
      .describe(
        "Height and width of the model's input in pixels, one of its `im_sizes`; default: the size it was trained at.",
      ),
  };
}

/** The greatest common divisor (Euclid). */
function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** @throws Problem 422 when the model does not accept the size */
export function checkImSize(model: string, rule: SizeRule, size: number): void {
  if (nearestSize(rule, size) === size) return;
  const needed = 'only' in rule ? `only ${rule.only}` : `multiples of ${rule.multiple}`;
  throw new Problem(422, `im_size: the model ${model} takes ${needed}, got ${size}`);
}

/** The parameters of `POST /v1/predict`. */
export function predictParameters(rules: ParameterRules): ParameterSchema<PredictParameters> {
  return z.strictObject({
    ...modelShape(rules),
    top_k: number(z.int().min(1).max(most.topK))
      .default(5)
      .describe('Number of classes, most probable first; at most as many as the model has.'),
  });
}

/** The parameters of `POST /v1/explain`. */
export function explainParameters(rules: ParameterRules): ParameterSchema<ExplainParameters> {
  return z.strictObject({
    ...modelShape(rules),
    class: z
      .array(z.string().min(1).max(most.text))
      .min(1)
      .max(most.classes)
      .optional()
      .describe(
        "The class to explain: its name or, if no class has that name, its index; may be repeated. Default: the picture's predicted class.",
      ),
    top: number(z.int().min(1).max(most.classes))
      .optional()
      .describe(
        'Explain this many of the most probable classes, instead of class; at most as many as the model has.',
      ),
    method: z
      .enum(rules.methods)
      .default(rules.methods[0])
      .describe('The CAM method that computes the low-res map.'),
    outputs: list(z.array(z.enum(outputNames)).max(outputNames.length))
      .default(['merged', 'mask', 'cut_out', 'overlay'])
      .describe(`The outputs to return, separated by commas, or none: ${outputNames.join(', ')}.`),
    format: z
      .enum(outputFormats)
      .default('auto')
      .describe(
        'The format of the outputs: maps as .npy and pictures as PNG (auto), or all of one kind. The pipeline is always a PNG.',
      ),
    side: number(z.int().min(1).max(most.side))
      .optional()
      .describe(
        "The longer side of mask, cut-out and overlay, in pixels, at most; default: the picture's own, within the server's limit.",
      ),
    deliver: z
      .enum(['inline', 'link'])
      .default('inline')
      .describe('Outputs inside the answer, in base64, or as links that are valid for some minutes.'),
    ...refineShape(),
  });
}

function refineShape(): Shape {
  return Object.fromEntries(refineParameters.map((one) => [snakeCase(one.name), refineSchema(one)]));
}

function refineSchema(parameter: RefineParameter): z.ZodType {
  const { refiner, when = {}, text } = parameter;
  const needed = Object.entries({ ...(refiner && { refiner }), ...when });
  const words = needed.map(([name, value]) => `\`${snakeCase(name)}=${value}\``);
  const description = words.length === 0 ? text : `${text} Only with ${words.join(' and ')}.`;
  const varying = varyingDefault(parameter);
  const withDefault = (schema: z.ZodType): z.ZodType =>
    varying === undefined && impliedBy(parameter).length === 0
      ? schema.default(parameter.default).describe(description)
      : schema.optional().describe(`${description} Default: ${varying ?? parameter.default}.`);
  if ('words' in parameter) return withDefault(z.enum(wordsOf(parameter)));
  const [low, high] = parameter.range;
  const range = (parameter.whole ? z.int() : z.number()).max(high);
  return withDefault(number(parameter.open ? range.gt(low) : range.min(low)));
}

/** The refinement's options among the parameters; without `refiner` if none was given. */
export function refineOptionsOf(parameters: ExplainParameters): RefineOptions {
  const all = parameters as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(refineParameters.map(({ name }) => [name, all[snakeCase(name)]]));
}

/** A number in decimal digits: not NaN, no white space, not hexadecimal. */
function number<T extends z.ZodType>(schema: T) {
  return z.preprocess(
    (text) =>
      typeof text === 'string' && /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : text,
    schema,
  );
}

function list<T extends z.ZodType>(schema: T) {
  return z.preprocess(
    (text) => (typeof text === 'string' ? [...new Set(text.split(',').filter((name) => name !== ''))] : text),
    schema,
  );
}

/**
 * Checks parameters as received.
 * @param given pairs of name and value, from the query and from a form's fields
 * @throws Problem 422 when a name is unknown, is repeated but not a list, or has a value out of range
 */
export function parseParameters<T>(
  schema: ParameterSchema<T>,
  given: Iterable<readonly [name: string, value: string]>,
): T {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of given) {
    if (!Object.hasOwn(schema.shape, name)) {
      const names = Object.keys(schema.shape).join(', ');
      throw new Problem(422, `'${shown(name, mostShown)}' is not a parameter; there are ${names}`);
    }
    const before = values.get(name);
    if (Array.isArray(before)) before.push(value);
    else if (before === undefined) values.set(name, repeatable.includes(name) ? [value] : value);
    else throw new Problem(422, `the parameter '${name}' is given twice`);
  }
  const result = schema.safeParse(Object.fromEntries(values));
  if (result.success) return result.data as T;
  const [{ path, message }] = result.error.issues;
  const name = String(path[0]);
  throw new Problem(422, `${name}: ${message}, got '${shown(String(values.get(name) ?? ''), mostShown)}'`);
}
