/**
 * A process that has loaded the built command line and runs one command after the other, so that a test waits for its command and not
 * for Node to load it. Each message is a command; at its end both streams get the end mark, and the parent the exit code.
 */
import ort from 'onnxruntime-node';

// One thread: the graphs of tests are small, and two files run at a time.
const { create } = ort.InferenceSession;
ort.InferenceSession.create = (model, options) => create(model, { intraOpNumThreads: 1, ...options });
const { runCommand } = await import('../../dist/cli/run.js');

process.on('message', async ({ cwd, args, env, endMark }) => {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.exitCode = undefined;
  const code = await runCommand(args);
  process.stdout.write(endMark);
  process.stderr.write(endMark);
  process.send({ code });
});
process.send('ready');
