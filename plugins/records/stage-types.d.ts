// Written by "wrangle plugin types" from the manifest. Do not edit.
import type { Json, StageFile, StageOutput } from 'wrangle/plugin';

/** A page, or any text, from a template and a record: HTML, Markdown, JSON. */
export interface Render {
  readonly params: {
    /**
     * The record: names and values. In a fan-out usually `${{ item }}`. Its members win over those of the
     * input.
     */
    readonly record: { readonly [key: string]: Json };
    /**
     * What a name that the record does not have means: the stage fails (`fail`), the record is left out
     * (`skip`), or there is nothing in its place (`empty`).
     */
    readonly missing: 'fail' | 'skip' | 'empty';
    /**
     * How values are written: safe in HTML and XML, as JSON, or as they are (`none`). `auto`: by the
     * extension of the output.
     */
    readonly escape: 'auto' | 'html' | 'json' | 'none';
  };
  readonly inputs: {
    /** The record, a JSON object, where an earlier stage makes it. */
    readonly data?: StageFile;
    /** Text with {{ name }} where values of the record go. */
    readonly template: StageFile;
  };
  readonly outputs: {
    /** The template with its values. */
    readonly page: StageOutput;
  };
}
