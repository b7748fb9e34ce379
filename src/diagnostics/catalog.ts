/**
 * Every diagnostic there is: one function for each code, in alphabetical order. Knows words, not how mistakes are found.
 * `docs/diagnostics.md` has a line for each.
 */
import type { Diagnostic, Related } from '../model/diagnostic.ts';
import type { Location } from '../model/location.ts';
import { harmless, joinWords, listNames, quoteName } from './harmless.ts';

type Where = Location | undefined;

interface Rest {
  readonly related?: readonly Related[];
  readonly help?: string | undefined;
}

function error(code: string, location: Where, message: string, rest: Rest = {}): Diagnostic {
  return { code, severity: 'error', message, location, related: rest.related ?? [], help: rest.help };
}

function didYouMean(suggestion: string | undefined): string | undefined {
  return suggestion === undefined ? undefined : `Did you mean ${quoteName(suggestion)}?`;
}

export function aliasCycle(at: { name: string; location: Location; anchor: Location }): Diagnostic {
  return error('alias-cycle', at.location, `The alias ${quoteName(`*${at.name}`)} stands inside what it stands for.`, {
    related: [{ message: `${quoteName(`&${at.name}`)} begins here.`, location: at.anchor }],
  });
}

export function cannotQuote(at: { expression: string; place: string; location: Where }): Diagnostic {
  return error(
    'cannot-quote',
    at.location,
    `The value of \${{ ${harmless(at.expression)} }} cannot be quoted safely inside ${at.place}.`,
    { help: 'Give it to the command as a variable: add it under "env" and write "$NAME" in the command.' },
  );
}

export function conflictingKeys(at: { keys: readonly string[]; reason: string; location: Location }): Diagnostic {
  return error('conflicting-keys', at.location, `${listNames(at.keys, 'and')} do not go together: ${at.reason}.`);
}

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
  return via === 'needs'
    ? `${quoteName(to)} needs ${quoteName(from)}`
    : `${quoteName(to)} reads ${quoteName(via)} of ${quoteName(from)}`;
}

export function documentTooLarge(at: { limit: number; location: Location }): Diagnostic {
  return error(
    'document-too-large',
    at.location,
    `The file holds more than ${at.limit} values, aliases counted each time.`,
    {
      help: 'Use fewer aliases, or split the file and use "include".',
    },
  );
}

export function duplicateKey(at: { key: string; location: Location; first: Location }): Diagnostic {
  return error('duplicate-key', at.location, `The key ${quoteName(at.key)} is there twice.`, {
    related: [{ message: `${quoteName(at.key)} is here first.`, location: at.first }],
    help: 'Keep one of them.',
  });
}

export function duplicateOutput(at: {
  path: string;
  stage: string;
  location: Location;
  otherStage: string;
  otherLocation: Location;
}): Diagnostic {
  const same = at.stage === at.otherStage;
  return error(
    'duplicate-output',
    at.location,
    same
      ? `Stage ${quoteName(at.stage)} makes ${quoteName(at.path)} twice.`
      : `Two stages make ${quoteName(at.path)}: ${listNames([at.otherStage, at.stage], 'and')}.`,
    {
      related: [{ message: `stage ${quoteName(at.otherStage)} makes it here.`, location: at.otherLocation }],
      help: 'Give each output a path of its own.',
    },
  );
}

export function duplicateParam(at: { name: string; location: Location; first: Location }): Diagnostic {
  return error('duplicate-param', at.location, `The param ${quoteName(at.name)} is declared in two files.`, {
    related: [{ message: `${quoteName(at.name)} is declared here first.`, location: at.first }],
    help: 'Keep one of them.',
  });
}

export function duplicateStage(at: { name: string; location: Location; first: Location }): Diagnostic {
  return error('duplicate-stage', at.location, `The stage ${quoteName(at.name)} is declared in two files.`, {
    related: [{ message: `${quoteName(at.name)} is declared here first.`, location: at.first }],
    help: 'Rename one of them.',
  });
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

export function fileEmpty(at: { location: Location }): Diagnostic {
  return error('file-empty', at.location, 'There is no pipeline in this file.', {
    help: 'Declare a stage under "stages"; "wrangle init" writes an example.',
  });
}

export function fileNotFound(at: { path: string; location: Where; suggestion?: string | undefined }): Diagnostic {
  return error('file-not-found', at.location, `There is no file ${quoteName(at.path)}.`, {
    help: didYouMean(at.suggestion),
  });
}

export function fileNotUtf8(at: { path: string; location: Location; offset: number; utf16: boolean }): Diagnostic {
  return error(
    'file-not-utf8',
    at.location,
    at.utf16
      ? `${quoteName(at.path)} is written in UTF-16.`
      : `${quoteName(at.path)} is not valid UTF-8: byte ${at.offset} belongs to no character.`,
    { help: 'Save the file as UTF-8.' },
  );
}

export function fileTooLarge(at: { path: string; location: Where; sizeBytes: number; limitBytes: number }): Diagnostic {
  return error(
    'file-too-large',
    at.location,
    `${quoteName(at.path)} has ${at.sizeBytes} bytes, more than the ${at.limitBytes} that are read.`,
    { help: 'Split the file and use "include", or keep data in files of its own.' },
  );
}

export function fileUnreadable(at: { path: string; location: Where; reason: string }): Diagnostic {
  return error('file-unreadable', at.location, `${quoteName(at.path)} cannot be read: ${harmless(at.reason)}.`);
}

export function includeCycle(at: { path: readonly string[]; location: Location }): Diagnostic {
  return error(
    'include-cycle',
    at.location,
    `Files include each other in a circle: ${at.path.map(harmless).join(' -> ')}.`,
    { help: 'Move what both need into a third file.' },
  );
}

export function includeOutside(at: { path: string; location: Location }): Diagnostic {
  return error(
    'include-outside',
    at.location,
    `The included file ${quoteName(at.path)} lies outside of the workspace.`,
    {
      help: 'Only files of the workspace can be included; copy it.',
    },
  );
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
    help: made ? undefined : didYouMean(suggestion?.path),
  });
}

/** `reason` is one whole sentence. */
export function invalidAnswer(at: { stage: string; reason: string }): Diagnostic {
  return error(
    'invalid-answer',
    undefined,
    `The answer for ${quoteName(at.stage)} cannot be used. ${harmless(at.reason)}`,
  );
}

export function invalidExpression(at: {
  expression: string;
  reason: string;
  location: Where;
  help?: string;
}): Diagnostic {
  return error(
    'invalid-expression',
    at.location,
    `The expression \${{ ${harmless(at.expression)} }} does not work: ${harmless(at.reason)}.`,
    { help: at.help },
  );
}

export function invalidName(at: { what: string; name: string; rule: string; location: Where }): Diagnostic {
  return error('invalid-name', at.location, `${quoteName(at.name)} cannot be the name of ${at.what}.`, {
    help: at.rule,
  });
}

export function invalidParam(at: { name: string; reason: string; location: Where; declared?: Location }): Diagnostic {
  return error('invalid-param', at.location, `The param ${quoteName(at.name)} ${harmless(at.reason)}.`, {
    related: at.declared ? [{ message: `${quoteName(at.name)} is declared here.`, location: at.declared }] : [],
  });
}

export function invalidPath(at: { path: string; reason: string; location: Where; help?: string }): Diagnostic {
  return error('invalid-path', at.location, `${quoteName(at.path)} cannot be a path here: ${at.reason}.`, {
    help: at.help,
  });
}

export function invalidSchema(at: { what: string; reason: string; location: Where }): Diagnostic {
  return error(
    'invalid-schema',
    at.location,
    `${at.what} is not a JSON Schema that can be used: ${harmless(at.reason)}.`,
  );
}

export function invalidValue(at: { message: string; location: Where; help?: string | undefined }): Diagnostic {
  return error('invalid-value', at.location, at.message, { help: at.help });
}

/** A param of a stage type that is not as the type wants it; `message` is the whole sentence. */
export function invalidWith(at: { message: string; location: Where; help?: string | undefined }): Diagnostic {
  return error('invalid-with', at.location, at.message, { help: at.help });
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

export function mergeKey(at: { location: Location }): Diagnostic {
  return error('merge-key', at.location, 'The merge key "<<" is not part of YAML 1.2 and is not read.', {
    help: 'Put what stages share under "defaults".',
  });
}

export function missingKey(at: { key: string; of: string; location: Where; help?: string | undefined }): Diagnostic {
  return error('missing-key', at.location, `${at.of} needs the key ${quoteName(at.key)}.`, { help: at.help });
}

/** `*` stands for a port with any name. */
export function missingPort(at: { port: string; side: 'input' | 'output'; type: string; location: Where }): Diagnostic {
  const wanted = at.port === '*' ? `an ${at.side}` : `the ${at.side} ${quoteName(at.port)}`;
  return error('missing-port', at.location, `The stage type ${quoteName(at.type)} needs ${wanted}.`, {
    help: `Add it under "${at.side}s"${at.port === '*' ? ', with a name of your choice' : ''}.`,
  });
}

export function multipleDocuments(at: { location: Location }): Diagnostic {
  return error('multiple-documents', at.location, 'The file holds more than one YAML document.', {
    help: 'Keep one pipeline in one file; "include" joins files.',
  });
}

export function notAFile(at: { path: string; location: Where; found: 'folder' | 'other' }): Diagnostic {
  return error(
    'not-a-file',
    at.location,
    `${quoteName(at.path)} is ${at.found === 'folder' ? 'a folder' : 'a device or pipe'}, not a file.`,
  );
}

export function notYetSupported(at: { key: string; about: string; location: Where }): Diagnostic {
  return error(
    'not-yet-supported',
    at.location,
    `${quoteName(at.key)} (${at.about}) is not in this version of wrangle yet.`,
    {
      help: 'Take it out, or use a newer version.',
    },
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

export function paramRequired(at: { name: string; location: Where }): Diagnostic {
  return error('param-required', at.location, `The param ${quoteName(at.name)} has no value.`, {
    help: `Give one with "-p ${harmless(at.name)}=VALUE".`,
  });
}

export function pathOutside(at: { path: string; location: Where }): Diagnostic {
  return error('path-outside', at.location, `The output ${quoteName(at.path)} lies outside of the workspace.`, {
    help: 'Outputs stay inside the workspace; give a path relative to it.',
  });
}

export function pathReserved(at: { path: string; folder: string; location: Where }): Diagnostic {
  return error(
    'path-reserved',
    at.location,
    `The output ${quoteName(at.path)} lies in "${at.folder}", which is not yours to write.`,
    {
      help: 'Choose another folder.',
    },
  );
}

/** `found` are the pipelines there are to choose from. */
export function pipelineNotGiven(at: { found: readonly string[] }): Diagnostic {
  return error(
    'pipeline-not-given',
    undefined,
    at.found.length === 0 ? 'There is no pipeline here.' : 'There is more than one pipeline here.',
    {
      help:
        at.found.length === 0
          ? 'Name the file, or make a first pipeline with "wrangle init".'
          : `Name one: ${at.found.slice(0, 10).map(harmless).join(', ')}${at.found.length > 10 ? ', …' : ''}.`,
    },
  );
}

export function pluginEngineMismatch(at: {
  plugin: string;
  wanted: string;
  version: string;
  location: Where;
}): Diagnostic {
  return error(
    'plugin-engine-mismatch',
    at.location,
    `The plugin ${quoteName(at.plugin)} works with wrangle ${harmless(at.wanted)}, and this is ${harmless(at.version)}.`,
    { help: 'Install another version of one of them.' },
  );
}

export function pluginManifestInvalid(at: {
  plugin: string;
  message: string;
  location: Where;
  related?: readonly Related[];
  help?: string | undefined;
}): Diagnostic {
  return error(
    'plugin-manifest-invalid',
    at.location,
    `The plugin ${quoteName(at.plugin)} cannot be used: ${harmless(at.message)}`,
    { related: at.related ?? [], help: at.help },
  );
}

export function pluginNotFound(at: {
  plugin: string;
  reference: string;
  location: Where;
  help?: string | undefined;
}): Diagnostic {
  return error(
    'plugin-not-found',
    at.location,
    `The plugin ${quoteName(at.plugin)} is not there: nothing is found at ${quoteName(at.reference)}.`,
    { help: at.help ?? 'Install the package, or correct the line in ".wranglerrc.yaml".' },
  );
}

export function pluginProtocolVersion(at: {
  plugin: string;
  protocol: string;
  supported: readonly number[];
  location: Where;
}): Diagnostic {
  return error(
    'plugin-protocol-version',
    at.location,
    `The plugin ${quoteName(at.plugin)} speaks protocol ${harmless(at.protocol)}, and this wrangle speaks ${joinWords(
      at.supported.map(String),
      'and',
    )}.`,
    { help: 'Install another version of one of them.' },
  );
}

export function portKind(at: {
  port: string;
  side: 'input' | 'output';
  type: string;
  wanted: 'file' | 'folder';
  path: string;
  location: Where;
}): Diagnostic {
  return error(
    'port-kind',
    at.location,
    `The ${at.side} ${quoteName(at.port)} of ${quoteName(at.type)} is a ${at.wanted}, and ${quoteName(at.path)} is ${
      at.wanted === 'file' ? 'a folder' : 'a file'
    }.`,
    { help: at.wanted === 'folder' ? 'The path of a folder ends in "/".' : 'Only the path of a folder ends in "/".' },
  );
}

export function portNotList(at: { port: string; side: 'input' | 'output'; type: string; location: Where }): Diagnostic {
  return error(
    'port-not-list',
    at.location,
    `The ${at.side} ${quoteName(at.port)} of ${quoteName(at.type)} takes one path, not a list.`,
  );
}

export function secretInExpression(at: { name: string; location: Where }): Diagnostic {
  return error(
    'secret-in-expression',
    at.location,
    `The variable ${quoteName(at.name)} is a secret, and what an expression reads is kept in records.`,
    { help: `The stage that declares it has it in its environment: write "$${harmless(at.name)}" in the command.` },
  );
}

export function tooDeep(at: { limit: number; location: Location }): Diagnostic {
  return error('too-deep', at.location, `The file is nested more than ${at.limit} levels deep.`);
}

export function tooManyAliases(at: { limit: number; location: Location }): Diagnostic {
  return error('too-many-aliases', at.location, `The file has more than ${at.limit} aliases.`);
}

export function tooManyIncludes(at: { limit: number; location: Location }): Diagnostic {
  return error('too-many-includes', at.location, `More than ${at.limit} files are included.`);
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

export function unknownKey(at: {
  key: string;
  of: string;
  location: Where;
  suggestion?: string | undefined;
  known?: readonly string[];
}): Diagnostic {
  return error('unknown-key', at.location, `${quoteName(at.key)} is not a key of ${at.of}.`, {
    help:
      didYouMean(at.suggestion) ??
      (at.known && at.known.length > 0 ? `It has ${listNames(at.known, 'and')}.` : undefined),
  });
}

export function unknownParam(at: { name: string; location: Where; suggestion?: string | undefined }): Diagnostic {
  return error('unknown-param', at.location, `The pipeline has no param ${quoteName(at.name)}.`, {
    help: didYouMean(at.suggestion),
  });
}

export function unknownPort(at: {
  port: string;
  side: 'input' | 'output';
  type: string;
  location: Where;
  suggestion?: string | undefined;
  known: readonly string[];
}): Diagnostic {
  return error(
    'unknown-port',
    at.location,
    `The stage type ${quoteName(at.type)} has no ${at.side} ${quoteName(at.port)}.`,
    {
      help:
        didYouMean(at.suggestion) ??
        (at.known.length > 0 ? `It has ${listNames(at.known, 'and')}.` : `It has no ${at.side}s.`),
    },
  );
}

/** `what` such as `param`, `stage`, `input`; `of` such as `stage "a"`. */
export function unknownReference(at: {
  what: string;
  name: string;
  of?: string;
  location: Where;
  suggestion?: string | undefined;
  help?: string | undefined;
}): Diagnostic {
  return error(
    'unknown-reference',
    at.location,
    at.of === undefined
      ? `There is no ${at.what} ${quoteName(at.name)}.`
      : `${at.of} has no ${at.what} ${quoteName(at.name)}.`,
    { help: didYouMean(at.suggestion) ?? at.help },
  );
}

export function unknownStage(at: { name: string; suggestion?: string | undefined }): Diagnostic {
  return error('unknown-stage', undefined, `The pipeline has no stage ${quoteName(at.name)}.`, {
    help: didYouMean(at.suggestion),
  });
}

export function unknownStageType(at: {
  type: string;
  location: Where;
  suggestion?: string | undefined;
  help?: string | undefined;
}): Diagnostic {
  return error('unknown-stage-type', at.location, `There is no stage type ${quoteName(at.type)}.`, {
    help: didYouMean(at.suggestion) ?? at.help,
  });
}

export function unknownTag(at: { tag: string; location: Location }): Diagnostic {
  return error('unknown-tag', at.location, `The YAML tag ${quoteName(at.tag)} is not known here.`, {
    help: 'Write the value without a tag.',
  });
}

export function unsafeNumber(at: { text: string; location: Location }): Diagnostic {
  return error('unsafe-number', at.location, `The number ${quoteName(at.text)} cannot be kept exactly.`, {
    help: 'Put it in quotes to keep it as text.',
  });
}

export function unsetVariable(at: { name: string; location: Where }): Diagnostic {
  return error('unset-variable', at.location, `The environment has no variable ${quoteName(at.name)}.`, {
    help: `Set it, or give a value for when it is not set: \${{ has(env.${harmless(at.name)}) ? env.${harmless(at.name)} : 'value' }}.`,
  });
}

export function unsupportedVersion(at: { version: string; location: Where }): Diagnostic {
  return error(
    'unsupported-version',
    at.location,
    `This file is in format ${quoteName(at.version)}, and this wrangle reads format 1.`,
    {
      help: 'Write "version: 1", or use a newer wrangle.',
    },
  );
}

export function wrongType(at: { message: string; location: Where; help?: string | undefined }): Diagnostic {
  return error('wrong-type', at.location, at.message, { help: at.help });
}

export function yamlSyntax(at: { reason: string; location: Location; help?: string | undefined }): Diagnostic {
  return error('yaml-syntax', at.location, `This is not valid YAML: ${harmless(at.reason)}.`, { help: at.help });
}
