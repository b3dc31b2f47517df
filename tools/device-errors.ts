/**
 * Compares a device's results with the CPU's, for each operator's gradient and each node of the training
 * steps: prints those that are wrong, and the largest errors among the others. If the device rejects them all
 * in one graph, each is tried alone.
 *
 *     npx tsx tools/device-errors.ts DEVICE [TITLE]
 *
 * TITLE: only cases whose title begins with it, such as `Conv`. Exit code 1 if a result is wrong or rejected.
 */
import { firstLine } from '../src/errors/first-line.ts';
import { deviceError, probeDevice } from '../src/runtime/probe.ts';
import type { Device } from '../src/runtime/session.ts';
import { type CaseError, caseErrors, type DeviceCase, isWrong } from '../test/helpers/device-cases.ts';
import { gradientCases } from '../test/helpers/device-gradients.ts';
import { nodeCases } from '../test/helpers/device-nodes.ts';

const shown = 20;
const [device, wanted = ''] = process.argv.slice(2) as [Device, string?];
const found = await probeDevice(device);
if (!found.works) throw deviceError(device, found);
const groups = { gradients: gradientCases(), nodes: nodeCases(device) };
for (const [group, all] of Object.entries(groups)) {
  const cases = all.filter(({ title }) => title.startsWith(wanted));
  const start = performance.now();
  const errors = await caseErrors(device, cases).catch((error) => eachAlone(cases, error));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const wrong = errors.filter(isWrong);
  console.log(`${device}, ${group}: ${errors.length} results, ${wrong.length} wrong, ${seconds} s`);
  for (const one of wrong) console.log(row('wrong', one));
  const right = errors.filter((one) => !isWrong(one)).sort((a, b) => b.error - a.error);
  for (const one of right.slice(0, shown)) console.log(row('', one));
  if (wrong.length > 0) process.exitCode = 1;
}

async function eachAlone(cases: readonly DeviceCase[], reason: Error): Promise<CaseError[]> {
  console.log(`not all in one graph: ${firstLine(reason)}`);
  const errors: CaseError[] = [];
  for (const one of cases) {
    try {
      errors.push(...(await caseErrors(device, [one])));
    } catch (error) {
      console.log(`refused  ${one.title}: ${firstLine(error)}`);
      process.exitCode = 1;
    }
  }
  return errors;
}

function row(verdict: string, { title, error }: CaseError): string {
  return `${verdict.padEnd(7)}  ${error.toExponential(1)}  ${title}`;
}
