/** The lines about what was written to ConnectWise in the Integration Log. */
import type { KeptOtherwise } from '../../../domain/new-records.ts';
import type { PlanKind, PlanRecord } from '../../../domain/plan.ts';
import { planWords } from '../../../domain/plan.ts';
import { acceptedNotChanged, type Refusal } from '../../../domain/rejections.ts';
import type { LogEntry } from '../../../ports/log-store.ts';
import { entryOf, nameOf, shown } from '../log-entries.ts';
import type { Change, PageMerge } from '../page-merge.ts';
import type { Writer } from '../run.ts';

type Whose = Pick<Writer, 'projectId' | 'runId' | 'mode'>;

function outEntry(at: Date, writer: Whose, kind: PlanKind, record: Pick<PlanRecord, 'id' | 'externalId'>) {
  return { ...entryOf(at, writer, kind, { ...record }), direction: 'to ConnectWise' } as const;
}

/** What became of a write, by what ConnectWise shows of the record since. */
export function writtenEntry<R>(at: Date, merge: PageMerge<R>, change: Change): LogEntry {
  const { merged, externalId, planId } = change;
  const base = outEntry(at, merge.writer, merge.kind, { id: planId, externalId });
  const named = nameOf(merge.kind, merged.fields, externalId);
  const derived = new Set(merge.rules.flatMap(({ field, derived: made }) => (made ? [field] : [])));
  const changed = merged.changed.filter((field) => !derived.has(field));
  const said = [
    ...(merged.written.length > 0 ? [`written to ConnectWise: ${merged.written.join(', ')}`] : []),
    ...merged.normalised.map(keptWords),
    ...(changed.length > 0 ? [`changed in ConnectWise meanwhile: ${changed.join(', ')}`] : []),
    ...merged.untaken.map((field) => `${field}: ${acceptedNotChanged}`),
  ];
  const message = `${named} ${said.join('; ')}`;
  if (merged.conflicts.length > 0) {
    const conflicts = merged.conflicts.map((one) => ({ ...one, took: 'connectwise' }) as const);
    return { ...base, severity: 'warning', action: 'conflict', message, conflicts };
  }
  if (merged.untaken.length > 0) {
    return { ...base, severity: 'error', action: 'rejected', message, next: lookAtRecord };
  }
  if (merged.normalised.length > 0) return { ...base, severity: 'info', action: 'normalised', message };
  return { ...base, severity: 'info', action: 'updated', message };
}

function keptWords({ field, sent, shown: seen }: KeptOtherwise): string {
  return `${field}: ${shown(sent)} was sent, ConnectWise keeps ${shown(seen)}`;
}

const lookAtRecord = 'Change the value in the plan or in ConnectWise, then sync again.';

type Made = {
  readonly externalId: number;
  readonly how: 'made' | 'found';
  readonly keptOtherwise: readonly KeptOtherwise[];
  readonly conflicts: NonNullable<LogEntry['conflicts']>;
};

export function madeEntry(at: Date, writer: Whose, record: PlanRecord, made: Made): LogEntry {
  const { externalId, how, keptOtherwise, conflicts } = made;
  const base = outEntry(at, writer, record.kind, { id: record.id, externalId });
  const named = nameOf(record.kind, record.fields, externalId);
  const { psa } = planWords[record.kind];
  const said =
    how === 'made'
      ? `${named} created in ConnectWise as ${psa} #${externalId}`
      : `${named} was created in ConnectWise by a sync that did not hear of it: ${psa} #${externalId}`;
  const both = conflicts.map(
    ({ field, plan, psa: theirs, took }) =>
      `${field} was edited on both sides since; ${took === 'plan' ? 'the plan’s' : 'ConnectWise’s'} was taken (plan ${shown(plan)}, ConnectWise ${shown(theirs)})`,
  );
  const message = [said, ...keptOtherwise.map(keptWords), ...both].join('; ');
  if (both.length > 0) return { ...base, severity: 'warning', action: 'conflict', message, conflicts };
  return { ...base, severity: 'info', action: 'created', message };
}

export function rejectedEntry(
  at: Date,
  writer: Whose,
  record: PlanRecord,
  refusals: readonly Refusal[],
): LogEntry {
  const named = nameOf(record.kind, record.fields, record.externalId);
  const each = refusals.map(({ field, value, words }) =>
    value === null || value === undefined ? `${field}: ${words}` : `${field} ${shown(value)}: ${words}`,
  );
  return {
    ...outEntry(at, writer, record.kind, record),
    severity: 'error',
    action: 'rejected',
    message: `${named} could not be written to ConnectWise (cw.rejected): ${each.join('; ')}`,
    next: lookAtRecord,
  };
}

export type Overwritten = { readonly field: string; readonly psa: LogValue; readonly plan: LogValue };
type LogValue = NonNullable<LogEntry['conflicts']>[number]['psa'];

/** Before it is written: afterwards nobody could tell what ConnectWise showed. */
export function overwrittenEntry(
  at: Date,
  writer: Whose,
  record: PlanRecord,
  overwritten: readonly Overwritten[],
): LogEntry {
  const both = overwritten.map(
    ({ field, psa, plan }) => `${field}: plan ${shown(plan)}, ConnectWise ${shown(psa)}`,
  );
  return {
    ...outEntry(at, writer, record.kind, record),
    severity: 'warning',
    action: 'conflict',
    message: `${nameOf(record.kind, record.fields, record.externalId)} was edited on both sides; the plan’s was taken (${both.join('; ')})`,
    conflicts: overwritten.map((one) => ({ ...one, took: 'plan' }) as const),
  };
}

type Ordered = {
  /** What the children are called, by plan id. */
  readonly named: ReadonlyMap<string, string>;
  readonly wanted: readonly string[];
  readonly before: readonly string[];
  /** As ConnectWise shows them by now. */
  readonly now: readonly string[];
  readonly moves: number;
  readonly conflicts: readonly string[];
  readonly planWins: boolean;
};

/** Of the order of what stands below a record: both lists where both sides had moved the same, or it came otherwise. */
export function orderedEntry(at: Date, writer: Whose, parent: PlanRecord, ordered: Ordered): LogEntry {
  const { named, wanted, before, now, moves, conflicts, planWins } = ordered;
  const list = (ids: readonly string[]) => ids.flatMap((id) => named.get(id) ?? []).join(', ');
  const base = outEntry(at, writer, parent.kind, parent);
  const whose = `the order within ${nameOf(parent.kind, parent.fields, parent.externalId)}`;
  const both = `plan: ${list(wanted)}; ConnectWise: ${list(before)}`;
  if (conflicts.length > 0) {
    const took = planWins ? 'the plan’s' : 'ConnectWise’s';
    const message = `${list(conflicts)}: moved on both sides in ${whose}; ${took} place was taken (${both})`;
    return { ...base, severity: 'warning', action: 'conflict', message };
  }
  const asWanted =
    wanted.filter((id) => now.includes(id)).join() === now.filter((id) => wanted.includes(id)).join();
  if (asWanted) {
    const message = `${whose} written to ConnectWise (${moves === 1 ? '1 move' : `${moves} moves`})`;
    return { ...base, severity: 'info', action: 'updated', message };
  }
  const message = `${whose}: ConnectWise keeps ${list(now)} where the plan wanted ${list(wanted)}`;
  return { ...base, severity: 'info', action: 'normalised', message };
}

export function carriedEntry(at: Date, writer: Whose, record: PlanRecord, what: string): LogEntry {
  const by = record.deleted?.by ?? 'somebody';
  return {
    ...outEntry(at, writer, record.kind, record),
    severity: 'info',
    action: 'deleted',
    message: `${nameOf(record.kind, record.fields, record.externalId)} was deleted in the plan by ${by}; ${what}`,
  };
}
