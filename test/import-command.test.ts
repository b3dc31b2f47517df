/** `hrm import`: classifiers of other programs, what lies beside them, and files that are none. */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { decodeImported } from '../src/classifier/imported-classifier.ts';
import { namedPreprocessing } from '../src/classifier/preprocessing.ts';
import { formatClassifierSummary, summarizeClassifier } from '../src/classifier/summary.ts';
import { importCommand } from '../src/cli/import.ts';
import { TensorProtoSchema } from '../src/graph/onnx/onnx-schema.ts';
import { readMetadata } from '../src/graph/onnx/proto.ts';
import { importFile } from '../src/import-file.ts';
import { createSession } from '../src/runtime/node.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { newFolder, tree } from './helpers/cli.ts';
import { drawn, foreignOnnx, node, onnxType } from './helpers/foreign-onnx.ts';
import { convolution, kernel, kernelBytes, tinyClassifier } from './helpers/tiny-classifier.ts';

const work = newFolder();
afterAll(() => rmSync(work, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

const root = join(import.meta.dirname, '..');
const chelsea = join(root, 'samples/photos/chelsea.jpg');

/** A folder with these files. @returns the path of the first */
function folderWith(files: Readonly<Record<string, Uint8Array | string | object>>): string {
  const folder = mkdtempSync(join(work, 'case-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    const raw = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(join(folder, name), raw ? content : JSON.stringify(content));
  }
  return join(folder, Object.keys(files)[0]);
}

async function run(...args: string[]): Promise<string[]> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await importCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(args, { from: 'user' });
  return log.mock.calls.map(([line]) => String(line));
}

describe('the command', () => {
  test('writes a model file and reports findings and assumptions', async () => {
    const model = folderWith({ 'tiny.onnx': tinyClassifier() });
    const out = join(dirname(model), 'new/own.onnx');
    const lines = await run(model, '--out', out);
    const text = lines.join('\n');
    expect(lines[0]).toBe(
      "input:         'images', NCHW, float32, 3 channels, any number of pictures per run",
    );
    expect(lines[1]).toBe('size:          32 x 32, the only size that the file accepts');
    expect(text.replace(/\s+/g, ' ')).toMatch(
      / preprocessing: .*, x in \[0, 1\] \([\w-]+\), guessed with 4 pictures, by how much the outputs differ and how certain they are: [\w-]+ [\d.]+ and [\d.]+ %, [^;]+; --preprocess sets another fit: /,
    );
    expect(text).toContain(
      '\nclasses:       3 classes, numbered, since no names were found; --classes sets them: #0,',
    );
    expect(text).toContain("\noutput:        'logits', softmax added\n");
    expect(text).toContain(
      '\nhead:          linear after global pooling: the low-resolution map is the exact CAM\n',
    );
    expect(text).toContain('\ntarget layer:  maps, 8 x 8, 4 channels\n');
    expect(text).toMatch(/\ndifference: {4}at most \S+ in probability from the original, on 4 pictures\n/);
    expect(lines.at(-1)).toBe(`${out}: a model file, 3 classes, 32 x 32 x 3`);
    expect(Math.max(...lines.slice(0, -1).map(({ length }) => length))).toBeLessThanOrEqual(110);
    expect(tree(join(dirname(model), 'new'))).toEqual(['own.onnx']);
    expect(readMetadata(readFileSync(out), out)).toMatchObject({
      'hrm.type': 'half',
      'hrm.classes': '["#0","#1","#2"]',
      'hrm.im_size': '32',
    });
  });

  test('options take precedence over files beside the model', async () => {
    const model = folderWith({
      'onnx/model.onnx': tinyClassifier({ shape: ['N', 3, 'H', 'W'] }),
      'preprocessor_config.json': { size: 48, crop_size: 40, image_mean: 0.5, image_std: 0.5 },
      'config.json': { id2label: { 0: 'a', 1: 'b', 2: 'c' }, problem_type: 'multi_label_classification' },
      'names.txt': 'cat\ndog\nowl\n',
      'own.json': { mean: 0.25, std: 0.5, scale: 2, bgr: true },
    });
    const beside = join(dirname(dirname(model)));
    const out = join(beside, 'own.onnx');
    const told = (await run(model, '--out', out)).join('\n');
    expect(told).toContain(
      '\nsize:          40 x 40, from preprocessor_config.json; other sizes are possible\n',
    );
    expect(told).toContain('(x - 0.5) / 0.5, x in [0, 1] (inception), from preprocessor_config.json\n');
    expect(told).toContain('3 classes, from config.json: a, b, c\n');
    expect(told).toContain('sigmoid added, since several classes may hold at once, from config.json\n');
    expect(told).toMatch(
      /from\s+preprocessor_config\.json, it was\s+trained on the middle, 83\.3 % of the shorter\s+side: --fit\s+crop cuts that out\n/,
    );

    const options = ['--classes', 'names.txt', '--preprocess', 'own.json'].map((one) =>
      one.startsWith('--') ? one : join(beside, one),
    );
    const more = [
      '--im-size',
      '64',
      '--fit',
      'crop',
      '--layer',
      'before',
      '--pictures',
      chelsea,
      '--out',
      out,
    ];
    const given = (await run(model, ...options, ...more)).join('\n');
    expect(given).toContain('\nsize:          64 x 64, from the option; ');
    expect(given).toContain(
      '\npreprocessing: (2 x - 0.25) / 0.5, blue first, x in [0, 1], from the option\n',
    );
    expect(given).toContain('3 classes, from the option: cat, dog, owl\n');
    expect(given).toContain(
      'crop: the square in the middle, 83.3 % of the shorter side, from preprocessor_config',
    );
    expect(given).toContain(
      '\nhead:          other, since --layer is not the pooled layer, maps: the low-resolution map is HiResCAM\n',
    );
    expect(given).toContain('\ntarget layer:  before, 16 x 16, 4 channels\n');
    expect(given).toContain(', on 5 pictures\n');
  });

  test('rejects an imported file, and one that is not .onnx', async () => {
    const out = join(work, 'none/own.onnx');
    const scenes = join(root, 'models/scenes.onnx');
    await expect(run(scenes, '--out', out)).rejects.toThrow(
      `${scenes}: it is already a model of this project; commands take it without an import`,
    );
    await expect(run(scenes, '--out', join(work, 'own.h5'))).rejects.toThrow(
      "--out must end in .onnx, got '",
    );
    await expect(run(scenes)).rejects.toThrow("required option '--out <file>' not specified");
    expect(existsSync(dirname(out))).toBe(false);
  });
});

describe('sources of settings', () => {
  test('reads the metadata of Ultralytics, including its crop', async () => {
    const metadata = { author: 'Ultralytics', task: 'classify', names: `{0: 'a', 1: "b's", 2: 'c'}` };
    const { classifier, report } = await importFile(folderWith({ 'a.onnx': tinyClassifier({ metadata }) }), {
      fit: 'crop',
    });
    expect(classifier.classes).toEqual(['a', "b's", 'c']);
    expect(classifier.imported).toMatchObject({ preprocessing: namedPreprocessing['0-1'], fit: { crop: 1 } });
    expect([report.preprocessingFrom, report.classesFrom]).toEqual(['declared', 'declared']);
  });

  test('several labels: as declared, unless the graph ends in softmax or sigmoid', async () => {
    const config = { problem_type: 'multi_label_classification' };
    const imported = (head?: 'Softmax' | 'Sigmoid') => {
      const linear = node('Gemm', ['features', 'matrix', 'shift'], [head ? 'before_head' : 'logits'], {
        transB: 1,
      });
      const nodes = head ? [linear, node(head, ['before_head'], ['logits'])] : [linear];
      return importFile(folderWith({ 'a.onnx': tinyClassifier({ head: nodes }), 'config.json': config }), {
        preprocess: 'imagenet',
      });
    };
    const outputs = [await imported(), await imported('Softmax'), await imported('Sigmoid')];
    expect(outputs.map(({ report: { output } }) => [output.activation, output.inside])).toEqual([
      ['sigmoid', false],
      ['softmax', true],
      ['sigmoid', true],
    ]);
  });

  test('reads weights beside the model, through a link to a file in its folder', async () => {
    const model = folderWith({
      'a.onnx': tinyClassifier({ kernelAt: 'link.data' }),
      'real.data': kernelBytes,
    });
    symlinkSync('real.data', join(dirname(model), 'link.data'));
    const { classifier } = await importFile(model, { preprocess: '0-1' });
    expect(classifier.model.stored('kernel')).toEqual(kernel);
  });

  test.each([
    [
      'preprocessor_config.json',
      '{"image_mean": "x"}',
      `'image_mean': a number or a list of them is needed, got "x"`,
    ],
    ['config.json', '{"id2label": ', 'not JSON: '],
    [
      'config.json',
      '{"id2label": {"0": "a"}}',
      'it has 3 outputs, the list of classes in config.json 1 names',
    ],
  ])('rejects a wrong %s: %s', async (name, text, reason) => {
    const model = folderWith({ 'a.onnx': tinyClassifier(), [name]: text });
    await expect(importFile(model)).rejects.toThrow(reason);
  });

  test('takes preprocessing as numbers, lists or JSON', async () => {
    const model = folderWith({ 'a.onnx': tinyClassifier() });
    const found = { mean: [127], std: [128], scale: 255, bgr: false };
    const numbers = { mean: 127, std: 128, scale: 255 };
    for (const preprocess of [numbers, { ...found, bgr: undefined }, JSON.stringify(numbers)]) {
      const { classifier } = await importFile(model, { preprocess });
      expect(classifier.imported.preprocessing).toEqual(found);
    }
    await expect(importFile(model, { preprocess: { mean: 0.5, std: 0 } })).rejects.toThrow(
      /^preprocess: .*numbers > 0 are needed/,
    );
    await expect(importFile(model, { preprocess: '{"mean": 0.5}' })).rejects.toThrow(/^preprocess: .*std/);
  });

  test('rejects options that name nothing', async () => {
    const model = folderWith({ 'a.onnx': tinyClassifier(), 'two.txt': 'a\nb\n' });
    await expect(importFile(model, { preprocess: 'image-net' })).rejects.toThrow(
      'image-net: neither the name of a preprocessing (imagenet, inception, caffe, 0-1, 0-255) nor a JSON file',
    );
    await expect(importFile(model, { classes: join(dirname(model), 'two.txt') })).rejects.toThrow(
      `${model}: it has 3 outputs, the list of classes 2 names`,
    );
    await expect(importFile(model, { classes: 'nowhere.txt' })).rejects.toThrow('nowhere.txt: no such file');
    await expect(importFile(model, { layer: 'nothing' })).rejects.toThrow(
      `${model}: no layer is called 'nothing'`,
    );
    await expect(importFile(model, { size: 64 })).rejects.toThrow(
      `${model}: it takes only 32 x 32 pixels, got 64; export it with free sizes`,
    );
    await expect(importFile(model, { pictures: ['no.jpg'] })).rejects.toThrow('no.jpg: no such file');
  });
});

const images = { images: ['N', 3, 32, 32] };
const zero = tensor('float32', [], [0]);
const weights8 = create(TensorProtoSchema, {
  name: 'w8',
  dims: [4n, 3n],
  dataType: 3,
  rawData: Uint8Array.from({ length: 12 }, (_, i) => (37 * i) % 256),
});
const linear = node('Gemm', ['features', 'matrix', 'shift'], ['scores'], { transB: 1 });
const needsImage = 'an image classifier has one input of pixels, [N, C, H, W] or [N, H, W, C]';
const needsRow = 'a classifier has an output [N, M], one number a class';

test('the summary of a model file describes its import', async () => {
  const model = folderWith({ 'a.onnx': tinyClassifier(), 'names.txt': 'cat\ndog\nowl\n' });
  const told = { classes: join(dirname(model), 'names.txt'), preprocess: 'imagenet', fit: 'crop' } as const;
  const { file } = await importFile(model, { ...told, layer: 'before' });
  const classifier = await decodeImported(file, 'own.onnx', createSession);
  expect(formatClassifierSummary(classifier).split('\n').slice(0, 8)).toEqual([
    'imported from a.onnx: 3 classes, 32 x 32 x 3',
    'input:         1 picture per run',
    'size:          32 x 32 only',
    'preprocessing: (x - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], x in [0, 1] (imagenet)',
    'fit:           crop: the square in the middle, 87.5 % of the shorter side',
    'classes:       cat, dog, owl',
    'output:        softmax',
    'head:          other, since --layer is not the pooled layer, maps: the low-resolution map is HiResCAM',
  ]);
  expect(summarizeClassifier(classifier)).toMatchObject({
    classes: 3,
    classNames: ['cat', 'dog', 'owl'],
    preprocessing: namedPreprocessing.imagenet,
    fit: { crop: 0.875 },
    batch: 1,
    sizes: 'fixed',
    activation: 'softmax',
    head: 'other',
    linearAt: 'maps',
    target: 'before',
  });
});

describe('rejects in one line what is not an image classifier or cannot be explained', () => {
  const extension = (domain: string): Uint8Array =>
    foreignOnnx({
      inputs: { image: { type: onnxType.uint8, shape: ['n'] } },
      nodes: [node(`${domain}.DecodeImage`, ['image'], ['pixels'])],
      outputs: ['pixels'],
      domains: { [domain]: 1 },
    });

  test.each<[string, () => Uint8Array, string]>([
    [
      'no 4-D input',
      () =>
        foreignOnnx({
          inputs: { x: ['N', 10] },
          nodes: [node('MatMul', ['x', 'm'], ['y'])],
          outputs: ['y'],
          initializers: { m: drawn([10, 3], 1) },
        }),
      `no image classifier: its input is 'x', float32 [?, 10]; ${needsImage}`,
    ],
    [
      'several inputs',
      () =>
        foreignOnnx({
          inputs: { a: [1, 3, 32, 32], b: [1, 3, 32, 32] },
          nodes: [node('Add', ['a', 'b'], ['y'])],
          outputs: ['y'],
        }),
      `no image classifier: it has 2 inputs ('a', float32 [1, 3, 32, 32], 'b', float32 [1, 3, 32, 32]); ${needsImage}`,
    ],
    [
      'text',
      () =>
        foreignOnnx({
          inputs: { input_ids: { type: onnxType.int64, shape: ['N', 'T'] } },
          nodes: [node('Identity', ['input_ids'], ['y'])],
          outputs: ['y'],
        }),
      `no image classifier: its input is 'input_ids', int64 [?, ?]; ${needsImage}`,
    ],
    [
      'a detector',
      () =>
        foreignOnnx({
          inputs: images,
          nodes: [...convolution, node('Reshape', ['maps', 'shape'], ['output0'])],
          outputs: ['output0'],
          initializers: { kernel, shape: tensor('int64', [3], [1, 4, 64]) },
        }),
      `no image classifier: its outputs are 'output0' [1, 4, 64]; ${needsRow}; detectors, segmenters and feature extractors have none`,
    ],
    [
      'a segmenter',
      () => foreignOnnx({ inputs: images, nodes: convolution, outputs: ['maps'], initializers: { kernel } }),
      `no image classifier: its outputs are 'maps' [1, 4, 8, 8]; ${needsRow}`,
    ],
    [
      'a single output number',
      () => tinyClassifier({ classes: 1 }),
      "no image classifier: its outputs are 'logits' [1, 1]; one number is not a classification: export it with a logit or probability for each class, at least 2",
    ],
    [
      'only the class index',
      () =>
        tinyClassifier({ head: [linear, node('ArgMax', ['scores'], ['logits'], { axis: 1, keepdims: 0 })] }),
      "no image classifier: its outputs are 'logits' [1]; one number is not a classification",
    ],
    [
      'dynamically quantized',
      () =>
        tinyClassifier({
          head: [
            node('DynamicQuantizeLinear', ['features'], ['q', 'step', 'zero']),
            node('MatMulInteger', ['q', 'w8', 'zero'], ['whole']),
            node('Cast', ['whole'], ['float'], { to: 1 }),
            node('Mul', ['float', 'step'], ['logits']),
          ],
          protos: [weights8],
        }),
      "it is quantized: DynamicQuantizeLinear ('q') lies between the layer and the logits, and has no gradient; take the float32 file",
    ],
    [
      'quantized to 4 bits',
      () =>
        tinyClassifier({
          head: [
            node('com.microsoft.MatMulNBits', ['features', 'packed', 'steps'], ['logits'], {
              K: 4,
              N: 3,
              bits: 4,
              block_size: 16,
            }),
          ],
          initializers: {
            packed: tensor(
              'uint8',
              [3, 1, 8],
              Array.from({ length: 24 }, (_, i) => (41 * i) % 256),
            ),
            steps: drawn([3], 4),
          },
          domains: { 'com.microsoft': 1 },
        }),
      "it is quantized: com.microsoft.MatMulNBits ('logits')",
    ],
    [
      'preprocessing in the graph',
      () => extension('ai.onnx.contrib'),
      'it decodes pictures itself, with ai.onnx.contrib.DecodeImage of ONNX Runtime Extensions: take the float32 file without preprocessing',
    ],
    [
      'preprocessing in the graph, newer operators',
      () => extension('com.microsoft.extensions'),
      'it decodes pictures itself, with com.microsoft.extensions.DecodeImage',
    ],
    [
      "another library's operator",
      () =>
        tinyClassifier({
          head: [node('mmdeploy.Thing', ['features'], ['logits'])],
          domains: { mmdeploy: 1 },
        }),
      "its operator mmdeploy.Thing belongs to another library, ONNX Runtime lacks it: export it with ONNX's own operators",
    ],
    [
      'an unknown operator',
      () => tinyClassifier({ head: [node('Nonsense', ['features'], ['logits'])] }),
      'No Op registered for Nonsense',
    ],
    [
      'an operator without a gradient',
      () =>
        tinyClassifier({
          head: [linear, node('TopK', ['scores', 'two'], ['logits', 'places'], { axis: 1 })],
          initializers: { two: tensor('int64', [1], [2]) },
        }),
      "the operator TopK ('logits') lies between the layer and the logits, and has no gradient here; --layer names a later one",
    ],
    [
      'no spatial layer',
      () =>
        foreignOnnx({
          inputs: images,
          nodes: [node('Flatten', ['images'], ['row']), node('MatMul', ['row', 'm'], ['logits'])],
          outputs: ['logits'],
          initializers: { m: drawn([3072, 3], 1) },
        }),
      'no value between its image and its logits has positions, so there is nothing to map',
    ],
    [
      'no gradient',
      () =>
        tinyClassifier({
          head: [
            node('Mul', ['features', 'zero'], ['nothing']),
            node('Softplus', ['nothing'], ['plus']),
            node('Gemm', ['plus', 'matrix', 'shift'], ['logits'], { transB: 1 }),
          ],
          initializers: { zero },
        }),
      'the gradient of its logits is zero everywhere, at every layer with positions',
    ],
    [
      'a fixed batch of eight pictures',
      () => tinyClassifier({ shape: [8, 3, 32, 32] }),
      'its input takes 8 pictures per run; export it with a batch of 1, or a free one',
    ],
    [
      'four channels',
      () => tinyClassifier({ shape: ['N', 4, 32, 32] }),
      "its input 'images', float32 [?, 4, 32, 32] has 4 channels; pictures have 1 (grey) or 3 (RGB): export it for these",
    ],
    [
      'an input that is not square',
      () => tinyClassifier({ shape: ['N', 3, 32, 48] }),
      'its input is 32 x 48 pixels, but must be square: export it so, or with free sizes',
    ],
    [
      "an Ultralytics detector's metadata",
      () => tinyClassifier({ metadata: { author: 'Ultralytics', task: 'segment' } }),
      "no image classifier: its metadata give its task as 'segment'; one that was exported for 'classify' is needed",
    ],
    ['cut off', () => tinyClassifier().subarray(0, 500), 'not an ONNX model, or damaged'],
    ['nothing', () => new Uint8Array(0), 'the file is empty'],
    [
      'weights outside the folder',
      () => tinyClassifier({ kernelAt: '../kernel.data' }),
      "weights are read only from the model's folder, it names '../kernel.data'",
    ],
    [
      'weights at an absolute path',
      () => tinyClassifier({ kernelAt: '/kernel.data' }),
      "weights are read only from the model's folder, it names '/kernel.data'",
    ],
  ])('%s', async (_, make, reason) => {
    const model = folderWith({ 'a.onnx': make() });
    const error = await importFile(model, { preprocess: '0-1' }).catch((thrown) => thrown);
    expect(error.message).toContain(`${model}: ${reason.startsWith('No Op') ? '' : reason}`);
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('\n');
  });

  test('reports weights that are missing or in another place', async () => {
    const model = folderWith({
      'inner/a.onnx': tinyClassifier({ kernelAt: 'a.data' }),
      'kernel.data': kernelBytes,
    });
    const data = join(dirname(model), 'a.data');
    await expect(importFile(model)).rejects.toThrow(
      `${data}: no such file, which holds weights of a.onnx; both are needed`,
    );
    symlinkSync('../kernel.data', data);
    await expect(importFile(model)).rejects.toThrow(
      `${data}: weights are read from the model's folder only, this is a link to ${join(dirname(model), '../kernel.data')}`,
    );
  });

  test('rejects a file of more than 2 GB', async () => {
    const model = folderWith({ 'big.onnx': '' });
    const file = openSync(model, 'r+');
    ftruncateSync(file, 2 ** 31 + 1);
    closeSync(file);
    await expect(importFile(model)).rejects.toThrow(
      `${model}: it has 2.1 GB, an ONNX file holds at most 2 GB`,
    );
  });

  const letters = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  test.each([
    ['a.h5', '\x89HDF\r\n\x1a\n\0\0', 'an HDF5 file, as Keras writes them', 'export it to ONNX'],
    [
      'a.pt',
      'PK\x03\x04\0\0best/data.pkl',
      'a PyTorch file or another pickle of Python',
      'torch.onnx.export',
    ],
    [
      'old.pth',
      '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.',
      'a PyTorch file or another pickle of Python',
      'export it',
    ],
    [
      'a.pt2',
      'PK\x03\x04\0\0a/data/weights/weight_0',
      'a PyTorch file or another pickle of Python',
      'export it',
    ],
    ['a.keras', 'PK\x03\x04\0\0metadata.json', 'a Keras file', 'export it to ONNX'],
    ['a.zip', 'PK\x03\x04\0\0a.onnx', 'a zip file', 'unpack it'],
    ['a.tflite', '\x1c\0\0\0TFL3\x14\0', 'a TensorFlow Lite file', 'export it to ONNX'],
    ['a.ort', '\x18\0\0\0ORTM\0\0', "a file of ONNX Runtime's own format (.ort)", 'take the .onnx file'],
    ['saved_model.pb', '\x08\x01\x12\xaa\x04\n\x12', 'a TensorFlow graph', 'export it to ONNX'],
    ['frozen.pb', '\n6\n\x05input\x12\x0bPlaceholder*', 'a TensorFlow graph', 'export it to ONNX'],
    [
      'a.safetensors',
      'x\x02\0\0\0\0\0\0{"a":',
      'a safetensors file, which holds weights and no model',
      'export it',
    ],
    ['lfs.onnx', 'version https://git-lfs.github.com/spec/v1\n', 'a pointer of Git LFS', 'git lfs pull'],
    ['page.onnx', '\n<!DOCTYPE html><html>', 'a web page', 'download the file itself'],
  ])('reports %s as what it is', async (name, content, kind, remedy) => {
    const model = folderWith({ [name]: letters(content) });
    const error = await importFile(model).catch((thrown) => thrown);
    expect(error.message).toContain(`${model}: it is ${kind}, an ONNX file is needed: `);
    expect(error.message).toContain(remedy);
  });
});
