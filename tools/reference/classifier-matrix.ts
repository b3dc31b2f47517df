/**
 * Imports and compares every classifier that `classifiers.py make DIR` wrote, and prints a row of Markdown
 * for each.
 *
 *     npx tsx tools/reference/classifier-matrix.ts DIR [NAME...]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClassifierReference, compareClassifier } from './compare-classifier.ts';

const [dir, ...wanted] = process.argv.slice(2);
const files = readdirSync(dir).filter(
  (file) =>
    file.endsWith('.onnx') && (wanted.length === 0 || wanted.some((name) => file.startsWith(`${name}.`))),
);

console.log(
  '| network | exporter, opset | nodes | head | target layer | as told | probabilities | maps, the worst | import, map (ms) |',
);
console.log('|---|---|---|---|---|---|---|---|---|');
for (const file of files) {
  const [, name, exporter] = /^(.*)\.([^.]+)\.onnx$/.exec(file) ?? ['', file, ''];
  try {
    const reference = JSON.parse(readFileSync(join(dir, `${name}.json`), 'utf8')) as ClassifierReference;
    const found = await compareClassifier(readFileSync(join(dir, file)), file, reference);
    const { imported, model } = found.imported.classifier;
    const { target, all } = imported.layers;
    const layer = all.find((one) => one.name === target);
    const errors = Object.entries(found.maps).sort((a, b) => b[1] - a[1]);
    const cells = [
      name,
      exporter.replace('-', ' '),
      model.nodes.length,
      imported.head,
      `\`${target}\` ${layer?.channels} x ${layer?.height} x ${layer?.width}`,
      found.layerFound ? 'yes' : 'no',
      found.probabilities.toExponential(0),
      `${errors[0]?.[1].toExponential(0)} (${errors[0]?.[0]})`,
      `${found.milliseconds.import.toFixed(0)}, ${found.milliseconds.map.toFixed(0)}`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  } catch (error) {
    console.log(`| ${name} | ${exporter} | ${(error as Error).message} | | | | | | |`);
  }
}
