/** The image input of a classifier: its layout, channels and size. */
import { FileError } from '../errors/file-error.ts';
import type { ForeignInput, ForeignModel } from '../graph/onnx/foreign-model.ts';

export interface ImageInput {
  readonly name: string;
  readonly layout: 'NCHW' | 'NHWC';
  readonly channels: 1 | 3;
  /** Whether it is an integer input, which takes levels from 0 to 255. */
  readonly isLevels: boolean;
  /** Pictures per run; undefined: any number. */
  readonly batch?: 1;
  /** In pixels; undefined: any. */
  readonly height?: number;
  readonly width?: number;
}

/** The names of ONNX's element types; first those that an image input may have. */
const typeNames: Readonly<Record<number, string>> = {
  1: 'float32',
  10: 'float16',
  11: 'float64',
  2: 'uint8',
  16: 'bfloat16',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
};
const pictureTypes: readonly number[] = [1, 10, 11, 2, 16];
const uint8 = 2;

/** @throws `FileError` with the inputs found, if they are not those of an image classifier */
export function imageInputOf(model: ForeignModel): { input: ImageInput; source: ForeignInput } {
  const needed = 'an image classifier has one input of pixels, [N, C, H, W] or [N, H, W, C]';
  const [source, ...others] = model.inputs;
  if (source === undefined || others.length > 0) {
    const found =
      source === undefined
        ? 'no input'
        : `${model.inputs.length} inputs (${model.inputs.map(describe).join(', ')})`;
    throw new FileError(model.name, `no image classifier: it has ${found}; ${needed}`);
  }
  const { name, type = 0, shape } = source;
  if (shape?.length !== 4 || !pictureTypes.includes(type)) {
    throw new FileError(model.name, `no image classifier: its input is ${describe(source)}; ${needed}`);
  }
  const layout = layoutOf(model, name, shape);
  const [batch, height, width, channels = channelsRead(model, name) ?? 3] =
    layout === 'NHWC' ? shape : [shape[0], shape[2], shape[3], shape[1]];
  if (channels !== 1 && channels !== 3) {
    throw new FileError(
      model.name,
      `its input ${describe(source)} has ${channels} channels; pictures have 1 (grey) or 3 (RGB): export it for these`,
    );
  }
  if (batch !== undefined && batch !== 1) {
    throw new FileError(
      model.name,
      `its input takes ${batch} pictures per run; export it with a batch of 1, or a free one`,
    );
  }
  return { input: { name, layout, channels, isLevels: type === uint8, batch, height, width }, source };
}

/** `'input_ids', int64 [?, 128]` */
function describe(input: ForeignInput): string {
  const dims = input.shape?.map((dim) => dim ?? '?').join(', ');
  return `'${input.name}', ${typeNameOf(input)}${dims === undefined ? '' : ` [${dims}]`}`;
}

/** The name of its element type: `float32`. */
export function typeNameOf({ type = 0 }: ForeignInput): string {
  return typeNames[type] ?? 'no tensor';
}

function layoutOf(
  model: ForeignModel,
  name: string,
  shape: readonly (number | undefined)[],
): 'NCHW' | 'NHWC' {
  const isChannels = (dim: number | undefined): boolean => dim === 1 || dim === 3;
  if (isChannels(shape[1]) && !isChannels(shape[3])) return 'NCHW';
  if (isChannels(shape[3]) && !isChannels(shape[1])) return 'NHWC';
  const [reader] = model.nodes.filter(({ inputs }) => inputs.includes(name));
  return reader?.type === 'Transpose' && String(reader.attributes.perm) === '0,3,1,2' ? 'NHWC' : 'NCHW';
}

/** Input channels of the kernel that reads the input, if a convolution does. */
function channelsRead(model: ForeignModel, name: string): number | undefined {
  const conv = model.nodes.find(({ type, inputs }) => type === 'Conv' && inputs[0] === name);
  return conv && model.isStored(conv.inputs[1]) ? model.stored(conv.inputs[1]).shape[1] : undefined;
}
