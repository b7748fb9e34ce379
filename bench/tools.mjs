// The tools: how each is asked to build a workload. Knows nothing of measuring.
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf } from './workloads.mjs';

const WRANGLE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist/wrangle.cjs');
const JOBS = '2';

/**
 * Shape of each: `{ name, version() -> text or undefined when the tool is not there, write(dir, workload, countFile),
 * argv, cache }`, where `cache` says that it brings back outputs that were deleted. All of them run their commands by
 * `/bin/sh`, two at a time, with their output as it is by default.
 */
export const tools = [
  {
    name: 'wrangle',
    version: () => versionOf([process.execPath, WRANGLE, '--version'], existsSync(WRANGLE)),
    write: (dir, workload, countFile) => writeFileSync(join(dir, 'pipeline.yaml'), pipeline(workload, countFile)),
    argv: [process.execPath, WRANGLE, 'build', 'pipeline.yaml', '-j', JOBS],
    cache: true,
  },
  {
    name: 'ninja',
    version: () => versionOf(['ninja', '--version']),
    write: (dir, workload, countFile) => writeFileSync(join(dir, 'build.ninja'), ninjaFile(workload, countFile)),
    argv: ['ninja', '-j', JOBS],
    cache: false,
  },
  {
    name: 'make',
    version: () => versionOf(['make', '--version']),
    write: (dir, workload, countFile) => writeFileSync(join(dir, 'Makefile'), makefile(workload, countFile)),
    argv: ['make', '-rR', '-j', JOBS],
    cache: false,
  },
];

function versionOf(argv, isThere = true) {
  if (!isThere) return undefined;
  const { status, stdout } = spawnSync(argv[0], argv.slice(1), { encoding: 'utf8' });
  return status === 0 ? (/\d+(\.\d+)+\S*/.exec(stdout)?.[0] ?? 'of unknown version') : undefined;
}

/** As a person writes it: named ports, and commands that refer to them. */
function pipeline(workload, countFile) {
  const lines = ['version: 1', 'defaults: { shell: sh }', 'stages:'];
  for (const stage of workload.stages) {
    const ports = stage.inputs.map((_, at) => 'abc'[at]);
    const inputs = ports.map((port) => expression(`inputs.${port}`));
    const command = commandOf(stage, inputs, expression('outputs.text'), countFile);
    lines.push(`  ${stage.id}:`, `    run: ${command}`);
    if (ports.length > 0)
      lines.push(`    inputs: { ${ports.map((port, at) => `${port}: ${stage.inputs[at]}`).join(', ')} }`);
    lines.push(`    outputs: { text: ${stage.output} }`);
  }
  return `${lines.join('\n')}\n`;
}

function expression(text) {
  return `\${{ ${text} }}`;
}

function ninjaFile(workload, countFile) {
  const lines = ['rule sh', '  command = $command', ''];
  for (const stage of workload.stages) {
    const command = commandOf(stage, stage.inputs, stage.output, countFile);
    lines.push(`build ${stage.output}: sh ${stage.inputs.join(' ')}`, `  command = ${command}`);
  }
  return `${lines.join('\n')}\n`;
}

function makefile(workload, countFile) {
  const lines = [`all: ${workload.stages.map(({ output }) => output).join(' ')}`, '.PHONY: all', ''];
  for (const stage of workload.stages) {
    const command = commandOf(stage, stage.inputs, stage.output, countFile);
    lines.push(`${stage.output}: ${stage.inputs.join(' ')}`, `\t${command}`);
  }
  return `${lines.join('\n')}\n`;
}
