/**
 * Reads preprocessing from JSON files: those that other libraries keep beside a classifier, and one with this
 * project's own fields.
 */
import { z } from 'zod';
import { FileError } from '../errors/file-error.ts';
import { checked, flag, needed, object, optional } from './checked.ts';
import type { Preprocessing } from './preprocessing.ts';

const number = z.number({ error: needed('a number') });

/** One number, or one for each of three channels. */
const numbers = z.preprocess(
  (value) => (typeof value === 'number' ? [value] : value),
  z
    .array(number, { error: needed('a number or a list of them') })
    .refine(({ length }) => length === 1 || length === 3, { error: needed('one number or three', 'are') }),
);
const deviations = numbers.refine((values) => values.every((value) => value > 0), {
  error: needed('numbers > 0', 'are'),
});

const rescaling = z.number({ error: needed('a number > 0') }).positive({ error: needed('a number > 0') });

const processorSchema = z.object({
  do_rescale: optional(flag),
  rescale_factor: optional(rescaling),
  rescale_offset: optional(flag),
  do_normalize: optional(flag),
  image_mean: optional(numbers),
  image_std: optional(deviations),
  do_flip_channel_order: optional(flag),
  include_top: optional(flag),
});

/**
 * The preprocessing in Hugging Face's `preprocessor_config.json`: pixels from 0 to 255 are multiplied by
 * `rescale_factor` (default 1/255) unless `do_rescale` is false; `rescale_offset` then subtracts 1. Unless
 * `do_normalize` is false, (x - image_mean) / image_std follows; with `include_top`, which EfficientNet has,
 * another division by image_std. `do_flip_channel_order`: blue first.
 * @returns undefined if the file has none of these fields
 * @throws `FileError` if a field is invalid
 */
export function processorPreprocessing(content: unknown, file: string): Preprocessing | undefined {
  const found = checked(processorSchema, content, file);
  if (Object.values(found).every((value) => value === undefined || value === null)) return undefined;
  const { image_mean: mean, image_std: std } = found;
  const normalizes = found.do_normalize ?? (mean ?? std) != null;
  if (normalizes && (!mean || !std)) {
    const missing = mean ? 'image_std' : 'image_mean';
    throw new FileError(file, `'${missing}' is missing, but needed to normalize`);
  }
  const offset = found.rescale_offset ? 1 : 0;
  const power = found.include_top ? 2 : 1;
  return {
    scale: plain(255 * (found.do_rescale === false ? 1 : (found.rescale_factor ?? 1 / 255))),
    mean: ((normalizes && mean) || [0]).map((value) => value + offset),
    std: ((normalizes && std) || [1]).map((value) => value ** power),
    bgr: found.do_flip_channel_order ?? false,
  };
}

/** 1/255 exactly, which files write with more or fewer digits. */
function plain(scale: number): number {
  const whole = Math.round(scale);
  return whole > 0 && Math.abs(scale - whole) < 1e-5 * whole ? whole : scale;
}

const timmSchema = z.object({ mean: optional(numbers), std: optional(deviations) });

/**
 * The preprocessing from timm's `mean` and `std`.
 * @returns undefined if both are missing
 * @throws `FileError` if only one is, or one is invalid
 */
export function timmPreprocessing(content: unknown, file: string): Preprocessing | undefined {
  const { mean, std } = checked(timmSchema, content, file);
  if (!mean && !std) return undefined;
  if (!mean || !std)
    throw new FileError(file, `'mean' and 'std' are needed together, '${mean ? 'std' : 'mean'}' is missing`);
  return { scale: 1, mean, std, bgr: false };
}

const ownSchema = z.strictObject(
  { mean: numbers, std: deviations, scale: rescaling.default(1), bgr: flag.default(false) },
  { error: needed('an object with mean, std and perhaps scale and bgr') },
);

/**
 * The preprocessing in a file that an option names: the fields of `Preprocessing`, or those of a
 * `preprocessor_config.json`.
 * @throws `FileError` if it is neither
 */
export function readPreprocessing(content: unknown, file: string): Preprocessing {
  const fields = checked(object, content, file);
  if ('mean' in fields || 'std' in fields) return checked(ownSchema, content, file);
  const found = processorPreprocessing(content, file);
  if (!found) {
    throw new FileError(
      file,
      "no preprocessing found: 'mean' and 'std' are needed, or 'image_mean' and 'image_std' as in a preprocessor_config.json",
    );
  }
  return found;
}
