/** What is wrong with how stages are selected. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { harmless, quoteName } from '../harmless.ts';
import { didYouMean, error } from './error.ts';

interface Unknown {
  readonly name: string;
  readonly suggestion: string | undefined;
}

/** Items of a fan-out that has no part in the build, and from which somebody gathers who has. `reason`: sentences. */
export function listNotReadable(at: { stage: string; reason: string }): Diagnostic {
  const message = `The items of ${quoteName(at.stage)}, which is not selected, are not known. ${harmless(at.reason)}`;
  return error('list-not-readable', undefined, message, { help: 'Select it too.' });
}

/** An input that is not there, and whose maker has no part in the build. */
export function producerNotSelected(at: { stage: string; path: string; producer: string }): Diagnostic {
  const [stage, path, producer] = [at.stage, at.path, at.producer].map((name) => quoteName(name));
  const message = `${stage} reads ${path}, which is not there, and ${producer}, which makes it, is not selected.`;
  return error('producer-not-selected', undefined, message, {
    help: `Select it too: ${quoteName(`+${at.stage}`)} is the stage with all it needs.`,
  });
}

/** `message` follows the selector: "names no stage". */
export function selectorSyntax(at: { text: string; message: string; help?: string | undefined }): Diagnostic {
  return error('selector-syntax', undefined, `The selector ${quoteName(at.text)} ${at.message}.`, {
    help: at.help ?? '"wrangle help selectors" says how stages are selected.',
  });
}

export function unknownSelector(at: {
  method: string;
  methods: readonly string[];
  suggestion: string | undefined;
}): Diagnostic {
  const all = at.methods.map((method) => `"${method}:"`).join(', ');
  return error('unknown-selector', undefined, `Stages cannot be selected by ${quoteName(`${at.method}:`)}.`, {
    help: at.suggestion === undefined ? `There are ${all}.` : didYouMean(`${at.suggestion}:`),
  });
}

export function unknownStageTag(at: Unknown): Diagnostic {
  return error('unknown-stage-tag', undefined, `No stage has the tag ${quoteName(at.name)}.`, {
    help: didYouMean(at.suggestion),
  });
}

export function unknownState(at: Unknown & { readonly states: readonly string[] }): Diagnostic {
  return error('unknown-state', undefined, `${quoteName(at.name)} is no state of a stage.`, {
    help: didYouMean(at.suggestion) ?? `States are ${at.states.join(', ')}.`,
  });
}

export function unmadePath(at: Unknown): Diagnostic {
  return error('unmade-path', undefined, `No stage makes ${quoteName(at.name)}.`, { help: didYouMean(at.suggestion) });
}

export function unusedType(at: Unknown): Diagnostic {
  return error('unused-type', undefined, `No stage uses ${quoteName(at.name)}.`, { help: didYouMean(at.suggestion) });
}
