/** wrangle's own version; the build puts it in from `package.json`. */
declare const WRANGLE_VERSION: string | undefined;

export const VERSION: string = typeof WRANGLE_VERSION === 'string' ? WRANGLE_VERSION : '0.0.0-source';
