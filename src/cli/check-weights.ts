/** `check-weights`: finds the first layer at which the weights of two models differ. */
import { Command } from 'commander';
import { readModel } from '../load-model.ts';
import { compareWeights, formatComparison } from '../models/compare-weights.ts';
import { real } from './options.ts';

const differ = 1;

export function checkWeightsCommand(): Command {
  return new Command('check-weights')
    .usage('A B [options]')
    .description(
      'compare the weights of two models, .onnx or Keras .h5, half or full, layer by layer; exit code 1 if weights that both have differ',
    )
    .argument('<a>', 'a model file')
    .argument('<b>', 'another model file')
    .option('--tolerance <t>', 'largest difference at which two numbers count as equal', real(0, 1e30), 0)
    .action(async (a: string, b: string, { tolerance }: { tolerance: number }) => {
      const comparison = compareWeights(await readModel(a), await readModel(b), tolerance);
      console.log(formatComparison(comparison, tolerance));
      if (comparison.differing > 0) process.exitCode = differ;
    });
}
