/**
 * The server's answers, as zod schemas: the OpenAPI document is generated from them, and the tests check the
 * answers against them.
 */
import { z } from 'zod';
import { outputNames } from './outputs.ts';
import { problemSchema } from './problem.ts';

const prediction: z.ZodObject = z.strictObject({
  index: z.int().min(0),
  name: z.string(),
  probability: z.number().min(0).max(1),
});

const size: z.ZodTuple = z.tuple([z.int().min(1), z.int().min(1)]);

const box = z.tuple([z.int(), z.int(), z.int(), z.int()]);
const covers = box
  .optional()
  .describe(
    'The part of the picture that the model sees, [x0, y0, x1, y1), in its pixels; absent if the model sees the whole picture.',
  );

const notes = z
  .array(z.string())
  .optional()
  .describe(
    'Warnings about the picture, such as 16 bits of which 12 are used, or that only the first of several pages is read; absent if there are none.',
  );

/** The answer to a request with several pictures. */
function several(one: z.ZodType): z.ZodObject {
  return z.strictObject({
    pictures: z
      .array(z.union([one, z.strictObject({ error: problemSchema })]))
      .describe('For several pictures, in their order: the answer to each, or its error.'),
  });
}

/** The answer of `POST /v1/predict` for one picture. */
export const predictAnswer: z.ZodObject = z.strictObject({
  model: z.string(),
  picture_size: size.describe('Width and height of the picture as it was sent, upright, in pixels.'),
  covers,
  notes,
  predictions: z.array(prediction).describe('Best first.'),
});

/** The same for several pictures. */
export const predictAnswers: z.ZodObject = several(predictAnswer);

const output: z.ZodObject = z.strictObject({
  type: z.enum(['application/x-npy', 'image/png']),
  shape: z.array(z.int()).optional().describe('[H, W] or [H, W, C]; absent for the pipeline.'),
  base64: z.string().optional().describe('The file, if it is delivered inline.'),
  href: z.string().optional().describe('Its path on this server, if it is delivered as a link.'),
});

const explainedClass = {
  explained_class: prediction,
  picture_size: size.describe('Width and height of the picture as it was sent, upright, in pixels.'),
  result_size: size.describe('Width and height of mask, cut-out and overlay, in pixels.'),
  box: box
    .nullable()
    .describe(
      'The bounding box of the kept pixels, [x0, y0, x1, y1), in pixels of the picture; null if none is kept.',
    ),
  box_coco: box.nullable().describe('The same, [x, y, width, height].'),
  share: z.number().min(0).max(1).describe('The share of the picture that is kept.'),
  map_size: size.describe('Width and height of the maps, in pixels; the low-res map has fewer.'),
  bounds: z
    .tuple([z.number(), z.number()])
    .optional()
    .describe('The edge strengths between which the region grows; only with the refiner regions.'),
  focal_points_xy: z
    .array(z.tuple([z.int(), z.int()]))
    .optional()
    .describe('The seeds, in pixels of the maps; only with the refiner regions.'),
  kept_box: box
    .nullable()
    .describe('The bounding box of the kept pixels of the maps, [x0, y0, x1, y1); null if none is kept.'),
  kept_share: z.number().min(0).max(1).describe('The share of the maps that is kept.'),
  flat_maps: z
    .array(z.enum(['low', 'high', 'merged']))
    .describe('The maps that are flat: all their values are equal.'),
  options: z.record(z.string(), z.union([z.string(), z.number()])).describe('Of the refinement.'),
  outputs: z.partialRecord(z.enum(outputNames), output),
};

const explainedPicture = {
  model: z.string(),
  method: z.string(),
  covers,
  notes,
  predictions: z.array(prediction).max(5).describe('The best five, best first.'),
};

/**
 * The answer of `POST /v1/explain` for one picture, with one class or several. As the JSON file of
 * `hrm explain`, with outputs.
 */
export const explainAnswer: z.ZodType = z.union([
  z.strictObject({ ...explainedPicture, ...explainedClass }),
  z.strictObject({ ...explainedPicture, classes: z.array(z.strictObject(explainedClass)) }),
]);

/** The same for several pictures. */
export const explainAnswers: z.ZodObject = several(explainAnswer);

const imported: z.ZodObject = z.strictObject({
  source: z.string().describe('The file that it was imported from.'),
  head: z.enum(['linear', 'other']).describe('linear: its own map is the exact CAM; other: HiResCAM.'),
  layer: z.string().describe('The layer of its own map.'),
  preprocessing: z
    .strictObject({
      scale: z.number(),
      mean: z.array(z.number()),
      std: z.array(z.number()),
      bgr: z.boolean(),
    })
    .describe('(scale x - mean) / std, x in [0, 1]; then, with bgr, blue first.'),
  crop: z
    .number()
    .optional()
    .describe(
      'The model sees the square in the middle of a picture with this share of the shorter side; absent: all of it.',
    ),
});

/** The answer of `GET /v1/model`. */
export const modelAnswer: z.ZodObject = z.strictObject({
  default: z.string().describe('The default model.'),
  models: z.array(
    z.strictObject({
      name: z.string(),
      type: z.enum(['half', 'full']).describe('half: it has only a low-res map, which is enlarged.'),
      classes: z.array(z.string()).describe('By index.'),
      im_size: z.int().describe('The size at which it was trained, in pixels.'),
      im_sizes: z
        .union([z.strictObject({ multiple: z.int().min(1) }), z.strictObject({ only: z.int().min(1) })])
        .describe('The sizes that it accepts: multiples of a number, or a single one.'),
      channels: z.union([z.literal(1), z.literal(3)]),
      imported: imported.optional().describe('For an imported classifier.'),
      device: z.string().describe('The device that it runs on.'),
      methods: z.array(z.string()).describe('CAM methods.'),
      file: z.strictObject({
        href: z.string().describe("Relative to this answer's address."),
        bytes: z.int(),
        sha256: z.string(),
      }),
    }),
  ),
});

/** The answer of `GET /healthz`. */
export const healthAnswer: z.ZodObject = z.strictObject({ status: z.literal('ok') });
