// How text is emphasised, decided by whoever knows where it goes.

/** Functions that emphasise a text; each keeps its width. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const same = (text: string): string => text;

/** No emphasis at all: for files, pipes and `NO_COLOR`. */
export const PLAIN: Style = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  blue: same,
  cyan: same,
};

/** Emphasis by escape sequences, as every terminal knows them. */
export const TERMINAL: Style = {
  bold: between(1, 22),
  dim: between(2, 22),
  red: between(31, 39),
  green: between(32, 39),
  yellow: between(33, 39),
  blue: between(34, 39),
  cyan: between(36, 39),
};

/** What is emphasised inside the text ends its own emphasis: then this one begins again. */
function between(begin: number, end: number): (text: string) => string {
  const [on, off] = [`\u001B[${begin}m`, `\u001B[${end}m`];
  return (text) => `${on}${text.replaceAll(off, end === 22 ? `${off}${on}` : on)}${off}`;
}
