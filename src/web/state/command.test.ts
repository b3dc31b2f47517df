import { expect, test } from 'vitest';
import { hrmProgram } from '../../cli/program.ts';
import { refineParameters } from '../../refine/parameters.ts';
import { explainCommand } from './command.ts';
import { type RefineSettings, refineSettings } from './settings.ts';

const of = { image: 'star.jpg', model: 'model.onnx', refiner: 'regions' } as const;

test('contains only settings that differ from the defaults', () => {
  expect(explainCommand(of, refineSettings)).toBe(
    'hrm explain star.jpg --weight-dir model.onnx --out explained --write overlay,mask,cutout,json,pipeline,npy --svg',
  );
  const refine = { ...refineSettings, focalScope: 'local', mergeAlpha: 0.25 } as const;
  expect(explainCommand({ ...of, className: 'ring', context: { size: 224 } }, refine)).toBe(
    'hrm explain star.jpg --weight-dir model.onnx --out explained --class ring --im-size 224 --focal-scope local --merge-alpha 0.25 --write overlay,mask,cutout,json,pipeline,npy --svg',
  );
});

test('imports a classifier of another program with the same settings', () => {
  const context = { preprocessing: '0-1', classes: 'my names.txt' };
  expect(explainCommand({ ...of, model: 'net.onnx', context }, refineSettings)).toBe(
    "hrm explain star.jpg --weight-dir net.onnx --out explained --preprocess 0-1 --classes 'my names.txt' --write overlay,mask,cutout,json,pipeline,npy --svg",
  );
});

test('quotes names for a shell', () => {
  const command = explainCommand(
    { image: "my cat's photo.jpg", model: '$HOME/m.onnx', className: 'red fox', refiner: 'regions' },
    refineSettings,
  );
  expect(command).toContain(
    "hrm explain 'my cat'\\''s photo.jpg' --weight-dir '$HOME/m.onnx' --out explained --class 'red fox'",
  );
});

test('omits parameters that the refiner does not use, names a chosen refiner', () => {
  const refine = { ...refineSettings, roiPercentile: 1, crfWeight: 5, filterThreshold: 0.1 };
  const command = (refiner: 'regions' | 'crf', chosen: 'auto' | 'crf'): string =>
    explainCommand({ ...of, refiner }, { ...refine, refiner: chosen });
  expect(command('regions', 'auto')).toContain('--roi-percentile 1 --filter-threshold 0.1 --write');
  expect(command('crf', 'crf')).toContain('--refiner crf --crf-weight 5 --filter-threshold 0.1 --write');
  expect(command('crf', 'auto')).not.toContain('--refiner');
});

test('every option exists on the command line', async () => {
  const changed = refineParameters.map((one) => {
    const value = 'words' in one ? Object.keys(one.words).at(-1) : one.range[1];
    expect(value).not.toBe(refineSettings[one.name]);
    return [one.name, value];
  });
  const refine = Object.fromEntries(changed) as RefineSettings;
  const context = { size: 32, preprocessing: 'caffe', classes: 'names.txt' };
  const commands = (['regions', 'crf'] as const).map((refiner) =>
    explainCommand({ ...of, className: 'a', refiner, context }, refine),
  );
  const known = (await hrmProgram()).commands
    .find((one) => one.name() === 'explain')
    ?.options.map(({ long }) => long);
  const used = new Set(
    commands
      .join(' ')
      .split(' ')
      .filter((word) => word.startsWith('--')),
  );
  expect(used.size).toBe(8 + changed.length);
  for (const option of used) expect(known).toContain(option);
});
