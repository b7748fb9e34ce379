/** The color of what a plan or a status says of a stage. */
import type { PlannedStage } from '../model/plan.ts';
import type { Style } from './style.ts';

/** What waits for a person stands out. */
export function decisionPaint(
  style: Style,
  { decision, waiting }: Pick<PlannedStage, 'decision' | 'waiting'>,
): (text: string) => string {
  if (waiting) return (text) => style.bold(style.yellow(text));
  switch (decision) {
    case 'run':
      return style.yellow;
    case 'may-run':
      return style.cyan;
    case 'restore':
    case 'fresh':
      return style.green;
  }
}
