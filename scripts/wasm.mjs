/**
 * `npm run wasm`: compiles what is in `assembly` to files in `src`. With `--check`, writes nothing and fails where a file is not
 * what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--use', 'abort='];

/** Source, and the file that its module goes to. */
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
