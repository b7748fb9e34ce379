/** `wrangle plugin list`: the plugins of the workspace. Runs no plugin code. */
import { pluginsDocument, printDocument } from '../../report/documents.ts';
import { pluginsText } from '../../report/plugins-text.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

/** Beside those that cannot be used, the others are listed. */
export async function listPlugins(session: Session, [extra]: string[]): Promise<number> {
  const { json, stdout, stderr, workspace } = session;
  if (extra !== undefined) throw new UsageError(`"plugin list" takes no argument, not ${quoteName(extra)}.`);
  const { plugins, mistakes } = await workspace.plugins();
  const isBroken = mistakes.diagnostics.some(({ severity }) => severity === 'error');
  if (isBroken) printMistakes(mistakes, { json, out: stdout, err: stderr });
  if (json && !isBroken) stdout.write(printDocument(pluginsDocument(plugins)));
  else if (!json && !(isBroken && plugins.length === 0)) stdout.write(pluginsText(plugins, stdout.style));
  return isBroken ? EXIT.usage : EXIT.done;
}
