// The whole text of every diagnostic, and the page that lists them.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of wrangle are written that way
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import * as catalog from '../../../src/diagnostics/catalog.ts';
import { printDiagnostics } from '../../../src/diagnostics/print.ts';
import type { Diagnostic } from '../../../src/model/diagnostic.ts';
import type { Location } from '../../../src/model/location.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const TEXTS = new Map([['p.yaml', 'first line\nsecond line\n']]);

function at(line: number, column: number, end_column: number): Location {
  return { file: 'p.yaml', line, column, end_line: line, end_column };
}

const CASES: readonly (readonly [Diagnostic, readonly string[]])[] = [
  [
    catalog.aliasCycle({ name: 'a', location: at(2, 3, 7), anchor: at(1, 1, 5) }),
    [
      'p.yaml:2:3 error[alias-cycle] The alias "*a" stands inside what it stands for.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: "&a" begins here.',
    ],
  ],
  [
    catalog.batchUnsupported({ type: 'tabular/profile', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[batch-unsupported] The stage type "tabular/profile" takes one item at a time, so "batch" has to be 1.',
      'second line',
      '  ~~~~',
      '  help: Leave "batch" out, or use a stage type whose manifest says "batch": true.',
    ],
  ],
  [
    catalog.batchUnsupported({ type: undefined, location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[batch-unsupported] A command takes one item at a time, so "batch" has to be 1.',
      'second line',
      '  ~~~~',
      '  help: Leave "batch" out, or use a stage type whose manifest says "batch": true.',
    ],
  ],
  [
    catalog.cannotQuote({ expression: 'params.x', place: 'a here-document', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[cannot-quote] The value of ${{ params.x }} cannot be quoted safely inside a here-document.',
      'second line',
      '  ~~~~',
      '  help: Give it to the command as a variable: add it under "env" and write "$NAME" in the command.',
    ],
  ],
  [
    catalog.commandTaken({ command: 'build', type: 'geo/build', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[command-taken] The stage type "geo/build" asks for the command "build", which is wrangle\'s own or kept for later.',
      'second line',
      '  ~~~~',
      '  help: Give it another "command", or none: "wrangle stage geo/build" runs it as well.',
    ],
  ],
  [
    catalog.commandTaken({
      command: 'profile',
      type: 'geo/profile',
      location: at(2, 3, 7),
      owner: { type: 'tabular/profile', location: at(1, 1, 5) },
    }),
    [
      'p.yaml:2:3 error[command-taken] The stage type "geo/profile" asks for the command "profile", which is that of "tabular/profile".',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: "tabular/profile" asks for it here.',
      '  help: Give it another "command", or none: "wrangle stage geo/profile" runs it as well.',
    ],
  ],
  [
    catalog.conflictingKeys({
      keys: ['uses', 'run'],
      reason: 'a stage has a stage type or a command of its own',
      location: at(2, 3, 7),
    }),
    [
      'p.yaml:2:3 error[conflicting-keys] "uses" and "run" do not go together: a stage has a stage type or a command of its own.',
      'second line',
      '  ~~~~',
    ],
  ],
  [
    catalog.cannotRunTwice({
      stage: 'place',
      reason: 'it writes its output "out" in place, and has one place only',
      help: 'Name it in what runs.',
    }),
    [
      'error[cannot-run-twice] The stage "place" cannot be run twice, because it writes its output "out" in place, and has one place only.',
      '  help: Name it in what runs.',
    ],
  ],
  [
    catalog.cycle([
      { from: 'a', to: 'b', via: 'build/a', location: at(1, 1, 5) },
      { from: 'b', to: 'a', via: 'needs', location: at(2, 3, 7) },
    ]),
    [
      'p.yaml:1:1 error[cycle] Stages wait for each other in a circle: a -> b -> a.',
      'first line',
      '~~~~',
      '  p.yaml:1:1 note: "b" reads "build/a" of "a".',
      '  p.yaml:2:3 note: "a" needs "b".',
      '  help: Take one of these away.',
    ],
  ],
  [
    catalog.documentTooLarge({ limit: 2000000, location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[document-too-large] The file holds more than 2000000 values, aliases counted each time.',
      'second line',
      '  ~~~~',
      '  help: Use fewer aliases, or split the file and use "include".',
    ],
  ],
  [
    catalog.duplicateKey({ key: 'a', location: at(2, 3, 7), first: at(1, 1, 5) }),
    [
      'p.yaml:2:3 error[duplicate-key] The key "a" is there twice.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: "a" is here first.',
      '  help: Keep one of them.',
    ],
  ],
  [
    catalog.duplicateInstance({
      message: '"year" has the value 2001 twice.',
      location: at(2, 3, 7),
      help: 'Take one of them out.',
    }),
    [
      'p.yaml:2:3 error[duplicate-instance] "year" has the value 2001 twice.',
      'second line',
      '  ~~~~',
      '  help: Take one of them out.',
    ],
  ],
  [
    catalog.duplicateOutput({
      path: 'build/a',
      instances: ['s@1,a', 's@1,b'],
      keys: ['method'],
      location: at(2, 3, 7),
    }),
    [
      'p.yaml:2:3 error[duplicate-output] "s@1,a" and "s@1,b" would both make "build/a".',
      'second line',
      '  ~~~~',
      '  help: Give each instance a path of its own: put "${{ matrix.method }}" into it.',
    ],
  ],
  [
    catalog.duplicateOutput({
      path: 'build/a',
      instances: ['s@1,a', 's@1,b', 's@2,a', 's@2,b'],
      keys: ['year', 'method'],
      location: at(2, 3, 7),
    }),
    [
      'p.yaml:2:3 error[duplicate-output] "s@1,a", "s@1,b" and 2 more would all make "build/a".',
      'second line',
      '  ~~~~',
      '  help: Give each instance a path of its own: put "${{ matrix.year }}" and "${{ matrix.method }}" into it.',
    ],
  ],
  [
    catalog.duplicateOutput({
      path: 'build/a',
      stage: 'two',
      location: at(2, 3, 7),
      otherStage: 'one',
      otherLocation: at(1, 1, 5),
    }),
    [
      'p.yaml:2:3 error[duplicate-output] Two stages make "build/a": "one" and "two".',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: stage "one" makes it here.',
      '  help: Give each output a path of its own.',
    ],
  ],
  [
    catalog.duplicateOutput({
      path: 'build/a',
      stage: 'one',
      location: at(2, 3, 7),
      otherStage: 'one',
      otherLocation: at(1, 1, 5),
    }),
    [
      'p.yaml:2:3 error[duplicate-output] Stage "one" makes "build/a" twice.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: stage "one" makes it here.',
      '  help: Give each output a path of its own.',
    ],
  ],
  [
    catalog.duplicateParam({ name: 'a', location: at(2, 3, 7), first: at(1, 1, 5) }),
    [
      'p.yaml:2:3 error[duplicate-param] The param "a" is declared in two files.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: "a" is declared here first.',
      '  help: Keep one of them.',
    ],
  ],
  [
    catalog.duplicatePool({ name: 'web', location: at(2, 3, 7), first: at(1, 1, 5) }),
    [
      'p.yaml:2:3 error[duplicate-pool] The pool "web" has other limits in another file.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: "web" is declared here first.',
      '  help: Give both the same limits, or keep one of them.',
    ],
  ],
  [
    catalog.duplicateStage({ name: 'a', location: at(2, 3, 7), first: at(1, 1, 5) }),
    [
      'p.yaml:2:3 error[duplicate-stage] The stage "a" is declared in two files.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: "a" is declared here first.',
      '  help: Rename one of them.',
    ],
  ],
  [
    catalog.emptyGlob({ path: 'raw/*.csv', location: at(2, 3, 7) }),
    ['p.yaml:2:3 warning[empty-glob] No file matches "raw/*.csv", and no stage makes one.', 'second line', '  ~~~~'],
  ],
  [
    catalog.fileEmpty({ location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[file-empty] There is no pipeline in this file.',
      'second line',
      '  ~~~~',
      '  help: Declare a stage under "stages"; "wrangle init" writes an example.',
    ],
  ],
  [
    catalog.fileNotFound({ path: 'p.yml', location: undefined, suggestion: 'p.yaml' }),
    ['error[file-not-found] There is no file "p.yml".', '  help: Did you mean "p.yaml"?'],
  ],
  [
    catalog.fileNotUtf8({ path: 'p.yaml', location: at(2, 3, 7), offset: 17, utf16: false }),
    [
      'p.yaml:2:3 error[file-not-utf8] "p.yaml" is not valid UTF-8: byte 17 belongs to no character.',
      'second line',
      '  ~~~~',
      '  help: Save the file as UTF-8.',
    ],
  ],
  [
    catalog.fileNotUtf8({ path: 'p.yaml', location: at(2, 3, 7), offset: 0, utf16: true }),
    [
      'p.yaml:2:3 error[file-not-utf8] "p.yaml" is written in UTF-16.',
      'second line',
      '  ~~~~',
      '  help: Save the file as UTF-8.',
    ],
  ],
  [
    catalog.fileTooLarge({ path: 'p.yaml', location: undefined, sizeBytes: 17000000, limitBytes: 16777216 }),
    [
      'error[file-too-large] "p.yaml" has 17000000 bytes, more than the 16777216 that are read.',
      '  help: Split the file and use "include", or keep data in files of its own.',
    ],
  ],
  [
    catalog.fileUnreadable({ path: 'p.yaml', location: undefined, reason: 'EACCES' }),
    ['error[file-unreadable] "p.yaml" cannot be read: EACCES.'],
  ],
  [
    catalog.includeCycle({ path: ['a.yaml', 'b.yaml', 'a.yaml'], location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[include-cycle] Files include each other in a circle: a.yaml -> b.yaml -> a.yaml.',
      'second line',
      '  ~~~~',
      '  help: Move what both need into a third file.',
    ],
  ],
  [
    catalog.includeOutside({ path: '../x.yaml', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[include-outside] The included file "../x.yaml" lies outside of the workspace.',
      'second line',
      '  ~~~~',
      '  help: Only files of the workspace can be included; copy it.',
    ],
  ],
  [
    catalog.inputNotFound({ path: 'data/raw.csv', stage: 'a', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[input-not-found] No stage makes "data/raw.csv" and no such file exists.',
      'second line',
      '  ~~~~',
    ],
  ],
  [
    catalog.inputNotFound({
      path: 'data/raw.csv',
      stage: 'a',
      location: at(2, 3, 7),
      suggestion: { path: 'data/row.csv' },
    }),
    [
      'p.yaml:2:3 error[input-not-found] No stage makes "data/raw.csv" and no such file exists.',
      'second line',
      '  ~~~~',
      '  help: Did you mean "data/row.csv"?',
    ],
  ],
  [
    catalog.inputNotFound({
      path: 'data/raw.csv',
      stage: 'a',
      location: at(2, 3, 7),
      suggestion: { path: 'data/row.csv', madeBy: 'fetch', location: at(1, 1, 5) },
    }),
    [
      'p.yaml:2:3 error[input-not-found] No stage makes "data/raw.csv" and no such file exists.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: stage "fetch" makes "data/row.csv". Did you mean that?',
    ],
  ],
  [
    catalog.invalidAnswer({ stage: 'review', reason: 'The stage never asked "aprove".' }),
    ['error[invalid-answer] The answer for "review" cannot be used. The stage never asked "aprove".'],
  ],
  [
    catalog.invalidExpression({ expression: 'a +', reason: 'unexpected token: EOF', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[invalid-expression] The expression ${{ a + }} does not work: unexpected token: EOF.',
      'second line',
      '  ~~~~',
    ],
  ],
  [
    catalog.invalidName({
      what: 'a stage',
      name: 'a\u001b]0;x',
      rule: 'It must be another name.',
      location: at(2, 3, 7),
    }),
    [
      'p.yaml:2:3 error[invalid-name] "a\\u001b]0;x" cannot be the name of a stage.',
      'second line',
      '  ~~~~',
      '  help: It must be another name.',
    ],
  ],
  [
    catalog.invalidParam({ name: 'n', reason: 'takes a number, not "x"', location: undefined, declared: at(1, 1, 5) }),
    ['error[invalid-param] The param "n" takes a number, not "x".', '  p.yaml:1:1 note: "n" is declared here.'],
  ],
  [
    catalog.invalidPath({
      path: 'a\\b',
      reason: 'it has a backslash or a drive in it',
      location: at(2, 3, 7),
      help: 'Write paths with "/".',
    }),
    [
      'p.yaml:2:3 error[invalid-path] "a\\\\b" cannot be a path here: it has a backslash or a drive in it.',
      'second line',
      '  ~~~~',
      '  help: Write paths with "/".',
    ],
  ],
  [
    catalog.invalidSchema({ what: '"x.json"', reason: 'it is not valid JSON', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[invalid-schema] "x.json" is not a JSON Schema that can be used: it is not valid JSON.',
      'second line',
      '  ~~~~',
    ],
  ],
  [
    catalog.invalidValue({ message: '"timeout" must be more than 0.', location: at(2, 3, 7) }),
    ['p.yaml:2:3 error[invalid-value] "timeout" must be more than 0.', 'second line', '  ~~~~'],
  ],
  [
    catalog.invalidWith({
      message: '"sample" must be a whole number, not "x".',
      location: at(2, 3, 7),
      help: undefined,
    }),
    ['p.yaml:2:3 error[invalid-with] "sample" must be a whole number, not "x".', 'second line', '  ~~~~'],
  ],
  [
    catalog.linkedInput({
      path: 'latest.csv',
      target: 'build/data.csv',
      stage: 'read',
      location: at(2, 3, 7),
      maker: 'fetch',
      makerLocation: at(1, 1, 5),
    }),
    [
      'p.yaml:2:3 error[linked-input] The input "latest.csv" is a link that leads to "build/data.csv", which stage "fetch" makes.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: stage "fetch" makes it here.',
      '  help: Name "build/data.csv" as the input, or add "needs: [fetch]", so that the one waits for the other.',
    ],
  ],
  [
    catalog.linkedInput({
      path: 'in/mine',
      target: 'build/data.csv',
      stage: 'fetch',
      location: at(2, 3, 7),
      maker: 'fetch',
      makerLocation: at(1, 1, 5),
    }),
    [
      'p.yaml:2:3 error[linked-input] The input "in/mine" is a link that leads to "build/data.csv", which stage "fetch" makes.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: stage "fetch" makes it here.',
      '  help: A stage cannot read what it makes.',
    ],
  ],
  [
    catalog.matrixEmpty({
      message: '"exclude" removes every combination of the matrix.',
      location: at(2, 3, 7),
      help: 'Leave at least one of them.',
    }),
    [
      'p.yaml:2:3 error[matrix-empty] "exclude" removes every combination of the matrix.',
      'second line',
      '  ~~~~',
      '  help: Leave at least one of them.',
    ],
  ],
  [
    catalog.matrixTooLarge({ stage: 's', combinations: 1e9, atLeast: false, limit: 10_000, location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[matrix-too-large] The matrix of "s" has 1,000,000,000 combinations, and 10,000 is the most.',
      'second line',
      '  ~~~~',
      '  help: Take values out; what "exclude" removes counts too. A longer list is for "foreach".',
    ],
  ],
  [
    catalog.matrixTooLarge({ stage: 's', instances: 2000, each: 2001, limit: 2_000_000, location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[matrix-too-large] The 2,000 instances of "s" would wait for 2,001 files and stages each, and 2,000,000 together is the most.',
      'second line',
      '  ~~~~',
      '  help: Let an instance wait only for what it needs: name it with values of the matrix.',
    ],
  ],
  [
    catalog.mergeKey({ location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[merge-key] The merge key "<<" is not part of YAML 1.2 and is not read.',
      'second line',
      '  ~~~~',
      '  help: Put what stages share under "defaults".',
    ],
  ],
  [
    catalog.missingKey({ key: 'path', of: 'An output', location: at(2, 3, 7) }),
    ['p.yaml:2:3 error[missing-key] An output needs the key "path".', 'second line', '  ~~~~'],
  ],
  [
    catalog.missingPort({ port: 'data', side: 'input', type: 'tabular/profile', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[missing-port] The stage type "tabular/profile" needs the input "data".',
      'second line',
      '  ~~~~',
      '  help: Add it under "inputs".',
    ],
  ],
  [
    catalog.multipleDocuments({ location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[multiple-documents] The file holds more than one YAML document.',
      'second line',
      '  ~~~~',
      '  help: Keep one pipeline in one file; "include" joins files.',
    ],
  ],
  [
    catalog.notAFile({ path: 'dir', location: undefined, found: 'folder' }),
    ['error[not-a-file] "dir" is a folder, not a file.'],
  ],
  [
    catalog.notAFile({ path: 'pipe', location: undefined, found: 'other' }),
    ['error[not-a-file] "pipe" is a device or pipe, not a file.'],
  ],
  [
    catalog.noList({ path: 'build/urls.txt', isFolder: false, location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[no-list] "build/urls.txt" cannot be a list of items.',
      'second line',
      '  ~~~~',
      '  help: A list is a file that ends in ".json", ".jsonl", ".ndjson" or ".csv"; the name says how it is read. Values that stand in the pipeline are for "matrix".',
    ],
  ],
  [
    catalog.noList({ path: 'data/', isFolder: true, location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[no-list] "data/" cannot be a list of items.',
      'second line',
      '  ~~~~',
      '  help: A glob, such as "data/*.csv", has one item for each file.',
    ],
  ],
  [
    catalog.sameStrategy({ name: 'a', isPrimary: false, location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[same-strategy] There are two strategies with the name "a".',
      'second line',
      '  ~~~~',
      '  help: Give each "name" once.',
    ],
  ],
  [
    catalog.outputInOutput({
      path: 'build/d/a',
      stage: 'in',
      location: at(2, 3, 7),
      outer: 'build/d',
      outerStage: 'out',
      outerLocation: at(1, 1, 5),
    }),
    [
      'p.yaml:2:3 error[output-in-output] The output "build/d/a" of stage "in" lies inside the output "build/d".',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: stage "out" makes "build/d" here.',
      '  help: Outputs are replaced as a whole, so give one of them another folder.',
    ],
  ],
  [
    catalog.paramRequired({ name: 'n', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[param-required] The param "n" has no value.',
      'second line',
      '  ~~~~',
      '  help: Give one with "-p n=VALUE".',
    ],
  ],
  [
    catalog.pathOutside({ path: '../x', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[path-outside] The output "../x" lies outside of the workspace.',
      'second line',
      '  ~~~~',
      '  help: Outputs stay inside the workspace; give a path relative to it.',
    ],
  ],
  [
    catalog.pathReserved({ path: '.git/x', folder: '.git/', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[path-reserved] The output ".git/x" lies in ".git/", which is not yours to write.',
      'second line',
      '  ~~~~',
      '  help: Choose another folder.',
    ],
  ],
  [
    catalog.pipelineNotGiven({ found: [], elsewhere: [] }),
    [
      'error[pipeline-not-given] There is no pipeline here.',
      '  help: Name the file, or make a first pipeline with "wrangle init".',
    ],
  ],
  [
    catalog.pipelineNotGiven({ found: [], elsewhere: ['birds.yaml', 'more.yaml'] }),
    [
      'error[pipeline-not-given] No pipeline was named, and "pipelines/" has none.',
      '  help: Name the file, as in "wrangle build birds.yaml".',
    ],
  ],
  [
    catalog.pipelineNotGiven({ found: ['pipelines/a.yaml', 'pipelines/b.yaml'], elsewhere: [] }),
    [
      'error[pipeline-not-given] There is more than one pipeline here.',
      '  help: Name one: pipelines/a.yaml, pipelines/b.yaml.',
    ],
  ],
  [
    catalog.pluginEngineMismatch({ plugin: 'tabular', wanted: '>=2', version: '0.1.0', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[plugin-engine-mismatch] The plugin "tabular" works with wrangle >=2, and this is 0.1.0.',
      'second line',
      '  ~~~~',
      '  help: Install another version of one of them.',
    ],
  ],
  [
    catalog.pluginManifestInvalid({
      plugin: 'tabular',
      message: 'its manifest is not valid JSON.',
      location: at(2, 3, 7),
    }),
    [
      'p.yaml:2:3 error[plugin-manifest-invalid] The plugin "tabular" cannot be used: its manifest is not valid JSON.',
      'second line',
      '  ~~~~',
    ],
  ],
  [
    catalog.pluginNotFound({
      plugin: 'tabular',
      reason: 'nothing is found at "./plugins/tabular"',
      location: at(2, 3, 7),
      help: 'Correct the path.',
    }),
    [
      'p.yaml:2:3 error[plugin-not-found] The plugin "tabular" is not there: nothing is found at "./plugins/tabular".',
      'second line',
      '  ~~~~',
      '  help: Correct the path.',
    ],
  ],
  [
    catalog.pluginProtocolVersion({
      plugin: 'tabular',
      protocol: 3,
      supported: 1,
      version: '0.1.0',
      location: at(2, 3, 7),
    }),
    [
      'p.yaml:2:3 error[plugin-protocol-version] The plugin "tabular" speaks protocol 3, and wrangle 0.1.0 speaks 1.',
      'second line',
      '  ~~~~',
      '  help: Install a newer wrangle, or an older version of the plugin.',
    ],
  ],
  [
    catalog.portKind({
      port: 'data',
      side: 'input',
      type: 'tabular/profile',
      wanted: 'file',
      path: 'data/',
      location: at(2, 3, 7),
    }),
    [
      'p.yaml:2:3 error[port-kind] The input "data" of "tabular/profile" is a file, and "data/" is a folder.',
      'second line',
      '  ~~~~',
      '  help: Only the path of a folder ends in "/".',
    ],
  ],
  [
    catalog.portKind({
      port: 'out',
      side: 'output',
      type: 'tabular/split',
      wanted: 'folder',
      path: 'out',
      location: at(2, 3, 7),
    }),
    [
      'p.yaml:2:3 error[port-kind] The output "out" of "tabular/split" is a folder, and "out" is a file.',
      'second line',
      '  ~~~~',
      '  help: The path of a folder ends in "/".',
    ],
  ],
  [
    catalog.portNotList({ port: 'data', side: 'input', type: 'tabular/profile', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[port-not-list] The input "data" of "tabular/profile" takes one path, not a list.',
      'second line',
      '  ~~~~',
    ],
  ],
  [
    catalog.sameOutput({ path: 'build/page.html', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[same-output] Every item would make the same output "build/page.html".',
      'second line',
      '  ~~~~',
      `  help: Name the item in the path: "build/\${{ item.id }}.json".`,
    ],
  ],
  [
    catalog.schemaMismatch({
      path: 'a.json',
      maker: 'make',
      port: 'data',
      type: 'shop/read',
      reason: '/id is text, and must be a number',
      location: at(2, 3, 7),
      makerLocation: at(1, 1, 5),
    }),
    [
      'p.yaml:2:3 error[schema-mismatch] What stage "make" writes to "a.json" never fits the input "data" of "shop/read": /id is text, and must be a number.',
      'second line',
      '  ~~~~',
      '  p.yaml:1:1 note: stage "make" says here what it writes.',
      '  help: The schema of the input is in the manifest of its plugin.',
    ],
  ],
  [
    catalog.secretInExpression({ name: 'TOKEN', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[secret-in-expression] The variable "TOKEN" is a secret, and what an expression reads is kept in records.',
      'second line',
      '  ~~~~',
      '  help: The stage that declares it has it in its environment: write "$TOKEN" in the command.',
    ],
  ],
  [
    catalog.tooDeep({ limit: 100, location: at(2, 3, 7) }),
    ['p.yaml:2:3 error[too-deep] The file is nested more than 100 levels deep.', 'second line', '  ~~~~'],
  ],
  [
    catalog.tooManyAliases({ limit: 10000, location: at(2, 3, 7) }),
    ['p.yaml:2:3 error[too-many-aliases] The file has more than 10000 aliases.', 'second line', '  ~~~~'],
  ],
  [
    catalog.tooManyIncludes({ limit: 1000, location: at(2, 3, 7) }),
    ['p.yaml:2:3 error[too-many-includes] More than 1000 files are included.', 'second line', '  ~~~~'],
  ],
  [
    catalog.transactionCycle({
      transactions: ['t'],
      edges: [
        { from: 'a', to: 'x', via: 'a.csv', waitsForAll: 't', location: at(2, 3, 7) },
        { from: 'x', to: 'b', via: 'needs', waitsForAll: undefined, location: at(1, 1, 5) },
      ],
    }),
    [
      'p.yaml:2:3 error[transaction-cycle] The transaction "t" waits for itself: a -> x -> b.',
      'second line',
      '  ~~~~',
      '  p.yaml:2:3 note: "x" reads "a.csv" of "a", so it waits for all of transaction "t".',
      '  p.yaml:1:1 note: "b" needs "x".',
      '  help: Put all of these stages into one transaction, or take one of them out.',
    ],
  ],
  [
    catalog.transactionUncached({ stage: 'a', transaction: 't', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[transaction-uncached] Stage "a" is in the transaction "t", so its outputs must be kept in the store.',
      'second line',
      '  ~~~~',
      '  help: Take "cache: false" away, or take the stage out of the transaction.',
    ],
  ],
  [
    catalog.unknownKey({
      key: 'outz',
      of: 'a stage',
      location: at(2, 3, 7),
      suggestion: 'outputs',
      known: ['outputs'],
    }),
    [
      'p.yaml:2:3 error[unknown-key] "outz" is not a key of a stage.',
      'second line',
      '  ~~~~',
      '  help: Did you mean "outputs"?',
    ],
  ],
  [
    catalog.unknownKey({ key: 'q', of: '"cache"', location: at(2, 3, 7), known: ['dir', 'max_size'] }),
    [
      'p.yaml:2:3 error[unknown-key] "q" is not a key of "cache".',
      'second line',
      '  ~~~~',
      '  help: It has "dir" and "max_size".',
    ],
  ],
  [
    catalog.unknownParam({ name: 'sampel', location: undefined, suggestion: 'sample' }),
    ['error[unknown-param] The pipeline has no param "sampel".', '  help: Did you mean "sample"?'],
  ],
  [
    catalog.unknownPort({
      port: 'dat',
      side: 'input',
      type: 'tabular/profile',
      location: at(2, 3, 7),
      suggestion: 'data',
      known: ['data'],
    }),
    [
      'p.yaml:2:3 error[unknown-port] The stage type "tabular/profile" has no input "dat".',
      'second line',
      '  ~~~~',
      '  help: Did you mean "data"?',
    ],
  ],
  [
    catalog.unknownPort({ port: 'q', side: 'output', type: 'tabular/profile', location: at(2, 3, 7), known: [] }),
    [
      'p.yaml:2:3 error[unknown-port] The stage type "tabular/profile" has no output "q".',
      'second line',
      '  ~~~~',
      '  help: It has no outputs.',
    ],
  ],
  [
    catalog.unknownReference({ what: 'stage', name: 'fetc', location: at(2, 3, 7), suggestion: 'fetch' }),
    [
      'p.yaml:2:3 error[unknown-reference] There is no stage "fetc".',
      'second line',
      '  ~~~~',
      '  help: Did you mean "fetch"?',
    ],
  ],
  [
    catalog.unknownReference({ what: 'output', name: 'q', of: 'Stage "a"', location: at(2, 3, 7) }),
    ['p.yaml:2:3 error[unknown-reference] Stage "a" has no output "q".', 'second line', '  ~~~~'],
  ],
  [
    catalog.listNotReadable({ stage: 'page', reason: '"list.csv" is not there.' }),
    [
      'error[list-not-readable] The items of "page", which is not selected, are not known. "list.csv" is not there.',
      '  help: Select it too.',
    ],
  ],
  [
    catalog.producerNotSelected({ stage: 'report', path: 'a.csv', producer: 'clean' }),
    [
      'error[producer-not-selected] "report" reads "a.csv", which is not there, and "clean", which makes it, is not selected.',
      '  help: Select it too: "+report" is the stage with all it needs.',
    ],
  ],
  [
    catalog.selectorSyntax({
      text: '@a+',
      message: 'stands for everything before and behind it',
      help: 'Leave out "@".',
    }),
    ['error[selector-syntax] The selector "@a+" stands for everything before and behind it.', '  help: Leave out "@".'],
  ],
  [
    catalog.unknownSelector({ method: 'tga', methods: ['tag', 'uses'], suggestion: 'tag' }),
    ['error[unknown-selector] Stages cannot be selected by "tga:".', '  help: Did you mean "tag:"?'],
  ],
  [
    catalog.unknownStageTag({ name: 'nightyl', suggestion: 'nightly' }),
    ['error[unknown-stage-tag] No stage has the tag "nightyl".', '  help: Did you mean "nightly"?'],
  ],
  [
    catalog.unknownState({ name: 'red', suggestion: undefined, states: ['fresh', 'stale'] }),
    ['error[unknown-state] "red" is no state of a stage.', '  help: States are fresh, stale.'],
  ],
  [
    catalog.unmadePath({ name: 'build/a', suggestion: 'build/b' }),
    ['error[unmade-path] No stage makes "build/a".', '  help: Did you mean "build/b"?'],
  ],
  [
    catalog.unusedType({ name: 'tabular/qurey', suggestion: 'tabular/query' }),
    ['error[unused-type] No stage uses "tabular/qurey".', '  help: Did you mean "tabular/query"?'],
  ],
  [
    catalog.unknownStage({ name: 'fetc', suggestion: 'fetch' }),
    ['error[unknown-stage] The pipeline has no stage "fetc".', '  help: Did you mean "fetch"?'],
  ],
  [
    catalog.unknownStageType({ type: 'tabular/profil', location: at(2, 3, 7), suggestion: 'tabular/profile' }),
    [
      'p.yaml:2:3 error[unknown-stage-type] There is no stage type "tabular/profil".',
      'second line',
      '  ~~~~',
      '  help: Did you mean "tabular/profile"?',
    ],
  ],
  [
    catalog.unknownTag({ tag: '!!set', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[unknown-tag] The YAML tag "!!set" is not known here.',
      'second line',
      '  ~~~~',
      '  help: Write the value without a tag.',
    ],
  ],
  [
    catalog.unsafeNumber({ text: '1e400', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[unsafe-number] The number "1e400" cannot be kept exactly.',
      'second line',
      '  ~~~~',
      '  help: Put it in quotes to keep it as text.',
    ],
  ],
  [
    catalog.unsetVariable({ name: 'TOKEN', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[unset-variable] The environment has no variable "TOKEN".',
      'second line',
      '  ~~~~',
      "  help: Set it, or give a value for when it is not set: ${{ has(env.TOKEN) ? env.TOKEN : 'value' }}.",
    ],
  ],
  [
    catalog.unsupportedVersion({ version: '2', location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[unsupported-version] This file is in format "2", and this wrangle reads format 1.',
      'second line',
      '  ~~~~',
      '  help: Write "version: 1", or use a newer wrangle.',
    ],
  ],
  [
    catalog.unusedDefaults({ location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 warning[unused-defaults] "defaults" hold for the stages of their own file, and this file has none.',
      'second line',
      '  ~~~~',
      '  help: Write them in the files that declare the stages.',
    ],
  ],
  [
    catalog.voteUnsupported({ why: 'no outputs', ports: [], location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[vote-unsupported] A stage without outputs gives no answer that could be voted on.',
      'second line',
      '  ~~~~',
      '  help: Give it an output, or write "vote": false where one attempt is enough.',
    ],
  ],
  [
    catalog.voteUnsupported({ why: 'in place', ports: ['out', 'log'], location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[vote-unsupported] Attempts that write "out" and "log" in place cannot vote: there is room for one of them only.',
      'second line',
      '  ~~~~',
      '  help: Refer to it in what runs, as in ${{ outputs.out }}, or write "vote": false where one attempt is enough.',
    ],
  ],
  [
    catalog.voteUnsupported({ why: 'batch', ports: [], location: at(2, 3, 7) }),
    [
      'p.yaml:2:3 error[vote-unsupported] Items that share an attempt cannot be voted on one by one.',
      'second line',
      '  ~~~~',
      '  help: Leave "batch" out, or write "vote": false where one attempt is enough.',
    ],
  ],
  [
    catalog.wrongType({ message: '"needs" must be text or a list, not 5.', location: at(2, 3, 7) }),
    ['p.yaml:2:3 error[wrong-type] "needs" must be text or a list, not 5.', 'second line', '  ~~~~'],
  ],
  [
    catalog.yamlSyntax({ reason: 'a closing " is missing', location: at(2, 3, 7) }),
    ['p.yaml:2:3 error[yaml-syntax] This is not valid YAML: a closing " is missing.', 'second line', '  ~~~~'],
  ],
];

test.each(CASES)('$code', (diagnostic, lines) => {
  expect(printDiagnostics([diagnostic], TEXTS)).toBe(`${lines.join('\n')}\n`);
});

const codes = [...new Set(CASES.map(([{ code }]) => code))];

test('every function of the catalog has a case, and those of each file are in order', () => {
  const folder = `${ROOT}/src/diagnostics/catalog`;
  const ofFiles = readdirSync(folder)
    .filter((name) => name !== 'error.ts')
    .map((name) =>
      [...readFileSync(`${folder}/${name}`, 'utf8').matchAll(/^export function (\w+)/gm)].map(
        ([, found = '']) => found,
      ),
    );
  for (const names of ofFiles) expect(names).toEqual([...names].sort());
  const names = ofFiles.flat().sort();
  expect(Object.keys(catalog).sort()).toEqual(names);
  expect([...codes].sort()).toEqual(
    names.map((name) => name.replace(/[A-Z]|8$/g, (letter) => `-${letter.toLowerCase()}`).replace('-8', '8')).sort(),
  );
});

test('every code has a line in docs/diagnostics.md, and no other code has', () => {
  const text = readFileSync(`${ROOT}/docs/diagnostics.md`, 'utf8');
  const listed = [...text.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, code]) => code);
  expect(listed).toEqual([...codes].sort());
});
