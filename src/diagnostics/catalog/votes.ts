/** `vote`. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { listNames } from '../harmless.ts';
import { error, type Where } from './error.ts';

const WITHOUT = 'or write "vote": false where one attempt is enough';

/** `in place`: `ports` are not referred to in what it runs. */
export function voteUnsupported(at: {
  why: 'no outputs' | 'in place' | 'batch';
  ports: readonly string[];
  location: Where;
}): Diagnostic {
  const code = 'vote-unsupported';
  const [port = ''] = at.ports;
  switch (at.why) {
    case 'no outputs':
      return error(code, at.location, 'A stage without outputs gives no answer that could be voted on.', {
        help: `Give it an output, ${WITHOUT}.`,
      });
    case 'in place':
      return error(
        code,
        at.location,
        `Attempts that write ${listNames(at.ports, 'and')} in place cannot vote: there is room for one of them only.`,
        { help: `Refer to it in what runs, as in \${{ outputs.${port} }}, ${WITHOUT}.` },
      );
    case 'batch':
      return error(code, at.location, 'Items that share an attempt cannot be voted on one by one.', {
        help: `Leave "batch" out, ${WITHOUT}.`,
      });
  }
}
