/** Finds the values of a classifier that can be read as feature maps, and those with a special role. */
import type { ForeignModel, ForeignNode } from '../graph/onnx/foreign-model.ts';
import type { ClassifierLayer } from './facts.ts';
import { hasGradient } from './operators.ts';
import { type Grid, type Places, placesOf } from './places.ts';
import { sameForAll } from './values.ts';

/**
 * All values with more than one position on which the logits depend, from the classifier back to the image.
 * @param shapes of the model's values for one picture
 * @param image height and width of the picture
 */
export function layersOf(
  model: ForeignModel,
  logits: string,
  shapes: Readonly<Record<string, readonly number[]>>,
  image: Grid,
  prefer: 'NCHW' | 'NHWC',
): ClassifierLayer[] {
  const nodes = model.nodesFor([logits]);
  const picture = picturesIn(nodes);
  const names = nodes.flatMap(({ outputs }) => outputs).filter((name) => shapes[name] && !picture.has(name));
  const grids = gridsOf(nodes, shapes, image);
  const layouts = layoutsOf(nodes);
  const all = names.map((name) => ({
    name,
    places: placesOf(shapes[name], image, grids, layouts.get(name) ?? prefer),
  }));
  const tokens = new Set(
    all.flatMap(({ places }) =>
      places && isTokens(places) ? [places.special + places.height * places.width] : [],
    ),
  );
  // Values inside attention, `[N, heads, T, T]` and `[N, heads, T, K]`: their axes are tokens, not positions.
  const isAttention = (name: string, places: Places): boolean =>
    !isTokens(places) && !layouts.has(name) && (tokens.has(places.height) || tokens.has(places.width));
  return all
    .flatMap(({ name, places }) => (places && !isAttention(name, places) ? [{ name, ...places }] : []))
    .reverse();
}

/** Operators on feature maps, channels first. */
const ofFeatureMaps =
  /^(Conv|ConvTranspose|QLinearConv|ConvInteger|(Global)?(Max|Average|Lp)Pool|BatchNormalization|InstanceNormalization|GroupNormalization|LRN|DepthToSpace|SpaceToDepth)$/;
/** Operators after which the axes have another meaning. */
const ofOtherAxes = ['Reshape', 'MatMul', 'Einsum', 'Flatten', 'Squeeze', 'Unsqueeze', 'Gather', 'Gemm'];

/**
 * The layout of each value known to be feature maps: the result of a convolution or similar, or computed from
 * one.
 */
function layoutsOf(nodes: readonly ForeignNode[]): ReadonlyMap<string, 'NCHW' | 'NHWC'> {
  const layouts = new Map<string, 'NCHW' | 'NHWC'>();
  for (const { type, inputs, outputs, attributes } of nodes) {
    const before = inputs.map((name) => layouts.get(name)).find((layout) => layout !== undefined);
    const after = ofFeatureMaps.test(type)
      ? 'NCHW'
      : type === 'Transpose'
        ? transposed(before, String(attributes.perm))
        : ofOtherAxes.includes(type)
          ? undefined
          : before;
    if (after) for (const name of outputs) layouts.set(name, after);
  }
  return layouts;
}

function transposed(before: 'NCHW' | 'NHWC' | undefined, perm: string): 'NCHW' | 'NHWC' | undefined {
  if (before === 'NCHW' && perm === '0,2,3,1') return 'NHWC';
  return before === 'NHWC' && perm === '0,3,1,2' ? 'NCHW' : undefined;
}

/**
 * Values that are still the picture: the nodes that a model file has before the classifier's own, and its
 * input in another layout or type.
 */
function picturesIn(nodes: readonly ForeignNode[]): ReadonlySet<string> {
  const picture = new Set(['image']);
  for (const { type, inputs, outputs } of nodes) {
    const isSame = ['Identity', 'Cast', 'Transpose'].includes(type) && picture.has(inputs[0]);
    if (isSame || outputs[0].startsWith('hrm/before/')) picture.add(outputs[0]);
  }
  return picture;
}

function isTokens({ form }: Places): boolean {
  return form === 'NTC' || form === 'NCT';
}

/**
 * The grids that tokens may have: those of convolutions' feature maps, else the square that fits the most
 * values.
 */
function gridsOf(
  nodes: readonly ForeignNode[],
  shapes: Readonly<Record<string, readonly number[]>>,
  image: Grid,
): Grid[] {
  const found = new Map<string, Grid>();
  for (const { type, outputs } of nodes) {
    if (type !== 'Conv') continue;
    const places = placesOf(shapes[outputs[0]] ?? [], image, [], 'NCHW');
    if (places) found.set(`${places.height} ${places.width}`, [places.height, places.width]);
  }
  if (found.size > 0) return [...found.values()];
  for (const special of [0, 1, 2, 5]) {
    for (const [first, tokens] of Object.values(shapes).filter(({ length }) => length === 3)) {
      const side = Math.sqrt(tokens - special);
      if (first === 1 && Number.isInteger(side) && side > 1 && side < image[0]) return [[side, side]];
    }
  }
  return [];
}

/** An operator between a layer and the logits that has no gradient here; undefined: all have one. */
export function unknownOperator(model: ForeignModel, layer: string, logits: string): string | undefined {
  const reached = new Set([layer]);
  const nodes = model.nodesFor([logits]);
  const same = sameForAll(nodes, model);
  for (const { type, reads, outputs } of nodes) {
    if (!reads.some((input) => reached.has(input)) || outputs.every((output) => same.has(output))) continue;
    if (!hasGradient(type)) return type;
    for (const output of outputs) reached.add(output);
  }
  return undefined;
}

/** The layer, and before it the last layer of each finer grid: at most three. */
export function pyramidOf(
  model: ForeignModel,
  layers: readonly ClassifierLayer[],
  target: ClassifierLayer,
  logits: string,
): string[] {
  const pyramid = [target];
  for (const layer of layers.slice(layers.indexOf(target) + 1)) {
    const { height, width } = pyramid[pyramid.length - 1];
    const finer = layer.height >= 1.5 * height && layer.width >= 1.5 * width;
    if (!finer || pyramid.length === 4) continue;
    if (unknownOperator(model, layer.name, logits) !== undefined) break;
    pyramid.push(layer);
  }
  return pyramid.map(({ name }) => name);
}

/**
 * Whether a layer may be the default target. Any feature map may; of values with tokens, a normalised value
 * or a sum of two branches, but not the queries, keys and values inside an attention.
 */
export function mayBeTarget(
  model: ForeignModel,
  layer: ClassifierLayer,
  isConstant: (name: string) => boolean,
): boolean {
  if (!isTokens(layer)) return true;
  const node = model.producer(layer.name);
  if (!node) return false;
  if (/Normalization$/.test(node.type)) return true;
  if (node.type !== 'Add') return false;
  const [a, b] = node.inputs;
  if (!isConstant(a) && !isConstant(b)) return true;
  // The last step of a normalisation written as separate nodes: (...) scale + bias.
  return model.producer(isConstant(a) ? b : a)?.type === 'Mul';
}
