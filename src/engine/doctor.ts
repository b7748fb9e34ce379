/**
 * What is wrong with this machine, this workspace and these settings, before a build runs into it. Runs no plugin code,
 * and leaves nothing behind.
 */
import { loadSettings, type Settings } from '../language/settings.ts';
import type { Finding } from '../model/finding.ts';
import { readPlugins } from '../plugin/read-plugins.ts';
import type { Machine } from '../ports/machine.ts';
import { stateLayout } from '../store/layout.ts';
import { formatBytes } from '../util/quantity.ts';
import { type FolderPorts, storeFolderFindings, workspaceFindings } from './doctor/folder-findings.ts';
import { clockFinding, limitFindings, namespaceFinding, toolFindings } from './doctor/machine-findings.ts';
import { stateFindings } from './doctor/state-findings.ts';
import type { EnginePorts } from './ports.ts';

export type DoctorPorts = FolderPorts & Pick<EnginePorts, 'version' | 'bootId'>;

/** In the order in which they are to be read. */
export async function examine(ports: DoctorPorts, machine: Machine, workspace: string): Promise<Finding[]> {
  const { findings, settings } = settingsFindings(ports, workspace);
  const { dir } = settings.cache;
  const cacheFolder = dir === undefined || dir.startsWith('/') ? dir : `${workspace}/${dir.replace(/\/+$/, '')}`;
  const layout = stateLayout(workspace, cacheFolder);
  const namespaces = namespaceFinding(machine.canMakeNamespaces());
  return [
    versionFinding(ports, machine),
    ...findings,
    ...limitFindings(machine.limits()),
    clockFinding(ports.clock.nowMs()),
    ...(namespaces ? [namespaces] : []),
    ...bootFinding(ports, machine),
    ...toolFindings(machine),
    ...(await workspaceFindings(ports, machine, workspace)),
    ...(cacheFolder === undefined ? [] : await storeFindings(ports, machine, workspace, cacheFolder)),
    ...stateFindings(ports, layout),
  ];
}

function versionFinding({ version }: DoctorPorts, { nodeVersion, os, arch, cores, memoryBytes }: Machine): Finding {
  const machine = `${os} ${arch}, ${cores} ${cores === 1 ? 'core' : 'cores'}, ${formatBytes(memoryBytes)} of memory`;
  const message = `wrangle ${version} on Node ${nodeVersion}; ${machine}.`;
  return { area: 'wrangle', check: 'version', level: 'ok', message, advice: null };
}

function settingsFindings(
  { fs, version }: DoctorPorts,
  workspace: string,
): { readonly findings: Finding[]; readonly settings: Settings } {
  const { settings, diagnostics } = loadSettings({ fs, workspace });
  const plugins = readPlugins({ fs, workspace, wrangleVersion: version, refs: settings.plugins });
  const errors = [...diagnostics, ...plugins.diagnostics].filter(({ severity }) => severity === 'error');
  const finding = (level: Finding['level'], message: string, advice: string | null): Finding => {
    return { area: 'wrangle', check: 'settings', level, message, advice };
  };
  if (errors.length > 0) {
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    const message = `The settings have mistakes: ${first?.message}${more}`;
    return { settings, findings: [finding('problem', message, 'See "wrangle check" for where, and for the rest.')] };
  }
  if (fs.stat(`${workspace}/.wranglerrc.yaml`) === undefined) {
    const message = 'There are no settings (.wranglerrc.yaml), here or in a folder above; the defaults hold.';
    return { settings, findings: [finding('ok', message, null)] };
  }
  const names = plugins.plugins.map(({ name }) => name);
  const message = `The settings are sound; plugins: ${names.length === 0 ? 'none' : names.join(', ')}.`;
  return { settings, findings: [finding('ok', message, null)] };
}

/** Without it wrangle cannot tell files that were there before the machine was started again. */
function bootFinding({ bootId }: DoctorPorts, { os }: Machine): Finding[] {
  if (bootId !== '' || os !== 'linux') return [];
  const message = 'The system does not tell when it was started (/proc/sys/kernel/random/boot_id).';
  const advice = 'After a power cut, remove .wrangle/index once: files are then hashed again.';
  return [{ area: 'machine', check: 'boot', level: 'note', message, advice }];
}

async function storeFindings(
  ports: DoctorPorts,
  machine: Machine,
  workspace: string,
  folder: string,
): Promise<Finding[]> {
  const there = nearestFolder(ports, folder);
  const findings = await storeFolderFindings(ports, machine, there);
  const name = JSON.stringify(folder);
  const isMade = there === folder;
  const [where, advice] = isMade
    ? [`The store is ${name}.`, null]
    : [`The store ${name} is not there yet; the first build makes it.`, null];
  findings.unshift({ area: 'store', check: 'place', level: 'ok', message: where, advice });
  if (machine.fileSystemOf(there).device !== machine.fileSystemOf(workspace).device) {
    const message = 'It is on another file system than the workspace: every output is copied between them.';
    findings.push({ area: 'store', check: 'device', level: 'note', message, advice: null });
  }
  return findings;
}

/** The folder itself, or the nearest above that is there; the root always is. */
function nearestFolder({ fs }: DoctorPorts, folder: string): string {
  for (let at = folder; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (fs.stat(at)?.type === 'folder') return at;
  }
  return '/';
}
