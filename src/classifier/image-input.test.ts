import { expect, test } from 'vitest';
import {
  drawn,
  foreignOnnx,
  type Info,
  type ModelParts,
  node,
  onnxType,
} from '../../test/helpers/foreign-onnx.ts';
import { ForeignModel } from '../graph/onnx/foreign-model.ts';
import { type ImageInput, imageInputOf } from './image-input.ts';

async function inputOf(
  inputs: Readonly<Record<string, Info>>,
  nodes: ModelParts['nodes'] = [node('Relu', [Object.keys(inputs)[0] ?? 'w'], ['y'])],
): Promise<ImageInput> {
  const bytes = foreignOnnx({ nodes, inputs, outputs: ['y'], initializers: { w: drawn([8, 1, 3, 3], 1) } });
  return imageInputOf(await ForeignModel.parse(bytes, 'a.onnx')).input;
}

const swap = (perm: number[]) => [node('Transpose', ['x'], ['y'], { perm })];

test.each<[string, Info, ModelParts['nodes'] | undefined, Partial<ImageInput>]>([
  [
    'channels first',
    [1, 3, 224, 224],
    undefined,
    { layout: 'NCHW', channels: 3, batch: 1, height: 224, width: 224 },
  ],
  ['channels last', [1, 224, 192, 3], undefined, { layout: 'NHWC', channels: 3, height: 224, width: 192 }],
  ['grey', [1, 1, 28, 28], undefined, { layout: 'NCHW', channels: 1, height: 28 }],
  ['grey, channels last', ['N', 28, 28, 1], undefined, { layout: 'NHWC', channels: 1 }],
  [
    'free',
    ['N', 3, 'H', 'W'],
    undefined,
    { layout: 'NCHW', batch: undefined, height: undefined, width: undefined },
  ],
  ['free width', [1, 3, 64, 'W'], undefined, { height: 64, width: undefined }],
  ['all axes free', ['a', 'b', 'c', 'd'], undefined, { layout: 'NCHW', channels: 3 }],
  [
    'all axes free, then channels first',
    ['a', 'b', 'c', 'd'],
    swap([0, 3, 1, 2]),
    { layout: 'NHWC', channels: 3 },
  ],
  [
    'all axes free, shape from a kernel',
    ['a', 'b', 'c', 'd'],
    [node('Conv', ['x', 'w'], ['y'])],
    { layout: 'NCHW', channels: 1 },
  ],
  ['three pixels', [1, 3, 3, 3], undefined, { layout: 'NCHW', channels: 3, height: 3 }],
  ['three pixels, channels last', [1, 3, 3, 3], swap([0, 3, 1, 2]), { layout: 'NHWC', height: 3 }],
  ['three pixels, another transposition', [1, 3, 3, 3], swap([0, 2, 3, 1]), { layout: 'NCHW' }],
  ['16 bits', { type: onnxType.float16, shape: [1, 3, 8, 8] }, undefined, { isLevels: false }],
  ['levels', { type: onnxType.uint8, shape: [1, 8, 8, 3] }, undefined, { layout: 'NHWC', isLevels: true }],
])('%s', async (_, info, nodes, wanted) => {
  const found = await inputOf({ x: info }, nodes);
  for (const [key, value] of Object.entries({ name: 'x', ...wanted })) {
    expect([key, found[key as keyof ImageInput]]).toEqual([key, value]);
  }
});

const needed = 'an image classifier has one input of pixels, [N, C, H, W] or [N, H, W, C]';
const none = 'a.onnx: no image classifier: ';

test.each<[Readonly<Record<string, Info>>, string]>([
  [{}, `${none}it has no input; ${needed}`],
  [
    { input_ids: { type: onnxType.int64, shape: ['N', 'T'] }, mask: [1, 8] },
    `${none}it has 2 inputs ('input_ids', int64 [?, ?], 'mask', float32 [1, 8]); ${needed}`,
  ],
  [{ x: [1, 512] }, `${none}its input is 'x', float32 [1, 512]; ${needed}`],
  [{ x: [] }, `${none}its input is 'x', float32 []; ${needed}`],
  [{ x: [1, 3, 8, 8, 8] }, `${none}its input is 'x', float32 [1, 3, 8, 8, 8]; ${needed}`],
  [
    { x: { type: onnxType.int64, shape: [1, 3, 8, 8] } },
    `${none}its input is 'x', int64 [1, 3, 8, 8]; ${needed}`,
  ],
  [{ x: { type: 8, shape: [1, 3, 8, 8] } }, `${none}its input is 'x', string [1, 3, 8, 8]; ${needed}`],
  [
    { x: [1, 4, 8, 8] },
    "a.onnx: its input 'x', float32 [1, 4, 8, 8] has 4 channels; pictures have 1 (grey) or 3 (RGB)",
  ],
  [
    { x: [1, 8, 8, 8] },
    "a.onnx: its input 'x', float32 [1, 8, 8, 8] has 8 channels; pictures have 1 (grey) or 3 (RGB)",
  ],
  [
    { x: [8, 3, 8, 8] },
    'a.onnx: its input takes 8 pictures per run; export it with a batch of 1, or a free one',
  ],
])('rejects %j', async (inputs, reason) => {
  await expect(inputOf(inputs)).rejects.toThrow(reason);
});
