/**
 * The script that runs a failed attempt again by hand. It makes a folder that looks like the workspace: everything in it
 * is a link, but for the places of the stage's outputs, which are its own. So the same command, with the same paths, has
 * the same inputs and writes elsewhere. Only a command that leaves that folder by an absolute path can write outside.
 * Pure: knows no disk.
 */

export interface Replay {
  readonly stage: string;
  readonly attempt: number;
  /** Absolute. */
  readonly workspace: string;
  readonly argv: readonly string[];
  /** Names; whoever runs the script has to give their values. */
  readonly secrets: readonly string[];
  readonly outputs: readonly ReplayOutput[];
  /** The stage's staging folder, from the workspace. */
  readonly staging: string;
  /** Where it keeps what outlives an attempt, absolute; a replay goes on from a copy of what is there then. */
  readonly scratch: string;
}

export interface ReplayOutput {
  readonly kind: 'file' | 'folder';
  /** Its place, and where the command writes it; both from the workspace. */
  readonly path: string;
  readonly writtenAt: string;
}

/** Beside the script; made anew each time. */
const FOLDER = 'again';
const STATE = `${FOLDER}/.wrangle`;

/** Variables that name files of the attempt itself; a replay has its own. From the folder of the script. */
export const REPLAY_FILES = {
  TMPDIR: `${STATE}/tmp`,
  WRANGLE_REQUEST: 'replay-request.json',
  WRANGLE_RESULT: `${STATE}/result.json`,
  WRANGLE_EVENTS: `${STATE}/events.jsonl`,
  WRANGLE_ANSWERS: 'answers.json',
  WRANGLE_SCRATCH: `${STATE}/scratch`,
} as const;

/** Where a path of the attempt is in a replay whose script lies in `folder`; inputs stay where they are. */
export function replayPath(folder: string, workspace: string, path: string): string {
  return `${folder}/${FOLDER}${path.slice(workspace.length)}`;
}

export function replayScript(replay: Replay): string {
  const { stage, attempt, workspace, argv, secrets, outputs, staging, scratch } = replay;
  const own = [...outputs.map(({ path }) => path), ...outputs.map(({ writtenAt }) => writtenAt)];
  const folders = foldersAbove(own);
  const inWorkspace = folders.filter((folder) => folder !== '.wrangle' && !folder.startsWith('.wrangle/'));
  const made = outputs.filter(({ kind }) => kind === 'folder').map(({ writtenAt }) => writtenAt);
  const kept = ['PATH', ...secrets].join(' | ');
  return `#!/bin/sh
# Runs attempt ${attempt} of the stage ${comment(stage)} again, in the folder "${FOLDER}" beside this file, which is made anew each time.
# That folder looks like the workspace, but the places of the stage's outputs are its own: the workspace stays as it is.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
workspace=${quote(workspace)}
again=$here/${FOLDER}
${secrets.map((name) => `: "\${${name}:?is a secret of this stage: set it, and start again}"\n`).join('')}
# Links what lies in a folder of the workspace, but for what is there already.
link() {
  for entry in "$workspace/$1"* "$workspace/$1".[!.]* "$workspace/$1"..?*; do
    if [ -e "$entry" ] || [ -L "$entry" ]; then
      place=$again/$1\${entry##*/}
      if [ ! -e "$place" ] && [ ! -L "$place" ]; then ln -s -- "$entry" "$place"; fi
    fi
  done
}

rm -rf -- "$again"
mkdir -p -- "$again/.wrangle/tmp"
${lines(leavesOf(folders), (folder) => `mkdir -p -- "$again"/${quote(folder)}`)}link ''
${lines(inWorkspace, (folder) => `link ${quote(`${folder}/`)}`)}${lines(outputs, ({ path }) => `rm -f -- "$again"/${quote(path)}`)}${lines(made, (folder) => `mkdir -p -- "$again"/${quote(folder)}`)}if [ -d "$here/files" ]; then
  mkdir -p -- "$again"/${quote(staging)}
  cp -R -- "$here/files" "$again"/${quote(`${staging}/files`)}
fi
if [ -d ${quote(scratch)} ]; then cp -R -- ${quote(scratch)} "$here/${REPLAY_FILES.WRANGLE_SCRATCH}"; fi

status=0
(
  cd -- "$again"
  for name in $(awk 'BEGIN { for (name in ENVIRON) if (name ~ /^[A-Za-z_][A-Za-z0-9_]*$/) print name }'); do
    case $name in ${kept} | BASHOPTS | SHELLOPTS) ;; *) unset -v "$name" ;; esac
  done
  . "$here/environment.sh"
${Object.entries(REPLAY_FILES)
  .map(([name, file]) => `  export ${name}="$here/${file}"`)
  .join('\n')}
  exec ${argv.map(quote).join(' ')}
) || status=$?
echo "It ended with exit code $status. What it wrote is in $again." >&2
exit "$status"
`;
}

/** As a file that a shell reads. */
export function environmentScript(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');
}

/** Parents first. */
function foldersAbove(paths: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1))
      folders.add(path.slice(0, end));
  }
  return [...folders].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
}

/** `mkdir -p` makes those above by itself. */
function leavesOf(folders: readonly string[]): string[] {
  return folders.filter((folder) => !folders.some((other) => other.startsWith(`${folder}/`)));
}

function lines<Item>(items: readonly Item[], line: (item: Item) => string): string {
  return items.map((item) => `${line(item)}\n`).join('');
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Ids of stages have no character that could end a comment; instances of the future might. */
function comment(text: string): string {
  return JSON.stringify(text);
}
