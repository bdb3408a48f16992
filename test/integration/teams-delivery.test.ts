/** What Teams sends out over the wire, and what its refusals mean: by what they touch, and what may be tried again. */
import { ConfigurationServiceClientCredentialFactory } from 'botbuilder';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { teamsTokenCheck } from '../../adapters/teams/token-check.ts';
import type { Destination } from '../../src/ports/chat.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { cardProblems, shownIn } from '../support/teams-cards.ts';
import {
  alex,
  appId,
  channel,
  personal,
  startTeamsRig,
  type TeamsRig,
  tenant,
  vera,
  words,
} from '../support/teams-rig.ts';
import type { Shown } from '../support/teams-service.ts';

let rig: TeamsRig;
beforeEach(async () => {
  rig = await startTeamsRig();
  // From now on the channel and both people are known.
  await rig.mention(vera, '', ' help');
  // The line comes after the answer that it points to.
  await rig.shown(`${channel};messageid=100`);
  await rig.write(alex, 'help');
  await rig.shown(personal(alex));
});
afterEach(() => rig.stop());

const everybody: Destination = { platform: 'teams', tenant, conversation: channel };
const onlyAlex: Destination = { platform: 'teams', tenant, user: alex.aadObjectId };
const textOf = (shown: Shown | undefined) => shownIn(shown?.activity.attachments?.[0]?.content).join(' | ');
const repeat = 'Possible repeat: an earlier try may have reached you already.';

describe('a message that answers nobody', () => {
  it('stands in a channel as a message of its own, and is edited there', async () => {
    const posted = await rig.adapter.delivery.post(everybody, words('Alert'), 'k1');
    if (posted.result !== 'sent') throw new Error(posted.reason);
    expect(posted.as).toBe('public');
    const [alert] = rig.service.in(channel);
    expect(textOf(alert)).toBe('Alert');
    expect(cardProblems(alert?.activity.attachments?.[0]?.content ?? {})).toEqual([]);
    const edited = await rig.adapter.delivery.send({ ...posted.handle, editedAt: 0 }, words('Over'));
    expect(edited).toMatchObject({ result: 'sent', as: 'public' });
    expect(rig.service.in(channel).map(textOf)).toEqual(['Over']);
  });

  it('what is told of it later stands in its thread, and where that is gone says so', async () => {
    const posted = await rig.adapter.delivery.post(everybody, words('Alert'), 'k1');
    if (posted.result !== 'sent') throw new Error(posted.reason);
    const [alert] = rig.service.in(channel);
    const tell = (reply: Reply, key: string) =>
      rig.adapter.delivery.post(everybody, reply, key, false, posted.handle);
    expect(await tell({ ...words('Acknowledged'), onlyInThread: true }, 'k2')).toMatchObject({
      as: 'public',
    });
    const told = await tell(words('Recovered'), 'k3');
    if (told.result !== 'sent') throw new Error(told.reason);
    const thread = `${channel};messageid=${alert?.id}`;
    expect(rig.service.in(thread).map(textOf)).toEqual(['Acknowledged', 'Recovered']);
    expect(rig.service.in(channel).map(textOf)).toEqual(['Alert']);
    // What stands in a thread is told of in the same one.
    await rig.adapter.delivery.post(everybody, words('Back'), 'k4', false, told.handle);
    expect(rig.service.in(thread).map(textOf)).toContain('Back');
    rig.service.faults.push({ method: 'POST', path: /messageid/u, status: 404, code: 'Gone' });
    expect(await tell(words('Over'), 'k5')).toMatchObject({ result: 'gone', touches: 'message' });
  });

  it('in a group chat, without threads, only the end is a message of its own', async () => {
    const group = '19:group@thread.v2';
    const { serviceUrl = '', bot = '' } = (await rig.references.conversation(tenant, channel)) ?? {};
    await rig.references.sawConversation({ tenant, conversation: group, kind: 'group', serviceUrl, bot });
    const to = { ...everybody, conversation: group };
    const posted = await rig.adapter.delivery.post(to, words('Alert'), 'k1');
    if (posted.result !== 'sent') throw new Error(posted.reason);
    const quiet = { ...words('Acknowledged'), onlyInThread: true } as const;
    const told = await rig.adapter.delivery.post(to, quiet, 'k2', false, posted.handle);
    expect(told).toMatchObject({ result: 'sent', handle: posted.handle });
    await rig.adapter.delivery.post(to, words('Recovered'), 'k3', false, posted.handle);
    expect(rig.service.in(group).map(textOf)).toEqual(['Alert', 'Recovered']);
  });

  it('goes to one person, also where their chat has to be opened first', async () => {
    await rig.references.forgetConversation(tenant, personal(alex));
    expect(await rig.adapter.delivery.post(onlyAlex, words('Alert'), 'k1')).toMatchObject({ as: 'direct' });
    expect(rig.service.in(personal(alex)).map(textOf)).toContain('Alert');
  });

  it.each<[string, Destination]>([
    ['a channel', { ...everybody, conversation: '19:unheard-of' }],
    ['a person', { ...onlyAlex, user: 'unheard-of' }],
    ['another tenant', { ...everybody, tenant: 'elsewhere' }],
  ])('to %s that the bot never met: blocked', async (_, to) => {
    const gone = await rig.adapter.delivery.post(to, words('Alert'), 'k1');
    expect(gone).toMatchObject({ result: 'gone', touches: 'channel' });
  });

  it('says so where it may be a repeat, and only there', async () => {
    rig.service.faults.push({ method: 'POST', path: /projects/u, status: 501 });
    expect(await rig.adapter.delivery.post(everybody, words('Alert'), 'k1')).toMatchObject({
      result: 'failed',
    });
    rig.service.faults.length = 0;
    await rig.adapter.delivery.post(everybody, words('Alert'), 'k1');
    await rig.adapter.delivery.post(everybody, words('Another'), 'k2');
    await rig.adapter.delivery.post(everybody, words('Of another process'), 'k3', true);
    expect(rig.service.in(channel).map(textOf)).toEqual([
      `Alert | ${repeat}`,
      'Another',
      `Of another process | ${repeat}`,
    ]);
  });

  it.each([
    [401, { result: 'gone', touches: 'platform' }],
    [403, { result: 'gone', touches: 'channel' }],
    [404, { result: 'gone', touches: 'channel' }],
    [400, { result: 'gone' }],
    [501, { result: 'failed' }],
  ])('where Teams answers %i', async (status, outcome) => {
    rig.service.faults.push({ method: 'POST', path: /activities/u, status, code: 'Planted' });
    const delivered = await rig.adapter.delivery.post(everybody, words('Alert'), 'k1');
    expect(delivered).toMatchObject({ ...outcome, reason: expect.any(String) });
    if (status === 400) expect(delivered).not.toHaveProperty('touches');
  });

  it('an address that moved is that of the latest event', async () => {
    await rig.references.sawConversation({
      tenant,
      conversation: channel,
      kind: 'channel',
      serviceUrl: 'http://127.0.0.1:1/',
      bot: '28:old',
    });
    await rig.mention(vera, '', ' help');
    await rig.asked(3);
    expect(await rig.adapter.delivery.post(everybody, words('Alert'), 'k1')).toMatchObject({
      result: 'sent',
    });
  });
});

describe('a message that is gone', () => {
  it('comes anew where it was', async () => {
    const shared = { platform: 'teams', via: 'message', tenant, user: alex.aadObjectId } as const;
    const here = { ...shared, conversation: channel, activity: 'gone', shared: true };
    expect(await rig.adapter.delivery.send(here, words('Anew'))).toMatchObject({
      result: 'sent',
      as: 'public',
    });
    expect(rig.service.in(channel).map(textOf)).toEqual(['Anew']);
    const direct = { ...shared, conversation: personal(alex), activity: 'gone' };
    expect(await rig.adapter.delivery.send(direct, words('Anew'))).toMatchObject({ as: 'direct' });
    expect(rig.service.in(personal(alex)).map(textOf)).toContain('Anew');
  });

  it('a standing page that was deleted does not come back by itself', async () => {
    const home = { ...words('Page'), surface: 'home' as const };
    await rig.references.keepHome({ tenant, userId: alex.aadObjectId }, 'gone');
    const handle = { platform: 'teams', via: 'home', tenant, user: alex.aadObjectId } as const;
    const before = rig.service.shown.length;
    expect(await rig.adapter.delivery.send(handle, home)).toMatchObject({
      result: 'gone',
      touches: 'message',
    });
    expect(rig.service.shown).toHaveLength(before);
  });

  it('a handle of another platform is nobody’s', async () => {
    const foreign = { platform: 'slack', via: 'message', channel: 'C1', ts: '1', user: 'U1' } as const;
    expect(await rig.adapter.delivery.send(foreign, words('x'))).toMatchObject({ result: 'gone' });
    expect(await rig.adapter.delivery.openForm(foreign, form)).toBeUndefined();
    expect(await rig.adapter.delivery.fillForm(foreign, form)).toBe(false);
  });

  const form = { form: 'settings', title: 'x', fields: [], context: '' } as const;
  it('a form that is gone is not filled', async () => {
    const opened = {
      platform: 'teams',
      via: 'form',
      tenant,
      user: alex.aadObjectId,
      form: 'f1',
      conversation: personal(alex),
      activity: 'gone',
    } as const;
    expect(await rig.adapter.delivery.fillForm(opened, form)).toBe(false);
  });
});

describe('people and places', () => {
  it('people are shown by their names', async () => {
    const key = `teams:${tenant}/${vera.aadObjectId}`;
    const text = [
      { part: 'person', key },
      { part: 'text', text: ' and ' },
      { part: 'person', key: `teams:${tenant}/unheard-of` },
    ] as const;
    await rig.adapter.delivery.post(everybody, { summary: 's', blocks: [{ block: 'text', text }] }, 'k1');
    expect(rig.service.in(channel).map(textOf)).toEqual([`Vera Vogel and teams:${tenant}/unheard-of`]);
  });

  it('who reads along is told by the members', async () => {
    const at = { platform: 'teams', tenant, conversation: channel } as const;
    const name = channel;
    const inside = { name, external: false, member: true, archived: false };
    expect(await rig.adapter.directory.conversation(at)).toEqual(inside);
    expect(await rig.adapter.directory.conversation({ ...at, conversation: '19:other' })).toBeUndefined();
  });

  const place = { platform: 'teams', tenant, conversation: channel } as const;
  it.each([
    ['nobody else', undefined, { external: false }, false],
    ['a guest', { tenantId: tenant, userRole: 'guest' }, { external: false }, true],
    [
      'somebody of another organisation',
      { tenantId: 'elsewhere', userRole: 'user' },
      { external: true },
      false,
    ],
  ])('%s reads along', async (_, who, facts, guests) => {
    if (who) rig.service.members.set('29:x', { id: '29:x', name: 'X', aadObjectId: 'x', ...who });
    expect(await rig.adapter.directory.conversation(place)).toMatchObject(facts);
    expect(await rig.adapter.directory.guests?.(place)).toBe(guests);
    const looked = rig.service.calls.filter(({ path }) => path.endsWith('/pagedmembers'));
    expect(looked).toHaveLength(1);
  });

  it('of more people than can be looked through, and where Teams does not say, nobody knows', async () => {
    rig.service.faults.push({ method: 'GET', path: /members/u, status: 501 });
    expect(await rig.adapter.directory.guests?.(place)).toBeUndefined();
    rig.service.faults.length = 0;
    rig.service.moreMembers = true;
    expect(await rig.adapter.directory.conversation(place)).toMatchObject({ member: true, external: false });
    expect(await rig.adapter.directory.guests?.(place)).toBeUndefined();
  });

  it('a directory that does not answer is a failure with a next step, and is asked again', async () => {
    rig.service.faults.push({ method: 'GET', path: /members/u, status: 501 });
    const who = { platform: 'teams', tenant, userId: alex.aadObjectId } as const;
    await expect(rig.adapter.directory.person(who)).rejects.toThrow(/Try again in a minute/u);
    rig.service.faults.length = 0;
    expect(await rig.adapter.directory.person(who)).toMatchObject({ name: 'Alex Wilber' });
  });
});

describe('credentials', () => {
  class Tokens extends ConfigurationServiceClientCredentialFactory {
    readonly #get: () => Promise<string>;
    constructor(get: () => Promise<string>) {
      super();
      this.#get = get;
    }
    override async createCredentials(): Promise<never> {
      return { getToken: this.#get } as never;
    }
  }
  const failing = (errorCode?: string) => async (): Promise<string> => {
    throw Object.assign(new Error('no token'), errorCode === undefined ? {} : { errorCode });
  };

  it.each<[string, () => Promise<string>, object]>([
    ['a token', async () => 'token', { result: 'accepted' }],
    ['a refusal', failing('invalid_client'), { result: 'refused', reason: 'invalid_client' }],
    ['no network', failing('network_error'), { result: 'no-answer' }],
    ['nothing', failing(), { result: 'no-answer' }],
  ])('with %s', async (_, get, outcome) => {
    const credentials = { appId, appPassword: 'x', tenantId: tenant };
    expect(await teamsTokenCheck(credentials, new Tokens(get)).identity()).toMatchObject(outcome);
  });
});
