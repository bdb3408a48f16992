import { z } from 'zod';
import { ENTITIES } from '../api/kinds.ts';
import { type Switches, switchesSchema, worldRules } from '../switches.ts';
import { Refusal } from '../world/refusal.ts';
import { clockRoutes } from './clock-routes.ts';
import { codebaseName, faultSchema } from './faults.ts';
import { lifeRoutes } from './life-routes.ts';
import type { ControlRoute } from './route.ts';
import { type SimulatorState, upgradeTo } from './simulator-state.ts';

const permissionSchema = z.strictObject({ entity: z.enum(ENTITIES), allowed: z.boolean() });
const latencySchema = z.strictObject({ ms: z.int().min(0).max(600_000) });
const codebaseSchema = z.strictObject({
  codebase: codebaseName,
});
const rateSchema = z.strictObject({ perMinute: z.int().min(0).max(1_000_000) });

function permissions({ withheld }: SimulatorState) {
  return Object.fromEntries(ENTITIES.map((entity) => [entity, !withheld.has(entity)]));
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
      const { entity, allowed } = permissionSchema.parse(body);
      if (allowed) state.withheld.delete(entity);
      else state.withheld.add(entity);
      return permissions(state);
    },
  },
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
