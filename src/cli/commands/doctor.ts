/** `wrangle doctor`: what is wrong with this machine and this workspace, and what to do about it. */
import { examine } from '../../engine/doctor.ts';
import { NodeMachine } from '../../host/node-machine.ts';
import { doctorText } from '../../report/doctor-text.ts';
import { doctorDocument, printDocument } from '../../report/documents.ts';
import { EXIT } from '../exit-code.ts';
import type { CommonFlags } from '../flags.ts';
import type { Session } from '../session.ts';

export async function doctorCommand(session: Session, _args: string[], _flags: CommonFlags): Promise<number> {
  const { json, ports, stdout, verbosity, workspace } = session;
  const findings = await examine(ports, new NodeMachine(), workspace.dir);
  const shown =
    verbosity === 'quiet' ? findings.filter(({ level }) => level === 'problem' || level === 'warning') : findings;
  if (json) stdout.write(printDocument(doctorDocument(findings)));
  else stdout.write(doctorText(shown, workspace.dir, stdout.style));
  return findings.some(({ level }) => level === 'problem') ? EXIT.environment : EXIT.done;
}
