/** Every way into the Teams adapter, over the wire: whose event it is, what is asked, and where the answer stands. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Block } from '../../src/ports/reply.ts';
import { eventually } from '../support/product-rig.ts';
import { cardProblems, shownIn } from '../support/teams-cards.ts';
import {
  alex,
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
});
afterEach(() => rig.stop());

const cardOf = (shown: Shown | undefined) => shown?.activity.attachments?.[0]?.content ?? {};
const textOf = (shown: Shown | undefined) => shownIn(cardOf(shown)).join(' | ');
const actions: Block = { block: 'actions', actions: [{ label: 'Sync now', command: 'sync #101' }] };

describe('whose event it is', () => {
  const hello = () => rig.event(alex, rig.inPersonal(alex), { type: 'message', text: 'status' });

  it.each<[string, () => ReturnType<TeamsRig['deliver']>]>([
    ['no token', () => rig.deliver(hello(), { authorization: '' })],
    ['words that are no token', () => rig.deliver(hello(), { authorization: 'Bearer nonsense' })],
    ['a token that somebody else signed', () => rig.deliver(hello(), {}, {}, 'somebody else')],
    ['a token for another bot', () => rig.deliver(hello(), {}, { aud: 'other' })],
    ['a token of another issuer', () => rig.deliver(hello(), {}, { iss: 'https://evil.example' })],
    ['a token for another service', () => rig.deliver(hello(), {}, { serviceurl: 'https://evil.example/' })],
  ])('%s: refused, and a line in the log', async (_, send) => {
    const refused = await send();
    expect(refused).toMatchObject({ status: 401, text: 'Not authorized.\n' });
    expect(rig.requests).toEqual([]);
    expect(rig.acknowledged).toEqual([]);
    await eventually(() => expect(rig.logger.messages()).toContain('requests were refused'));
  });

  it('a token that looks right, where nobody can tell whose it is, is no failure of ours', async () => {
    await rig.keys.stop();
    expect(await rig.deliver(hello())).toMatchObject({ status: 401 });
    expect(rig.requests).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['no JSON', '{"type":'],
    ['a list', []],
    ['no type', { text: 'status' }],
    ['no sender', { type: 'message', text: 'status' }],
    ['an address that is none', { type: 'message', serviceUrl: 'file:///etc/passwd' }],
  ])('a body with %s: refused without a stack', async (_, body) => {
    const refused = await rig.deliver(body);
    expect(refused).toMatchObject({ status: 400, text: 'This is not an event of Teams.\n' });
    expect(await (await fetch(`${rig.url}/api/messages`)).text()).toBe('Only POST.\n');
  });

  it('another tenant is left alone, and a press of it is refused', async () => {
    const elsewhere = { channelData: { tenant: { id: '99999999-9999-4999-8999-999999999999' } } };
    expect(await rig.deliver({ ...hello(), ...elsewhere })).toMatchObject({ status: 200, text: '' });
    const invoke = { ...hello(), ...elsewhere, type: 'invoke', name: 'adaptiveCard/action', value: {} };
    expect((await rig.deliver(invoke)).answer).toMatchObject({ statusCode: 403 });
    expect(rig.requests).toEqual([]);
    expect(rig.service.shown).toEqual([]);
    expect(rig.logger.messages()).toContain('an event of another tenant of Teams is left alone');
  });

  it('other bots, and people without an account, are not heard', async () => {
    const other = { id: '28:other', name: 'Other bot', aadObjectId: alex.aadObjectId };
    await rig.deliver({ ...hello(), from: other });
    await rig.deliver({ ...hello(), from: { ...alex, role: 'bot' } });
    await rig.deliver({ ...hello(), from: { id: '29:nobody', name: 'Nobody' } });
    await rig.write(vera, 'status');
    expect((await rig.asked()).person.name).toBe('Vera Vogel');
  });

  it('an event that Teams sends twice is handled once', async () => {
    const event = hello();
    await rig.deliver(event);
    await rig.deliver(event);
    await rig.write(alex, 'help');
    expect((await rig.asked(2)).text).toBe('help');
    await eventually(() => expect(rig.acknowledged).toEqual(['done', 'done', 'done']));
  });

  it('guests and strangers are told apart, bots of the directory are nobody', async () => {
    await rig.write(alex, 'status');
    await rig.asked();
    const who = { platform: 'teams', tenant, userId: alex.aadObjectId } as const;
    expect(await rig.adapter.directory.person(who)).toEqual({
      name: 'Alex Wilber',
      stranger: false,
      guest: false,
      bot: false,
      email: 'alex@acme.example',
    });
    await rig.write(vera, 'status');
    await rig.asked(2);
    rig.service.members.set(vera.id, { ...vera, tenantId: 'elsewhere', userRole: 'guest' });
    const guest = { ...who, userId: vera.aadObjectId };
    expect(await rig.adapter.directory.person(guest)).toMatchObject({ stranger: true, guest: true });
    expect(await rig.adapter.directory.person({ ...who, userId: 'unheard-of' })).toBeUndefined();
  });
});

describe('what is asked, and where the answer stands', () => {
  it('words in the personal chat', async () => {
    expect(await rig.write(alex, ' /cwsync status&nbsp;A &amp; B')).toMatchObject({ status: 200 });
    expect(await rig.asked()).toMatchObject({
      text: 'status A & B',
      person: { platform: 'teams', tenant, userId: alex.aadObjectId, name: 'Alex Wilber' },
      place: { kind: 'direct', id: personal(alex) },
      handle: { via: 'asker' },
    });
    expect(rig.requests[0]?.shared).toBeUndefined();
    const [answer] = await rig.shown(personal(alex));
    expect(textOf(answer)).toBe('You said: status A & B');
    expect(answer?.activity.summary).toBe('You said: status A & B');
    expect(cardProblems(cardOf(answer))).toEqual([]);
    expect(rig.service.calls.every(({ authorization }) => authorization === 'Bearer of-the-bot')).toBe(true);
    expect(rig.delivered).toMatchObject([{ result: 'sent', as: 'direct' }]);
  });

  it.each([
    ['behind the mention', '', '&nbsp;status --here', 'status --here'],
    ['in the middle of a sentence', 'hey ', ' sync “Office”', 'sync “Office”'],
    ['before it', 'status ', '', 'status'],
  ])('a mention in a channel: %s', async (_, before, after, text) => {
    await rig.write(alex, 'help');
    await rig.asked();
    await rig.mention(alex, before, after);
    expect(await rig.asked(2)).toMatchObject({
      text,
      place: { kind: 'conversation', id: channel },
      shared: { via: 'here', conversation: `${channel};messageid=100` },
    });
    const [, answer] = await rig.shown(personal(alex), 2);
    expect(textOf(answer)).toBe(`You said: ${text}`);
    const [pointer] = await rig.shown(`${channel};messageid=100`);
    expect(pointer?.activity.text).toBe('Alex Wilber: The answer is in your personal chat with cwsync.');
  });

  it('a personal chat that does not exist yet is opened', async () => {
    await rig.mention(alex, '', ' status');
    const [answer] = await rig.shown(personal(alex));
    expect(textOf(answer)).toBe('You said: status');
    await rig.shown(`${channel};messageid=100`);
    const [sent] = rig.delivered;
    if (sent?.result !== 'sent') throw new Error('not sent');
    const later = await rig.adapter.delivery.send({ ...sent.handle, editedAt: 0 }, words('Ended'));
    expect(later).toMatchObject({ result: 'sent', as: 'direct' });
    expect(rig.service.in(personal(alex)).map(textOf)).toEqual(['Ended']);
  });

  it('a slow press where no chat may be opened is told how, too', async () => {
    rig.service.opens = false;
    const slow = Promise.withResolvers<void>();
    rig.played.request = async () => {
      await slow.promise;
      return words('Secret');
    };
    const at = { conversation: rig.inChannel, message: 'm1' };
    const { answer } = await rig.press(alex, at, 'command', { command: 'status' });
    expect(answer.value).toContain('Working');
    slow.resolve();
    const [pointer] = await rig.shown(`${channel};messageid=100`);
    expect(pointer?.activity.text).toContain('open one');
  });

  it('where it may not be opened the line says how, and nothing of the answer is shown', async () => {
    rig.service.opens = false;
    await rig.mention(alex, '', ' status');
    const [pointer] = await rig.shown(`${channel};messageid=100`);
    expect(pointer?.activity.text).toContain('you have no chat with it yet: open one');
    expect(JSON.stringify(rig.service.shown)).not.toContain('You said');
    await eventually(() => expect(rig.delivered).toMatchObject([{ result: 'gone' }]));
  });

  it('--here is shown to everybody, and edited at most every 3 s', async () => {
    await rig.mention(alex, '', ' status --here');
    const { shared } = await rig.asked();
    if (!shared) throw new Error('not shared');
    const sent = await rig.adapter.delivery.send(shared, words('For all'));
    if (sent.result !== 'sent') throw new Error('not sent');
    expect(sent.as).toBe('public');
    const again = await rig.adapter.delivery.send(sent.handle, words('Later'));
    expect(again).toMatchObject({ result: 'failed', retryAfterMs: expect.any(Number) });
    const later = await rig.adapter.delivery.send({ ...sent.handle, editedAt: 0 }, words('Later'));
    expect(later).toMatchObject({ result: 'sent', as: 'public' });
    const everybody = rig.service.in(`${channel};messageid=100`).map(textOf);
    expect(everybody).toContain('Later');
  });

  it('a press in the personal chat is answered in place, for the presser and in the message', async () => {
    rig.played.request = async ({ text }) => words(`You said: ${text}`, actions);
    await rig.write(alex, 'help');
    const [list] = await rig.shown(personal(alex));
    const at = { conversation: rig.inPersonal(alex), message: list?.id ?? '' };
    const { answer } = await rig.press(alex, at, 'command', { command: 'sync #101' });
    expect(answer).toMatchObject({ statusCode: 200, type: 'application/vnd.microsoft.card.adaptive' });
    expect(shownIn(answer.value)[0]).toBe('You said: sync #101');
    await eventually(() => expect(rig.service.shown[0]).toMatchObject({ edits: 1 }));
    expect(textOf(rig.service.shown[0])).toContain('You said: sync #101');
    expect(rig.service.shown).toHaveLength(1);
  });

  it('the same press twice is done once, and both get the same answer', async () => {
    await rig.write(alex, 'help');
    const [list] = await rig.shown(personal(alex));
    const at = { conversation: rig.inPersonal(alex), message: list?.id ?? '' };
    const presses = [1, 2].map(() => rig.press(alex, at, 'command', { command: 'sync #101' }, 'i1'));
    const [first, second] = await Promise.all(presses);
    expect(first?.answer).toEqual(second?.answer);
    expect(rig.requests.map(({ text }) => text)).toEqual(['help', 'sync #101']);
  });

  it('what takes longer than Teams waits says so, and the message is edited when it is done', async () => {
    await rig.write(alex, 'help');
    const [list] = await rig.shown(personal(alex));
    const slow = Promise.withResolvers<void>();
    rig.played.request = async () => {
      await slow.promise;
      return words('Done at last');
    };
    const at = { conversation: rig.inPersonal(alex), message: list?.id ?? '' };
    const began = performance.now();
    const { answer } = await rig.press(alex, at, 'command', { command: 'sync #101' });
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(shownIn(answer.value)).toEqual(['Working …']);
    slow.resolve();
    await eventually(() => expect(textOf(rig.service.shown[0])).toBe('Done at last'));
  });

  it('a press on a card that is gone is answered all the same, as a new message', async () => {
    await rig.write(alex, 'help');
    await rig.shown(personal(alex));
    const at = { conversation: rig.inPersonal(alex), message: 'long-gone' };
    const { answer } = await rig.press(alex, at, 'command', { command: 'sync #101' });
    expect(shownIn(answer.value)).toEqual(['You said: sync #101']);
    const [, again] = await rig.shown(personal(alex), 2);
    expect(textOf(again)).toBe('You said: sync #101');
  });

  it('a press in a channel leaves the message as it is and answers the presser', async () => {
    await rig.mention(vera, '', ' help');
    await rig.shown(`${channel};messageid=100`);
    const at = { conversation: rig.inChannel, message: 'm1' };
    const { answer } = await rig.press(alex, at, 'command', { command: 'sync #101' });
    expect(answer).toMatchObject({
      type: 'application/vnd.microsoft.activity.message',
      value: 'The answer is in your personal chat with cwsync.',
    });
    const [mine] = await rig.shown(personal(alex));
    expect(textOf(mine)).toBe('You said: sync #101');
    expect(rig.service.in(`${channel};messageid=100`)).toHaveLength(1);
  });

  it.each<[string, string, object]>([
    ['no verb of ours', 'delete-everything', {}],
    ['a command that is none', 'command', { command: { $ne: 1 } }],
    ['a filter without a command', 'filter', { switches: ['x'] }],
  ])('a press with %s is refused', async (_, verb, data) => {
    const at = { conversation: rig.inPersonal(alex), message: 'm1' };
    const { answer } = await rig.press(alex, at, verb, data);
    expect(answer).toMatchObject({ statusCode: 400, type: 'application/vnd.microsoft.error' });
    expect(rig.requests).toEqual([]);
  });

  it('an edited command is no more than the same words typed: it goes through the same door', async () => {
    const at = { conversation: rig.inPersonal(alex), message: 'm1' };
    await rig.press(alex, at, 'command', { command: 'disconnect #1', role: 'admin', home: true });
    const request = await rig.asked();
    expect(request).toMatchObject({ text: 'disconnect #1', person: { userId: alex.aadObjectId } });
    expect(Object.keys(request).toSorted()).toEqual(['handle', 'id', 'opener', 'person', 'place', 'text']);
  });

  it('a filter means its command again; Action.Submit comes as a message', async () => {
    const data = {
      command: 'status',
      switches: ['disabled'],
      'filter-switch-disabled': 'true',
      'filter-text': 'a b',
    };
    const at = { conversation: rig.inPersonal(alex), message: 'm1' };
    await rig.press(alex, at, 'filter', data);
    expect((await rig.asked()).text).toBe('status --disabled "a b"');
    const value = { verb: 'command', command: 'help sync' };
    await rig.deliver(rig.event(alex, rig.inPersonal(alex), { type: 'message', value, replyToId: 'm1' }));
    expect((await rig.asked(2)).text).toBe('help sync');
  });

  it('the bot is added: the standing page is shown, kept, edited, and begun anew by its word', async () => {
    const home = (text: string) => ({ ...words(text, actions), surface: 'home' as const });
    rig.played.request = async ({ text }) => home(`Page after ${text}`);
    const added = {
      type: 'conversationUpdate',
      membersAdded: [{ id: `28:22222222-2222-4222-8222-222222222222` }],
    };
    await rig.deliver(rig.event(alex, rig.inPersonal(alex), added));
    const { handle } = await rig.asked();
    expect(rig.requests[0]).toMatchObject({ text: 'home', place: { kind: 'home' }, handle: { via: 'home' } });
    await rig.shown(personal(alex));
    expect(await rig.adapter.delivery.send(handle, home('Later'))).toMatchObject({
      result: 'sent',
      as: 'home',
    });
    expect(rig.service.shown).toHaveLength(1);
    expect(textOf(rig.service.shown[0])).toContain('Later');
    const at = { conversation: rig.inPersonal(alex), message: rig.service.shown[0]?.id ?? '' };
    rig.played.request = async () => words('Accepted');
    await rig.press(alex, at, 'command', { command: 'sync #1', home: true });
    expect(await rig.asked(2)).toMatchObject({ place: { kind: 'home' } });
    expect(textOf((await rig.shown(personal(alex), 2))[1])).toBe('Accepted');
    expect(textOf(rig.service.shown[0])).toContain('Later');
    rig.played.request = async () => home('Anew');
    await rig.write(alex, 'home');
    expect(textOf((await rig.shown(personal(alex), 3))[2])).toContain('Anew');
  });

  it('somebody else being added, and the bot being removed, ask nothing', async () => {
    await rig.write(alex, 'help');
    await rig.asked();
    const others = { type: 'conversationUpdate', membersAdded: [{ id: vera.id }] };
    await rig.deliver(rig.event(alex, rig.inPersonal(alex), others));
    const removed = {
      type: 'conversationUpdate',
      membersRemoved: [{ id: '28:22222222-2222-4222-8222-222222222222' }],
    };
    await rig.deliver(rig.event(alex, rig.inPersonal(alex), removed));
    await eventually(() => {
      const [known] = rig.references.people.values();
      expect(known?.personal).toBeUndefined();
    });
    expect(rig.requests).toHaveLength(1);
  });
});
