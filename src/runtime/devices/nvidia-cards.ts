/** Which NVIDIA cards this machine has, as the driver and its tools say, without CUDA. */
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
  /** `GPU-` and a number of its own. */
  readonly uuid?: string;
}

/** How long nvidia-smi may take, in milliseconds. */
const patience = 20_000;

/**
 * The cards that CUDA sees, in the order in which nvidia-smi numbers them; empty where there is none, or no driver.
 * `CUDA_VISIBLE_DEVICES` hides and renumbers them.
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
    return undefined; // no such tool, or no driver for it to ask
  }
}

/** What the driver shows of itself on Linux: a folder for each card, named by its place on the bus. */
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
 * As CUDA reads `CUDA_VISIBLE_DEVICES`: numbers, or beginnings of uuids, up to the first that names no card. Parts of a card (MIG) are
 * not looked into: all cards are given.
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

/** Has CUDA number cards as nvidia-smi does, and not from the fastest; for this process and those it starts. */
export function numberLikeTool(): void {
  process.env.CUDA_DEVICE_ORDER ??= 'PCI_BUS_ID';
}
