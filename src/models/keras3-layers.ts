/**
 * Layers in Keras 3 files, whose weights are numbered: `layers/LAYER/vars/0`, `1` and so on. LAYER is the
 * layer's name or, in other versions, its class with a number, such as `conv2d_3` for the fourth one. In the
 * latter case the attribute `name` of `vars` may give the name, or the archive's configuration lists the
 * layers in order.
 */
import type { Group } from 'h5wasm';
import { attempt, get, isGroup, text } from './hdf5.ts';
import { type ConfiguredLayer, snakeClass } from './keras-config.ts';
import { type CheckWeight, type KerasLayer, readWeight } from './keras-weight.ts';

/** A layer that has weights. */
export interface NumberedLayer {
  /** The name of its group: its name, or its class with a number. */
  readonly group: string;
  /** Its name, if the file has it; else that of the group. */
  readonly name: string;
  /** Number of its weights. */
  readonly weights: number;
}

/** The names of a layer in a Keras 3 file, and of its weights. */
export interface LayerNames {
  readonly name: string;
  readonly weights: readonly string[];
}

/** Gives names to numbered layers, in order. Throws when they are of another network. */
export type NameLayers = (layers: readonly NumberedLayer[]) => readonly LayerNames[];

/** The groups that hold the layers in files of Keras 3, and of Keras 2.12. */
export const containers: readonly string[] = ['layers', '_layer_checkpoint_dependencies'];

/**
 * @param configured the layers in an archive's configuration, with their names
 * @throws when it is damaged, `nameLayers` or `check` throws
 */
export function readNumberedLayers(
  container: Group,
  check: CheckWeight,
  nameLayers: NameLayers,
  configured: readonly ConfiguredLayer[],
): KerasLayer[] {
  const found = inOrder(variables(container));
  const layers = found.map(({ path, vars, weights }) => ({
    group: path,
    name: text(vars, 'name') ?? configuredName(path, configured) ?? path,
    weights,
  }));
  const twice = layers.find(({ name }, i) => layers.findIndex((other) => other.name === name) < i);
  if (twice) throw new Error(`damaged: the layer '${twice.name}' occurs twice`);
  return nameLayers(layers).map(({ name, weights }, i) => ({
    name,
    weights: weights.map((weight, k) => readWeight(found[i].vars, String(k), name, weight, check)),
  }));
}

interface Variables {
  /** Path of the layer's group, below the container. */
  readonly path: string;
  readonly vars: Group;
  readonly weights: number;
}

/** Limits on levels, and on groups in all. Valid files have fewer; damaged ones may contain a cycle. */
const deepest = 12;
const mostGroups = 20_000;

/** All groups `vars` that contain weights, also of nested layers. */
function variables(container: Group): Variables[] {
  const all: Variables[] = [];
  let left = mostGroups;
  const visit = (group: Group, path: string, depth: number): void => {
    const what = `the layer '${path}'`;
    if (depth > deepest || left-- === 0) throw new Error(`damaged: ${what} never ends`);
    for (const key of attempt(what, () => group.keys())) {
      const entity = get(group, key, what);
      if (!isGroup(entity)) continue;
      if (key !== 'vars') visit(entity, path === '' ? key : `${path}/${key}`, depth + 1);
      else {
        const weights = attempt(what, () => entity.keys()).length;
        if (weights > 0) all.push({ path, vars: entity, weights });
      }
    }
  };
  visit(container, '', 0);
  return all;
}

/**
 * Sorted by class and number, `conv2d` before `conv2d_1` before `conv2d_10`: the order of the layers of each
 * class.
 */
function inOrder(all: readonly Variables[]): Variables[] {
  const key = ({ path }: Variables): [string, number] => [path.replace(/_\d+$/, ''), numberOf(path)];
  return all.toSorted((one, other) => {
    const [[a, i], [b, j]] = [key(one), key(other)];
    return a === b ? i - j : a < b ? -1 : 1;
  });
}

function numberOf(path: string): number {
  return Number(/_(\d+)$/.exec(path)?.[1] ?? 0);
}

function configuredName(path: string, configured: readonly ConfiguredLayer[]): string | undefined {
  if (configured.some(({ name }) => name === path)) return path;
  const kind = path.replace(/_\d+$/, '');
  return configured.filter((layer) => snakeClass(layer.kind) === kind)[numberOf(path)]?.name;
}
