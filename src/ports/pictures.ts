/** What a series says about how well things go; the picture tells them apart by a pattern as well as by colour. */
export type Tone = 'usual' | 'other' | 'mild' | 'grave';

export type Series = {
  readonly name: string;
  readonly tone: Tone;
  /** One for each day; null where nothing is known of it. */
  readonly values: readonly (number | null)[];
};

/** One diagram of a picture. */
export type Panel = {
  readonly title: string;
  /** `stacked`: each series on top of the one before. `lines`: each by itself. */
  readonly form: 'stacked' | 'lines';
  readonly series: readonly Series[];
  /** A value that is not to be exceeded. */
  readonly limit?: { readonly name: string; readonly value: number };
  /** In the place of a diagram that has nothing to show. */
  readonly empty?: string;
};

export type Chart = {
  readonly title: string;
  readonly subtitle: string;
  readonly days: readonly string[];
  /** At most seven: the first takes the whole width. */
  readonly panels: readonly Panel[];
};

export type Pictures = {
  /** A PNG, the same on every machine. Rejects where it cannot be drawn in time: the words have to do. */
  draw(chart: Chart): Promise<Uint8Array>;
};
