/** The planner API over real HTTP and the real stores: what is answered, and what is in the database afterwards. */
import { randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mountPlannerApi, type PlannerApiOptions } from '../../adapters/api/app.ts';
import { bodySchemas } from '../../adapters/api/schemas.ts';
import { createHttpServer, type HttpServer } from '../../adapters/http/server.ts';
import { mongoAuditStore } from '../../adapters/mongodb/people-stores.ts';
import { mongoReferenceStore } from '../../adapters/mongodb/reference-store.ts';
import { mongoSettingsStore } from '../../adapters/mongodb/settings-store.ts';
import { mongoApiTokenStore } from '../../adapters/mongodb/token-store.ts';
import { apiDoor } from '../../src/app/plan-door/api-door.ts';
import { failureClassifier } from '../../src/bootstrap/failures.ts';
import { FailureError } from '../../src/domain/failure.ts';
import { type DoorKind, doorFields } from '../../src/domain/plan-door.ts';
import { type Role, roles } from '../../src/domain/roles.ts';
import type { ApiTokenStore } from '../../src/ports/api-tokens.ts';
import type { PlannerDoor } from '../../src/ports/planner-door.ts';
import type { ReferenceStore } from '../../src/ports/reference-data.ts';
import { migratedDatabase, randomIds } from '../contract/migrated-database.ts';
import { ann, create, mongoRig, type PlannerRig, seed } from '../contract/planner-rig.ts';
import { HandClock } from '../support/hand-clock.ts';
import type { FreshDatabase } from '../support/mongodb.ts';
import { countingIds, RecordingLogger } from '../support/recording-logger.ts';

let fresh: FreshDatabase;
let server: HttpServer;
let base: string;
let rig: PlannerRig;
let door: PlannerDoor;
let apiTokens: ApiTokenStore;
let reference: ReferenceStore;
let settings: ReturnType<typeof mongoSettingsStore>;
let audit: ReturnType<typeof mongoAuditStore>;
let tokens: { readonly [role in Role]: string };
const clock = new HandClock();
const logger = new RecordingLogger();
const tenantId = `tenant-${randomUUID()}`;

function tokenStore(tenant: string): ApiTokenStore {
  return mongoApiTokenStore({
    db: fresh.db,
    tenantId: tenant,
    randomBytes: () => randomBytes(32),
    now: '$$NOW',
  });
}

beforeAll(async () => {
  fresh = await migratedDatabase();
  const { db } = fresh;
  rig = mongoRig(fresh, tenantId);
  apiTokens = tokenStore(tenantId);
  reference = mongoReferenceStore(db, tenantId);
  settings = mongoSettingsStore(db, tenantId, {}, '$$NOW');
  audit = mongoAuditStore(db, tenantId);
  const stores = { planner: rig.planner, reference, settings, audit, apiTokens };
  door = apiDoor({ ...stores, tenantId, clock, ids: randomIds, logger });
  const made = await Promise.all(
    roles.map(async (role) => [role, (await apiTokens.create({ name: role, role, createdBy: 'ann' })) ?? '']),
  );
  tokens = Object.fromEntries(made);
  await fill();
  [server, base] = await serving({ door });
});
afterAll(async () => {
  await server?.close();
  await fresh?.drop();
});
// Every token has its whole allowance again.
beforeEach(() => clock.advance(60_000));

async function serving(options: Partial<PlannerApiOptions> & Pick<PlannerApiOptions, 'door'>) {
  const http = createHttpServer(async () => ({ database: true, worker: true, chat: true }));
  mountPlannerApi(http.app, { clock, logger, toFailure: failureClassifier(countingIds()), ...options });
  const port = await http.listen(0, '127.0.0.1');
  return [http, `http://127.0.0.1:${port}/api/v1`] as const;
}

/** Two linked projects; of the first a phase in a phase and four tasks. */
async function fill(): Promise<void> {
  const { planner } = rig;
  const board = { id: 7, name: 'Projects' };
  await Promise.all([rig.link('p1'), rig.link('p2')]);
  await seed(planner, [create(1, { id: 'p1', fields: { name: 'Move', board } })], {
    kind: 'project',
    projectId: 'p1',
  });
  await seed(planner, [create(2, { id: 'p2', fields: { name: 'Other', board } })], {
    kind: 'project',
    projectId: 'p2',
  });
  const phases = [
    create(11, { id: 'outer', fields: { name: 'Plan', parentId: null } }),
    create(12, { id: 'inner', fields: { name: 'Cabling', parentId: 'outer' } }),
  ];
  await seed(planner, phases, { kind: 'phase', projectId: 'p1' });
  await seed(planner, [create(13, { id: 'elsewhere', fields: { name: 'Far' } })], {
    kind: 'phase',
    projectId: 'p2',
  });
  const tasks = [1, 2, 3, 4].map((n) =>
    create(100 + n, { id: `t${n}`, fields: { summary: `Task ${n}`, phaseId: 'inner', actualHours: 3 } }),
  );
  await seed(planner, tasks, { kind: 'task', projectId: 'p1' });
  await seed(planner, [create(200, { id: 't9', fields: { summary: 'Far', phaseId: 'elsewhere' } })], {
    kind: 'task',
    projectId: 'p2',
  });
  const row = { lastUpdated: null, updatedBy: null, identifier: null, inactive: false, details: {} };
  const read = { token: 'r1' };
  const people = [
    { ...row, id: 5, name: 'Ann Lee', identifier: 'alee', details: { email: 'ann@example.com' } },
    { ...row, id: 6, name: 'Bob Gone', identifier: 'bgone', inactive: true },
  ];
  await reference.storePage('member', people, read);
  await reference.storePage('board', [{ ...row, ...board }], read);
  await reference.storePage('workType', [{ ...row, id: 9, name: 'Remote' }], read);
  await reference.saveMapping({
    of: 7,
    revision: 0,
    statuses: [{ id: 4, name: 'Closed', category: 'Complete', setBy: 'cwsync' }],
    defaults: { Complete: 4 },
  });
}

type Sent = {
  readonly token?: string | null;
  readonly version?: number | string;
  readonly headers?: Record<string, string>;
  readonly raw?: string | Uint8Array;
  readonly at?: string;
};

async function call(method: string, path: string, body?: unknown, sent: Sent = {}) {
  const { token = tokens.operator, version, headers = {}, raw, at = base } = sent;
  const sentBody = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${at}/${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(sentBody === undefined ? {} : { 'content-type': 'application/json' }),
      ...(version === undefined
        ? {}
        : { 'if-match': typeof version === 'number' ? `"${version}"` : version }),
      ...headers,
    },
    ...(sentBody === undefined ? {} : { body: sentBody }),
  });
  const text = await response.text();
  const json = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, json, code: json?.code as string | undefined };
}

async function versionOf(path: string): Promise<number> {
  return (await call('GET', path)).json.version;
}

describe('tokens', () => {
  test('only their digest is kept, each name once, and one that is revoked opens nothing', async () => {
    const token = (await apiTokens.create({ name: 'wiki', role: 'viewer', createdBy: 'ann' })) ?? '';
    expect(token).toMatch(/^cwsync_[\w-]{43}$/u);
    expect(await apiTokens.create({ name: 'wiki', role: 'admin', createdBy: 'eve' })).toBeUndefined();
    expect(await apiTokens.find(token)).toEqual({ name: 'wiki', role: 'viewer' });
    expect(await tokenStore('another tenant').find(token)).toBeUndefined();
    const kept = JSON.stringify(await fresh.db.collection('api_tokens').find().toArray());
    expect(kept).not.toContain(token.slice('cwsync_'.length));
    const [listed] = (await apiTokens.all()).filter(({ name }) => name === 'wiki');
    expect(listed).toEqual({
      name: 'wiki',
      role: 'viewer',
      createdBy: 'ann',
      createdAt: expect.any(Date),
      usedAt: expect.any(Date),
    });
    expect((await call('GET', 'tasks', undefined, { token })).status).toBe(200);
    expect(await apiTokens.revoke('wiki')).toEqual({ role: 'viewer' });
    expect(await apiTokens.revoke('wiki')).toBeUndefined();
    expect((await call('GET', 'tasks', undefined, { token })).status).toBe(401);
  });

  test.each([null, '', 'x', `cwsync_${'A'.repeat(43)}`, 'a'.repeat(5_000)])(
    '%j is told nothing',
    async (token) => {
      const refused = await call('PATCH', 'tasks/t1', { summary: 'x' }, { token });
      expect([refused.status, refused.code]).toEqual([401, 'unauthorized']);
      expect(refused.headers.get('www-authenticate')).toBe('Bearer');
      expect(refused.json.next).toContain('npx cwsync token create');
      const basic = await call('GET', 'nowhere', undefined, {
        token: null,
        headers: { authorization: 'Basic eDp5' },
      });
      expect(basic.json).toEqual(refused.json);
    },
  );

  test('a role that is too low is named with the one that is needed', async () => {
    const asViewer = await call('POST', 'tasks', { summary: 'x' }, { token: tokens.viewer });
    expect([asViewer.status, asViewer.json.detail]).toEqual([
      403,
      'This needs the role operator; the token “viewer” has viewer.',
    ]);
    expect((await call('DELETE', 'tasks/t1', undefined, { token: tokens.viewer, version: 1 })).status).toBe(
      403,
    );
    expect((await call('PATCH', 'members/5', { status: 'inactive' })).json.detail).toContain('role admin');
  });
});

describe('reading', () => {
  test('a list by pages, of one project or all, and one record with its version', async () => {
    const first = await call('GET', 'tasks?project=p1&limit=3');
    expect(first.json.items.map(({ id }: { id: string }) => id)).toEqual(['t1', 't2', 't3']);
    const second = await call('GET', `tasks?project=p1&limit=3&cursor=${first.json.next}`);
    expect([second.json.items.length, second.json.next]).toEqual([1, null]);
    expect((await call('GET', 'tasks')).json.items).toHaveLength(5);
    expect((await call('GET', 'phases?project=nowhere')).json).toEqual({ items: [], next: null });

    const one = await call('GET', 'tasks/t1', undefined, { token: tokens.viewer });
    expect(one.json).toMatchObject({
      id: 't1',
      projectId: 'p1',
      version: 1,
      externalId: 101,
      summary: 'Task 1',
      phaseId: 'inner',
      owner: null,
      actualHours: 3,
    });
    const { headers } = one;
    expect(headers.get('etag')).toBe('"1"');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-powered-by')).toBeNull();
    expect(
      (
        await call('GET', 'tasks/t1', undefined, {
          headers: { 'if-none-match': '"1"', 'cache-control': 'max-age=0' },
        })
      ).status,
    ).toBe(304);
    expect((await call('HEAD', 'tasks/t1')).status).toBe(200);
  });

  test('what ConnectWise’s tables hold', async () => {
    const members = await call('GET', 'members?limit=1');
    expect(members.json.items).toEqual([
      { id: 5, name: 'Ann Lee', identifier: 'alee', email: 'ann@example.com', status: 'active' },
    ]);
    expect((await call('GET', `members?cursor=${members.json.next}`)).json.items).toMatchObject([{ id: 6 }]);
    expect((await call('GET', 'boards/7')).json).toMatchObject({ id: 7, name: 'Projects' });
    expect((await call('GET', 'status-mappings')).json.items).toMatchObject([
      { board: 7, defaults: { Complete: 4 }, statuses: [{ id: 4, name: 'Closed', category: 'Complete' }] },
    ]);
    for (const path of [
      'companies',
      'work-types',
      'phase-statuses',
      'note-types',
      'events',
      'time-logs',
      'team-members',
    ])
      expect((await call('GET', path)).status, path).toBe(200);
    expect((await call('GET', 'boards/8')).status).toBe(404);
  });
});

describe('changing', () => {
  test('fields with the version that was seen: stored, asked to sync and audited, and a later one is told', async () => {
    const before = await rig.asked('p1');
    const changed = await call(
      'PATCH',
      'tasks/t2',
      { status: { category: 'Complete' }, owner: { id: 5 } },
      { version: 1 },
    );
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect(changed.json).toMatchObject({
      summary: 'Task 2',
      status: { id: 4, name: 'Closed', category: 'Complete' },
      owner: { id: 5, name: 'Ann Lee' },
      changedBy: 'operator',
    });
    expect(await rig.asked('p1')).toEqual({ times: before.times + 1, kinds: ['delta'] });
    const [entry] = (await audit.entries({ projectId: 'p1', offset: 0, limit: 1 })).entries;
    expect(entry).toMatchObject({
      actor: `api:${tenantId}/operator`,
      actorName: 'operator',
      platform: 'api',
      target: 'task Task 2 (t2)',
      before: '{"status":null,"owner":null}',
      after: expect.stringContaining('"Closed"'),
      outcome: 'changed',
    });

    const stale = await call('PATCH', 'tasks/t2', { summary: 'Mine' }, { version: 1 });
    expect([stale.status, stale.code, stale.headers.get('etag')]).toEqual([412, 'version-changed', '"2"']);
    expect(stale.json.current).toEqual(changed.json);
    const again = await call('PATCH', 'tasks/t2', { owner: { id: 5 }, projectId: 'p1' }, { version: 2 });
    expect([again.status, again.json.version]).toEqual([200, 2]);
    expect((await rig.asked('p1')).times).toBe(before.times + 1);

    expect((await call('PATCH', 'tasks/t2', { summary: 'x' })).code).toBe('version-needed');
    for (const version of ['2', '*', 'W/"2"', '"2", "3"', '"two"'])
      expect((await call('PATCH', 'tasks/t2', { summary: 'x' }, { version })).code, version).toBe(
        'malformed',
      );
    expect((await call('PATCH', 'tasks/nobody', { summary: 'x' }, { version: 1 })).status).toBe(404);
  });

  test('two at once: one is stored, the other is told', async () => {
    const change = (summary: string) => call('PATCH', 'tasks/t3', { summary }, { version: 1 });
    const both = await Promise.all([change('One'), change('Two')]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412]);
  });

  test('what ConnectWise cannot hold is refused with every path, and nothing is stored', async () => {
    const version = await versionOf('tasks/t4');
    const asked = await rig.asked('p1');
    const raw = `{"summary":"${'x'.repeat(101)}","actualHours":1,"colour":"red","__proto__":{"a":1},"constructor":1,"projectId":"p2","phaseId":"elsewhere","owner":{"id":6},"dates":{"start":"2026-03-02","due":"2026-03-01"},"status":{"category":"Blocked"},"budgetHours":0.001}`;
    const refused = await call('PATCH', 'tasks/t4', undefined, { version, raw });
    expect([refused.status, refused.code]).toEqual([422, 'refused']);
    expect(refused.json.refusals.map(({ path }: { path: string }) => path)).toEqual([
      'summary',
      'actualHours',
      'colour',
      '__proto__',
      'constructor',
      'projectId',
      'phaseId',
      'owner',
      'dates.due',
      'status',
      'budgetHours',
    ]);
    const shapes = { summary: 7, owner: 'Ann', dates: { due: 1 }, budgetHours: '3' };
    const misshapen = await call('PATCH', 'tasks/t4', shapes, { version });
    expect(misshapen.json.refusals.map(({ path }: { path: string }) => path)).toEqual([
      'summary',
      'owner',
      'dates.due',
      'budgetHours',
    ]);
    const around = await call('PATCH', 'phases/outer', { parentId: 'inner' }, { version: 1 });
    expect(around.json.refusals).toEqual([
      { path: 'parentId', reason: 'a phase cannot stand within itself' },
    ]);
    const notAll = await call('PATCH', 'phases/outer', { order: ['outer'] }, { version: 1 });
    expect(notAll.json.refusals).toMatchObject([{ path: 'order' }]);
    expect([await versionOf('tasks/t4'), await rig.asked('p1')]).toEqual([version, asked]);
  });
});

describe('making', () => {
  test('a task, its event, time and note, each once for one key', async () => {
    const before = (await rig.asked('p1')).times;
    const key = { headers: { 'idempotency-key': randomUUID() } };
    const made = await call('POST', 'tasks', { projectId: 'p1', phaseId: 'inner', summary: ' New ' }, key);
    expect([made.status, made.json.summary, made.json.externalId]).toEqual([201, 'New', null]);
    expect(made.headers.get('location')).toBe(`/api/v1/tasks/${made.json.id}`);
    const repeated = await call(
      'POST',
      'tasks',
      { projectId: 'p1', phaseId: 'inner', summary: ' New ' },
      key,
    );
    expect([repeated.status, repeated.json]).toEqual([200, made.json]);
    const other = await call(
      'POST',
      'tasks',
      { projectId: 'p1', summary: 'New' },
      { ...key, token: tokens.admin },
    );
    expect(other.json.id).not.toBe(made.json.id);

    const taskId = made.json.id;
    const slot = { member: { id: 5 }, start: '2026-03-02T09:00:00Z', end: '2026-03-02T11:00:00Z', hours: 2 };
    const event = await call('POST', 'events', { taskId, slot });
    expect(event.json).toMatchObject({
      taskId,
      projectId: 'p1',
      slot: { member: { id: 5, name: 'Ann Lee' } },
    });
    const moved = await call('PATCH', `events/${event.json.id}`, { slot: { hours: 1.5 } }, { version: 1 });
    expect(moved.json.slot).toMatchObject({ hours: 1.5, start: slot.start });
    const log = { taskId, member: { id: 5 }, span: { start: slot.start }, hours: 2, workType: { id: 9 } };
    const time = await call('POST', 'time-logs', log);
    expect(time.json).toMatchObject({ workType: { id: 9, name: 'Remote' }, hours: 2 });
    const note = await call('POST', 'task-notes', { taskId, text: 'Careful', use: 'internal' });
    expect((await call('POST', 'project-notes', { projectId: 'p1', text: 'Hi' })).status).toBe(201);
    for (const path of [`time-logs/${time.json.id}`, `task-notes/${note.json.id}`]) {
      const refused = await call('PATCH', path, { notes: 'x' }, { version: 1 });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
    expect((await rig.asked('p1')).times).toBe(before + 7);
    expect(await rig.planner.recordsById('event', [event.json.id])).toMatchObject([{ parentId: taskId }]);
  });

  test.each([
    ['tasks', { summary: 'x' }, ['projectId']],
    ['tasks', { projectId: 'nowhere', summary: 'x' }, ['projectId']],
    ['tasks', { projectId: 'p1' }, ['summary']],
    ['phases', { projectId: 'p1', name: 'x', parentId: 'elsewhere' }, ['parentId']],
    ['events', { taskId: 'nowhere' }, ['taskId']],
    ['time-logs', { taskId: 't1' }, ['member', 'span']],
    ['project-notes', { projectId: 'p1', text: '', author: 'me' }, ['text', 'author']],
    ['projects', { name: 'x', projectId: 'p1', board: { id: 7 } }, ['projectId', 'board']],
  ])('%s %j is refused', async (path, body, paths) => {
    const refused = await call('POST', path, body);
    expect(refused.status).toBe(422);
    expect(refused.json.refusals.map((one: { path: string }) => one.path)).toEqual(paths);
  });

  test('a project of the plan alone takes phases and tasks', async () => {
    const project = await call('POST', 'projects', { name: 'Only here' });
    expect([project.status, project.json.projectId]).toEqual([201, project.json.id]);
    const phase = await call('POST', 'phases', { projectId: project.json.id, name: 'First' });
    expect(phase.json).toMatchObject({ projectId: project.json.id, name: 'First', externalId: null });
  });
});

describe('deleting', () => {
  test('with the version that was seen; a phase only when nothing stands in it', async () => {
    const { json: phase } = await call('POST', 'phases', { projectId: 'p1', name: 'Short' });
    const { json: task } = await call('POST', 'tasks', { projectId: 'p1', summary: 'x', phaseId: phase.id });
    const occupied = await call('DELETE', `phases/${phase.id}`, undefined, { version: 1 });
    expect([occupied.status, occupied.json.detail]).toEqual([
      422,
      'id tasks stand in this phase: move or delete them first',
    ]);
    expect((await call('DELETE', 'phases/outer', undefined, { version: 1 })).json.detail).toContain(
      'phases stand',
    );
    expect((await call('DELETE', `tasks/${task.id}`)).status).toBe(428);
    expect((await call('DELETE', `tasks/${task.id}`, undefined, { version: 7 })).json.current.id).toBe(
      task.id,
    );
    const gone = await call('DELETE', `tasks/${task.id}`, undefined, { version: 1 });
    expect([gone.status, gone.json]).toEqual([204, undefined]);
    expect((await call('GET', `tasks/${task.id}`)).status).toBe(404);
    expect((await call('DELETE', `tasks/${task.id}`, undefined, { version: 2 })).status).toBe(404);
    expect((await call('DELETE', `phases/${phase.id}`, undefined, { version: 1 })).status).toBe(204);
    const late = await call('POST', 'tasks', { projectId: 'p1', summary: 'x', phaseId: phase.id });
    expect(late.json.refusals).toEqual([{ path: 'phaseId', reason: 'there is no such phase' }]);
    expect((await call('DELETE', 'projects/p1', undefined, { version: 1 })).headers.get('allow')).toBe(
      'GET, HEAD, PATCH',
    );
  });
});

describe('members', () => {
  test('an admin says who is active, while ConnectWise does not', async () => {
    const asAdmin = { token: tokens.admin };
    const set = await call('PATCH', 'members/6', { status: 'active' }, asAdmin);
    expect([set.status, set.json]).toMatchObject([200, { id: 6, status: 'active' }]);
    const owner = await call(
      'PATCH',
      'tasks/t1',
      { owner: { id: 6 } },
      { version: await versionOf('tasks/t1') },
    );
    expect(owner.json.owner).toEqual({ id: 6, name: 'Bob Gone' });
    const [entry] = (await audit.entries({ offset: 1, limit: 1 })).entries;
    expect(entry).toMatchObject({ target: 'member Bob Gone (#6)', before: 'inactive', after: 'active' });

    for (const body of [{ status: 'away' }, { status: 'active', name: 'x' }, {}])
      expect((await call('PATCH', 'members/6', body, asAdmin)).status).toBe(422);
    for (const id of ['99', 'x', '99999999999999'])
      expect((await call('PATCH', `members/${id}`, { status: 'active' }, asAdmin)).status, id).toBe(404);
    const { revision, ...before } = await settings.read();
    await settings.save({ ...before, syncUserStatus: true }, revision, ann);
    const managed = await call('PATCH', 'members/6', { status: 'inactive' }, asAdmin);
    expect(managed.json.refusals).toEqual([
      { path: 'status', reason: expect.stringContaining('Sync User Status is on') },
    ]);
    expect((await call('GET', 'members/6')).json.status).toBe('inactive');
    await settings.save({ ...before, syncUserStatus: false }, revision + 1, ann);
  });
});

describe('requests that are not right', () => {
  const json = { 'content-type': 'application/json' };
  test.each<[string, string, string, Sent, number, string]>([
    ['an unknown address', 'GET', 'nowhere', {}, 404, 'not-found'],
    ['an unknown record', 'GET', 'tasks/nobody', {}, 404, 'not-found'],
    ['an address that cannot be read', 'GET', 'tasks/%zz', {}, 400, 'malformed'],
    ['another case', 'GET', 'Tasks', {}, 404, 'not-found'],
    ['a method', 'PUT', 'tasks/t1', { raw: '{}' }, 405, 'method-not-allowed'],
    ['a method of a list', 'DELETE', 'tasks', {}, 405, 'method-not-allowed'],
    ['a method of a table', 'POST', 'boards', { raw: '{}' }, 405, 'method-not-allowed'],
    ['an unknown parameter', 'GET', 'tasks?colour=red', {}, 400, 'malformed'],
    ['a limit', 'GET', 'tasks?limit=0', {}, 400, 'malformed'],
    ['a limit that is too high', 'GET', 'tasks?limit=201', {}, 400, 'malformed'],
    ['a limit twice', 'GET', 'tasks?limit=1&limit=2', {}, 400, 'malformed'],
    ['an operator for a project', 'GET', 'tasks?project[$ne]=x', {}, 400, 'malformed'],
    ['a cursor', 'GET', 'tasks?cursor=!!', {}, 400, 'malformed'],
    ['a cursor of another list', 'GET', 'boards?cursor=dDE', {}, 400, 'malformed'],
    ['broken JSON', 'POST', 'tasks', { raw: '{"summary":' }, 400, 'malformed'],
    ['a list', 'POST', 'tasks', { raw: '[]' }, 400, 'malformed'],
    ['a word', 'POST', 'tasks', { raw: '"x"' }, 400, 'malformed'],
    ['no body', 'POST', 'tasks', { headers: json }, 422, 'refused'],
    [
      'a form',
      'POST',
      'tasks',
      { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'not-json',
    ],
    [
      'another charset',
      'POST',
      'tasks',
      { raw: '{}', headers: { 'content-type': 'application/json; charset=iso-8859-1' } },
      415,
      'not-json',
    ],
    [
      'a compressed body',
      'POST',
      'tasks',
      { raw: gzipSync('{}'), headers: { 'content-encoding': 'gzip' } },
      415,
      'not-json',
    ],
    ['a huge body', 'POST', 'tasks', { raw: `{"summary":"${'x'.repeat(65_536)}"}` }, 413, 'too-large'],
    [
      'deeply nested',
      'POST',
      'tasks',
      { raw: `{"a":${'['.repeat(30_000)}${']'.repeat(30_000)}}` },
      422,
      'refused',
    ],
    [
      'a key with blanks',
      'POST',
      'tasks',
      { raw: '{}', headers: { 'idempotency-key': 'a b' } },
      400,
      'malformed',
    ],
  ])('%s', async (_what, method, path, sent, status, code) => {
    const answer = await call(method, path, undefined, sent);
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.json).toMatchObject({
      type: `urn:cwsync:problem:${code}`,
      status,
      next: expect.any(String),
    });
    if (status === 405) expect(answer.headers.get('allow')).toContain('GET, HEAD');
  });

  test('one program that runs wild is told to wait, and nobody else', async () => {
    const all = await Promise.all(Array.from({ length: 45 }, () => call('GET', 'boards/7')));
    const refused = all.filter(({ status }) => status === 429);
    expect([refused.length, refused[0]?.headers.get('retry-after')]).toEqual([5, '1']);
    expect((await call('GET', 'boards/7', undefined, { token: tokens.viewer })).status).toBe(200);
    await clock.advance(50);
    expect((await call('GET', 'boards/7')).status).toBe(200);
    expect((await call('GET', 'boards/7')).status).toBe(429);
  });
});

test('what fails is told without what it was, and no token stands in any log', async () => {
  const never = () => new Promise<never>(() => {});
  const failing: PlannerDoor = {
    ...door,
    list: async () => {
      throw new FailureError({ code: 'store.unavailable' });
    },
    read: async () => {
      throw new Error('secret words');
    },
    table: never,
  };
  const [http, at] = await serving({ door: failing, limits: { answerWithinMs: 30 } });
  const unavailable = await call('GET', 'tasks', undefined, { at });
  expect([unavailable.status, unavailable.code, unavailable.headers.get('retry-after')]).toEqual([
    503,
    'unavailable',
    '5',
  ]);
  const internal = await call('GET', 'tasks/t1', undefined, { at });
  expect([internal.status, internal.json.reference]).toEqual([500, expect.any(String)]);
  expect(JSON.stringify(internal.json)).not.toContain('secret words');
  expect((await call('GET', 'boards', undefined, { at })).code).toBe('too-slow');
  await http.close();
  expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'error']);
  const said = JSON.stringify([logger.lines, (await audit.entries({ offset: 0, limit: 200 })).entries]);
  for (const token of Object.values(tokens)) expect(said).not.toContain(token);
});

test('the OpenAPI document names every address, and fields as the rules know them', async () => {
  const { status, json } = await call('GET', 'openapi.json', undefined, { token: null });
  expect([status, json.openapi]).toEqual([200, '3.1.0']);
  for (const [path, methods] of Object.entries<Record<string, unknown>>(json.paths)) {
    const address = path.slice(1).replace('{id}', 'nobody');
    const { headers } = await call('OPTIONS', address, undefined, { token: tokens.admin });
    const allowed = Object.keys(methods).filter((name) => name !== 'parameters');
    const shown = [...allowed.map((name) => name.toUpperCase()), 'HEAD'].toSorted();
    expect([address, headers.get('allow')]).toEqual([address, shown.join(', ')]);
    await clock.advance(1_000);
  }
  const { schema } = json.paths['/tasks'].post.requestBody.content['application/json'];
  expect(schema.required).toEqual(['projectId', 'summary']);
  expect(schema.properties.summary).toMatchObject({ type: 'string', maxLength: 100 });
  for (const [kind, { shape }] of Object.entries(bodySchemas)) {
    const fields = Object.keys(shape).filter((field) => field !== 'projectId');
    expect([kind, fields.toSorted()]).toEqual([kind, doorFields(kind as DoorKind).create.toSorted()]);
  }
});
