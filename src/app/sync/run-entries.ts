/** The lines about runs as a whole in the Integration Log. */
import { type Failure, failureRules } from '../../domain/failure.ts';
import { psaKindWords, type ReadKind } from '../../domain/psa-rights.ts';
import { changesInWords, type SyncTask } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { LogEntry } from '../../ports/log-store.ts';
import type { Run } from './run.ts';

type RunFacts = Pick<Run, 'runId' | 'mode' | 'task' | 'tally'>;
type EndedRun = Pick<Run, 'runId' | 'mode' | 'task' | 'tally' | 'startedAt'>;

function entryBase(at: Date, { task, runId, mode }: RunFacts) {
  const own = { at, direction: 'none', runId } as const;
  if (task.kind !== 'project') return own;
  const { projectId, link } = task;
  return {
    ...own,
    mode,
    projectId,
    entity: 'project',
    planId: projectId,
    externalId: link.externalId,
  } as const;
}

/** What reports are made of. Clocks may be set back: nothing took less than no time. */
function tookMs(at: Date, { task, startedAt }: EndedRun): { readonly durationMs?: number } {
  if (task.kind !== 'project') return {};
  return { durationMs: Math.max(0, at.getTime() - startedAt.getTime()) };
}

const named = (task: SyncTask): string => `“${cut(task.link.projectName, 120)}”`;

export function takenUpEntry(at: Date, run: RunFacts): LogEntry {
  const { what, next } = failureRules['sync.lost'];
  return {
    ...entryBase(at, run),
    severity: 'warning',
    action: 'taken up again',
    message: `${named(run.task)}: ${what}`,
    next,
  };
}

export function failedEntry(at: Date, run: EndedRun, failure: Failure): LogEntry {
  const rule = failureRules[failure.code];
  const severity = rule.heals === 'yes' ? 'warning' : 'error';
  const message = `Sync of ${named(run.task)} failed (${failure.code}, ${rule.side}): ${failure.message ?? rule.what}`;
  const { code } = failure;
  return {
    ...entryBase(at, run),
    ...tookMs(at, run),
    severity,
    action: 'failed',
    code,
    message,
    next: rule.next,
  };
}

function kindWords(entity: string | undefined): string {
  if (entity === undefined || !Object.hasOwn(psaKindWords, entity)) return 'records of one kind';
  return psaKindWords[entity as ReadKind];
}

/** A kind that may not be read: the rest of the run went on. */
export function refusedEntry(at: Date, run: RunFacts, failure: Failure): LogEntry {
  const rule = failureRules[failure.code];
  const kinds = kindWords(failure.entity);
  const message = `${kinds.charAt(0).toUpperCase()}${kinds.slice(1)} of ${named(run.task)} were left as they are: the right to read them is missing (${failure.code})`;
  return { ...entryBase(at, run), severity: 'error', action: 'skipped', message, next: rule.next };
}

/** A kind that may not be written: what was edited in the plan waits there. */
export function writeRefusedEntry(at: Date, run: RunFacts, failure: Failure): LogEntry {
  const rule = failureRules[failure.code];
  const message = `${named(run.task)}: ${failure.message ?? rule.what} What was edited in the plan waits there (${failure.code})`;
  return { ...entryBase(at, run), severity: 'error', action: 'rejected', message, next: rule.next };
}

/**
 * One line for each run of a project. The integration's own tasks run every minute: with nothing to say they say
 * nothing.
 */
export function finishedEntry(at: Date, run: EndedRun): readonly LogEntry[] {
  const { task, mode, tally } = run;
  const words = changesInWords(tally);
  if (task.kind !== 'project') {
    if (task.kind !== 'misc' && words === 'nothing changed') return [];
    return [
      { ...entryBase(at, run), severity: 'info', action: 'finished', message: `${named(task)}: ${words}` },
    ];
  }
  const label = mode === 'comprehensive' ? 'Comprehensive' : 'Delta';
  const message = `${label} sync of ${named(task)} finished: ${words}`;
  const took = tookMs(at, run);
  return [{ ...entryBase(at, run), ...took, severity: 'info', action: 'finished', message }];
}
