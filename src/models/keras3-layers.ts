/**
 * Layers in files of Keras 3, whose weights are numbered: `layers/LAYER/vars/0`, `1` and so on. LAYER is the layer's name; or, in other
 * versions, its class with a number, as `conv2d_3` for the fourth of them. There the attribute `name` of `vars` may give the name, or
 * the archive's configuration the layers in order.
 */
import type { Group } from 'h5wasm';
import { attempt, get, isGroup, text } from './hdf5.ts';
import { type ConfiguredLayer, snakeClass } from './keras-config.ts';
import { type CheckWeight, type KerasLayer, readWeight } from './keras-weight.ts';

/** A layer that has weights. */
export interface NumberedLayer {
  /** What its group is called: its name, or its class with a number. */
  readonly group: string;
  /** Its name, where the file gives it; else as the group. */
  readonly name: string;
  /** How many weights it has. */
  readonly weights: number;
}

/** What a layer of a Keras 3 file and its weights are called. */
export interface LayerNames {
  readonly name: string;
  readonly weights: readonly string[];
}

/** Names what a file only numbers: the layers in their order. Throws when they are of another network. */
export type NameLayers = (layers: readonly NumberedLayer[]) => readonly LayerNames[];

/** The groups that hold the layers in files of Keras 3, and of Keras 2.12. */
export const containers: readonly string[] = ['layers', '_layer_checkpoint_dependencies'];

/**
 * @param configured what an archive says of its layers, which has their names
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
  if (twice) throw new Error(`damaged: the layer '${twice.name}' is there twice`);
  return nameLayers(layers).map(({ name, weights }, i) => ({
    name,
    weights: weights.map((weight, k) => readWeight(found[i].vars, String(k), name, weight, check)),
  }));
}

interface Variables {
  /** Of the layer's group, below the one that holds the layers. */
  readonly path: string;
  readonly vars: Group;
  readonly weights: number;
}

/** Most levels, and most groups in all. No good file has more; a damaged one may go round in a circle. */
const deepest = 12;
const mostGroups = 20_000;

/** All groups `vars` with weights in them, also of layers inside others. */
function variables(container: Group): Variables[] {
  const all: Variables[] = [];
  let left = mostGroups;
  const visit = (group: Group, path: string, depth: number): void => {
    const what = `the layer '${path}'`;
    if (depth > deepest || left-- === 0) throw new Error(`damaged: ${what} goes on for ever`);
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

/** By class and number, `conv2d` before `conv2d_1` before `conv2d_10`: the order of the layers of each class. */
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
