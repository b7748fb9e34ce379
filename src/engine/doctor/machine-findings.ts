/** What the machine offers to builds, from facts to sentences. Pure. */
import type { Finding } from '../../model/finding.ts';
import type { Machine, MachineLimits } from '../../ports/machine.ts';
import { formatCount } from '../../util/quantity.ts';

/** A stage takes some four descriptors while it runs, and a build some forty for itself. */
const OPEN_FILES_FEW = 256;
const PROCESSES_FEW = 200;
/** One a folder. */
const WATCHES_FEW = 8192;
const INSTANCES_FEW = 16;
/** Before this was written, time was later than that. */
const EARLIEST_MS = Date.UTC(2025, 0, 1);

interface Tool {
  readonly name: string;
  readonly use: string;
  readonly level: 'note' | 'warning' | 'problem';
  readonly advice: string;
  /** The only system on which it is started. */
  readonly os?: string;
}

/** What wrangle itself starts. */
const TOOLS: readonly Tool[] = [
  {
    name: 'sh',
    use: 'ends what still runs when wrangle is killed',
    level: 'problem',
    advice: 'Install a POSIX shell as /bin/sh.',
  },
  {
    name: 'bash',
    use: 'runs commands that are written as text',
    level: 'warning',
    advice: 'Install bash, or write "shell: sh" in .wranglerrc.yaml.',
  },
  {
    name: 'flock',
    use: 'keeps two builds of one workspace apart',
    level: 'warning',
    advice: 'Install util-linux. Without it builds in other containers and on other machines are not kept out.',
    // macOS locks files when it opens them.
    os: 'linux',
  },
  {
    name: 'python3',
    use: 'starts the commands of long builds',
    level: 'note',
    advice: 'Install it to make builds of many short stages faster.',
    os: 'linux',
  },
];

/** What stages often start. */
const OFTEN_USED = ['git', 'python3', 'jq', 'setsid', 'bwrap'];

export function toolFindings(machine: Pick<Machine, 'findProgram' | 'os'>): Finding[] {
  const needed = TOOLS.filter(({ os = machine.os }) => os === machine.os);
  const often = OFTEN_USED.filter((name) => needed.every((one) => one.name !== name));
  const isThere = (name: string) => machine.findProgram(name) !== undefined;
  const found = [...needed.map(({ name }) => name), ...often].filter(isThere);
  const findings = needed
    .filter(({ name }) => !isThere(name))
    .map(({ name, use, level, advice }): Finding => {
      return { area: 'tools', check: name, level, message: `There is no ${name} in PATH, which ${use}.`, advice };
    });
  if (found.length > 0) {
    findings.push({
      area: 'tools',
      check: 'found',
      level: 'ok',
      message: `In PATH: ${found.join(', ')}.`,
      advice: null,
    });
  }
  const missing = often.filter((name) => !isThere(name));
  if (missing.length > 0) {
    const message = `Not in PATH: ${missing.join(', ')}; only stages that use them need them.`;
    findings.push({ area: 'tools', check: 'missing', level: 'note', message, advice: null });
  }
  return findings;
}

export function limitFindings({ openFiles, processes, inotify }: MachineLimits): Finding[] {
  const findings: Finding[] = [];
  const add = (check: string, isFew: boolean, message: string, advice: string) => {
    findings.push({ area: 'machine', check, level: isFew ? 'warning' : 'ok', message, advice: isFew ? advice : null });
  };
  if (openFiles !== undefined) {
    const message = `${formatCount(openFiles)} files may be open at once.`;
    add(
      'open-files',
      openFiles < OPEN_FILES_FEW,
      message,
      'Raise the limit with "ulimit -n 1024", or build with a small -j.',
    );
  }
  if (processes !== undefined) {
    const message = `${formatCount(processes)} processes may run at once.`;
    add('processes', processes < PROCESSES_FEW, message, 'Raise the limit with "ulimit -u", or build with a small -j.');
  }
  if (inotify) {
    const isFew = inotify.watches < WATCHES_FEW || inotify.instances < INSTANCES_FEW;
    const message = `${formatCount(inotify.watches)} folders can be watched for changes, by ${formatCount(inotify.instances)} programs.`;
    const advice = 'To watch large trees: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512';
    add('inotify', isFew, message, advice);
  }
  return findings;
}

export function clockFinding(nowMs: number): Finding {
  const now = new Date(nowMs).toISOString();
  if (nowMs >= EARLIEST_MS) {
    return { area: 'machine', check: 'clock', level: 'ok', message: `The clock says ${now}.`, advice: null };
  }
  const message = `The clock says ${now}, which is over.`;
  return { area: 'machine', check: 'clock', level: 'warning', message, advice: 'Set it: history is ordered by it.' };
}

export function namespaceFinding(canMake: boolean | undefined): Finding | undefined {
  if (canMake === undefined) return undefined;
  if (canMake) {
    const message = 'Namespaces can be made without being root: stages could be locked in.';
    return { area: 'machine', check: 'namespaces', level: 'ok', message, advice: null };
  }
  const message = 'Namespaces cannot be made: what a stage starts in a session of its own outlives it.';
  return { area: 'machine', check: 'namespaces', level: 'note', message, advice: null };
}
