/** Writes the case of the optimisers' comparison into a folder, for optimizers.py. Use: npx tsx tools/reference/optimizer-case.ts DIR */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel } from '../../src/models/model-file.ts';
import { encodeNpy } from '../../src/tensor/npy.ts';
import { optimizerCase } from '../../test/helpers/optimizer-case.ts';

const dir = process.argv[2];
mkdirSync(dir, { recursive: true });
const { model, image, label } = optimizerCase();
writeFileSync(join(dir, 'half.onnx'), encodeModel(model));
writeFileSync(join(dir, 'image.npy'), encodeNpy(image));
writeFileSync(join(dir, 'label.npy'), encodeNpy(label));
