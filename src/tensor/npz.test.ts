import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { encodeNpy } from './npy.ts';
import { decodeNpz } from './npz.ts';
import { type Tensor, tensor } from './tensor.ts';
import { isZip } from './zip.ts';

const low = tensor('float32', [2, 2], [1, 2, 3, 4]);
const high = tensor('float32', [8, 8]);

function npz(arrays: Readonly<Record<string, Tensor>>, level: 0 | 6 = 0): Uint8Array {
  const files = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)]);
  return zipSync(Object.fromEntries(files), { level });
}

test.each([0, 6] as const)('returns the only array, or the chosen one of several (level %i)', (level) => {
  expect(isZip(npz({ low }, level))).toBe(true);
  expect(decodeNpz(npz({ low }, level))).toEqual(low);
  expect(decodeNpz(npz({ high, low, 'a.b/ä': low }, level), 'low')).toEqual(low);
  expect(decodeNpz(npz({ high, low, 'a.b/ä': low }, level), 'a.b/ä')).toEqual(low);
});

test('without a choice, or with an unknown name, lists the arrays', () => {
  const bytes = npz({ low, high });
  expect(() => decodeNpz(bytes, undefined, 'm.npz')).toThrow(
    'm.npz: it holds several arrays, choose one, as FILE.npz:low: low, high',
  );
  expect(() => decodeNpz(bytes, 'hihg', 'm.npz')).toThrow("m.npz: it holds no array 'hihg', but low, high");
  const many = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`arr_${i}`, low]));
  expect(() => decodeNpz(npz(many))).toThrow(/arr_11 and 3 more$/);
});

test('reports an archive without arrays', () => {
  const zip = zipSync({ 'archive/data.pkl': strToU8('x'), 'archive/version': strToU8('3') });
  expect(() => decodeNpz(zip, undefined, 'm.pt')).toThrow(
    'm.pt: a zip archive without arrays of NumPy (.npy); it holds archive/data.pkl, archive/version',
  );
  expect(isZip(zipSync({}))).toBe(true);
  expect(() => decodeNpz(zipSync({}))).toThrow('it holds no files');
  const odd = zipSync({ 'a.npy': strToU8('no array') });
  expect(() => decodeNpz(odd, undefined, 'm.npz')).toThrow('m.npz:a: not a .npy file');
});

test.each([0, 6] as const)('rejects a damaged archive (level %i)', (level) => {
  const whole = npz({ low, high }, level);
  for (const length of [10, 100, whole.length - 30]) {
    expect(() => decodeNpz(whole.slice(0, length), 'low')).toThrow('damaged or cut short');
  }
  // Any byte of the elements, which follow the entry's header.
  const broken = whole.slice();
  broken[level === 0 ? 39 + 128 + 5 : 39 + 60] ^= 0x10;
  expect(() => decodeNpz(broken, 'low')).toThrow('damaged');
});

test('does not trust the sizes that an archive claims', () => {
  const claim = (change: (view: DataView, entry: number) => void): Uint8Array => {
    const bytes = npz({ low }, 6);
    const entry = Buffer.from(bytes).indexOf('PK\x01\x02', 'latin1');
    change(new DataView(bytes.buffer, bytes.byteOffset), entry);
    return bytes;
  };
  const size = (value: number) => claim((view, entry) => view.setUint32(entry + 24, value, true));
  expect(() => decodeNpz(size(2 ** 31))).toThrow(
    /has 2147483648 bytes unpacked, more than the limit of 1073741824/,
  );
  expect(() => decodeNpz(size(2 ** 29))).toThrow("damaged: 'low.npy' in it cannot have its size");
  expect(() => decodeNpz(size(100))).toThrow("the checksum of 'low.npy' in it does not match");
  const packed = claim((view, entry) => view.setUint16(entry + 10, 14, true));
  expect(() => decodeNpz(packed)).toThrow("'low.npy' in it is packed by method 14");
});
