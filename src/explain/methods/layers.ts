/** Which layers a CAM method looks at, out of those that a network names. */
import type { LayerTable } from '../../models/network.ts';
import type { CamMethodEntry } from './method.ts';

/** The layers that a method looks at unless told. */
export function usualLayers(
  { looksAt }: Pick<CamMethodEntry, 'looksAt'>,
  table: LayerTable,
): readonly string[] {
  return looksAt === 'pyramid' ? table.pyramid : [table[looksAt]];
}

/** The layers that a method looks at. @param given default: its usual ones @throws when it cannot look at these */
export function chosenLayers(
  entry: Pick<CamMethodEntry, 'name' | 'looksAt' | 'layerChoice'>,
  table: LayerTable,
  given: readonly string[] = usualLayers(entry, table),
): readonly string[] {
  const asked = given.map((layer) =>
    table.names.includes(layer) ? layer : (table.aliases?.get(layer) ?? layer),
  );
  const { name, layerChoice } = entry;
  const unknown = asked.find((layer) => !table.names.includes(layer));
  if (unknown !== undefined) throw new Error(`layers are ${layerList(table)}, got '${unknown}'`);
  const usual = usualLayers(entry, table);
  if (layerChoice === 'none' && String(asked) !== String(usual)) {
    throw new Error(`${name}: its layer is ${usual.join(', ')}, got ${asked.join(', ') || 'none'}`);
  }
  if (asked.length < 1 || (layerChoice === 'one' && asked.length > 1)) {
    throw new Error(
      `${name}: ${layerChoice === 'one' ? 'one layer is' : 'at least one layer is'} needed, got ${asked.join(', ') || 'none'}`,
    );
  }
  return asked;
}

/** All names where they are few, else the first ones, and how many there are. */
function layerList({ names }: LayerTable): string {
  const most = 8;
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')}, ... (${names.length}; hrm summary lists them)`;
}

/** A list such as `dense_5,dense_3`. @throws when a name stands there twice, or is empty */
export function parseLayers(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const [i, name] of names.entries()) {
    if (name === '') throw new Error('a name of a layer is needed, got none');
    if (names.indexOf(name) !== i) throw new Error(`a layer counts once, got '${name}' twice`);
  }
  return names;
}
