/** The planner's HTTP API over the stores: what it writes is judged like chat's edits, triggered and audited. */
import { createHash } from 'node:crypto';
import { memberStatus } from '../../domain/member-status.ts';
import type { PlanKind, PlanRecord } from '../../domain/plan.ts';
import { planWords } from '../../domain/plan.ts';
import type { Priority } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { ApiTokenStore } from '../../ports/api-tokens.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Logger } from '../../ports/logger.ts';
import type { AuditEntry, AuditStore } from '../../ports/people.ts';
import type { Planner } from '../../ports/planner.ts';
import type { ApiCaller, PlannerDoor } from '../../ports/planner-door.ts';
import type { ReferenceStore } from '../../ports/reference-data.ts';
import {
  changeInPlan,
  createInPlan,
  deleteInPlan,
  type EditDeps,
  type PlanWritten,
  readRecord,
} from './edit-plan.ts';

export type ApiDoorDeps = EditDeps & {
  readonly tenantId: string;
  readonly planner: Pick<Planner, 'list'>;
  readonly reference: Pick<ReferenceStore, 'setMemberStatus'>;
  readonly apiTokens: Pick<ApiTokenStore, 'find'>;
  readonly audit: Pick<AuditStore, 'append'>;
  readonly ids: Pick<Ids, 'next'>;
  readonly logger: Logger;
};

/** A change like any other: people who wait go first. */
const prio: Priority = 1;

export function apiDoor(deps: ApiDoorDeps): PlannerDoor {
  const { planner, reference, apiTokens, ids, settings } = deps;
  const writer = (caller: ApiCaller) => ({ by: { id: keyOf(deps, caller), name: caller.name }, prio });
  return {
    caller: (token) => apiTokens.find(token),
    list: (kind, page) => planner.list(kind, page),
    read: (kind, id) => readRecord(deps, kind, id),
    async create(kind, fields, caller, key) {
      const id = key === undefined ? ids.next() : idOfKey(deps, caller, `${kind} ${key}`);
      const made = await createInPlan(deps, { kind, id, fields }, writer(caller));
      return await told(deps, caller, 'created', made);
    },
    async change(kind, wish, caller) {
      return await told(deps, caller, 'changed', await changeInPlan(deps, { kind, ...wish }, writer(caller)));
    },
    async remove(kind, wish, caller) {
      return await told(deps, caller, 'deleted', await deleteInPlan(deps, { kind, ...wish }, writer(caller)));
    },
    async table(table) {
      const [rows, kept] = await Promise.all([reference.rows(table), settings.read()]);
      return rows
        .filter(({ gone }) => !gone)
        .map((row) => ({ ...row, inactive: memberStatus(row, kept) === 'inactive' }));
    },
    mappings: () => reference.mappings(),
    async setMemberStatus(id, status, caller) {
      if ((await settings.read()).syncUserStatus) return 'managed-there';
      const member = (await reference.rows('member')).find((row) => row.id === id && !row.gone);
      if (!member || !(await reference.setMemberStatus(id, status))) return 'missing';
      const before = memberStatus(member, { syncUserStatus: false });
      const target = `member ${member.name ?? member.identifier ?? ''} (#${id})`;
      await audited(deps, caller, { target, before, after: status, outcome: 'member status set' });
      return 'set';
    },
  };
}

function keyOf({ tenantId }: Pick<ApiDoorDeps, 'tenantId'>, caller: ApiCaller): string {
  return `api:${tenantId}/${caller.name}`;
}

/** In the form of every other id; the same for the same request of the same caller. */
function idOfKey(deps: Pick<ApiDoorDeps, 'tenantId'>, caller: ApiCaller, key: string): string {
  const hex = createHash('sha256')
    .update(`${keyOf(deps, caller)}\n${key}`)
    .digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

type Done = 'created' | 'changed' | 'deleted';

async function told(
  deps: ApiDoorDeps,
  caller: ApiCaller,
  done: Done,
  written: PlanWritten,
): Promise<PlanWritten> {
  if (written.result !== 'stored') return written;
  const { record, before } = written;
  const changed = Object.keys(record.fields).filter(
    (field) => JSON.stringify(record.fields[field]) !== JSON.stringify(before?.fields[field]),
  );
  await audited(deps, caller, {
    target: `${planWords[record.kind].plan} ${titleOf(record)}`,
    projectId: record.projectId,
    ...(done === 'changed' && before ? { before: valuesOf(before, changed) } : {}),
    ...(done === 'deleted' ? {} : { after: valuesOf(record, changed) }),
    outcome: done,
  });
  return written;
}

const titles: { readonly [kind in PlanKind]?: string } = { project: 'name', phase: 'name', task: 'summary' };
const valuesAtMost = 1_000;

function titleOf({ id, kind, fields }: PlanRecord): string {
  const title = fields[titles[kind] ?? ''];
  return typeof title === 'string' ? `${title} (${id})` : id;
}

function valuesOf({ fields }: PlanRecord, names: readonly string[]): string {
  const values = Object.fromEntries(names.map((name) => [name, fields[name] ?? null]));
  return cut(JSON.stringify(values), valuesAtMost);
}

/** What was done is done: an entry that cannot be written must not make it look undone. */
async function audited(
  { audit, clock, logger, ...deps }: ApiDoorDeps,
  caller: ApiCaller,
  entry: Pick<AuditEntry, 'target' | 'projectId' | 'before' | 'after' | 'outcome'>,
): Promise<void> {
  const who = { actor: keyOf(deps, caller), actorName: caller.name, platform: 'api', command: 'api' };
  try {
    await audit.append({ at: clock.now(), ...who, ...entry });
  } catch (error) {
    logger.error({ err: error }, 'a change by the HTTP API could not be written to the audit log');
  }
}
