/** The models that come with the package. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'models');

/** Photographs: ten butterflies and five vehicles; models/README.md says what it was trained on. */
export const photoModel: string = join(folder, 'photo15.onnx');

/** Six shapes in synthetic scenes. */
export const scenesModel: string = join(folder, 'scenes.onnx');
