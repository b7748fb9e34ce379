/** `wrangle completion SHELL`: the script that makes a shell ask wrangle what could be typed next. */
import { printDocument } from '../../report/documents.ts';
import { quoteName } from '../../util/harmless-text.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';

export async function completionCommand(session: Session, args: string[], _flags: CommonFlags): Promise<number> {
  const [shell, extra] = args;
  const help = 'Write it as: wrangle completion bash, wrangle completion zsh or wrangle completion fish.';
  if (shell === undefined) throw new UsageError('"completion" takes the name of a shell.', help);
  if (extra !== undefined) throw new UsageError(`"completion" takes one shell, not ${quoteName(extra)} as well.`, help);
  const script = (await import('../completion-scripts.ts')).completionScript(shell);
  if (script === undefined) throw new UsageError(`There is no completion for the shell ${quoteName(shell)}.`, help);
  session.stdout.write(session.json ? printDocument({ shell, script }) : script);
  return EXIT.done;
}
