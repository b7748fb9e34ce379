/**
 * What may be done to a workspace, as commands that fast-check strings together, and a model that knows what must come
 * of it: the contents of every output, and which stages may run for them.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Behaviour } from '../../support/engine-project.ts';
import { MortalFileSystem } from '../../support/mortal-file-system.ts';
import {
  carryOut,
  dataOf,
  expectedOf,
  type Node,
  neededBy,
  outputOf,
  SOURCES,
  sourceOf,
  specOf,
} from '../../support/random-pipeline.ts';
import { EngineSite } from './engine-site.ts';

/** What is known without looking at the disk. */
export interface Model {
  readonly nodes: readonly Node[];
  readonly sources: Map<number, string>;
  readonly versions: number[];
  /** How stages are called now. */
  readonly ids: string[];
  param: string;
  variable: string;
  /** Keys (see `expectedOf`) whose result is in the store for sure. */
  readonly stored: Set<string>;
  /** What the index says of a stage, where that is known: the key of what lies there. A cleaning keeps it. */
  readonly indexed: Map<number, string>;
  /** A build was killed and nothing was built since: outputs of the transaction are about to go back. */
  putBack: boolean;
  /** Contents and keys that were damaged in the store since they were written. */
  readonly damaged: Set<string>;
  /** What the user wrote over outputs, none of it twice the same; it must be somewhere for ever. */
  readonly edits: Set<string>;
  serial: number;
}

export class Real {
  readonly site = new EngineSite(new MortalFileSystem());
  /** Builds that ran to their end. */
  builds = 0;
}

type Command = fc.AsyncCommand<Model, Real>;

export function newModel(nodes: readonly Node[]): Model {
  return {
    nodes,
    sources: new Map(Array.from({ length: SOURCES }, (_, at) => [at, 'x'])),
    versions: nodes.map(() => 1),
    ids: nodes.map(({ label }) => label),
    param: '1',
    variable: 'a',
    stored: new Set(),
    indexed: new Map(),
    putBack: false,
    damaged: new Set(),
    edits: new Set(),
    serial: 0,
  };
}

export function newReal(model: Model): Real {
  const real = new Real();
  for (const [at, text] of model.sources) real.site.project.write({ [sourceOf(at)]: text });
  declare(model, real);
  return real;
}

/** Every third stage goes by a param, every fourth by a variable of the caller's. */
const usesParam = (at: number) => at % 3 === 1;
const usesVariable = (at: number) => at % 4 === 2;
/** Where their number is even, the first half of them is a transaction: nothing outside lies between two members. */
const isMember = ({ nodes }: Model, at: number) => nodes.length % 2 === 0 && at < nodes.length / 2;

function marksOf(model: Model, at: number): string {
  const { versions, param, variable } = model;
  return `${versions[at]}${usesParam(at) ? `p${param}` : ''}${usesVariable(at) ? `v${variable}` : ''}`;
}

function declare(model: Model, { site }: Real): void {
  const { nodes, ids, versions, param, variable } = model;
  const stages = nodes.map((node, at) => {
    const env = {
      ...(usesParam(at) ? { P: `\${{ params.p }}` } : {}),
      ...(usesVariable(at) ? { V: `\${{ env.V }}` } : {}),
    };
    // The command must not change with the stage's name.
    const group = isMember(model, at) ? { transaction: 'together' } : {};
    return [ids[at], { run: `make \${{ outputs.o }}`, ...specOf(node, nodes, versions[at] as number), env, ...group }];
  });
  site.project.env['V'] = variable;
  site.project.pipeline(Object.fromEntries(stages), { params: { p: param } });
}

interface BuildOptions {
  readonly jobs: number;
  readonly force?: number;
  readonly target?: number;
}

/** Stages that have a reason to run. What a killed build had done by then is not known, so it counts as not done. */
function mayRun(model: Model, { site }: Real, { force }: BuildOptions, selected: ReadonlySet<number>): Set<number> {
  const expected = expectedOf(model.nodes, model.sources, (at) => marksOf(model, at));
  return new Set(
    [...selected].filter((at) => {
      const { key, text } = expected[at] as (typeof expected)[number];
      const stays = !(model.putBack && isMember(model, at));
      const isThere = stays && site.project.read(dataOf(model.nodes[at] as Node)) === text;
      const isLost = model.damaged.has(key) || (!isThere && model.damaged.has(text));
      return !model.stored.has(key) || at === force || isLost;
    }),
  );
}

function behaviourOf(model: Model, failing?: number): Behaviour {
  return (process) => {
    const at = model.ids.indexOf(process.stage);
    const node = model.nodes[at] as Node;
    if (at !== failing) return carryOut(process, node, marksOf(model, at));
    process.exit(1);
    return 'done';
  };
}

async function build(model: Model, real: Real, options: BuildOptions): Promise<void> {
  const { site } = real;
  const { jobs, force, target } = options;
  const selected = target === undefined ? new Set(model.nodes.keys()) : neededBy(model.nodes, target);
  const allowed = mayRun(model, real, options, selected);
  const nameOf = (at: number) => model.ids[at] as string;
  const { problems, started, said } = await site.build(
    {
      jobs,
      ...(force === undefined ? {} : { force: [nameOf(force)] }),
      ...(target === undefined ? {} : { targets: [nameOf(target)] }),
    },
    behaviourOf(model),
  );
  expect(problems, said).toEqual([]);
  model.putBack = false;
  const ran = started.map((id) => model.ids.indexOf(id));
  expect(new Set(ran).size, 'each stage runs once').toBe(ran.length);
  expect(
    ran.filter((at) => !allowed.has(at)),
    'stages that ran for nothing',
  ).toEqual([]);
  if (force !== undefined && selected.has(force)) expect(ran, 'the stage that was forced').toContain(force);
  for (const [at, { text, key }] of expectedOf(model.nodes, model.sources, (one) => marksOf(model, one)).entries()) {
    if (!selected.has(at)) continue;
    expect(site.project.read(dataOf(model.nodes[at] as Node)), `the output of ${nameOf(at)}`).toBe(text);
    model.indexed.set(at, key);
    if (!ran.includes(at)) continue;
    model.stored.add(key);
    model.damaged.delete(text);
    model.damaged.delete(key);
  }
  expectEdits(model, real);
  real.builds++;
}

function expectEdits(model: Model, { site }: Real): void {
  const everything = new Set(Object.values(site.tree()));
  expect(
    [...model.edits].filter((edit) => !everything.has(edit)),
    'edits that are lost',
  ).toEqual([]);
}

/** A command by what it does; its name is what fast-check prints of it. */
function command(name: string, run: (model: Model, real: Real) => void | Promise<void>): Command {
  return { check: () => true, run: async (model, real) => run(model, real), toString: () => name };
}

const onNode = (name: string, run: (model: Model, real: Real, at: number) => void | Promise<void>) =>
  fc
    .nat(11)
    .map((number) => command(`${name} ${number}`, (model, real) => run(model, real, number % model.nodes.length)));

const onSource = (name: string, run: (model: Model, real: Real, at: number, text: string) => void) =>
  fc
    .tuple(fc.nat(SOURCES - 1), fc.constantFrom('x', 'y', 'zz'))
    .map(([at, text]) => command(`${name} ${at} ${text}`, (model, real) => run(model, real, at, text)));

const always = (name: string, run: (model: Model, real: Real) => void) => fc.constant(command(name, run));

/** Whatever the user has at the places of a node is gone by the user's own hand. */
function letGo(model: Model, { site }: Real, node: Node): void {
  const there = site.project.read(dataOf(node));
  if (there !== undefined) model.edits.delete(there);
}

const edit = onSource('edit', (model, { site }, at, text) => {
  model.sources.set(at, text);
  site.project.write({ [sourceOf(at)]: text });
});

/** As `touch -r` does after an edit: neither size nor time says that anything happened. */
const editWithOldTime = onSource('edit and restore the time of', (model, { site }, at, text) => {
  const path = `/w/${sourceOf(at)}`;
  const mtimeNs = site.fs.lstat(path)?.mtimeNs ?? 0n;
  model.sources.set(at, text);
  site.project.write({ [sourceOf(at)]: text });
  site.fs.setTimes(path, mtimeNs);
});

const touch = onSource('touch', (model, { site }, at) => {
  site.project.write({ [sourceOf(at)]: model.sources.get(at) ?? '' });
});

const newVersion = onNode('change the version of', (model, real, at) => {
  model.versions[at] = ((model.versions[at] as number) % 3) + 1;
  declare(model, real);
});

const rename = onNode('rename', (model, real, at) => {
  model.ids[at] = `n${++model.serial}`;
  declare(model, real);
});

const newParam = fc.constantFrom('1', '2').map((param) =>
  command(`set the param to ${param}`, (model, real) => {
    model.param = param;
    declare(model, real);
  }),
);

const newVariable = fc.constantFrom('a', 'b').map((variable) =>
  command(`set the variable to ${variable}`, (model, real) => {
    model.variable = variable;
    declare(model, real);
  }),
);

const deleteOutput = onNode('delete the output of', (model, real, at) => {
  const node = model.nodes[at] as Node;
  letGo(model, real, node);
  real.site.remove(outputOf(node));
});

const editOutput = onNode('edit the output of', (model, real, at) => {
  const node = model.nodes[at] as Node;
  letGo(model, real, node);
  const text = `edit ${++model.serial}`;
  model.edits.add(text);
  real.site.project.write({ [dataOf(node)]: text });
});

const damageBlobs = onNode('damage the blobs of', (model, { site }, at) => {
  for (const [path, text] of Object.entries(site.fs.tree('/w/.wrangle/store'))) {
    if (!path.startsWith('cas/') || !text.startsWith(`${model.nodes[at]?.label}.`)) continue;
    model.damaged.add(text);
    site.fs.write({ [`/w/.wrangle/store/${path}`]: `#${text.slice(1)}` });
  }
});

const damageRecords = always('damage all records', (model, { site }) => {
  for (const [path, text] of Object.entries(site.fs.tree('/w/.wrangle/store'))) {
    if (path.startsWith('ac/') && !path.endsWith('/'))
      site.fs.write({ [`/w/.wrangle/store/${path}`]: `${text.slice(0, -9)}} damaged` });
  }
  for (const key of model.stored) model.damaged.add(key);
});

const loseStore = always('delete the store', (model, { site }) => {
  site.remove('.wrangle/store');
  model.stored.clear();
  model.damaged.clear();
});

const loseIndex = always('delete the index', (model, { site }) => {
  site.remove('.wrangle/index');
  model.indexed.clear();
});
const loseFrontEnd = always('delete the front end', (_, { site }) => site.remove('.wrangle/frontend'));
const reboot = always('start the machine again', (_, { site }) => {
  site.project.bootId += '+';
});

const jobs = fc.constantFrom(1, 2, 8);
const buildAll = jobs.map((many) => command(`build -j ${many}`, (model, real) => build(model, real, { jobs: many })));
const buildTarget = onNode('build no more than', (model, real, at) => build(model, real, { jobs: 2, target: at }));
const buildForced = onNode('build and force', (model, real, at) => build(model, real, { jobs: 2, force: at }));

const buildFailing = onNode('build, and this one fails:', async (model, real, at) => {
  await recoverFirst(model, real);
  const before = membersOf(model, real);
  const { started } = await real.site.build({ jobs: 1, keepGoing: true }, behaviourOf(model, at));
  if (isMember(model, at) && started.includes(model.ids[at] as string)) {
    expect(membersOf(model, real), 'outputs of a transaction that failed').toEqual(before);
  }
  model.indexed.clear();
  const expected = expectedOf(model.nodes, model.sources, (one) => marksOf(model, one));
  for (const ran of started.map((id) => model.ids.indexOf(id))) {
    const { text, key } = expected[ran] as (typeof expected)[number];
    if (ran === at || real.site.project.read(dataOf(model.nodes[ran] as Node)) !== text) continue;
    model.stored.add(key);
    model.damaged.delete(text);
    model.damaged.delete(key);
  }
  expectEdits(model, real);
});

/** What lies where the transaction has its outputs. */
function membersOf(model: Model, { site }: Real): (string | undefined)[] {
  return model.nodes.filter((_, at) => isMember(model, at)).map((node) => site.project.read(dataOf(node)));
}

/** So that what a killed build left is over before anything is looked at. */
async function recoverFirst(model: Model, { site }: Real): Promise<void> {
  if (model.putBack) await site.recover();
  model.putBack = false;
}

/** Nothing but what the index speaks of need be in the store afterwards. */
const clean = fc.constantFrom(0, 400, 4000).map((maxBytes) =>
  command(`clean the store, ${maxBytes} bytes may stay`, async (model, real) => {
    const { clock } = real.site.project;
    // Else all of it would have been used at this very moment.
    await clock.advance(1);
    await real.site.project.gc({ maxBytes });
    const indexed = new Set(model.indexed.values());
    for (const key of model.stored) if (!indexed.has(key)) model.stored.delete(key);
    expectEdits(model, real);
  }),
);

/** Commands end with the wrangle that started them; a reaper sees to that. */
function endWith(fs: MortalFileSystem, behave: Behaviour): Behaviour {
  return (process) => {
    try {
      return behave(process);
    } catch (error) {
      if (!fs.isDead) throw error;
      process.signal('SIGKILL');
      return 'done';
    }
  };
}

/** At a step of the disk; a write is half done then. */
const killedBuild = fc.tuple(fc.nat(120), fc.boolean()).map(([killAt, torn]) =>
  command(`kill a build at step ${killAt}${torn ? ', torn' : ''}`, async (model, { site }) => {
    const { fs, project } = site;
    fs.revive();
    Object.assign(fs, { killAt: killAt + 1, torn });
    const behave = endWith(fs, behaviourOf(model));
    await project.build({ jobs: 2, behave }).catch((error: unknown) => {
      if (!fs.isDead) throw error;
    });
    fs.revive();
    model.indexed.clear();
    model.putBack = true;
    expectEdits(model, { site, builds: 0 });
  }),
);

export const commands = (most: number): fc.Arbitrary<Iterable<Command>> =>
  fc.commands(
    [
      ...[buildAll, buildAll, buildAll, edit, edit, killedBuild, killedBuild],
      ...[
        buildTarget,
        buildForced,
        buildFailing,
        buildFailing,
        editWithOldTime,
        touch,
        newVersion,
        rename,
        newParam,
        newVariable,
      ],
      ...[
        deleteOutput,
        editOutput,
        damageBlobs,
        damageRecords,
        loseStore,
        loseIndex,
        loseFrontEnd,
        reboot,
        clean,
        clean,
      ],
    ],
    { maxCommands: most, size: 'max' },
  );
