/** The parameters of requests: one zod schema each, which checks them and from which the OpenAPI document is made. */
import { z } from 'zod';
import { nearestSize, type SizeRule } from '../models/network.ts';
import {
  asksFor,
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

/** What the models at hand allow. */
export interface ParameterRules {
  /** Names of the models; the first is the default. */
  readonly models: readonly string[];
  /** Names of the CAM methods; the first is the default. */
  readonly methods: readonly string[];
  /** Sizes that each of the models takes, in their order. */
  readonly sizes: readonly SizeRule[];
  /** The largest size, in pixels, at which a model may look. */
  readonly maxImSize: number;
}

const most = { text: 256, topK: 1000, classes: 8, side: 32_768 } as const;
/** Parameters that may come several times, and are lists. */
const repeatable: readonly string[] = ['class'];
/** Letters of a request that an error repeats. */
const mostShown = 64;
/** The least size, in pixels. */
const leastSize = 32;

/** A schema of parameters, whose values are of type T. */
export type ParameterSchema<T> = z.ZodObject & z.ZodType<T>;

export interface ModelParameters {
  readonly model: string;
  readonly im_size?: number;
}

export interface PredictParameters extends ModelParameters {
  readonly top_k: number;
}

/** Beside these, the refinement's: `refineOptionsOf`. */
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

/** The schema allows what any of the models takes; `checkImSize` says whether the one that is asked does. */
function modelShape({ models, sizes, maxImSize }: ParameterRules) {
  const multiple = sizes.map((rule) => ('only' in rule ? rule.only : rule.multiple)).reduce(commonDivisor);
  return {
    model: z.enum(models).default(models[0]).describe('The model, by its name.'),
    im_size: number(z.number().min(Math.max(multiple, leastSize)).max(maxImSize).multipleOf(multiple))
      .optional()
      .describe(
        'Height and width in pixels at which the model looks, as its `im_sizes` allow; default: the size it was trained at.',
      ),
  };
}

/** The greatest one (Euclid). */
function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** @throws Problem 422 when the model does not take the size */
export function checkImSize(model: string, rule: SizeRule, size: number): void {
  if (nearestSize(rule, size) === size) return;
  const needed = 'only' in rule ? `${rule.only} alone` : `multiples of ${rule.multiple}`;
  throw new Problem(422, `im_size: the model ${model} takes ${needed}, got ${size}`);
}

/** Of `POST /v1/predict`. */
export function predictParameters(rules: ParameterRules): ParameterSchema<PredictParameters> {
  return z.strictObject({
    ...modelShape(rules),
    top_k: number(z.int().min(1).max(most.topK))
      .default(5)
      .describe('How many classes, best first; no more than the model has.'),
  });
}

/** Of `POST /v1/explain`. */
export function explainParameters(rules: ParameterRules): ParameterSchema<ExplainParameters> {
  return z.strictObject({
    ...modelShape(rules),
    class: z
      .array(z.string().min(1).max(most.text))
      .min(1)
      .max(most.classes)
      .optional()
      .describe(
        "The class to explain: its name or, where no class has that name, its index; again for several. Default: the picture's predicted class.",
      ),
    top: number(z.int().min(1).max(most.classes))
      .optional()
      .describe('The most probable classes, so many, in the place of class; no more than the model has.'),
    method: z
      .enum(rules.methods)
      .default(rules.methods[0])
      .describe('The CAM method that makes the low-res map.'),
    outputs: list(z.array(z.enum(outputNames)).max(outputNames.length))
      .default(['merged', 'mask', 'cut_out', 'overlay'])
      .describe(`What to send, names with commas between them, or nothing: ${outputNames.join(', ')}.`),
    format: z
      .enum(outputFormats)
      .default('auto')
      .describe(
        'Of the outputs: maps as .npy and pictures as PNG (auto), or all of one kind. The pipeline is always a PNG.',
      ),
    side: number(z.int().min(1).max(most.side))
      .optional()
      .describe(
        "The longer side of mask, cut-out and overlay, in pixels, at most; default: the picture's own, as far as the server makes so many pixels.",
      ),
    deliver: z
      .enum(['inline', 'link'])
      .default('inline')
      .describe(
        'Outputs in the answer, in base64, or links from which they can be fetched for some minutes.',
      ),
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
    varying === undefined && asksFor(parameter).length === 0
      ? schema.default(parameter.default).describe(description)
      : schema.optional().describe(`${description} Default: ${varying ?? parameter.default}.`);
  if ('words' in parameter) return withDefault(z.enum(wordsOf(parameter)));
  const [low, high] = parameter.range;
  const range = (parameter.whole ? z.int() : z.number()).max(high);
  return withDefault(number(parameter.open ? range.gt(low) : range.min(low)));
}

/** The refinement's options among the parameters; without a refiner where none was asked for. */
export function refineOptionsOf(parameters: ExplainParameters): RefineOptions {
  const all = parameters as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(refineParameters.map(({ name }) => [name, all[snakeCase(name)]]));
}

/** A number written in decimal digits: not NaN, no white space, not hexadecimal. */
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
 * Parameters as they came, checked.
 * @param given pairs of name and value, of the query and of a form's fields together
 * @throws Problem 422 when a name is unknown, comes twice where it may not, or has a value outside its range
 */
export function parseParameters<T>(
  schema: ParameterSchema<T>,
  given: Iterable<readonly [name: string, value: string]>,
): T {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of given) {
    if (!Object.hasOwn(schema.shape, name)) {
      const names = Object.keys(schema.shape).join(', ');
      throw new Problem(422, `'${shown(name, mostShown)}' is no parameter; there are ${names}`);
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
