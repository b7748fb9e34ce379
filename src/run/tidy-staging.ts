/** After an attempt has published: what it wrote without declaring it is kept aside, with a warning. */
import { ATTEMPT_FILE } from '../store/failed-attempts.ts';
import { fromWorkspace } from '../store/layout.ts';
import type { BuildContext } from './build-context.ts';
import { environmentFailure } from './build-context.ts';
import { log } from './events.ts';
import type { Attempt } from './prepare-attempt.ts';
import { clearStaging } from './staging.ts';

const SHOWN_MAX = 5;

/** A disk that fails here is a warning: the outputs are published. */
export function tidyStaging(context: BuildContext, attempt: Attempt): void {
  const { stage, number, staging } = attempt;
  const { fs } = context.state;
  const folder = context.failed.folder(stage.id, number);
  try {
    const extra = clearStaging(fs, staging, folder);
    if (extra?.length === 0) return;
    const sizeBytes = context.failed.measure(stage.id, number);
    fs.writeFile(`${folder}/${ATTEMPT_FILE}`, `${JSON.stringify({ format: 1, size_bytes: sizeBytes })}\n`);
    context.failed.added(stage.id, number, sizeBytes);
    const message = `It wrote ${describe(extra)}, which no output declares; kept in ${JSON.stringify(fromWorkspace(context.state.layout, folder))}.`;
    log(context, 'warning', stage.id, message, 'undeclared-output');
  } catch (error) {
    log(
      context,
      'warning',
      stage.id,
      environmentFailure('clear its staging folder', error).message,
      'undeclared-output',
    );
  }
}

function describe(paths: readonly string[] | undefined): string {
  if (!paths) return 'files with names that cannot be read';
  const names = paths.slice(0, SHOWN_MAX).map((path) => JSON.stringify(path));
  const more = paths.length > SHOWN_MAX ? ` and ${paths.length - SHOWN_MAX} more` : '';
  return `${names.join(', ')}${more}`;
}
