/** `wrangle stages`: the stage types of the listed plugins. Runs no plugin code. */
import { nearest } from '../../diagnostics/suggest.ts';
import { printDocument, stagesDocument } from '../../report/documents.ts';
import { stagesText } from '../../report/stages-text.ts';
import { EXIT } from '../exit-code.ts';
import { printMistakes } from '../print-errors.ts';
import type { CommonFlags } from '../program.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function stagesCommand(session: Session, args: string[], _flags: CommonFlags): Promise<number> {
  const { json, stdout, stderr } = session;
  const { plugins, mistakes } = await session.workspace.plugins();
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) {
    printMistakes(mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  const [wanted] = args;
  const names = plugins.flatMap((plugin) => plugin.types.map((type) => type.name));
  if (wanted !== undefined && !names.includes(wanted)) {
    const near = nearest(wanted, names);
    throw new UsageError(
      `No listed plugin provides ${JSON.stringify(wanted)}.`,
      near && `Did you mean ${JSON.stringify(near)}?`,
    );
  }
  const shown = plugins.map((plugin) => ({
    ...plugin,
    types: plugin.types.filter((type) => wanted === undefined || type.name === wanted),
  }));
  if (json) stdout.write(printDocument(stagesDocument(shown)));
  else stdout.write(stagesText(shown, stdout.style));
  return EXIT.done;
}
