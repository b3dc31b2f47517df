import { describe, expect, test } from 'vitest';
import { parseJson } from '../errors/parse-json.ts';
import { declaredBy, mergeDeclared } from './declared.ts';
import { namedPreprocessing } from './preprocessing.ts';
import { parsePythonNames } from './python-literal.ts';
import { readClasses } from './read-classes.ts';
import { declaredByConfig, declaredByMetadata, declaredByProcessor } from './read-declared.ts';
import { readPreprocessing } from './read-preprocessing.ts';

const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];
const { imagenet, inception, '0-1': unit, '0-255': bytes } = namedPreprocessing;
const file = 'a/preprocessor_config.json';

describe('preprocessor_config.json', () => {
  const usual = {
    do_normalize: true,
    do_rescale: true,
    rescale_factor: 0.00392156862745098,
    image_mean: mean,
    image_std: std,
  };

  test.each([
    ['as ViT', { ...usual, size: { height: 224, width: 224 }, resample: 3 }, imagenet, 224, undefined],
    ['sizes as numbers', { ...usual, size: 256, crop_size: 224, do_center_crop: true }, imagenet, 224, 0.875],
    ['as ConvNeXT', { ...usual, size: { shortest_edge: 224 }, crop_pct: 0.875 }, imagenet, 224, 0.875],
    [
      'as MobileNet',
      {
        image_mean: [0.5, 0.5, 0.5],
        image_std: [0.5, 0.5, 0.5],
        size: { shortest_edge: 256 },
        crop_size: { height: 224, width: 224 },
      },
      { ...inception, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      224,
      0.875,
    ],
    [
      'as MobileViT, which turns channels and does not normalize',
      { do_flip_channel_order: true, do_rescale: true, size: 288, crop_size: 256, do_center_crop: true },
      { ...unit, bgr: true },
      256,
      256 / 288,
    ],
    ['without rescaling', { do_rescale: false, do_normalize: false, size: [32, 32] }, bytes, 32, undefined],
    [
      'no centre crop',
      { ...usual, size: 240, crop_size: 224, do_center_crop: false },
      imagenet,
      240,
      undefined,
    ],
    [
      'bytes minus means',
      { do_rescale: false, image_mean: [123, 117, 104], image_std: 1 },
      { scale: 255, mean: [123, 117, 104], std: [1], bgr: false },
      undefined,
      undefined,
    ],
    [
      'as EfficientNet, which rescales twice',
      { ...usual, image_std: [0.5, 0.25, 0.5], include_top: true },
      { scale: 1, mean, std: [0.25, 0.0625, 0.25], bgr: false },
      undefined,
      undefined,
    ],
    [
      'an offset',
      { rescale_factor: 1 / 127.5, rescale_offset: true },
      { scale: 2, mean: [1], std: [1], bgr: false },
      undefined,
      undefined,
    ],
    [
      'nulls and other fields',
      { image_mean: null, crop_pct: null, resample: 'bicubic' },
      undefined,
      undefined,
      undefined,
    ],
  ])('%s', (_, content, preprocessing, size, crop) => {
    const { from, ...declared } = declaredByProcessor(content, file);
    expect(declared).toEqual({
      ...(preprocessing && { preprocessing }),
      ...(size && { size }),
      ...(crop && { crop }),
    });
    expect(from).toEqual(
      Object.fromEntries(Object.keys(declared).map((key) => [key, 'preprocessor_config.json'])),
    );
  });

  test.each([
    [{ image_mean: 'imagenet' }, `'image_mean': a number or a list of them is needed, got "imagenet"`],
    [{ image_mean: [0.5, '0.5', 0.5] }, `'image_mean.1': a number is needed, got "0.5"`],
    [{ image_mean: [0.5, 0.5] }, `'image_mean': one number or three are needed, got [0.5,0.5]`],
    [{ image_std: [0, 1, 1], image_mean: 0 }, `'image_std': numbers > 0 are needed, got [0,1,1]`],
    [{ image_mean: 0.5 }, `'image_std' is missing, but needed to normalize`],
    [{ do_normalize: true }, `'image_mean' is missing, but needed to normalize`],
    [{ do_normalize: 'yes' }, `'do_normalize': true or false is needed, got "yes"`],
    [{ do_rescale: 1 }, `'do_rescale': true or false is needed, got 1`],
    [{ rescale_factor: '1/255' }, `'rescale_factor': a number > 0 is needed, got "1/255"`],
    [{ rescale_factor: 0 }, `'rescale_factor': a number > 0 is needed, got 0`],
    [{ size: '224' }, `'size': a number, {height, width} or {shortest_edge} is needed, got "224"`],
    [
      { size: { height: 224 } },
      `'size': a number, {height, width} or {shortest_edge} is needed, got {"height":224}`,
    ],
    [{ size: { height: 224, width: 160 } }, `'size': height and width must be equal, got 224 x 160`],
    [{ size: 224.5 }, `'size': a number, {height, width} or {shortest_edge} is needed, got 224.5`],
    [{ crop_size: -1 }, `'crop_size': a whole number > 0 is needed, got -1`],
    [{ crop_pct: 87.5 }, `'crop_pct': a number from 0 to 1 is needed, got 87.5`],
    [{ do_center_crop: [] }, `'do_center_crop': true or false is needed, got []`],
    [{ do_flip_channel_order: 'bgr' }, `'do_flip_channel_order': true or false is needed, got "bgr"`],
    [[], 'an object is needed, got []'],
    [7, 'an object is needed, got 7'],
  ])('rejects malformed %j', (content, reason) => {
    expect(() => declaredByProcessor(content, file)).toThrow(expect.objectContaining({ path: file, reason }));
  });
});

describe('config.json', () => {
  const cfg = { input_size: [3, 288, 288], crop_pct: 0.95, mean, std, num_classes: 2 };

  test.each([
    [
      'of Hugging Face',
      {
        id2label: { 1: 'dog', 0: 'cat' },
        label2id: 7,
        image_size: 224,
        problem_type: 'single_label_classification',
      },
      { classes: ['cat', 'dog'], size: 224, multiLabel: false },
    ],
    ['several labels', { problem_type: 'multi_label_classification' }, { multiLabel: true }],
    [
      'equal names',
      { id2label: { 0: 'crane', 1: 'hen', 2: 'crane' } },
      { classes: ['crane (0)', 'hen', 'crane (2)'] },
    ],
    ['no names', { id2label: { 0: 'LABEL_0', 1: 'LABEL_1' }, problem_type: null }, {}],
    [
      'of timm',
      {
        architecture: 'resnet18',
        pretrained_cfg: cfg,
        label_names: ['n1', 'n2'],
        label_descriptions: { n1: 'tench' },
      },
      { classes: ['tench', 'n2'], preprocessing: imagenet, size: 288, crop: 0.95 },
    ],
    [
      'of timm, labels inside',
      { pretrained_cfg: { ...cfg, label_names: { 0: 'a', 1: 'b' } } },
      { classes: ['a', 'b'], preprocessing: imagenet, size: 288, crop: 0.95 },
    ],
    ['of timm, flat', { architecture: 'x', ...cfg }, { preprocessing: imagenet, size: 288, crop: 0.95 }],
    ['of another library', { port: 80 }, {}],
  ])('%s', (_, content, wanted) => {
    const { from, ...declared } = declaredByConfig(content, 'b/config.json');
    expect(declared).toEqual(wanted);
    expect(from).toEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, 'config.json'])));
  });

  test.each([
    [{ id2label: { 0: 'cat', 1: 7 } }, `'id2label.1': a name is needed, got 7`],
    [{ id2label: { 0: 'cat', 1: ' ' } }, `'id2label.1': a name is needed, got ""`],
    [{ id2label: { 0: 'cat', 2: 'dog' } }, `'id2label': class 1 is missing, of 2 names`],
    [{ id2label: { cat: '0' } }, `'id2label': whole numbers from 0 are needed as keys, got 'cat'`],
    [{ id2label: 'cat' }, `'id2label': an object such as {"0": "cat"} is needed, got "cat"`],
    [{ id2label: {} }, `'id2label': names are needed, got none`],
    [{ label_names: [] }, `'label_names': a list of names is needed, got []`],
    [{ label_names: [1] }, `'label_names.0': a name is needed, got 1`],
    [
      { label_names: ['a'], label_descriptions: ['A'] },
      `'label_descriptions': an object from labels to texts is needed, got ["A"]`,
    ],
    [
      { problem_type: 'multilabel' },
      `'problem_type': one of single_label_classification, multi_label_classification, regression is needed, got "multilabel"`,
    ],
    [{ problem_type: 'regression' }, `'problem_type' is regression; a classifier is needed`],
    [
      { image_size: 'big' },
      `'image_size': a number, {height, width} or {shortest_edge} is needed, got "big"`,
    ],
    [{ pretrained_cfg: [] }, `'pretrained_cfg': an object is needed, got []`],
    [{ pretrained_cfg: { mean } }, `'mean' and 'std' are needed together, 'std' is missing`],
    [{ input_size: [224, 224] }, `'input_size': three whole numbers > 0 are needed, got [224,224]`],
    [{ input_size: [3, 224, 160] }, `'input_size': height and width must be equal, got 224 x 160`],
    [{ crop_pct: '0.9' }, `'crop_pct': a number from 0 to 1 is needed, got "0.9"`],
  ])('rejects malformed %j', (content, reason) => {
    expect(() => declaredByConfig(content, 'config.json')).toThrow(
      expect.objectContaining({ path: 'config.json', reason }),
    );
  });
});

describe('metadata', () => {
  const yolo = { author: 'Ultralytics', task: 'classify', stride: '1' };
  const from = "the file's metadata";

  test('reads metadata of Ultralytics', () => {
    const declared = declaredByMetadata(
      { ...yolo, imgsz: '[224, 224]', names: `{0: 'person', 1: "bird's"}` },
      'y.onnx',
    );
    const fields = { classes: ['person', "bird's"], preprocessing: unit, size: 224, crop: 1 };
    expect(declared).toEqual(declaredBy(fields, from));
    expect(declaredByMetadata({ ...yolo, imgsz: '640' }, 'y.onnx').size).toBe(640);
  });

  test('reads metadata of YOLOv5 and others', () => {
    const declared = declaredByMetadata({ stride: '32', names: "{0: 'a', 1: 'b'}" }, 'y.onnx');
    expect(declared).toEqual(declaredBy({ classes: ['a', 'b'], preprocessing: imagenet, crop: 1 }, from));
    expect(declaredByMetadata({ names: 'a b', task: 'detect' }, 'y.onnx')).toEqual({});
  });

  test.each([
    [
      { task: 'detect' },
      `its metadata give its task as 'detect'; one that was exported for 'classify' is needed`,
    ],
    [{ task: 'pose' }, `its task as 'pose'`],
    [{ names: '{0: person}' }, `metadata 'names': a dict such as {0: 'cat'} is needed, got "{0: person}"`],
    [{ names: "{0: 'a', 2: 'b'}" }, `'names': class 1 is missing, of 2 names`],
    [{ imgsz: 'big' }, `metadata 'imgsz': a size such as [224, 224] is needed, got "big"`],
    [{ imgsz: '[224, 160]' }, `'imgsz': height and width must be equal, got 224 x 160`],
  ])('rejects malformed %j', (wrong, reason) => {
    expect(() => declaredByMetadata({ ...yolo, ...wrong }, 'y.onnx')).toThrow(reason);
  });

  test.each([
    ['{}', []],
    [
      String.raw`{0: 'it\'s', 1: "a\\b", 2: '\xe9\u4e2d\U0001f600', 3: 'a, 1: b'}`,
      ["it's", 'a\\b', '\u{e9}\u{4e2d}\u{1f600}', 'a, 1: b'],
    ],
    ['{0: "a",}', ['a']],
    ["{0: 'a' 1: 'b'}", undefined],
    ["{0: 'a}", undefined],
    ["['a']", undefined],
  ])('reads a dict as Python prints it: %s', (text, names) => {
    const found = parsePythonNames(text);
    expect(found && [...found.values()]).toEqual(names);
  });
});

test('the first declaration of a field counts, with its source', () => {
  const merged = mergeDeclared([
    declaredBy({ size: 224 }, 'a.json'),
    declaredBy({ size: 288, crop: 0.9 }, 'b.json'),
    {},
    declaredBy({ crop: 1, multiLabel: false }, 'c.json'),
  ]);
  expect(merged).toEqual({
    size: 224,
    crop: 0.9,
    multiLabel: false,
    from: { size: 'a.json', crop: 'b.json', multiLabel: 'c.json' },
  });
});

describe('--classes', () => {
  test.each([
    ['names.txt', 'cat\r\ndog\n', ['cat', 'dog']],
    ['synsets.txt', 'n01440764 tench, Tinca tinca\nn01443537 goldfish\n', ['n01440764', 'n01443537']],
    ['a.json', '["cat", "dog"]', ['cat', 'dog']],
    ['a', ' {"0": "cat", "1": "dog"}', ['cat', 'dog']],
    ['a.json', '{"id2label": {"0": "LABEL_0"}}', ['LABEL_0']],
    ['a.json', '{"label_names": ["x"], "label_descriptions": {"x": "an x"}}', ['an x']],
    ['a.json', '{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"]}', ['tench', 'goldfish']],
    ['a.json', '["a", "b", "a"]', ['a (0)', 'b', 'a (2)']],
  ])('%s: %j', (name, text, wanted) => {
    expect(readClasses(text, name)).toEqual(wanted);
  });

  test.each([
    ['a.txt', 'cat\n\ndog', 'a.txt, line 2: a class name is needed, the line is empty'],
    ['a.txt', 'cat\ncat', 'a.txt, line 2: the class cat is already in line 1'],
    ['a.json', '{"0": "cat"', 'a.json: not JSON: '],
    ['a.json', '7', 'a.json: an object is needed, got 7'],
    ['a.json', '[]', 'a.json: a list of names is needed, got []'],
    ['a.json', '{"0": {"name": "cat"}}', `a.json: '0': a name is needed, got {"name":"cat"}`],
    ['a.json', '{"name": "cat"}', "a.json: whole numbers from 0 are needed as keys, got 'name'"],
    ['a.json', '{"1": "cat", "2": "dog"}', 'a.json: class 0 is missing, of 2 names'],
  ])('%s: rejects %j', (name, text, message) => {
    expect(() => readClasses(text, name)).toThrow(message);
  });
});

describe('--preprocess', () => {
  test.each([
    ['{"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}', imagenet],
    ['{"mean": 0, "std": 1, "scale": 255, "bgr": true}', { ...bytes, bgr: true }],
    ['{"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}', imagenet],
    ['{"do_rescale": false, "do_normalize": false}', bytes],
  ])('%s', (text, wanted) => {
    expect(readPreprocessing(parseJson(text, 'p.json'), 'p.json')).toEqual(wanted);
  });

  test.each([
    ['{}', "p.json: no preprocessing found: 'mean' and 'std' are needed, or 'image_mean' and 'image_std'"],
    ['{"mean": 0.5}', "p.json: 'std': a number or a list of them is needed, got nothing"],
    ['{"mean": 0.5, "std": -1}', "p.json: 'std': numbers > 0 are needed, got [-1]"],
    [
      '{"mean": 0.5, "std": 1, "gamma": 2}',
      'p.json: an object with mean, std and perhaps scale and bgr is needed',
    ],
    ['"imagenet"', 'p.json: an object is needed, got "imagenet"'],
    ['[0.5]', 'p.json: an object is needed, got [0.5]'],
    ['{mean: 1}', 'p.json: not JSON: '],
  ])('rejects %s', (text, message) => {
    expect(() => readPreprocessing(parseJson(text, 'p.json'), 'p.json')).toThrow(message);
  });
});
