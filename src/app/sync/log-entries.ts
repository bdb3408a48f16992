/** The lines that a run leaves in the Integration Log about records. */
import {
  type Fields,
  type PairedRecord,
  type PlanKind,
  type PlanRecord,
  planWords,
} from '../../domain/plan.ts';
import { cut } from '../../domain/text.ts';
import type { LogAction, LogEntry } from '../../ports/log-store.ts';
import type { Change, PageMerge } from './page-merge.ts';
import type { Tally, Writer } from './run.ts';

/** What every line of a run has in common. */
export function entryOf(
  at: Date,
  writer: Pick<Writer, 'projectId' | 'runId' | 'mode'>,
  entity: PlanKind,
  record: { readonly id?: string; readonly externalId?: number | null },
) {
  return {
    at,
    direction: 'from ConnectWise',
    projectId: writer.projectId,
    runId: writer.runId,
    mode: writer.mode,
    entity,
    ...(record.id === undefined ? {} : { planId: record.id }),
    ...(record.externalId === undefined || record.externalId === null
      ? {}
      : { externalId: record.externalId }),
  } as const;
}

/** What ConnectWise calls many of a kind: `schedule entries`. */
export function psaPlural(kind: PlanKind): string {
  const { psa } = planWords[kind];
  return psa.endsWith('y') ? `${psa.slice(0, -1)}ies` : `${psa}s`;
}

/** `Task “Order desks”`. */
export function nameOf(kind: PlanKind, fields: Fields, externalId?: number): string {
  const { plan } = planWords[kind];
  const label = `${plan[0]?.toUpperCase()}${plan.slice(1)}`;
  const name = fields.name ?? fields.summary ?? fields.text;
  if (typeof name === 'string' && name.trim() !== '') return `${label} “${cut(name, 120)}”`;
  return externalId === undefined ? label : `${label} #${externalId}`;
}

export const shown = (value: unknown): string => cut(JSON.stringify(value), 80);

export function changedEntry<R>(at: Date, merge: PageMerge<R>, change: Change): LogEntry {
  const { merged, before, externalId, planId } = change;
  const base = entryOf(at, merge.writer, merge.kind, { id: planId, externalId });
  const named = nameOf(merge.kind, merged.fields, externalId);
  if (!before) return { ...base, severity: 'info', action: 'created', message: `${named} created` };
  const both = merged.conflicts
    .map(({ field, psa, plan }) => `${field}: plan ${shown(plan)}, ConnectWise ${shown(psa)}`)
    .join('; ');
  if (before.deleted) return revivedEntry(base, named, before, both);
  if (merged.conflicts.length > 0) {
    const message = `${named} was edited on both sides; ConnectWise’s was taken (${both})`;
    const conflicts = merged.conflicts.map((one) => ({ ...one, took: 'connectwise' }) as const);
    return { ...base, severity: 'warning', action: 'conflict', message, conflicts };
  }
  return {
    ...base,
    severity: 'info',
    action: 'updated',
    message: `${named} updated: ${merged.changed.join(', ')}`,
  };
}

/** @param both what was edited on both sides, in words; ConnectWise's was taken */
function revivedEntry(
  base: ReturnType<typeof entryOf>,
  named: string,
  before: PlanRecord,
  both: string,
): LogEntry {
  const inPlan = before.deleted?.reason === 'deleted in the plan';
  const why = inPlan
    ? `was deleted in the plan by ${before.deleted?.by} and edited in ConnectWise since; it is back`
    : 'shows up in ConnectWise again; it is back in the plan';
  const taken = both === '' ? '' : `. Edited on both sides, ConnectWise’s was taken (${both})`;
  const severity = inPlan || both !== '' ? 'warning' : 'info';
  return { ...base, severity, action: 'restored', message: `${named} ${why}${taken}` };
}

export function skippedEntry<R>(
  at: Date,
  merge: PageMerge<R>,
  skipped: { readonly id: number | null; readonly reason: string },
): LogEntry {
  const { psa } = planWords[merge.kind];
  return {
    ...entryOf(at, merge.writer, merge.kind, { externalId: skipped.id }),
    severity: 'warning',
    action: 'skipped',
    message: `${psa} ${skipped.id === null ? 'without an id' : `#${skipped.id}`} skipped: ${skipped.reason}`,
    next: 'Look at the record in ConnectWise.',
  };
}

export function keptOutEntry<R>(at: Date, merge: PageMerge<R>, externalId: number): LogEntry {
  return {
    ...entryOf(at, merge.writer, merge.kind, { externalId }),
    severity: 'warning',
    action: 'skipped',
    message: `${planWords[merge.kind].psa} #${externalId} is in ConnectWise again; the plan kept its record as one of its own, so it is not imported a second time`,
    next: 'Delete one of the two, whichever is not wanted.',
  };
}

export function unsettledEntry<R>(at: Date, merge: PageMerge<R>, externalId: number): LogEntry {
  return {
    ...entryOf(at, merge.writer, merge.kind, { externalId }),
    severity: 'warning',
    action: 'unsettled',
    message: `${planWords[merge.kind].psa} #${externalId} was edited in the plan while it was synced; the next sync takes it up again`,
  };
}

export function movedEntry(at: Date, writer: Writer, record: PairedRecord): LogEntry {
  return {
    ...entryOf(at, writer, record.kind, record),
    severity: 'info',
    action: 'moved',
    message: `${nameOf(record.kind, record.fields, record.externalId)} was moved here from another project in ConnectWise`,
  };
}

export function deletedEntry(at: Date, writer: Writer, record: PairedRecord, why: string): LogEntry {
  return {
    ...entryOf(at, writer, record.kind, record),
    severity: 'info',
    action: 'deleted',
    message: `${nameOf(record.kind, record.fields, record.externalId)} deleted: ${why}. It can be restored for 30 days`,
  };
}

/** Adds what the lines say to what the run has done. */
export function countInto(tally: Tally, entries: readonly LogEntry[]): void {
  const count = (...actions: readonly LogAction[]) =>
    entries.filter(({ action }) => actions.includes(action)).length;
  tally.created += count('created');
  tally.updated += count('updated', 'conflict', 'restored', 'moved');
  tally.deleted += count('deleted');
  tally.skipped += count('skipped');
  tally.conflicts += count('conflict');
}
