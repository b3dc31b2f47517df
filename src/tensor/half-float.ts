/**
 * The nearest float16 numbers, ties to even.
 * @returns bits for `halfToFloat`; undefined if one of 65,520 or more would become infinite
 */
export function floatToHalf(values: Float32Array): Uint16Array | undefined {
  const bits = new Uint16Array(values.length);
  for (const [i, value] of values.entries()) {
    const size = Math.abs(value);
    if (!(size < 65520)) return undefined;
    // Below 2^-14 the step is 2^-24; above, there are 1024 steps between two powers of 2.
    const exponent = Math.max(size === 0 ? -14 : Math.floor(Math.log2(size)), -14);
    const steps = roundEven(size * 2 ** (10 - exponent));
    // If the fraction rounds up to the next power of 2, its carry into the exponent is correct.
    bits[i] = (Object.is(value, -0) || value < 0 ? 0x8000 : 0) + steps + ((exponent + 14) << 10);
  }
  return bits;
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const over = value - floor;
  return over > 0.5 || (over === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/**
 * Numbers of 16 bits (IEEE 754 binary16, float16 in ONNX, NumPy and HDF5) as float32, exactly.
 * @param bits one number each: sign (1 bit), exponent (5), fraction (10)
 */
export function halfToFloat(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (value) => {
    const sign = value & 0x8000 ? -1 : 1;
    const exponent = (value >> 10) & 0x1f;
    const fraction = value & 0x3ff;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** Numbers of 16 bits that are the upper half of a float32 (bfloat16), as float32. */
export function bfloatToFloat(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (value) => value * 2 ** 16).buffer);
}
