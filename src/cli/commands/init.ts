/** `wrangle init`: a first pipeline that runs, and the settings beside it. Never overwrites. */

import { printDocument } from '../../report/documents.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

const PIPELINE = `# Two stages: the second reads what the first makes. Build it with: wrangle build
version: 1
description: A first pipeline.
params: { greeting: Hello }

stages:
  names:
    run: printf '%s\\n' Ada Grace Edsger > \${{ outputs.list }}
    outputs: { list: build/names.txt }

  greet:
    # Inputs and outputs are files; \${{ … }} puts their paths into the command.
    run: sed "s/^/\${{ params.greeting }}, /" \${{ inputs.names }} > \${{ outputs.text }}
    inputs: { names: "\${{ stages.names.outputs.list }}" }
    outputs: { text: build/greetings.txt }
`;

const SETTINGS = `version: 1
pipeline: pipelines/main.yaml
# plugins: { tabular: ./plugins/tabular }
`;

export async function initCommand(session: Session, _args: string[], _flags: CommonFlags): Promise<number> {
  const { ports, cwd, json, stdout } = session;
  const files = new Map([
    ['.wranglerrc.yaml', SETTINGS],
    ['pipelines/main.yaml', PIPELINE],
  ]);
  for (const path of files.keys()) {
    if (ports.fs.lstat(`${cwd}/${path}`))
      throw new UsageError(`${JSON.stringify(path)} is already here.`, 'Nothing was written.');
  }
  for (const [path, text] of files) {
    if (path.includes('/')) ports.fs.makeFolder(`${cwd}/${path.slice(0, path.lastIndexOf('/'))}`);
    ports.fs.writeFile(`${cwd}/${path}`, text, { exclusive: true });
  }
  if (json) stdout.write(printDocument({ written: [...files.keys()] }));
  else stdout.line(`Wrote ${[...files.keys()].join(' and ')}. Now run: wrangle build`);
  return EXIT.done;
}
