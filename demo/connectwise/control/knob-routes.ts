import { z } from 'zod';
import { ENTITIES, RIGHTS, type Right } from '../api/kinds.ts';
import { type Switches, switchesSchema, worldRules } from '../switches.ts';
import { Refusal } from '../world/refusal.ts';
import { clockRoutes } from './clock-routes.ts';
import { codebaseName, faultSchema } from './faults.ts';
import { lifeRoutes } from './life-routes.ts';
import type { ControlRoute } from './route.ts';
import { type SimulatorState, setRight, upgradeTo } from './simulator-state.ts';

/** Without `right` it is that to inquire. */
const permissionSchema = z.strictObject({
  entity: z.enum(ENTITIES),
  right: z.enum(RIGHTS).default('inquire'),
  allowed: z.boolean(),
});
const latencySchema = z.strictObject({ ms: z.int().min(0).max(600_000) });
const codebaseSchema = z.strictObject({
  codebase: codebaseName,
});
const rateSchema = z.strictObject({ perMinute: z.int().min(0).max(1_000_000) });

function permissions({ withheld }: SimulatorState) {
  return Object.fromEntries(ENTITIES.map((entity) => [entity, !withheld.has(entity)]));
}

/** By entity: whether it may be inquired, added, edited and deleted. */
function rights({ withheld, withheldWrites }: SimulatorState) {
  const has = (entity: (typeof ENTITIES)[number], right: Right) =>
    right === 'inquire' ? !withheld.has(entity) : !withheldWrites.has(`${entity}:${right}`);
  return Object.fromEntries(
    ENTITIES.map((entity) => [
      entity,
      Object.fromEntries(RIGHTS.map((right) => [right, has(entity, right)])),
    ]),
  );
}

const faultRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: /^\/faults$/, run: ({ faults }) => faults.list() },
  {
    method: 'POST',
    path: /^\/faults$/,
    status: 201,
    run: ({ faults }, { body }) => ({ id: faults.set(faultSchema.parse(body)) }),
  },
  {
    method: 'DELETE',
    path: /^\/faults$/,
    run: ({ faults }) => {
      faults.clear();
      return null;
    },
  },
  {
    method: 'DELETE',
    path: /^\/faults\/([^/]+)$/,
    run: ({ faults }, { id }) => {
      if (!faults.delete(id)) throw new Refusal('missing', `there is no fault ${JSON.stringify(id)}`);
      return null;
    },
  },
];

const requestRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: /^\/requests$/, run: ({ requests }) => requests.entries() },
  {
    method: 'GET',
    path: /^\/requests\/count$/,
    run: ({ requests }, { query }) => requests.counts(query.get('prefix') ?? ''),
  },
  { method: 'GET', path: /^\/requests\/writes$/, run: ({ requests }) => requests.writes() },
  { method: 'GET', path: /^\/requests\/methods$/, run: ({ requests }) => requests.methods() },
  { method: 'GET', path: /^\/notifications$/, run: ({ notifications }) => notifications.entries() },
  {
    method: 'DELETE',
    path: /^\/notifications$/,
    run: ({ notifications }) => {
      notifications.reset();
      return null;
    },
  },
  { method: 'GET', path: /^\/requests\/paths$/, run: ({ requests }) => requests.paths() },
  {
    method: 'DELETE',
    path: /^\/requests$/,
    run: ({ requests }) => {
      requests.reset();
      return null;
    },
  },
];

const tenantRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: /^\/permissions$/, run: permissions },
  {
    method: 'PUT',
    path: /^\/permissions$/,
    run: (state, { body }) => {
      const { entity, right, allowed } = permissionSchema.parse(body);
      setRight(state, entity, right, allowed);
      return permissions(state);
    },
  },
  { method: 'GET', path: /^\/permissions\/rights$/, run: rights },
  { method: 'GET', path: /^\/codebase$/, run: ({ codebase }) => ({ codebase }) },
  {
    method: 'PUT',
    path: /^\/codebase$/,
    run: (state, { body }) => {
      upgradeTo(state, codebaseSchema.parse(body).codebase);
      return { codebase: state.codebase };
    },
  },
  { method: 'GET', path: /^\/switches$/, run: ({ switches }) => switches },
  {
    method: 'PATCH',
    path: /^\/switches$/,
    run: (state, { body }) => {
      const changed = { ...state.switches, ...switchesSchema.partial().parse(body) } as Switches;
      state.world.applyRules(worldRules(changed));
      state.switches = changed;
      return state.switches;
    },
  },
];

const speedRoutes: readonly ControlRoute[] = [
  { method: 'GET', path: /^\/latency$/, run: ({ latencyMs }) => ({ ms: latencyMs }) },
  {
    method: 'PUT',
    path: /^\/latency$/,
    run: (state, { body }) => {
      state.latencyMs = latencySchema.parse(body).ms;
      return { ms: state.latencyMs };
    },
  },
  {
    method: 'GET',
    path: /^\/rate-limit$/,
    run: ({ rateLimit }) => ({ perMinute: rateLimit.perMinute }),
  },
  {
    method: 'PUT',
    path: /^\/rate-limit$/,
    run: ({ rateLimit, monotonic }, { body }) => {
      const { perMinute } = rateSchema.parse(body);
      rateLimit.set(perMinute, monotonic());
      return { perMinute };
    },
  },
];

/** What makes the simulator fail, refuse, slow down or differ. */
export const knobRoutes: readonly ControlRoute[] = [
  ...faultRoutes,
  ...requestRoutes,
  ...tenantRoutes,
  ...speedRoutes,
  ...clockRoutes,
  ...lifeRoutes,
];
