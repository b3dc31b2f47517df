/**
 * Prints the gradient error of each parameter of a network: `npx tsx tools/reference/gradient-errors.ts half`
 * (or full, tied-cells, tied-image). From the loss backwards, as gradients flow. How to read it:
 * docs/wrong-gradient.md.
 */
import { goldenGradientErrors } from './golden-gradient.ts';
import { type GradientKind, gradientKinds } from './gradient-case.ts';

const kind = gradientKinds.find((known) => known === process.argv[2]) as GradientKind | undefined;
if (!kind) throw new Error(`one of ${gradientKinds.join(', ')} is needed`);
const { loss, goldenLoss, parameters } = await goldenGradientErrors(kind, 'cpu');
console.log(`loss ${loss}, golden ${goldenLoss}`);
console.log('error     norm     true size  parameter, and the node that reads it');
for (const { name, reader, size, ratio, error } of parameters.toReversed()) {
  const off =
    size < 1e-6
      ? 'about 0'.padEnd(19)
      : `${error.toExponential(1).padEnd(10)}${`x ${ratio.toFixed(3)}`.padEnd(9)}`;
  console.log(`${off}${size.toExponential(1).padEnd(11)}${name}, ${reader}`);
}
