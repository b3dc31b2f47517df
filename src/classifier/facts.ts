/** The facts that an imported classifier's file stores besides its nodes: the metadata `hrm.imported`. */
import { z } from 'zod';
import { printable } from '../text/printable.ts';
import type { StoredWeights } from './linear-head.ts';
import type { Places } from './places.ts';
import type { Preprocessing } from './preprocessing.ts';

/**
 * How a picture is brought to a classifier's size: squashed, or the square in its middle with this share of
 * the shorter side cropped.
 */
export type Fit = 'squash' | { readonly crop: number };

/** A value of the classifier that can be read as feature maps. */
export interface ClassifierLayer extends Places {
  /** Name of the value. */
  readonly name: string;
}

/** What an imported classifier's file stores of it as `hrm.imported`. */
export interface ImportFacts {
  /** The file that it was imported from. */
  readonly source: string;
  readonly preprocessing: Preprocessing;
  readonly fit: Fit;
  /** How its file stores large weights; it computes in float32 either way. Absent: unchanged. */
  readonly weights?: 'float16';
  /** Pictures per run: 1, or any number. */
  readonly batch: 1 | 'any';
  /** 'fixed': it accepts only pictures of its own size. */
  readonly sizes: 'fixed' | 'any';
  /** Name of the value before softmax or sigmoid. */
  readonly logits: string;
  /** Its shape for one picture: `[1, M]`, or the same with further axes of length 1. */
  readonly logitsShape: readonly number[];
  readonly activation: 'softmax' | 'sigmoid';
  /**
   * 'linear' in the means of the feature maps at `head`: the low-res map is the exact CAM. 'other': it is
   * HiResCAM at `target`.
   */
  readonly head: 'linear' | 'other';
  /** The layer in whose means the head is linear, if another layer was chosen as `target`. */
  readonly linearAt?: string;
  /** The stored weights of a linear head; undefined: they are the identity, or the head is not linear. */
  readonly headWeights?: StoredWeights;
  readonly layers: {
    /** As in `LayerTable`. */
    readonly head: string;
    readonly target: string;
    readonly pyramid: readonly string[];
    /** From the classifier back to the image, at the size of `hrm.im_size`. */
    readonly all: readonly ClassifierLayer[];
  };
}

/** A layer by its name. */
export function layerNamed({ layers }: Pick<ImportFacts, 'layers'>, name: string): ClassifierLayer {
  const layer = layers.all.find((one) => one.name === name);
  if (!layer) throw new Error(`internal: the classifier has no layer '${name}'`);
  return layer;
}

/** Limit on axis lengths in a file, far above those of any classifier. */
const longest = 1e7;
const length = z.number().int().min(1).max(longest);

export const importFactsSchema: z.ZodType<ImportFacts> = z.object({
  source: z.string().transform(printable),
  preprocessing: z.object({
    scale: z.number(),
    mean: z.array(z.number()).min(1),
    std: z.array(z.number()).min(1),
    bgr: z.boolean(),
  }),
  fit: z.union([z.literal('squash'), z.object({ crop: z.number().gt(0).max(1) })]),
  weights: z.literal('float16').optional(),
  batch: z.union([z.literal(1), z.literal('any')]),
  sizes: z.enum(['fixed', 'any']),
  logits: z.string(),
  logitsShape: z.array(length).min(2),
  activation: z.enum(['softmax', 'sigmoid']),
  head: z.enum(['linear', 'other']),
  linearAt: z.string().optional(),
  headWeights: z.object({ name: z.string(), rows: z.enum(['classes', 'channels']) }).optional(),
  layers: z.object({
    head: z.string(),
    target: z.string(),
    pyramid: z.array(z.string()),
    all: z.array(
      z.object({
        name: z.string(),
        form: z.enum(['NCHW', 'NHWC', 'NTC', 'NCT']),
        channels: length,
        height: length,
        width: length,
        special: z.number().int().min(0).max(longest),
      }),
    ),
  }),
});

/** The first axis of a classifier's inputs and outputs in a graph. */
export function batchDim({ batch }: Pick<ImportFacts, 'batch'>): 1 | 'N' {
  return batch === 1 ? 1 : 'N';
}
