/**
 * Finds out what became of records whose making was not answered (sync.md, "Create"): before anything unknown is taken
 * as new, and no sooner than two minutes after it was asked for.
 */
import { intentMarginMs } from '../../../domain/new-project.ts';
import { type CreatedKind, createdKinds } from '../../../domain/new-records.ts';
import type { PsaRecord } from '../../../domain/psa-records.ts';
import type { PlanMark } from '../../../ports/planner.ts';
import type { PsaScope } from '../../../ports/psa.ts';
import type { ProjectRun } from '../reading.ts';
import { callOf, type SyncDeps } from '../run.ts';
import { type Making, pairUp } from './make.ts';
import { applyMarks, noteRefusals } from './marks.ts';
import { mayBe, type OpenIntent, openIntentsOf } from './open-intents.ts';
import { type Outbound, openOutbound } from './outbound.ts';

/** @returns how many are still open */
export async function settleIntents(
  deps: SyncDeps,
  project: ProjectRun,
  psaNow: () => Date,
): Promise<number> {
  let open = 0;
  let outbound: Outbound | undefined;
  const { intent: kinds } = await deps.planner.openWork(
    project.projectId,
    project.run.task.watermarks.plan ?? 0,
  );
  for (const kind of Object.keys(createdKinds) as CreatedKind[]) {
    if (!kinds.has(kind)) continue;
    const intents = await openIntentsOf(deps.planner, project.projectId, kind);
    outbound ??= await openOutbound(deps, project);
    const making = { deps, project, outbound, kind, psaNow };
    const now = psaNow().getTime();
    const due = intents.filter(({ at }) => now - at.getTime() >= intentMarginMs);
    await settleDue(making, due);
    const left = await openIntentsOf(deps.planner, project.projectId, kind);
    project.intents.set(kind, left);
    // One that a person has to decide about asks for no further run by itself.
    open += left.filter(({ record }) => !record.rejected).length;
  }
  return open;
}

async function settleDue(making: Making, due: readonly OpenIntent[]): Promise<void> {
  const { deps, project, kind } = making;
  const byKey = Map.groupBy(due, ({ naturalKey, record }) => `${record.parentId ?? ''} ${naturalKey}`);
  for (const intents of byKey.values()) {
    const [first] = intents;
    if (!first) continue;
    const ticket = await ticketOf(making, first);
    const found = await candidates(making, first, ticket);
    // Each was stored before the next was made: of several alike at most one is open, unless two runs differ.
    if (found.length > intents.length) {
      const words = `ConnectWise has ${found.length} records that may be this one (${found.map(({ id }) => `#${id}`).join(', ')}): delete those that are too many`;
      const refusal = [{ field: createdKinds[kind], value: null, words }];
      await noteRefusals(deps, project, kind, new Map(intents.map(({ record }) => [record.id, refusal])));
      continue;
    }
    for (const [index, intent] of intents.entries()) {
      const shown = found[index];
      if (!shown) await strikeOut(making, intent);
      else {
        await pairUp(making, intent.record, shown, ticket, 'found');
        // Deleted before it was known: now that it has a pair its deletion is carried out like any other.
        if (intent.record.deleted) project.foundBuried = true;
      }
    }
  }
}

async function ticketOf({ deps }: Making, { record }: OpenIntent): Promise<number | undefined> {
  if (record.parentId === undefined) return undefined;
  const [task] = await deps.planner.recordsById('task', [record.parentId]);
  return task?.externalId;
}

/** Records that look like it, are not older than it, and that no pair has. */
async function candidates(
  { deps, project, kind }: Making,
  intent: OpenIntent,
  ticket: number | undefined,
): Promise<readonly PsaRecord[]> {
  const call = callOf(project.run, project.projectId);
  const since = new Date(intent.at.getTime() - intentMarginMs);
  const scope = scopeOf(project, kind, ticket);
  if (!scope) return [];
  const alike: PsaRecord[] = [];
  for await (const page of deps.psa.list(createdKinds[kind], scope, call, since)) {
    for (const item of page.items) {
      const shown = kind === 'ticketNote' ? { ...item, ticketId: ticket ?? null } : item;
      if (mayBe(intent, shown, kind)) alike.push(shown);
    }
  }
  const known = await deps.planner.glanceAt(
    kind,
    alike.map(({ id }) => id),
  );
  const paired = new Set(known.map(({ externalId }) => externalId));
  return alike.filter(({ id }) => !paired.has(id));
}

function scopeOf(
  { externalId }: ProjectRun,
  kind: CreatedKind,
  ticket: number | undefined,
): PsaScope | undefined {
  if (kind === 'ticketNote') return ticket === undefined ? undefined : { ticket };
  if (kind === 'event') return ticket === undefined ? undefined : { tickets: [ticket] };
  return { project: externalId };
}

/** ConnectWise has none: it is made once more, unless the plan has none either. */
async function strikeOut({ deps, project, kind }: Making, { record }: OpenIntent): Promise<void> {
  const { id, version } = record;
  const mark: PlanMark = { id, version, mark: { intent: null } };
  await applyMarks(deps, project, kind, [mark]);
  if (!record.deleted) project.toMake.add(id);
}
