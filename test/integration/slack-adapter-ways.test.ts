/** Every way into the Slack adapter, by both connections: what is asked, by whom, where, and where the answer stands. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Block } from '../../src/ports/reply.ts';
import { eventually } from '../support/product-rig.ts';
import {
  type AdapterRig,
  projects,
  startAdapterRig,
  textsIn,
  type Way,
  words,
} from '../support/slack-adapter-rig.ts';

const alex = { platform: 'slack', tenant: 'T0DEMO', userId: 'U0ALEX' } as const;
let rig: AdapterRig;
const person = (id = 'U0ALEX') => rig.local.as(id);
const seenBy = (user: string, channel = projects) =>
  rig.local
    .as(user)
    .messages(channel)
    .map(({ user: by, text, visibleTo, threadTs }) => ({ by, text, visibleTo, threadTs }));
const botSaid = (user: string, channel = projects) =>
  seenBy(user, channel).filter(({ by }) => by === 'U0CWSYNC');

const actions: Block = { block: 'actions', actions: [{ label: 'Sync now', command: 'sync #101' }] };
const filter: Block = {
  block: 'filter',
  command: 'status',
  text: { label: 'Filter', value: 'old "words"' },
  switches: [
    { name: 'by-board', label: 'By board', on: true },
    { name: 'disabled', label: 'Show disabled', on: false },
  ],
};

describe.each<Way>(['http', 'socket'])('by %s', (way) => {
  beforeEach(async () => {
    rig = await startAdapterRig(way);
  });
  afterEach(() => rig.stop());

  it('a slash command is asked as it was typed, and answered for the asker alone', async () => {
    expect(await person().command(projects, '/cwsync status A & <B> “x” @vera')).toBe('answered');
    const request = await rig.asked();
    expect(request).toMatchObject({
      person: { ...alex, name: 'alex' },
      text: 'status A & <B> “x” <@U0VERA>',
      place: { kind: 'conversation', id: projects },
      handle: { via: 'response' },
      shared: { via: 'channel', channel: projects },
      opener: { via: 'trigger' },
    });
    expect(request.id).toMatch(/^slack:\S+/u);
    await eventually(() => expect(botSaid('U0ALEX')).toMatchObject([{ visibleTo: 'U0ALEX' }]));
    expect(botSaid('U0VERA')).toEqual([]);
    expect(rig.delivered).toMatchObject([{ as: 'private' }]);
  });

  it('a button means its command; the answer stands in the place of what only the asker sees', async () => {
    rig.played.request = async ({ text }) => words(text === 'help' ? 'Here' : `You said: ${text}`, actions);
    await person().command(projects, '/cwsync help');
    const [answer] = await eventually(() => {
      const messages = person().messages(projects);
      expect(messages).toHaveLength(1);
      return messages;
    });
    const ts = answer?.ts ?? '';
    expect(await person().press(ts, { actionId: 'command:1:0' })).toBe('answered');
    expect(await rig.asked(2)).toMatchObject({ text: 'sync #101', person: alex });
    await eventually(() =>
      expect(botSaid('U0ALEX').map(({ text }) => text)).toEqual(['You said: sync #101']),
    );
  });

  it('a button in everybody’s message leaves it as it is and answers the presser', async () => {
    const shared = { platform: 'slack', tenant: 'T0DEMO', conversation: projects } as const;
    await rig.adapter.delivery.post(shared, words('For all', actions), 'k1');
    const ts = person('U0VERA').messages(projects)[0]?.ts ?? '';
    await person('U0VERA').press(ts, { actionId: 'command:1:0' });
    await rig.asked();
    await eventually(() => expect(botSaid('U0VERA')).toHaveLength(2));
    expect(botSaid('U0ALEX').map(({ text }) => text)).toEqual(['For all']);
  });

  it('a filter in a message means its command again, with what is on and what was typed', async () => {
    rig.played.request = async () => words('Listed', filter);
    await person().command(projects, '/cwsync status');
    await rig.asked();
    const ts = await eventually(() => {
      const found = person().messages(projects)[0];
      if (!found) throw new Error('no answer yet');
      return found.ts;
    });
    await person().press(ts, { actionId: 'filter:text', text: 'new “words' });
    expect((await rig.asked(2)).text).toBe('status --by-board "new \\"words"');
    await person().press(ts, { actionId: 'filter:switches', options: ['by-board', 'disabled'] });
    expect((await rig.asked(3)).text).toBe('status --by-board --disabled "old \\"words\\""');
    await person().press(ts, { actionId: 'filter:text', text: '' });
    expect((await rig.asked(4)).text).toBe('status --by-board');
  });

  it('direct messages are answered there', async () => {
    await person().sendDirect('@cwsync Status “Office move”');
    expect(await rig.asked()).toMatchObject({
      text: 'Status “Office move”',
      person: { ...alex, name: 'alex' },
      place: { kind: 'direct', id: 'D0ALEX' },
    });
    await eventually(() =>
      expect(botSaid('U0ALEX', 'D0ALEX').map(({ text }) => text)).toEqual(['You said: Status “Office move”']),
    );
    const [request] = rig.requests;
    expect(request?.shared).toBeUndefined();
    expect(request?.opener).toBeUndefined();
    expect(rig.delivered).toMatchObject([{ as: 'direct' }]);
  });

  it('a mention in a thread is answered there, for the asker', async () => {
    const root = await person('U0VERA').write(projects, 'Anything new?');
    await person().mention(projects, 'status --here', { threadTs: root });
    expect(await rig.asked()).toMatchObject({
      text: 'status --here',
      shared: { via: 'channel', channel: projects, thread: root },
    });
    await eventually(() =>
      expect(botSaid('U0ALEX')).toMatchObject([{ visibleTo: 'U0ALEX', threadTs: root }]),
    );
    expect(botSaid('U0VERA')).toEqual([]);
  });

  it('the Home tab is filled when it is opened, and again after a press on it', async () => {
    rig.played.request = async ({ text, place }) => ({
      ...words(`Home after ${text} (${place.kind})`, filter, actions),
      surface: 'home',
    });
    await person().openHome();
    expect(await rig.asked()).toMatchObject({ text: 'home', place: { kind: 'home' }, person: alex });
    const home = await eventually(() => {
      const view = person().home();
      if (!view) throw new Error('nothing on the Home tab yet');
      return view;
    });
    expect(textsIn(home.blocks)).toContain('Home after home (home)');
    await person().pressInView(home.id, { actionId: 'filter:switches', options: ['disabled'] });
    expect(await rig.asked(2)).toMatchObject({
      text: 'status --disabled "old \\"words\\""',
      place: { kind: 'home' },
      opener: { via: 'trigger' },
    });
    await eventually(() => expect(JSON.stringify(person().home()?.blocks)).toContain('Home after status'));
    expect(rig.delivered).toMatchObject([{ as: 'home' }, { as: 'home' }]);
  });

  it('opening the Messages tab asks nothing', async () => {
    await person().openMessages();
    await person().openHome();
    expect((await rig.asked()).text).toBe('home');
  });

  it('what a press on the Home tab answers stands in a modal, which is edited', async () => {
    rig.played.request = async ({ text }) =>
      text === 'home' ? { ...words('Home', actions), surface: 'home' } : words('Accepted', actions);
    await person().openHome();
    const home = await eventually(() => {
      const view = person().home();
      if (!view) throw new Error('nothing on the Home tab yet');
      return view;
    });
    await person().pressInView(home.id, { actionId: 'command:1:0' });
    await eventually(() => expect(textsIn(person().modal()?.blocks)).toContain('Accepted'));
    const [, answered] = rig.delivered;
    if (answered?.result !== 'sent') throw new Error('not sent');
    const edited = await rig.adapter.delivery.send(answered.handle, words('Ended'));
    expect(textsIn(person().modal()?.blocks)).toEqual(['Ended']);
    expect(edited).toMatchObject({ result: 'sent', as: 'private' });
    await person().close();
    const late = await rig.adapter.delivery.send(answered.handle, words('Ended late'));
    expect(late).toMatchObject({ result: 'sent', as: 'direct' });
    expect(botSaid('U0ALEX', 'D0ALEX').map(({ text }) => text)).toEqual(['Ended late']);
  });

  it('a button in a modal is answered in that modal', async () => {
    rig.played.request = async ({ text }) =>
      text === 'home' ? { ...words('Home', actions), surface: 'home' } : words(`Did ${text}`, actions);
    await person().openHome();
    const home = await eventually(() => {
      const view = person().home();
      if (!view) throw new Error('nothing on the Home tab yet');
      return view;
    });
    await person().pressInView(home.id, { actionId: 'command:1:0' });
    const modal = await eventually(() => {
      const view = person().modal();
      if (!view) throw new Error('no modal yet');
      return view;
    });
    rig.played.request = async () => words('In its place');
    await person().pressInView(modal.id, { actionId: 'command:1:0' });
    expect(await rig.asked(3)).toMatchObject({ handle: { via: 'modal' }, opener: { modal: modal.id } });
    await eventually(() => expect(textsIn(person().modal()?.blocks)).toEqual(['In its place']));
    expect(person().modals()).toHaveLength(1);
  });
});
