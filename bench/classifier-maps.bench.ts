/**
 * Maps of imported classifiers against pytorch-grad-cam on the same networks and cores: the predicted class
 * of one picture of 224 pixels, and its map. Needs the ONNX files of
 * `tools/reference/classifiers.py make DIR`, and its Python:
 *
 *     PYTHON=.../bin/python npx tsx bench/classifier-maps.bench.ts DIR [--rounds 7] [NAME ...]      e.g.
 *     resnet18
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { alternate } from './rounds.ts';
import { printRows } from './rows.ts';

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '7' } },
  allowPositionals: true,
});
const [dir, ...wanted] = positionals;
const names = wanted.length > 0 ? wanted : ['efficientnet-lite0', 'resnet18', 'vit-tiny'];

for (const name of names) {
  for (const method of ['grad-cam', 'hirescam']) {
    const file = join(dir, `${name}.torchscript-17.onnx`);
    const [ours, peer] = await alternate(
      [
        {
          name: 'ours',
          command: process.execPath,
          args: ['--import', 'tsx', 'bench/classifier-maps.ts', file, method],
        },
        {
          name: 'pytorch-grad-cam',
          command: process.env.PYTHON ?? 'python3',
          args: ['bench/peers/classifier_maps.py', method, name],
        },
      ],
      Number(values.rounds),
    );
    printRows([{ name: `${name} ${method}`, ours, peer }]);
  }
}
