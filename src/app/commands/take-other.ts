/** The button of a conflict: applies the value that was not taken, as an edit of the plan like any other. */
import { hash } from '../../domain/fingerprint.ts';
import { rulesOf } from '../../domain/inbound-fields.ts';
import { type Json, sameJson } from '../../domain/json.ts';
import type { PlanRecord } from '../../domain/plan.ts';
import type { DoorKind } from '../../domain/plan-door.ts';
import type { SyncTask } from '../../domain/sync-task.ts';
import type { Kept, LogEntry } from '../../ports/log-store.ts';
import { judge } from '../plan-door/edit-plan.ts';
import {
  type Conflict,
  changedSinceReply,
  nothingToTakeReply,
  otherOf,
  recordNamed,
  refusedTakeReply,
  takeCommand,
} from '../replies/conflict.ts';
import { noSuchEntryReply } from '../replies/log-detail.ts';
import { fieldWords } from '../replies/sync-preview.ts';
import type { Asker, CommandDeps, CommandResult } from './command.ts';
import { editPlan } from './edit-plan.ts';

/** The sync may write the same record at the same moment: so often it is tried again upon that. */
const savesAtMost = 3;

type Wanted = {
  readonly entryId: string;
  readonly field: string;
  /** Of the value that the person saw and wants to replace. */
  readonly seen: string | undefined;
};

export async function takeOther(wanted: Wanted, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const entry = await deps.log.entry(wanted.entryId);
  const conflict = entry?.conflicts?.find(({ field }) => field === wanted.field);
  const named = entry && recordNamed(entry);
  if (!entry || !conflict || !named) return { reply: noSuchEntryReply() };
  const seen = await deps.tasks.get(`${deps.tenantId}:${entry.projectId}`);
  if (!seen) return { reply: nothingToTakeReply('Its project is not known any more: nothing was changed.') };
  for (let tries = 0; tries < savesAtMost; tries += 1) {
    const [record] = await deps.planner.recordsById(named.kind, [named.planId]);
    if (!record || record.deleted || record.frozen) {
      const words = 'This record is no longer there to be edited: nothing was changed.';
      return { reply: nothingToTakeReply(words, seen.task) };
    }
    const taken = await take({ wanted, entry, conflict, record, task: seen.task, asker, deps });
    if (taken) return taken;
  }
  const words = 'Others are changing this record right now: try again in a moment.';
  return { reply: nothingToTakeReply(words, seen.task) };
}

type Taking = {
  readonly wanted: Wanted;
  readonly entry: Kept<LogEntry>;
  readonly conflict: Conflict;
  readonly record: PlanRecord;
  readonly task: SyncTask;
  readonly asker: Asker;
  readonly deps: CommandDeps;
};

/** Undefined where somebody wrote it in this moment. */
async function take(taking: Taking): Promise<CommandResult | undefined> {
  const { wanted, entry, conflict, record, task, asker, deps } = taking;
  const { field } = wanted;
  const now = record.fields[field] ?? null;
  const { value } = otherOf(conflict);
  if (same(record, field, now, value)) {
    return { reply: nothingToTakeReply(`It is so already: ${fieldWords(field)} has this value.`, task) };
  }
  const mark = hash(JSON.stringify(now));
  const isAsSeen =
    wanted.seen === undefined ? same(record, field, now, takenOf(conflict)) : wanted.seen === mark;
  if (!isAsSeen) {
    const command = takeCommand(entry.id, field, mark);
    return { reply: changedSinceReply(record, conflict, { label: 'Apply all the same', command }) };
  }
  const { projectId } = record;
  const fields = { [field]: field === 'status' ? categoryOf(value) : value };
  const judged = await judge(deps, { kind: record.kind as DoorKind, projectId, record, fields });
  if (judged.result === 'refused') {
    return { reply: refusedTakeReply(judged.refusals.map(({ reason }) => `The value ${reason}.`)) };
  }
  const saved = await editPlan(deps, asker, task, record, judged.fields);
  return saved.result === 'saved' ? saved.done : undefined;
}

/** A status is chosen by what it means; which one is written for that the mapping says. */
function categoryOf(status: Json): Json {
  const isObject = typeof status === 'object' && status !== null && 'category' in status;
  return isObject ? { category: (status as { readonly category: Json }).category } : status;
}

const takenOf = ({ took, plan, psa }: Conflict): Json => (took === 'plan' ? plan : psa);

function same({ kind }: PlanRecord, field: string, a: Json, b: Json): boolean {
  const rule = rulesOf[kind].find((one) => one.field === field);
  const { samePsa = sameJson, samePlan = samePsa } = rule ?? {};
  return samePlan(a, b);
}
