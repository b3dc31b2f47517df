/**
 * Damaged files either open and explain, or give a one-line error that names the file and is not an internal
 * one.
 */
import { beforeAll, expect, test } from 'vitest';
import { tinyClassifier } from '../../test/helpers/tiny-classifier.ts';
import { openCamModel } from '../explain/open-cam-model.ts';
import { createSession } from '../runtime/node.ts';
import { random } from '../tensor/random.ts';
import { tensor } from '../tensor/tensor.ts';
import { importClassifier } from './import-classifier.ts';
import { decodeImported } from './imported-classifier.ts';

const foreign = tinyClassifier({ shape: [1, 3, 32, 32] });
let imported: Uint8Array;

beforeAll(async () => {
  imported = (await importClassifier(foreign, createSession, { name: 'tiny.onnx' })).file;
});

/** Words of ONNX Runtime and JavaScript that indicate a fault in a program. */
const faults =
  /Cannot read|of undefined|is not a function|not iterable|call stack|internal:|\[object|Invalid (typed )?array/;

async function look(bytes: Uint8Array, isForeign: boolean): Promise<void> {
  const classifier = isForeign
    ? (await importClassifier(bytes, createSession, { name: 'a.onnx' })).classifier
    : await decodeImported(bytes, 'a.onnx', createSession);
  const model = await openCamModel(classifier, createSession, { name: 'a.onnx' });
  const { imSize, channels } = model;
  if (imSize > 512) return;
  try {
    await model.look(tensor('uint8', [imSize, imSize, channels]));
  } finally {
    await model.release();
  }
}

function* damages(bytes: Uint8Array, seed: number, count: number): Generator<Uint8Array> {
  const draw = random(seed);
  for (let i = 0; i < count; i++) {
    const length = draw.next() < 0.2 ? draw.integer(bytes.length) : bytes.length;
    const broken = bytes.slice(0, length);
    for (let k = 0; k <= draw.integer(3) && length > 0; k++) {
      broken[draw.integer(length)] ^= 1 << draw.integer(8);
    }
    yield broken;
  }
}

test.each([
  ['a classifier of another program', true],
  ['an imported one', false],
] as const)(
  '%s: reads or rejects files that are cut or have flipped bits',
  async (_, isForeign) => {
    const odd: string[] = [];
    for (const broken of damages(isForeign ? foreign : imported, 1, 150)) {
      try {
        await look(broken, isForeign);
      } catch (error) {
        const { message } = error as Error;
        if (!message.startsWith('a.onnx: ') || faults.test(message))
          odd.push((error as Error).stack ?? message);
      }
    }
    expect(odd).toEqual([]);
  },
  600_000,
);
