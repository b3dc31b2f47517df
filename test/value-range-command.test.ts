/** `--value-range`: pictures whose values are no grey levels, from `data check` to maps. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeScenes } from '../src/data/scenes/write-scenes.ts';
import { best, hrm, newFolder, type Run } from './helpers/cli.ts';
import { tiff } from './helpers/tiff.ts';
import { eventsOf, training } from './helpers/training.ts';

const work = newFolder();
const at = (path: string): string => join(work, path);
const run = (args: string): Promise<Run> => hrm(work, ...args.split(' '));
const width = 64;

/** Scenes in grey, their levels as numbers. */
async function writeNumbers(
  out: string,
  write: (levels: Uint8Array) => Promise<Uint8Array> | Uint8Array,
): Promise<void> {
  await writeScenes({ out: at(out), classes: 2, train: 8, test: 4, size: width });
  for (const path of readdirSync(at(out), { recursive: true }).map(String)) {
    if (!path.endsWith('.jpg')) continue;
    const levels = await sharp(readFileSync(at(join(out, path))))
      .toColourspace('b-w')
      .raw()
      .toBuffer();
    writeFileSync(at(join(out, path)), await write(levels));
  }
}

beforeAll(async () => {
  // Hounsfield units from -1000 to 275.
  await writeNumbers('floats', (levels) =>
    tiff(
      { width, height: width, bits: 32, format: 3 },
      Float32Array.from(levels, (level) => 5 * level - 1000),
    ),
  );
  await writeNumbers('twelve', (levels) =>
    sharp(
      Uint16Array.from(levels, (level) => 16 * level),
      { raw: { width, height: width, channels: 1 } },
    )
      .toColourspace('grey16')
      .png()
      .toBuffer(),
  );
}, 60_000);
afterAll(() => rmSync(work, { recursive: true }));

const needed =
  /its values are 32-bit floats from -?[\d.]+ to -?[\d.]+, not grey levels: give the values of black and white with --value-range min,max/;

test('data check lists the values', async () => {
  const without = await run('data check floats --strict');
  expect(without.code).toBe(1);
  expect(without.stdout).toMatch(/unreadable: 12\n/);
  expect(without.stdout).toMatch(needed);
  const { code, stdout } = await run('data check floats --strict --value-range -1000,275');
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('unreadable: 0\n') });

  const twelve = await run('data check twelve --strict --json twelve.json');
  expect(twelve.code).toBe(1);
  expect(twelve.stdout).toMatch(
    /unreadable: 0\nunlikely values: 12\n {2}train\/.*: its largest 16-bit value is \d+, so it looks nearly black: if white is 4095, use --value-range 0,4095\n/,
  );
  expect(JSON.parse(readFileSync(at('twelve.json'), 'utf8')).unlikely).toHaveLength(12);
  expect((await run('data check twelve --strict --value-range 0,4095')).code).toBe(0);
});

test('trains, evaluates, explains and localises with one range', async () => {
  const train = 'train half --channels 1 --im-size 32 --epochs 1 --batch-size 4 --results-name';
  const refused = await training(work, `${train} none --data-dir floats`.split(' '));
  expect(refused.code).toBe(1);
  expect(JSON.stringify(refused.events)).toMatch(needed);

  const { code, events } = await training(
    work,
    `${train} half --data-dir floats --value-range -1000,275`.split(' '),
  );
  expect(code).toBe(0);
  expect(eventsOf(events, 'skipped')).toEqual([]);
  expect(eventsOf(events, 'done')).toHaveLength(1);

  const model = `--weight-dir ${best('half')}`;
  const range = '--value-range -1000,275';
  expect((await run(`evaluate --data-dir floats ${model}`)).stderr).toMatch(needed);
  const evaluated = await run(`evaluate --data-dir floats ${model} ${range} --out evaluated`);
  expect(evaluated).toMatchObject({ code: 0, stderr: '' });
  const localised = await run(`localise --data-dir floats ${model} ${range} --resamples 10 --faithfulness 0`);
  expect(localised).toMatchObject({ code: 0, stderr: 'masks: values 0, 255; object: 255\n' });

  const [name] = readdirSync(at('floats/test/disc'));
  const picture = `floats/test/disc/${name}`;
  const failed = await run(`explain ${picture} ${model} --out out`);
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(needed) });
  expect(failed.stderr.trim().split('\n')).toHaveLength(1);
  const explained = await run(`explain ${picture} ${model} ${range} --write overlay --out out`);
  expect(explained).toMatchObject({ code: 0, stderr: '' });
}, 120_000);

test('names 12 bits in 16 once', async () => {
  const { code, events } = await training(
    work,
    'train half --channels 1 --im-size 32 --epochs 1 --batch-size 4 --results-name twelve --data-dir twelve'.split(
      ' ',
    ),
  );
  expect(code).toBe(0);
  expect(eventsOf(events, 'warning').map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /: its largest 16-bit value is \d+, .* use --value-range 0,4095 \(shown only for the first such picture\)$/,
    ),
  ]);
  const model = `--weight-dir ${best('twelve')}`;
  const note =
    /^note: .*: its largest 16-bit value is \d+, so it looks nearly black: if white is 4095, use --value-range 0,4095.*\n$/;
  expect((await run(`evaluate --data-dir twelve ${model}`)).stderr).toMatch(note);
  const [name] = readdirSync(at('twelve/test/disc'));
  const explain = `explain twelve/test/disc/${name} ${model} --write overlay --out out`;
  expect((await run(explain)).stderr).toMatch(note);
  expect((await run(`${explain} --value-range 0,4095`)).stderr).toBe('');
}, 120_000);

test('an invalid range is wrong usage', async () => {
  for (const range of ['5', '5,1', '1,1', 'a,b', '0,1,2', ',1', '0,Infinity']) {
    const { code, stderr } = await run(`explain a.tif --out out --value-range ${range}`);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('Two numbers are needed, the smaller one first, such as 0,4095.'),
    });
  }
});
