/** How the streams of this process are written to. Under GitHub Actions what is said is made to fit its log. */
import { isAbsolute, relative, resolve } from 'node:path';
import { annotationLines, withoutCommands } from '../report/github.ts';
import type { ColorMode } from '../report/style.ts';
import { makeStyle, wantsColor } from '../report/style.ts';
import type { Output } from './session.ts';

/** `dir`: what the files in messages are relative to. */
export function makeOutput(stream: NodeJS.WriteStream, color: string | undefined, dir: string): Output {
  const { env } = process;
  const isActions = env['GITHUB_ACTIONS'] === 'true';
  const isTty = stream.isTTY === true;
  const mode: ColorMode = color === 'always' || color === 'never' ? color : 'auto';
  const fromEnv = Number(env['COLUMNS']);
  let isGone = false;
  stream.once('error', () => {
    isGone = true;
  });
  const fileOf = (file: string) => fromTop(env['GITHUB_WORKSPACE'], resolve(dir, file));
  const text = (written: string) => void stream.write(isActions ? withoutCommands(written) : written);
  return {
    line: (written) => text(`${written}\n`),
    text,
    write: (written) => void stream.write(written),
    annotate(annotations) {
      if (!isActions) return;
      for (const line of annotationLines(annotations, fileOf)) stream.write(`${line}\n`);
    },
    style: makeStyle(wantsColor({ mode, env, isTty })),
    isTty,
    get width() {
      return Number.isInteger(fromEnv) && fromEnv > 0 ? fromEnv : isTty ? stream.columns : undefined;
    },
    get isGone() {
      return isGone;
    },
    onGone: (act) => void stream.once('error', act),
    drained: () =>
      new Promise((resolve) => {
        if (isGone || !stream.writableNeedDrain) setImmediate(resolve);
        else {
          const go = () => {
            stream.off('drain', go);
            stream.off('error', go);
            resolve();
          };
          stream.once('drain', go);
          stream.once('error', go);
        }
      }),
  };
}

/** Of a repository that is checked out at `top`. */
function fromTop(top: string | undefined, path: string): string {
  if (top === undefined || top === '') return path;
  const inside = relative(top, path);
  return inside.startsWith('../') || isAbsolute(inside) ? path : inside;
}
