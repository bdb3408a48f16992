/** What many histories had, counted: by how much they prove anything. */

export type Coverage = {
  histories: number;
  edits: number;
  /** Edits of people that were overwritten within the one window of sync.md, so that nobody could tell. */
  inTheWindow: number;
  /** Histories by how many syncs they took to become quiet. */
  quietAfter: { [syncs: string]: number };
  /** Histories by what they had. */
  had: { [name: string]: number };
};

type Played = {
  readonly edits: number;
  readonly inTheWindow: number;
  readonly quietAfter: number;
  readonly had: ReadonlySet<string>;
};

export function emptyCoverage(names: readonly string[]): Coverage {
  const had = Object.fromEntries(names.map((name) => [name, 0]));
  return { histories: 0, edits: 0, inTheWindow: 0, quietAfter: {}, had };
}

const plusOne = (counts: { [name: string]: number }, name: string | number): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

export function addHistory(coverage: Coverage, { edits, inTheWindow, quietAfter, had }: Played): void {
  coverage.histories += 1;
  coverage.edits += edits;
  coverage.inTheWindow += inTheWindow;
  plusOne(coverage.quietAfter, quietAfter);
  for (const name of had) plusOne(coverage.had, name);
}

export function together(parts: readonly Coverage[]): Coverage {
  const [first, ...others] = parts;
  const all: Coverage = structuredClone(first) ?? emptyCoverage([]);
  const addCounts = (to: { [name: string]: number }, from: { [name: string]: number }) => {
    for (const [name, count] of Object.entries(from)) to[name] = (to[name] ?? 0) + count;
  };
  for (const part of others) {
    all.histories += part.histories;
    all.edits += part.edits;
    all.inTheWindow += part.inTheWindow;
    addCounts(all.quietAfter, part.quietAfter);
    addCounts(all.had, part.had);
  }
  return all;
}

/** Edits of people in each history, on average, at least. */
const editsAtLeast = 12;
/** One history in so many must have each thing; of fewer than this, twice, chance asks nothing. */
const oneIn = 100;

/** What was had too seldom, or was never to be: the run fails by it. */
export function tooFew({ histories, edits, quietAfter, had }: Coverage): readonly string[] {
  const atLeast = histories < 2 * oneIn ? 0 : histories / oneIn;
  const seldom = Object.entries(had).filter(([name, count]) => !mayBeSeldom.has(name) && count < atLeast);
  const slow = Object.keys(quietAfter).filter((syncs) => Number(syncs) > 3);
  return [
    ...(edits / histories < editsAtLeast ? [`${(edits / histories).toFixed(1)} edits a history`] : []),
    ...seldom.map(([name, count]) => `${count} of ${histories} had: ${name}`),
    ...slow.map((syncs) => `quiet after ${syncs} syncs`),
  ];
}

/** An edit that nobody can know of: counted, and the fewer the better. */
const mayBeSeldom: ReadonlySet<string> = new Set(['· an edit in the one window']);

export function coverageInWords({ histories, edits, inTheWindow, quietAfter, had }: Coverage): string {
  const counts = Object.entries(had)
    .toSorted(([, a], [, b]) => a - b)
    .map(([name, count]) => `${count} ${name}`);
  const quiet = Object.entries(quietAfter).map(([syncs, count]) => `${syncs} syncs in ${count}`);
  return [
    `${histories} histories of ${(edits / histories).toFixed(1)} edits each; so many had:`,
    ...counts.map((line) => `  ${line}`),
    `quiet after ${quiet.join(', ')}; edits in the one window: ${inTheWindow}`,
    '',
  ].join('\n');
}
