// Explains a photograph: node explain.mjs photo.jpg
import { fileURLToPath } from 'node:url';
import { cutOutOf, overlay } from 'high-res-mapping';
import { encodePng, explain, fullSize, loadModel, writeFileWhole } from 'high-res-mapping/node';

const [photo] = process.argv.slice(2);
const model = await loadModel(fileURLToPath(import.meta.resolve('high-res-mapping/models/imagenet.onnx')));

const explanation = await explain(model, photo);
for (const { name, probability } of explanation.predictions.slice(0, 3)) {
  console.log(`${(100 * probability).toFixed(1).padStart(5)} %  ${name}`);
}

const { picture, levels, mask, box } = await fullSize(photo, explanation);
console.log(`where: x ${box[0]} to ${box[2]}, y ${box[1]} to ${box[3]}`);
await writeFileWhole('overlay.png', await encodePng(overlay(picture, levels)));
await writeFileWhole('cutout.png', await encodePng(cutOutOf(picture, mask)));
