import { expect, test } from 'vitest';
import type { Imported, ImportReport } from './import-classifier.ts';
import { importLines } from './import-lines.ts';
import { namedPreprocessing } from './preprocessing.ts';

const layer = { name: 'x', form: 'NCHW', channels: 512, height: 7, width: 7, special: 0 } as const;
const report: ImportReport = {
  input: { name: 'pixel_values', layout: 'NCHW', channels: 3, isLevels: false },
  inputType: 'float16',
  output: { name: 'logits', logits: 'logits', activation: 'softmax', inside: false, classes: 3 },
  sizeFrom: 'assumed',
  preprocessingFrom: { chosen: namedPreprocessing.imagenet, tried: [], pictures: 0 },
  classesFrom: 'numbers',
  difference: 0,
  pictures: 0,
  declared: {},
};
const facts = {
  preprocessing: namedPreprocessing.imagenet,
  fit: 'squash',
  batch: 1,
  sizes: 'any',
  head: 'linear',
  layers: { target: 'x', all: [layer] },
};

function lines(
  changed: Partial<ImportReport> = {},
  imported: object = {},
  classes: readonly string[] = ['a', 'b', 'c'],
): string[] {
  const classifier = { classes, imSize: 224, channels: 3, imported: { ...facts, ...imported } };
  return importLines({ classifier, report: { ...report, ...changed } } as unknown as Imported);
}

/** The lines of a key, joined. */
function at(key: string, all: readonly string[]): string {
  const first = all.findIndex((line) => line.startsWith(`${key}:`));
  const rest = all.slice(first + 1);
  const next = rest.findIndex((line) => !line.startsWith(' '));
  return [all[first].slice(key.length + 1), ...rest.slice(0, next < 0 ? undefined : next)]
    .map((line) => line.trim())
    .join(' ');
}

test('without pictures and declarations, assumptions are reported', () => {
  expect(lines()).toEqual([
    "input:         'pixel_values', NCHW, float16, 3 channels, 1 picture per run",
    'size:          224 x 224, assumed, since the file accepts any size; --im-size sets another',
    'preprocessing: (x - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], x in [0, 1] (imagenet), assumed, since',
    '               there is no picture to try it on; --preprocess sets another',
    'fit:           squash: the whole picture, resized to the input size; --fit crop takes its middle',
    'classes:       3 classes, numbered, since no names were found; --classes sets them: a, b, c',
    "output:        'logits', softmax added",
    'head:          linear after global pooling: the low-resolution map is the exact CAM',
    'target layer:  x, 7 x 7, 512 channels',
    'difference:    not measured, since there is no picture',
    'pictures:      not measured, since that needs two pictures',
  ]);
});

test('a guess reports distinctness and confidence for each preprocessing', () => {
  const tried = [
    { name: 'imagenet', confidence: 0.686, apart: 0.94 },
    { name: 'caffe', confidence: 0.99, apart: 0.2 },
  ];
  const guess = { chosen: namedPreprocessing.imagenet, tried, pictures: 4 };
  expect(at('preprocessing', lines({ preprocessingFrom: guess }))).toContain(
    '(imagenet), guessed with 4 pictures, by how much the outputs differ and how certain they are: imagenet 0.94 and 68.6 %, caffe 0.20 and 99 %; --preprocess sets another',
  );
});

test('an input of 0-255 levels needs no guess', () => {
  const input = { ...report.input, isLevels: true };
  const chosen = namedPreprocessing['0-255'];
  const all = lines(
    { input, inputType: 'uint8', preprocessingFrom: { chosen, tried: [], pictures: 0 } },
    { preprocessing: chosen },
  );
  expect(at('preprocessing', all)).toBe('255 x, x in [0, 1] (0-255), since its input is uint8');
});

test('names the source of each setting', () => {
  const declared = {
    size: 224,
    crop: 0.95,
    classes: ['a', 'b', 'c'],
    multiLabel: true,
    from: {
      size: 'a.json',
      crop: 'b.json',
      classes: 'c.json',
      multiLabel: 'd.json',
      preprocessing: 'e.json',
    },
  };
  const output = { ...report.output, activation: 'sigmoid' } as const;
  const all = lines({
    declared,
    output,
    sizeFrom: 'declared',
    classesFrom: 'declared',
    preprocessingFrom: 'declared',
  });
  expect(at('size', all)).toBe('224 x 224, from a.json; other sizes are possible');
  expect(at('fit', all)).toContain(
    '; from b.json, it was trained on the middle, 95 % of the shorter side: --fit crop cuts that out',
  );
  expect(at('classes', all)).toBe('3 classes, from c.json: a, b, c');
  expect(at('output', all)).toBe(
    "'logits', sigmoid added, since several classes may hold at once, from d.json",
  );
  expect(at('preprocessing', all)).toMatch(/ \(imagenet\), from e\.json$/);
  const inside = lines({ declared, output: { ...output, inside: true } });
  expect(at('output', inside)).toBe("'logits', sigmoid inside");
  const { from: _, ...nobody } = declared;
  expect(at('size', lines({ declared: nobody, sizeFrom: 'declared' }))).toContain('from what was declared');
});

test('describes crops, tokens, non-linear heads, long names and many classes', () => {
  const name = `start/${'block/'.repeat(40)}end`;
  const target = { ...layer, name, form: 'NTC', channels: 1536, special: 2 };
  const all = lines(
    { classesFrom: 'imagenet', difference: 1.23e-7, pictures: 5 },
    {
      fit: { crop: 0.875 },
      head: 'other',
      batch: 'any',
      sizes: 'fixed',
      preprocessing: { scale: 255, mean: [1, 2, 3], std: [1], bgr: true },
      layers: { target: name, all: [target] },
    },
    Array.from({ length: 1000 }, (_, i) => `class ${i}`),
  );
  expect(at('input', all)).toContain(', any number of pictures per run');
  expect(at('preprocessing', all)).toMatch(/^255 x - \[1, 2, 3\], blue first, x in \[0, 1\], assumed/);
  expect(at('fit', all)).toBe('crop: the square in the middle, 87.5 % of the shorter side, assumed');
  expect(at('classes', all)).toBe(
    "1,000 classes, ImageNet's, assumed since there are 1,000; --classes sets others: class 0, class 1, class 2, class 3, class 4, ...",
  );
  expect(at('head', all)).toBe('other: the low-resolution map is HiResCAM');
  expect(at('head', lines({}, { head: 'other', linearAt: 'pooled' }))).toBe(
    'other, since --layer is not the pooled layer, pooled: the low-resolution map is HiResCAM',
  );
  expect(at('target layer', all)).toMatch(
    /^start\/block\S+\.\.\.\S+block\/end, 7 x 7, 1,536 channels, without 2 tokens that have no place$/,
  );
  expect(at('difference', all)).toBe('at most 1.2e-7 in probability from the original, on 5 pictures');
  expect(Math.max(...all.map(({ length }) => length))).toBeLessThanOrEqual(110);
});

test('warns about a classifier with similar outputs for all pictures', () => {
  expect(at('pictures', lines({ pictures: 4, apart: 0.98 }))).toBe(
    'the outputs for 4 pictures differ by 0.98 (0: all the same; 1: not correlated)',
  );
  expect(at('pictures', lines({ pictures: 4, apart: 0.02 }))).toContain(
    'they hardly depend on the picture: check the preprocessing',
  );
});
