/** What an imported classifier's file says of it, beside the nodes. */
import { z } from 'zod';

const grid = { channels: z.number(), height: z.number(), width: z.number(), special: z.number() };

const preprocessing = z.object({
  scale: z.number(),
  mean: z.array(z.number()),
  std: z.array(z.number()),
  bgr: z.boolean(),
});

/** The metadata `hrm.imported`. */
export const importFactsSchema = z.object({
  /** Name of the file that it was made from. */
  source: z.string(),
  preprocessing,
  /** How a picture comes to the size: squashed, or this share of its shorter side, cut out of the middle. */
  fit: z.union([z.literal('squash'), z.object({ crop: z.number() })]),
  /** Pictures a run: 1, or any number. */
  batch: z.union([z.literal(1), z.literal('any')]),
  /** Heights and widths that it takes: its own alone, or others too. */
  sizes: z.enum(['fixed', 'any']),
  /** Name of the value before softmax or sigmoid. */
  logits: z.string(),
  activation: z.enum(['softmax', 'sigmoid']),
  /** 'linear': in the means of the head layer's feature maps, so the low-res map is the exact CAM; 'other': it is HiResCAM. */
  head: z.enum(['linear', 'other']),
  layers: z.object({
    head: z.string(),
    target: z.string(),
    pyramid: z.array(z.string()),
    /** From the classifier back to the image. */
    all: z.array(z.object({ name: z.string(), form: z.enum(['NCHW', 'NHWC', 'NTC', 'NCT']), ...grid })),
  }),
});

export type ImportFacts = z.infer<typeof importFactsSchema>;
export type Fit = ImportFacts['fit'];
