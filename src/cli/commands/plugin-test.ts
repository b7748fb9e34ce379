/** `wrangle plugin test`: tries a package in a folder of its own, and says what holds. */
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createWorkspace } from '../../engine/workspace.ts';
import type { ConformanceCheck } from '../../model/conformance.ts';
import { conformanceLines, conformanceVerdict } from '../../report/conformance-text.ts';
import { conformanceDocument, printDocument } from '../../report/documents.ts';
import { EXIT, SIGNAL_EXIT } from '../exit-code.ts';
import { fail } from '../fail.ts';
import { printMistakes } from '../print-errors.ts';
import type { Session } from '../session.ts';
import { UsageError } from '../session.ts';
import { watchSignals } from '../signals.ts';

export async function testPluginPackage(session: Session, args: string[]): Promise<number> {
  const [given = '.', ...rest] = args;
  if (rest.length > 0) {
    throw new UsageError(
      '"plugin test" takes the folder of a plugin.',
      'For example: wrangle plugin test plugins/greet',
    );
  }
  const { cwd, json, ports, stdout, stderr } = session;
  const dir = resolve(cwd, given);
  if (ports.fs.stat(dir)?.type !== 'folder') throw new UsageError(`There is no folder ${JSON.stringify(dir)}.`);
  const { testPlugin } = await import('../../engine/conformance.ts');
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'wrangle-plugin-')));
  const signals = watchSignals();
  let before: ConformanceCheck | undefined;
  const onCheck = (check: ConformanceCheck) => {
    const isShown = session.verbosity !== 'quiet' || check.outcome === 'failed';
    if (json || !isShown) return;
    for (const line of conformanceLines(check, before, stdout.style)) stdout.line(line);
    before = check;
  };
  try {
    const request = {
      ports,
      openWorkspace: createWorkspace,
      dir: realpathSync(dir),
      scratch,
      signal: signals.stop,
      onCheck,
    };
    const report = await testPlugin(request);
    switch (report.status) {
      case 'invalid':
        printMistakes(report.mistakes, { json, out: stdout, err: stderr });
        return EXIT.usage;
      case 'environment':
        return fail(session, 'environment', report.message, EXIT.environment);
      case 'interrupted':
        return fail(session, 'interrupted', 'Stopped.', SIGNAL_EXIT[signals.received() ?? 'SIGINT']);
      case 'tested': {
        const { plugin, version, checks } = report;
        if (json) stdout.write(printDocument(conformanceDocument(report)));
        else stdout.line(`${before ? '\n' : ''}${conformanceVerdict(`${plugin} ${version}`, checks, stdout.style)}`);
        return checks.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.done;
      }
    }
  } finally {
    signals.close();
    ports.fs.remove(scratch);
  }
}
