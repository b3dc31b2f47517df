import { expect, test } from 'vitest';
import { type KerasFileForm, kerasFile, smallLayers } from '../../tools/fuzz/keras-files.ts';
import { isKerasFile, readKerasFile, writeKerasFile } from './keras-file.ts';

const any = (): void => {};
const weighted = smallLayers.filter(({ weights }) => weights.length > 0);

test.each<KerasFileForm>([
  {},
  { variable: true },
  { gzip: true },
  { split: 2 },
  { split: 1, variable: true },
  { whole: true },
  { dtype: '<d' },
])('layers with weights come back in their order: %j', async (form) => {
  const bytes = await kerasFile(smallLayers, form);
  expect(isKerasFile(bytes)).toBe(true);
  expect(await readKerasFile(bytes, any)).toEqual(weighted);
});

test('what is written comes back, and is the same bytes at any time', async () => {
  const bytes = await writeKerasFile(weighted);
  expect(await readKerasFile(bytes, any)).toEqual(weighted);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  expect(Buffer.compare(await writeKerasFile(weighted), bytes)).toBe(0);
});

test('each weight is shown before its elements are read', async () => {
  const bytes = await kerasFile(smallLayers);
  const seen: string[] = [];
  await readKerasFile(bytes, (layer, weight, shape) => void seen.push(`${layer}/${weight} ${shape}`));
  expect(seen[0]).toBe('initial_conv2D/kernel 3,3,3,4');
  expect(seen).toHaveLength(7);
  await expect(
    readKerasFile(bytes, () => {
      throw new Error('not wanted');
    }),
  ).rejects.toThrow('not wanted');
});

test('what is none, or damaged, is an error that says so', async () => {
  const bytes = await kerasFile(smallLayers);
  const read = (of: Uint8Array): Promise<unknown> => readKerasFile(of, any);
  await expect(read(new Uint8Array())).rejects.toThrow('not a Keras file (no HDF5), or damaged');
  await expect(read(new TextEncoder().encode('a text'))).rejects.toThrow('not a Keras file');
  await expect(read(bytes.subarray(0, 100))).rejects.toThrow(
    /^damaged or cut off: the file cannot be opened$/,
  );
  await expect(read(bytes.subarray(0, bytes.length - 100))).rejects.toThrow('damaged or cut off');
  await expect(read(renamed(bytes, 'layer_names', 'layer_count'))).rejects.toThrow(
    "an HDF5 file, but not one of Keras' weights (no attribute 'layer_names')",
  );
  await expect(read(await kerasFile(smallLayers, { dtype: '<i' }))).rejects.toThrow(
    `the weight 'initial_conv2D/kernel' should be float32, the file has "<i"`,
  );
  await expect(read(renamed(bytes, 'weight_names', 'weight_count'))).rejects.toThrow(
    "damaged: the layer 'input_1' has no attribute 'weight_names'",
  );
  await expect(read(renamed(bytes, 'moving_mean:0', 'moving_mode:0'))).rejects.toThrow(
    /^damaged: the weight 'initial_bn\/moving_m(ean|ode)' is missing$/,
  );
});

/** A file in which a name, where it occurs first, is another one. */
function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  return new Uint8Array(Buffer.from(Buffer.from(bytes).toString('latin1').replace(from, to), 'latin1'));
}
