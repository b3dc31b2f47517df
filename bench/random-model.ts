import { initializeWeights, type Model, type ModelType } from '../src/models/model.ts';
import { random } from '../src/tensor/random.ts';

/** A network of 15 classes with new weights. */
export function randomModel(type: ModelType, imSize: number): Model {
  const classes = Array.from({ length: 15 }, (_, i) => `class ${i}`);
  const config = { type, classes, channels: 3, imSize };
  return { ...config, weights: initializeWeights(config, random(0)) };
}
