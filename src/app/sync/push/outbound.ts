/** What a run must know to put the plan's values in ConnectWise's terms. */
import { fieldsToWrite, type OutboundContext, refIn } from '../../../domain/outbound-fields.ts';
import type { Fields, PlanRecord } from '../../../domain/plan.ts';
import type { PsaRef } from '../../../domain/psa-records.ts';
import { statusWrittenFor } from '../../../domain/status-mapping.ts';
import { moveBelow, type WbsCodes } from '../../../domain/wbs-codes.ts';
import type { Planner } from '../../../ports/planner.ts';
import type { ReferenceStore } from '../../../ports/reference-data.ts';
import { highestId } from '../reading.ts';

export type Outbound = {
  /** External ids of the project's phases by plan id; grows as phases are made. */
  readonly phases: Map<string, number>;
  /** Where the phases stand, by plan id; changes as phases are made and moved. */
  codes: WbsCodes;
  readonly statusFor: OutboundContext['statusFor'];
  /** Ids of the members on the project's team. */
  readonly team: ReadonlySet<number>;
  /** In what role somebody joins the team who is planned without being on it; undefined where there is none to go by. */
  readonly joinAs: PsaRef | undefined;
};

export type OutboundDeps = {
  readonly planner: Pick<Planner, 'idsByExternalId' | 'pairedInRange' | 'phases' | 'tasks'>;
  readonly reference: Pick<ReferenceStore, 'mappings'>;
};

export async function openOutbound(
  deps: OutboundDeps,
  { projectId }: { readonly projectId: string },
): Promise<Outbound> {
  const all = { after: 0, to: highestId };
  const [phases, codes, mappings, team] = await Promise.all([
    deps.planner.idsByExternalId(projectId, 'phase'),
    wbsCodes(deps, projectId),
    deps.reference.mappings(),
    deps.planner.pairedInRange(projectId, 'teamMember', all),
  ]);
  const members = team.filter(({ deleted }) => !deleted).map(({ fields }) => fields);
  return {
    phases: new Map([...phases].map(([externalId, id]) => [id, externalId])),
    codes,
    statusFor: (of, category) => statusWrittenFor(mappings, of, category),
    team: new Set(members.flatMap(({ member }) => refIn(member)?.id ?? [])),
    joinAs: mostCommon(members.flatMap(({ role }) => refIn(role) ?? [])),
  };
}

const tasksAtOnce = 500;

/** Tasks take numbers among the phases that they are in: read where a phase is to be moved. */
async function wbsCodes({ planner }: OutboundDeps, projectId: string): Promise<WbsCodes> {
  const placed: PlanRecord[] = [...(await planner.phases(projectId))];
  if (placed.some((phase) => fieldsToWrite(phase).includes('parentId'))) {
    for (let offset = 0, more = true; more; offset += tasksAtOnce) {
      const { tasks } = await planner.tasks(projectId, { offset, limit: tasksAtOnce });
      placed.push(...tasks);
      more = tasks.length === tasksAtOnce;
    }
  }
  return new Map(
    placed.flatMap(({ id, fields: { wbsCode } }) => (typeof wbsCode === 'string' ? [[id, wbsCode]] : [])),
  );
}

function mostCommon(roles: readonly PsaRef[]): PsaRef | undefined {
  const byId = Map.groupBy(roles, ({ id }) => id);
  const [first] = [...byId.values()].toSorted((a, b) => b.length - a.length);
  return first?.[0];
}

/** @param id plan id of the record that is to be written */
export function contextFor(outbound: Outbound, id: string, board: number | null): OutboundContext {
  const { phases, statusFor } = outbound;
  const nextWbs: OutboundContext['nextWbs'] = (parentId) => {
    const move = moveBelow(outbound.codes, id, parentId);
    if (move.held !== undefined) return { held: move.held };
    outbound.codes = move.codes;
    return move.code;
  };
  return { phase: (planId) => phases.get(planId), nextWbs, statusFor, board };
}

/** The board that the record's status was last seen on. */
export function boardOf({ base }: Pick<PlanRecord, 'base'>): number | null {
  const status = base?.psa.status;
  const isObject = typeof status === 'object' && status !== null && !Array.isArray(status);
  const board = isObject ? (status as Fields).board : null;
  return typeof board === 'number' ? board : null;
}

/** Whoever is planned and not on the team joins it with the entry. */
export function withTeam<C extends { readonly member?: PsaRef | null }>(
  { team, joinAs }: Outbound,
  change: C,
): C & { readonly joinTeamAs?: PsaRef } {
  const { member } = change;
  return member && joinAs && !team.has(member.id) ? { ...change, joinTeamAs: joinAs } : change;
}
