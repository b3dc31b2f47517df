import { expect, test } from 'vitest';
import { hrmProgram } from '../cli/program.ts';
import { regionDefaults } from '../refine/options.ts';
import { explainCommand } from './command.ts';

const of = { image: 'star.jpg', model: 'model.onnx' };

test('only what is not as by default', () => {
  expect(explainCommand(of, { refine: regionDefaults, size: undefined })).toBe(
    'hrm explain star.jpg --weight-dir model.onnx --out explained --refiner regions --npy --svg',
  );
  const refine = { ...regionDefaults, focalScope: 'local', mergeAlpha: 0.25 } as const;
  expect(explainCommand({ ...of, className: 'ring' }, { refine, size: 224 })).toBe(
    'hrm explain star.jpg --weight-dir model.onnx --out explained --class ring --im-size 224 --focal-scope local --merge-alpha 0.25 --refiner regions --npy --svg',
  );
});

test('names are quoted for a shell', () => {
  const command = explainCommand(
    { image: "my cat's photo.jpg", model: '$HOME/m.onnx', className: 'red fox' },
    { refine: regionDefaults, size: undefined },
  );
  expect(command).toContain(
    "hrm explain 'my cat'\\''s photo.jpg' --weight-dir '$HOME/m.onnx' --out explained --class 'red fox'",
  );
});

test('every option is one that the command line has', () => {
  const refine = {
    roiPercentile: 1,
    focalScope: 'local',
    maximaAreas: 'large',
    mergeType: 'multiply',
    mergeAlpha: 0.1,
    filterType: 'threshold',
    filterPercentage: 1,
    filterThreshold: 0.1,
  } as const;
  expect(Object.keys(refine)).toEqual(Object.keys(regionDefaults));
  const command = explainCommand({ ...of, className: 'a' }, { refine, size: 32 });
  const known = hrmProgram()
    .commands.find((one) => one.name() === 'explain')
    ?.options.map(({ long }) => long);
  const used = command.split(' ').filter((word) => word.startsWith('--'));
  expect(used).toHaveLength(15);
  for (const option of used) expect(known).toContain(option);
});
