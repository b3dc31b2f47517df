/** Chooses the feature maps of a classifier that an expansion reads besides the low-res ones. */
import type { ForeignModel, ForeignNode } from '../graph/onnx/foreign-model.ts';
import { stageCount, stageGrids } from '../models/transport.ts';
import { type ClassifierLayer, layerNamed } from './facts.ts';
import type { ImportedClassifier } from './imported-classifier.ts';
import type { Grid } from './places.ts';
import { sameForAll } from './values.ts';

/** A stage of the expansion's decoder (`stageGrids`), and the layer whose feature maps it reads. */
export interface StageLayer {
  readonly stage: number;
  readonly layer: string;
}

/** Largest ratio between a layer's size and a stage's: convolutions without padding lose a row or two. */
const tolerance = 1.2;
/** Operators that compute each position by itself; for Conv only with a 1 x 1 kernel. */
const pointwise =
  /^(BatchNormalization|Relu|Clip|LeakyRelu|PRelu|Sigmoid|HardSigmoid|HardSwish|Mul|Add|Identity|Cast)$/;

/**
 * For each stage, at the classifier's own size, the layer that it reads: of those of about the stage's size,
 * the last one that no branch bypasses. If that layer was computed position by position from fewer channels,
 * the layer with fewer channels is read: it has the same information.
 */
export function stageLayersOf({ imported, model, imSize }: ImportedClassifier): StageLayer[] {
  const cells = layerNamed(imported, imported.layers.target);
  const image: Grid = [imSize, imSize];
  const narrow = narrowest(model, imported.layers.all, cells);
  const count = stageCount(image, [cells.height, cells.width]);
  return stageGrids(image, count).flatMap((grid, stage) => {
    const exact = narrow.find(({ height, width }) => height === grid[0] && width === grid[1]);
    const found = exact ?? narrow.find((layer) => isAbout(layer, grid));
    return found ? [{ stage, layer: found.name }] : [];
  });
}

function isAbout({ height, width }: ClassifierLayer, [rows, columns]: Grid): boolean {
  const near = (a: number, b: number): boolean => Math.max(a, b) <= tolerance * Math.min(a, b);
  return near(height, rows) && near(width, columns);
}

/**
 * The layers before the low-res ones that no branch bypasses, from the classifier back; each run of
 * position-wise layers is represented by the one with the fewest channels.
 */
function narrowest(
  model: ForeignModel,
  layers: readonly ClassifierLayer[],
  cells: ClassifierLayer,
): ClassifierLayer[] {
  const known = new Map(layers.map((layer) => [layer.name, layer]));
  const all = model.nodesFor([cells.name]);
  const same = sameForAll(all, model);
  const nodes = all.filter(({ outputs }) => !outputs.every((name) => same.has(name)));
  const result: ClassifierLayer[] = [];
  let since: ForeignNode[] = [];
  for (const [i, bypassed] of bypasses(nodes).entries()) {
    since.push(nodes[i]);
    const layer = known.get(nodes[i].outputs[0]);
    if (bypassed || !layer || layer.name === cells.name) continue;
    const before = result[0];
    const isWidened =
      before?.height === layer.height &&
      before.width === layer.width &&
      since.every((node) => isPointwise(node, model));
    if (!isWidened) result.unshift(layer);
    else if (layer.channels <= before.channels) result[0] = layer;
    since = [];
  }
  return result;
}

/** For each node, whether a value from before it, or another of its own results, is read after it. */
function bypasses(nodes: readonly ForeignNode[]): boolean[] {
  const lastRead = new Map<string, number>();
  for (const [i, { reads }] of nodes.entries()) for (const name of reads) lastRead.set(name, i);
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  let open = 0;
  const closing = new Map<number, number>();
  return nodes.map(({ outputs }, i) => {
    open -= closing.get(i) ?? 0;
    const lasting = outputs.filter((name) => made.has(name) && (lastRead.get(name) ?? i) > i);
    const isBypassed = open > 0 || lasting.length > 1;
    for (const name of lasting) {
      const end = lastRead.get(name) as number;
      closing.set(end, (closing.get(end) ?? 0) + 1);
    }
    open += lasting.length;
    return isBypassed;
  });
}

function isPointwise({ type, inputs, attributes }: ForeignNode, model: ForeignModel): boolean {
  if (type !== 'Conv') return pointwise.test(type);
  const { group = 1, strides = [1] } = attributes as { group?: number; strides?: readonly number[] };
  if (group !== 1 || strides.some((stride) => stride !== 1) || !model.isStored(inputs[1])) return false;
  return model
    .stored(inputs[1])
    .shape.slice(2)
    .every((side) => side === 1);
}
