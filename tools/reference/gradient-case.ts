/** Writes the case of the gradient comparison into a folder, for gradient.py. Use: npx tsx tools/reference/gradient-case.ts DIR */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel } from '../../src/models/model-file.ts';
import { encodeNpy } from '../../src/tensor/npy.ts';
import { gradientCase, gradientKinds } from '../../test/helpers/gradient-case.ts';

const dir = process.argv[2];
mkdirSync(dir, { recursive: true });
for (const kind of gradientKinds) {
  const { model, image, label, softLabel } = gradientCase(kind);
  writeFileSync(join(dir, `${kind}.onnx`), encodeModel(model));
  writeFileSync(join(dir, `${kind}.image.npy`), encodeNpy(image));
  writeFileSync(join(dir, 'label.npy'), encodeNpy(label));
  writeFileSync(join(dir, `${kind}.soft_label.npy`), encodeNpy(softLabel));
}
