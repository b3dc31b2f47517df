/** Which of a network's layers a CAM method uses. */
import type { LayerTable } from '../../models/network.ts';
import type { CamMethodEntry } from './method.ts';

/** The layers that a method uses by default. */
export function usualLayers(
  { looksAt }: Pick<CamMethodEntry, 'looksAt'>,
  table: LayerTable,
): readonly string[] {
  return looksAt === 'pyramid' ? table.pyramid : [table[looksAt]];
}

/**
 * The layers that a method uses.
 * @param given default: the method's own
 * @throws when it cannot use these
 */
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

/** All names if they are few, else the first ones and their number. */
function layerList({ names }: LayerTable): string {
  const most = 8;
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')}, ... (${names.length}; hrm summary lists them)`;
}

/**
 * Parses a list such as `dense_5,dense_3`.
 * @throws when a name occurs twice, or is empty
 */
export function parseLayers(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const [i, name] of names.entries()) {
    if (name === '') throw new Error('the name of a layer is needed, got none');
    if (names.indexOf(name) !== i) throw new Error(`each layer may occur once, got '${name}' twice`);
  }
  return names;
}
