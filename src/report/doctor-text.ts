/** What `doctor` prints: findings by what they are about, and how many are not well. Pure. */
import type { Finding, FindingArea, FindingLevel } from '../model/finding.ts';
import { countOf, listOf, shown } from './format.ts';
import type { Style } from './style.ts';

const TITLES: Readonly<Record<FindingArea, string>> = {
  wrangle: 'wrangle',
  machine: 'this machine',
  tools: 'programs',
  workspace: 'the workspace',
  store: 'the store',
  state: 'the state folder',
};

/** In the order in which the areas first come. */
export function doctorText(findings: readonly Finding[], workspace: string, style: Style): string {
  const areas = [...new Set(findings.map(({ area }) => area))];
  const blocks = areas.map((area) => {
    const title = area === 'workspace' ? `${TITLES[area]} ${shown(workspace)}` : TITLES[area];
    const own = findings.filter((finding) => finding.area === area);
    return [style.bold(title), ...own.flatMap((finding) => lines(finding, style))].join('\n');
  });
  return `${[...blocks, verdict(findings, style)].join('\n\n')}\n`;
}

const WIDTH = 'warning'.length;

function lines({ level, message, advice }: Finding, style: Style): string[] {
  const mark = paint(level, style)(level.padEnd(WIDTH));
  const first = `  ${mark}  ${shown(message)}`;
  return advice === null ? [first] : [first, `  ${' '.repeat(WIDTH)}  ${style.dim(shown(advice))}`];
}

function paint(level: FindingLevel, style: Style): (text: string) => string {
  if (level === 'problem') return style.red;
  if (level === 'warning') return style.yellow;
  return level === 'note' ? style.cyan : style.green;
}

function verdict(findings: readonly Finding[], style: Style): string {
  const count = (level: FindingLevel) => findings.filter((finding) => finding.level === level).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  if (problems > 0) {
    const rest = warnings > 0 ? ` and ${countOf(warnings, 'warning')}` : '';
    return style.red(`${countOf(problems, 'problem')}${rest}: wrangle cannot be used like this.`);
  }
  if (warnings > 0) return style.yellow(`wrangle can be used here; ${listOf([countOf(warnings, 'warning')])}.`);
  return style.green('wrangle can be used here.');
}
