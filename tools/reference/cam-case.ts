/** Writes the case of the comparison of CAM methods into a folder, for cam_methods.py. Use: npx tsx tools/reference/cam-case.ts DIR */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel } from '../../src/models/model-file.ts';
import { encodeNpy } from '../../src/tensor/npy.ts';
import { tensor } from '../../src/tensor/tensor.ts';
import { camCase, camClasses } from '../../test/helpers/cam-case.ts';

const dir = process.argv[2];
mkdirSync(dir, { recursive: true });
const { model, images } = camCase();
writeFileSync(join(dir, 'half.onnx'), encodeModel(model));
writeFileSync(join(dir, 'image.npy'), encodeNpy(images));
writeFileSync(join(dir, 'classes.npy'), encodeNpy(tensor('int64', [camClasses.length], camClasses)));
