/** How stages hang together by what they read and make. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Location } from '../../model/location.ts';
import { harmless, joinWords, listNames, quoteName } from '../harmless.ts';
import { didYouMean, error, type Where } from './error.ts';

/** The location is that of the first edge; the edges are in the order of the path. */
export function cycle(edges: readonly { from: string; to: string; via: string; location: Location }[]): Diagnostic {
  const path = [...edges.map((edge) => edge.from), edges[0]?.from ?? ''].map(harmless).join(' -> ');
  return error('cycle', edges[0]?.location, `Stages wait for each other in a circle: ${path}.`, {
    related: edges.map(({ from, to, via, location }) => ({ message: `${waitText(from, to, via)}.`, location })),
    help: 'Take one of these away.',
  });
}

/** Why one stage waits for another. */
function waitText(from: string, to: string, via: string): string {
  if (via === 'when') return `${quoteName(to)} asks in its "when" what ${quoteName(from)} measured`;
  return via === 'needs'
    ? `${quoteName(to)} needs ${quoteName(from)}`
    : `${quoteName(to)} reads ${quoteName(via)} of ${quoteName(from)}`;
}

/**
 * Two stages, one stage twice, or several instances of one stage: these come in order, with the keys of the matrix in
 * which they differ.
 */
export function duplicateOutput(
  at: { path: string; location: Location } & (
    | { stage: string; otherStage: string; otherLocation: Location }
    | { instances: readonly string[]; keys: readonly string[] }
  ),
): Diagnostic {
  const path = quoteName(at.path);
  if ('instances' in at) {
    const [first = '', second = '', ...others] = at.instances;
    const makers =
      others.length === 0
        ? `${listNames(at.instances, 'and')} would both make`
        : `${quoteName(first)}, ${quoteName(second)} and ${others.length} more would all make`;
    const values = joinWords(
      at.keys.map((key) => quoteName(`\${{ matrix.${key} }}`)),
      'and',
    );
    return error('duplicate-output', at.location, `${makers} ${path}.`, {
      help: `Give each instance a path of its own: put ${values} into it.`,
    });
  }
  const same = at.stage === at.otherStage;
  return error(
    'duplicate-output',
    at.location,
    same
      ? `Stage ${quoteName(at.stage)} makes ${path} twice.`
      : `Two stages make ${path}: ${listNames([at.otherStage, at.stage], 'and')}.`,
    {
      related: [{ message: `stage ${quoteName(at.otherStage)} makes it here.`, location: at.otherLocation }],
      help: 'Give each output a path of its own.',
    },
  );
}

/** A warning: a folder may still be filled. */
export function emptyGlob(at: { path: string; location: Location }): Diagnostic {
  return {
    code: 'empty-glob',
    severity: 'warning',
    message: `No file matches ${quoteName(at.path)}, and no stage makes one.`,
    location: at.location,
    related: [],
    help: undefined,
  };
}

export function inputNotFound(at: {
  path: string;
  stage?: string;
  location: Location;
  suggestion?: { path: string; madeBy?: string; location?: Location };
}): Diagnostic {
  const { suggestion } = at;
  const made = suggestion?.madeBy !== undefined && suggestion.location !== undefined;
  return error('input-not-found', at.location, `No stage makes ${quoteName(at.path)} and no such file exists.`, {
    related: made
      ? [
          {
            message: `stage ${quoteName(suggestion.madeBy as string)} makes ${quoteName(suggestion.path)}. Did you mean that?`,
            location: suggestion.location as Location,
          },
        ]
      : [],
    help: made ? undefined : (didYouMean(suggestion?.path) ?? unwrapped(at.path)),
  });
}

/** A reference that lacks its `${{ }}` reads as a path. */
function unwrapped(path: string): string | undefined {
  return /^(stages|params|matrix|item)[.[]/.test(path) ? `Write \${{ ${harmless(path)} }} for its value.` : undefined;
}

/** `target` is from the workspace; the other stage may be the same one. */
export function linkedInput(at: {
  path: string;
  target: string;
  stage: string;
  location: Location;
  maker: string;
  makerLocation: Location;
}): Diagnostic {
  const help =
    at.maker === at.stage
      ? 'A stage cannot read what it makes.'
      : `Name ${quoteName(at.target)} as the input, or add ${quoteName(`needs: [${at.maker}]`)}, so that the one waits for the other.`;
  return error(
    'linked-input',
    at.location,
    `The input ${quoteName(at.path)} is a link that leads to ${quoteName(at.target)}, which stage ${quoteName(at.maker)} makes.`,
    { related: [{ message: `stage ${quoteName(at.maker)} makes it here.`, location: at.makerLocation }], help },
  );
}

export function outputInOutput(at: {
  path: string;
  stage: string;
  location: Location;
  outer: string;
  outerStage: string;
  outerLocation: Location;
}): Diagnostic {
  return error(
    'output-in-output',
    at.location,
    `The output ${quoteName(at.path)} of stage ${quoteName(at.stage)} lies inside the output ${quoteName(at.outer)}.`,
    {
      related: [
        { message: `stage ${quoteName(at.outerStage)} makes ${quoteName(at.outer)} here.`, location: at.outerLocation },
      ],
      help: 'Outputs are replaced as a whole, so give one of them another folder.',
    },
  );
}

/**
 * `edges` lead from the first transaction back to it; where one does not begin at the stage at which the one before
 * ended, both are of the same transaction. The location is that of the first edge.
 */
export function transactionCycle(at: {
  transactions: readonly string[];
  edges: readonly { from: string; to: string; via: string; waitsForAll: string | undefined; location: Location }[];
}): Diagnostic {
  const path: string[] = [];
  for (const [index, { from, to }] of at.edges.entries()) {
    if (index === 0) path.push(harmless(from));
    else if (at.edges[index - 1]?.to !== from) path.push('(in one transaction with)', harmless(from));
    path.push('->', harmless(to));
  }
  const names = listNames(at.transactions, 'and');
  return error(
    'transaction-cycle',
    at.edges[0]?.location,
    at.transactions.length === 1
      ? `The transaction ${names} waits for itself: ${path.join(' ')}.`
      : `The transactions ${names} wait for each other: ${path.join(' ')}.`,
    {
      related: at.edges.map(({ from, to, via, waitsForAll, location }) => ({
        message: `${waitText(from, to, via)}${
          waitsForAll === undefined ? '' : `, so it waits for all of transaction ${quoteName(waitsForAll)}`
        }.`,
        location,
      })),
      help: 'Put all of these stages into one transaction, or take one of them out.',
    },
  );
}

export function transactionUncached(at: { stage: string; transaction: string; location: Where }): Diagnostic {
  return error(
    'transaction-uncached',
    at.location,
    `Stage ${quoteName(at.stage)} is in the transaction ${quoteName(at.transaction)}, so its outputs must be kept in the store.`,
    { help: 'Take "cache: false" away, or take the stage out of the transaction.' },
  );
}
