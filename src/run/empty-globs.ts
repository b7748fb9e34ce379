/** Globs that match nothing are allowed, and are more often a slip: whoever starts with one hears of it. */
import type { ResolvedPort } from '../digest/resolve-inputs.ts';
import type { Stage } from '../model/pipeline.ts';
import { matchGlob } from '../util/glob.ts';
import { quoteName } from '../util/harmless-text.ts';
import type { BuildContext } from './build-context.ts';
import { log } from './events.ts';

export function warnEmptyGlobs(
  context: Pick<BuildContext, 'emit' | 'clock'>,
  stage: Stage,
  inputs: readonly ResolvedPort[],
): void {
  const { file, line } = stage.origin;
  for (const port of stage.inputs) {
    const paths = inputs.find(({ name }) => name === port.name)?.paths ?? [];
    for (const item of port.items) {
      if (item.kind !== 'glob' || paths.some(({ path }) => matchGlob(item.path)(path))) continue;
      const message = `No file matches ${quoteName(item.path)}, its input ${quoteName(port.name)} (${file}:${line}).`;
      log(context, 'warning', stage.id, message, 'empty-glob');
    }
  }
}
