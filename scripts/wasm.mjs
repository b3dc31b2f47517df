/**
 * `npm run wasm`: compiles `assembly` into files in `src`. With `--check`, writes nothing and fails if a file
 * is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--use', 'abort='];

/** Sources, and the files that their modules are written to. */
const modules = [
  ['assembly/index.ts', 'src/refine/maps/kernels-wasm.ts'],
  ['assembly/pictures/index.ts', 'src/data/picture/kernels-wasm.ts'],
];

for (const [source, file] of modules) {
  let binary;
  const { error, stderr } = await main([source, '--outFile', 'kernels.wasm', ...options], {
    baseDir: root,
    writeFile: (_, content) => {
      binary = content;
    },
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  const text = `/** \`assembly\`, compiled by \`npm run wasm\`; not to be changed by hand. */
export const kernelsWasm: string =
  '${Buffer.from(binary).toString('base64')}';
`;
  const path = join(root, file);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${file} is not what \`npm run wasm\` makes of ${source}`);
    process.exitCode = 1;
  }
}
