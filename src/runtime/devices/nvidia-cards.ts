/** Lists the NVIDIA cards of this machine by the driver and its tools, without CUDA. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface NvidiaCard {
  readonly name: string;
  /** `81559 MiB` */
  readonly memory?: string;
  /** The driver's version. */
  readonly driver?: string;
  /** `GPU-` and a unique number. */
  readonly uuid?: string;
}

/** Time limit of nvidia-smi, in milliseconds. */
const patience = 20_000;

/**
 * The cards that CUDA sees, in nvidia-smi's order; empty without cards or a driver. `CUDA_VISIBLE_DEVICES`
 * hides and renumbers them.
 */
export async function nvidiaCards({
  env = process.env,
  proc = '/proc/driver/nvidia',
}: {
  readonly env?: NodeJS.ProcessEnv;
  readonly proc?: string;
} = {}): Promise<NvidiaCard[]> {
  const all = (await fromTool(env)) ?? fromDriver(proc);
  return visibleCards(all, env.CUDA_VISIBLE_DEVICES);
}

async function fromTool(env: NodeJS.ProcessEnv): Promise<NvidiaCard[] | undefined> {
  try {
    const { stdout } = await promisify(execFile)(
      'nvidia-smi',
      ['--query-gpu=name,memory.total,driver_version,uuid', '--format=csv,noheader'],
      { env, timeout: patience, windowsHide: true },
    );
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(',').map((part) => part.trim()));
    const cards = rows
      .filter((row) => row.length === 4)
      .map(([name, memory, driver, uuid]) => ({ name, memory, driver, uuid }));
    return cards.length > 0 ? cards : undefined;
  } catch {
    return undefined; // the tool or the driver is missing
  }
}

/** The cards in the driver's folder on Linux, with a subfolder for each card, named by its PCI address. */
function fromDriver(proc: string): NvidiaCard[] {
  const gpus = join(proc, 'gpus');
  if (!existsSync(gpus)) return [];
  const version = join(proc, 'version');
  const driver = existsSync(version)
    ? /Module.*?\s(\d+\.\d[\d.]*)/.exec(readFileSync(version, 'utf8'))?.[1]
    : undefined;
  return readdirSync(gpus)
    .sort()
    .map((place) => {
      const path = join(gpus, place, 'information');
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}:\\s*(.+?)\\s*$`, 'm').exec(text)?.[1];
      return { name: field('Model') ?? 'NVIDIA GPU', driver, uuid: field('GPU UUID') };
    });
}

/**
 * The cards selected by `CUDA_VISIBLE_DEVICES`, as CUDA reads it: numbers, or prefixes of uuids, up to the
 * first that matches no card. For parts of a card (MIG), all cards are returned.
 */
export function visibleCards(cards: readonly NvidiaCard[], visible: string | undefined): NvidiaCard[] {
  if (visible === undefined || /MIG/.test(visible)) return [...cards];
  const seen: NvidiaCard[] = [];
  for (const name of visible.split(',').map((part) => part.trim())) {
    const card = /^\d+$/.test(name)
      ? cards[Number(name)]
      : cards.find(({ uuid }) => name !== '' && uuid?.startsWith(name));
    if (card === undefined) break;
    seen.push(card);
  }
  return seen;
}

/** `1 NVIDIA card, 0: NVIDIA H100` */
export function listCards(cards: readonly NvidiaCard[]): string {
  const one = cards.length === 1;
  return `${cards.length} NVIDIA ${one ? 'card' : 'cards'}, ${cards.map(({ name }, i) => `${i}: ${name}`).join(', ')}`;
}

/** Makes CUDA number cards as nvidia-smi does, instead of by speed; for this process and its children. */
export function usePciBusOrder(): void {
  process.env.CUDA_DEVICE_ORDER ??= 'PCI_BUS_ID';
}
