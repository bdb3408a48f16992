/**
 * Deletions are carried over on the word of a sync that read everything. That word is wrong where a right was
 * taken away or somebody pressed the wrong button, so an unusual number of them waits for a person
 * (sync.md, "Deletions").
 */

export const massDeletion = { moreThan: 10, moreThanShare: 0.2, withinMs: 24 * 3_600_000 } as const;

export type DeletionFacts = {
  /** Records of one kind that are gone now. */
  readonly gone: number;
  /** Of the same kind and project, gone within the last 24 hours and carried over already. */
  readonly deletedBefore: number;
  /** Live records of the kind, those that are gone now among them. */
  readonly live: number;
};

/** More than 20 % and more than 10 of one kind within 24 hours, all of them together. */
export function isMassDeletion({ gone, deletedBefore, live }: DeletionFacts): boolean {
  if (gone === 0) return false;
  const all = gone + deletedBefore;
  return all > massDeletion.moreThan && all > massDeletion.moreThanShare * (live + deletedBefore);
}
