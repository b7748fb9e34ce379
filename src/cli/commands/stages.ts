/** `wrangle stages`: the stage types of the listed plugins. Runs no plugin code. */
import { nearest } from '../../diagnostics/suggest.ts';
import type { StageType } from '../../model/plugin.ts';
import { printDocument, stagesDocument } from '../../report/documents.ts';
import { stagesText, stageTypeText } from '../../report/stages-text.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function stagesCommand(session: Session, args: string[], _flags: CommonFlags): Promise<number> {
  const { json, stdout, stderr } = session;
  const { plugins, mistakes } = await session.workspace.plugins();
  if (mistakes.diagnostics.some(({ severity }) => severity === 'error')) {
    printMistakes(mistakes, { json, out: stdout, err: stderr });
    return EXIT.usage;
  }
  const [wanted, extra] = args;
  if (extra !== undefined) throw new UsageError(`"stages" takes one stage type, not ${quoteName(extra)} as well.`);
  const types = plugins.flatMap((plugin) => plugin.types);
  const one = types.find(({ name }) => name === wanted);
  if (wanted !== undefined && !one) throw unknownType(wanted, types);
  if (json) stdout.write(printDocument(stagesDocument(one ? [one] : types)));
  else stdout.write(one ? stageTypeText(one, stdout.style) : stagesText(types, stdout.style));
  return EXIT.done;
}

export function unknownType(wanted: string, types: readonly StageType[]): UsageError {
  const near = nearest(
    wanted,
    types.map(({ name }) => name),
  );
  const help =
    near !== undefined
      ? `Did you mean ${quoteName(near)}?`
      : types.length === 0
        ? 'No plugin is listed: list those you need under "plugins" in .wranglerrc.yaml, or choose a workspace with -C.'
        : '"wrangle stages" lists what there is.';
  return new UsageError(`No listed plugin provides ${quoteName(wanted)}.`, help);
}
