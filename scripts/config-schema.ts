/** `npm run schema`: writes `hrm.config.schema.json`, from the options of the commands. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchemaText } from '../src/cli/config-file.ts';
import { hrmProgram } from '../src/cli/program.ts';

writeFileSync(
  join(import.meta.dirname, '..', 'hrm.config.schema.json'),
  configSchemaText(await hrmProgram()),
);
