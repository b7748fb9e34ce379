/** `wrangle plugin types`: what a plugin's manifest declares, as types for its code. Runs no plugin code. */
import { posix, resolve } from 'node:path';
import { printDocument } from '../../report/documents.ts';
import { EXIT } from '../exit-code.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function writeStageTypes(session: Session, args: string[]): Promise<number> {
  const [given = '.', ...rest] = args;
  if (rest.length > 0) {
    throw new UsageError(
      '"plugin types" takes the folder of a plugin.',
      'For example: wrangle plugin types plugins/greet',
    );
  }
  const { cwd, json, ports, stdout, stderr } = session;
  const { makeStageTypes } = await import('../../engine/stage-types.ts');
  const made = makeStageTypes(ports, resolve(cwd, given));
  if (!made.ok) {
    printMistakes(made.mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  ports.fs.writeFile(made.file, made.text);
  const shown = posix.relative(cwd, made.file);
  if (json) stdout.write(printDocument({ written: shown }));
  else stdout.line(`Wrote ${shown}. Write it again when the manifest changes.`);
  return EXIT.done;
}
