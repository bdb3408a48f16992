/**
 * Every item of the original monitor in Teams: the commands and forms of the product behind the Teams adapter, over
 * the wire. Each card is read by the vendor's renderer before anything is looked for in it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chatDoors } from '../../src/app/chat-doors.ts';
import { formHandlers } from '../../src/app/forms/registry.ts';
import type { Settings } from '../../src/ports/settings.ts';
import { commandRig } from '../support/command-rig.ts';
import { makePsaTableRow } from '../support/make-psa-records.ts';
import { makeSyncTask, testStart } from '../support/make-sync-task.ts';
import { eventually } from '../support/product-rig.ts';
import { cardProblems, shownIn } from '../support/teams-cards.ts';
import {
  type Account,
  alex,
  channel,
  personal,
  startTeamsRig,
  type TeamsRig,
  vera,
} from '../support/teams-rig.ts';
import type { Shown } from '../support/teams-service.ts';

type Element = { readonly [key: string]: unknown };
type App = ReturnType<typeof commandRig>;

let app: App;
let rig: TeamsRig;

const project = (n: number, link: Parameters<typeof makeSyncTask>[0] & object) =>
  makeSyncTask({ id: `t:p${n}`, projectId: `p${n}`, ...link });

const hour = 3_600_000;
const tasks = [
  project(1, {
    link: { externalId: 101, projectName: 'Office move', customer: 'Contoso', board: 'Cabling', boardId: 3 },
  }),
  project(2, {
    state: 'syncing',
    wakeAt: new Date(testStart.getTime() + 30_000),
    startedAt: testStart,
    progress: { phase: 'tickets', doneCount: 120, totalCount: 312 },
    link: {
      externalId: 102,
      projectName: 'Mail migration',
      customer: 'Fabrikam',
      board: 'Cloud',
      boardId: 4,
    },
  }),
  project(3, {
    needsAttention: {
      since: new Date(testStart.getTime() - hour),
      failure: { code: 'cw.rejected', message: 'ConnectWise refused the due date of ticket #4711.' },
    },
    link: { externalId: 103, projectName: 'Backup', customer: 'Contoso', board: 'Cloud', boardId: 4 },
  }),
  project(4, {
    link: {
      externalId: 104,
      projectName: 'Old phones',
      state: 'disabled',
      changed: { by: { id: 'teams:x/y', name: 'Ann' }, at: testStart, reason: 'on hold' },
    },
  }),
  project(5, {
    link: {
      externalId: 105,
      projectName: 'Attic',
      state: 'archived',
      changed: { by: { id: 'teams:x/y', name: 'Ann' }, at: testStart },
    },
  }),
];

beforeEach(async () => {
  const { deps } = commandRig([]);
  const roleOf = async ({ userId }: { readonly userId: string }) =>
    userId === alex.aadObjectId ? 'admin' : 'viewer';
  app = commandRig(tasks, { roles: { ...deps.roles, roleOf } });
  await app.deps.reference.storePage('board', [board(3, 'Cabling'), board(4, 'Cloud')], { token: 'r1' });
  rig = await startTeamsRig({
    doors: (adapter) =>
      chatDoors({
        ...app.deps,
        forms: formHandlers,
        seen: { first: async () => true, forget: async () => 0 },
        delivery: adapter.delivery,
        onFollowed: () => {},
        onHomeUsed: () => {},
        welcomes: { first: async () => false, forget: async () => {} },
        onBackground: () => {},
      }),
  });
});
afterEach(() => rig.stop());

const board = (id: number, name: string) => makePsaTableRow({ id, name, identifier: null });

const cardOf = (shown: Shown | undefined): Element =>
  (shown?.activity.attachments?.[0]?.content ?? {}) as Element;
const last = (who: Account = alex): Shown => {
  const found = rig.service.in(personal(who)).at(-1);
  if (!found) throw new Error('nothing is shown');
  return found;
};
const textOf = (shown: Shown): string => shownIn(cardOf(shown)).join(' | ');

/** The newest card once it says this. */
async function says(words: string, who: Account = alex): Promise<string> {
  return await eventually(() => {
    const shown = last(who);
    const text = textOf(shown);
    if (!text.includes(words)) throw new Error(`“${words}” is not in: ${text}`);
    expect(cardProblems(cardOf(shown))).toEqual([]);
    return text;
  });
}

async function write(text: string, words: string, who: Account = alex): Promise<string> {
  const before = rig.service.in(personal(who)).length;
  await rig.write(who, text);
  await eventually(() => expect(rig.service.in(personal(who)).length).toBeGreaterThan(before));
  return await says(words, who);
}

function actionsIn(value: unknown): readonly Element[] {
  if (Array.isArray(value)) return value.flatMap(actionsIn);
  if (value === null || typeof value !== 'object') return [];
  const element = value as Element;
  if (element.type === 'Action.Execute') return [element];
  return Object.values(element).flatMap(actionsIn);
}

/** @param within the title of the row; a button of no row unless given */
function action(title: string, shown: Shown, within?: string): Element {
  const card = cardOf(shown);
  const rows = containersIn(card);
  const row = rows.find((one) => within !== undefined && shownIn(one).includes(within));
  const inRows = new Set(rows.flatMap(actionsIn));
  const all = row ? actionsIn(row) : actionsIn(card).filter((one) => !inRows.has(one));
  const found = all.find((one) => one.title === title);
  if (!found) throw new Error(`no button ${title} in ${textOf(shown)}`);
  return found;
}

function containersIn(card: Element): readonly Element[] {
  return ((card.body ?? []) as readonly Element[]).filter(({ type }) => type === 'Container');
}

async function press(
  title: string,
  options: { readonly within?: string; readonly inputs?: object; readonly who?: Account } = {},
) {
  const { within, inputs = {}, who = alex } = options;
  const shown = last(who);
  const { verb, data } = action(title, shown, within);
  const at = { conversation: rig.inPersonal(who), message: shown.id };
  return await rig.press(who, at, String(verb), { ...(data as object), ...inputs });
}

const isState = (id: string, state: string) =>
  eventually(async () => expect((await app.store.get(id))?.task.state).toBe(state));

describe('all projects', () => {
  it('the list has domain, names, ids, times, states and what is hidden', async () => {
    const text = await write('status', 'Narrow it down');
    for (const said of [
      'psa.example',
      'Office move',
      'Contoso · #101 · last sync {{DATE(2026-01-04T23:59:00Z, SHORT)}} {{TIME(2026-01-04T23:59:00Z)}} (comprehensive)',
      'Idle · ✓ Healthy',
      'Mail migration',
      'Syncing',
      'tickets 120 of 312',
      '3 projects, 1 needs attention; 1 disabled and 1 archived not shown',
      'Needs attention',
    ]) {
      expect(text).toContain(said);
    }
    expect(JSON.stringify(cardOf(last()))).toContain('https://psa.example/project/101');
  });

  it('the standing page is narrowed, grouped and widened in its place', async () => {
    await write('home', 'Quick Filter');
    const page = last().id;
    const set = async (inputs: object, words: string): Promise<string> => {
      await press('Apply', { inputs });
      await eventually(() => expect(textOf(last())).toContain(words));
      expect(last().id).toBe(page);
      return await says(words);
    };
    const filter = inputNamed('Quick Filter');
    expect(await set({ [filter]: 'fabrikam' }, '1 project matching')).not.toContain('Office move');
    const grouped = await set({ [filter]: '', [inputTitled('Group by Project Board')]: 'true' }, 'Cloud');
    for (const heading of ['Cabling', 'Cloud']) expect(grouped).toContain(heading);
    expect(await set({ [inputTitled('Show Disabled')]: 'true' }, 'Old phones')).toContain('Disabled');
    expect(await set({ [inputTitled('Show Archived Projects')]: 'true' }, 'Attic')).toContain('Archived');
  });

  it('a row offers what its project allows, and leads on', async () => {
    await write('status', 'Narrow it down');
    const titles = (name: string) =>
      actionsIn(containersIn(cardOf(last())).find((one) => shownIn(one).includes(name))).map(
        ({ title }) => title,
      );
    expect(titles('Office move')).toEqual(['Details', 'Sync', 'Logs', 'Disable', 'Disconnect']);
    expect(titles('Mail migration')).not.toContain('Sync');
    await press('Logs', { within: 'Office move' });
    await says('Integration Log');
    await write('status', 'Narrow it down');
    await press('Disable', { within: 'Office move' });
    await says('Undo');
    expect((await app.store.get('t:p1'))?.task.link.state).toBe('disabled');
    await press('Undo');
    await eventually(async () => expect((await app.store.get('t:p1'))?.task.link.state).toBe('active'));
  });

  it('sync asks for a run, and says what is outstanding where there is one', async () => {
    await write('status', 'Narrow it down');
    await press('Sync', { within: 'Office move' });
    await isState('t:p1', 'requested');
    await rig.write(alex, 'sync #102');
    await eventually(() => expect(app.followed).toMatchObject([{ taskId: 't:p2' }]));
  });

  it('the logs of both kinds', async () => {
    const at = testStart;
    app.log.all.push({
      at,
      severity: 'info',
      action: 'updated',
      message: 'Task “Desks” updated',
      direction: 'none',
    });
    app.log.recorded.push({
      at,
      method: 'GET',
      path: '/project/tickets',
      durationMs: 12,
      attempt: 1,
      entity: 'ticket',
      requestId: 'r-1',
      status: 200,
    });
    await write('status', 'Narrow it down');
    await press('Logs');
    await says('Task “Desks” updated');
    await press('API Request Details');
    await says('/project/tickets');
  });

  it('the integration is disabled by a form that says what stops', async () => {
    await write('home', 'Quick Filter');
    await press('Disable Integration');
    await says('3 projects stop syncing, all at once.');
    await press('Disable', { inputs: { 'field-reason': 'Upgrade of ConnectWise' } });
    await eventually(async () => expect((await app.gate.read()).enabled).toBe(false));
    expect(await write('status', 'Integration disabled')).toContain('Upgrade of ConnectWise');
  });

  it('a project is disconnected only by its name, typed', async () => {
    await write('status', 'Narrow it down');
    await press('Disconnect', { within: 'Office move' });
    await says('Disconnecting Office move (#101) cannot be undone.');
    const name = inputNamed('Name of the project');
    await press('Disconnect', { inputs: { [name]: 'Office' } });
    await eventually(() => expect(JSON.stringify(cardOf(last()))).toContain('Office move'));
    expect((await app.store.get('t:p1'))?.task.link.state).toBe('active');
    await press('Disconnect', { inputs: { [name]: 'Office move' } });
    await eventually(async () => expect((await app.store.get('t:p1'))?.task.link.state).toBe('disconnected'));
  });

  it('the settings are saved as a whole, and compared with what somebody else saved', async () => {
    await write('settings', 'Save');
    const days = inputNamed('Logs are kept for so many days');
    const others: Settings = { ...(await app.deps.settings.read()), retentionDays: 7 };
    await app.deps.settings.save(others, 0, { id: 'slack:T1/UMAX', name: 'Max' });
    await press('Save', { inputs: { [days]: '60' } });
    await says('Max');
    expect((await app.deps.settings.read()).retentionDays).toBe(7);
    await press('Save', { inputs: { [inputNamed('Logs are kept for so many days')]: '60' } });
    await eventually(async () => expect((await app.deps.settings.read()).retentionDays).toBe(60));
    await says('Settings saved');
  });
});

describe('one project', () => {
  it('the card has every item of the panel, and its buttons', async () => {
    const text = await write('status #101', 'Last Comprehensive Sync');
    for (const item of [
      'Linked | yes',
      'ConnectWise Project Name | Office move',
      'ConnectWise Project ID | #101',
      'Work Type | <Enterprise Default Work Type>',
      'Sync Status | Idle',
      'Health | ✓ Healthy',
      'Last Sync Completed | {{DATE(2026-01-04T23:59:00Z, SHORT)}} {{TIME(2026-01-04T23:59:00Z)}} (comprehensive)',
      'Last Delta Sync | never',
      'Last Comprehensive Sync | {{DATE',
      'Sync Enabled | yes',
    ]) {
      expect(text).toContain(item);
    }
    for (const title of ['Refresh', 'Integration Log', 'Disable', 'Disconnect']) action(title, last());
    await write('status #102', 'Syncing');
    expect(() => action('Refresh', last())).toThrow('no button Refresh');
  });

  it('its buttons refresh it, show its log, switch it off and ask before it is disconnected', async () => {
    await write('status #101', 'Last Comprehensive Sync');
    await press('Refresh');
    await isState('t:p1', 'requested');
    await write('status #103', 'Needs attention');
    await press('Integration Log');
    await says('Integration Log');
    await write('status #103', 'Needs attention');
    await press('Disable');
    await eventually(async () => expect((await app.store.get('t:p3'))?.task.link.state).toBe('disabled'));
    await rig.write(alex, 'enable #103');
    await eventually(async () => expect((await app.store.get('t:p3'))?.task.link.state).toBe('active'));
    await write('status #103', 'Sync Enabled');
    await press('Disconnect');
    await says('Disconnecting Backup (#103) cannot be undone.');
  });

  it('whoever may not is told alone which role it takes and who has it', async () => {
    await rig.mention(vera, '', ' disable #101');
    await says('operator', vera);
    const inChannel = await rig.shown(`${channel};messageid=100`);
    expect(inChannel.map(textOf).join()).not.toContain('operator');
    expect((await app.store.get('t:p1'))?.task.link.state).toBe('active');
  });
});

/** The id of an input by its label or its title. */
function inputWhere(fits: (input: Element) => boolean): string {
  const found = inputsIn(cardOf(last())).find(fits);
  if (!found) throw new Error(`no such input in ${textOf(last())}`);
  return String(found.id);
}

const inputNamed = (label: string): string => inputWhere((input) => String(input.label).startsWith(label));
const inputTitled = (title: string): string => inputWhere((input) => input.title === title);

function inputsIn(value: unknown): readonly Element[] {
  if (Array.isArray(value)) return value.flatMap(inputsIn);
  if (value === null || typeof value !== 'object') return [];
  const element = value as Element;
  if (String(element.type).startsWith('Input.')) return [element];
  return Object.values(element).flatMap(inputsIn);
}
