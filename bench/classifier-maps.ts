/**
 * Our side of `classifier-maps.bench.ts`: the predicted class of a picture, and its map by an imported
 * classifier.
 *
 *     classifier-maps.ts FILE METHOD
 */
import { readFileSync } from 'node:fs';
import { importClassifier } from '../src/classifier/import-classifier.ts';
import { namedPreprocessing } from '../src/classifier/preprocessing.ts';
import { HalfModel } from '../src/explain/half-model.ts';
import { lookAt } from '../src/explain/look.ts';
import { openMethod } from '../src/explain/methods/index.ts';
import { createSession } from '../src/runtime/node.ts';
import { random } from '../src/tensor/random.ts';
import { tensor } from '../src/tensor/tensor.ts';
import { contend } from './contender.ts';

const [file, name] = process.argv.slice(2);
const { classifier } = await importClassifier(readFileSync(file), createSession, {
  name: file,
  preprocessing: namedPreprocessing.imagenet,
});
const model = await HalfModel.load(classifier, createSession);
const method = await openMethod(name, model.network, createSession);
const chance = random(1);
const size = model.imSize;
const image = tensor('float32', [1, size, size, model.channels]);
image.data.forEach((_, i) => {
  image.data[i] = chance.next();
});
// As in use: the predicted class, and its map.
const look = () => lookAt(model, image, [undefined], method);
await look();
await contend(look, 3);
