import { describe, expect, test } from 'vitest';
import { chatDoors } from '../../src/app/chat-doors.ts';
import type { Command } from '../../src/app/commands/command.ts';
import { commands } from '../../src/app/commands/registry.ts';
import type { FormHandler } from '../../src/app/forms/form-handler.ts';
import { FailureError } from '../../src/domain/failure.ts';
import type { ChatDelivery, ChatRequest, FormSubmission, MessageHandle } from '../../src/ports/chat.ts';
import type { Form } from '../../src/ports/form.ts';
import type { Reply } from '../../src/ports/reply.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { FakeDirectory } from '../support/fake-directory.ts';
import { makeSyncTask } from '../support/make-sync-task.ts';

const asked: Form = {
  form: 'settings',
  title: 'Settings',
  submit: 'Save',
  fields: [{ field: 'text', id: 'name', label: 'Name' }],
  context: '7',
};

/** A command that asks for more before it does anything. */
const asks: Command = {
  name: 'settings',
  role: 'admin',
  usage: 'settings',
  summary: 'Asks.',
  examples: ['settings'],
  options: {},
  opensForm: () => 'Settings',
  run: async () => ({ form: asked }),
};

const handler: FormHandler = {
  form: 'settings',
  role: 'admin',
  async submit({ values }) {
    if (values.name === 'broken') throw new FailureError({ code: 'store.unavailable' });
    if (values.name === '') return { answer: { result: 'errors', errors: { name: 'Say a name.' } } };
    return { answer: { result: 'closed' }, audited: { outcome: `named ${String(values.name)}` } };
  },
  suggest: async (_field, typed) =>
    Array.from({ length: 150 }, (_, i) => ({ value: `${i}`, label: `${typed}${i}` })),
};

type Shown = { readonly how: string; readonly what: Reply | Form; readonly handle: MessageHandle };

function doorsRig(options: { readonly opens?: boolean; readonly directory?: FakeDirectory } = {}) {
  const { opens = true } = options;
  const shown: Shown[] = [];
  const delivery: ChatDelivery = {
    async send(handle, reply) {
      shown.push({ how: 'sent', what: reply, handle });
      return { result: 'sent', handle };
    },
    post: async () => ({ result: 'gone', reason: 'nobody is there' }),
    async openForm(handle, form) {
      shown.push({ how: 'opened', what: form, handle });
      return opens ? { platform: 'slack', form: 'V1' } : undefined;
    },
    async fillForm(handle, form) {
      shown.push({ how: 'filled', what: form, handle });
      return true;
    },
  };
  const rig = commandRig([makeSyncTask()], {
    commands: [...commands.filter(({ name }) => name !== 'settings'), asks],
    ...(options.directory ? { directory: options.directory } : {}),
  });
  const seen = new Set<string>();
  const homes: string[] = [];
  let followed = 0;
  const doors = chatDoors({
    ...rig.deps,
    forms: [handler],
    delivery,
    seen: {
      first: async (key) => !seen.has(key) && Boolean(seen.add(key)),
      forget: async () => 0,
    },
    onFollowed: () => {
      followed += 1;
    },
    onHomeUsed: ({ person }) => homes.push(person.userId),
    welcomes: { first: async () => false, forget: async () => {} },
    onBackground: () => {},
  });
  return { ...rig, doors, shown, homes, followedRuns: () => followed };
}

const handle = { platform: 'slack', of: 'the asker' } as const;
const shared = { platform: 'slack', of: 'the conversation' } as const;

function request(text: string, given: Partial<ChatRequest> & { readonly userId?: string } = {}): ChatRequest {
  const { userId = 'admin', ...rest } = given;
  const person = { platform: 'slack', tenant: 'T1', userId, name: `The ${userId}` } as const;
  const place = { kind: 'conversation', id: 'C1' } as const;
  const opener = { platform: 'slack', trigger: 't' } as const;
  return { id: `e:${text}`, person, text, handle, shared, place, opener, ...rest };
}

function submission(name: string, userId = 'admin', form: FormSubmission['form'] = 'settings') {
  const person = { platform: 'slack', tenant: 'T1', userId, name: userId } as const;
  return { id: 's1', person, form, values: { name }, context: '7', handle } satisfies FormSubmission;
}

const hows = (shown: readonly Shown[]) => shown.map(({ how }) => how);
const wordsOfForm = ({ fields }: Form) =>
  fields.flatMap((field) => (field.field === 'words' ? field.text.map((part) => JSON.stringify(part)) : []));

describe('a command that opens a form', () => {
  test('opens it at once, and fills it when it is known', async () => {
    const { doors, shown } = doorsRig();
    await doors.request(request('settings'));
    expect(hows(shown)).toEqual(['opened', 'filled']);
    expect(shown[0]?.what).toMatchObject({ title: 'Settings' });
    expect(shown[0]?.what).not.toHaveProperty('submit');
    expect(shown[1]?.what).toEqual(asked);
  });

  test('says in it that the role is missing', async () => {
    const { doors, shown } = doorsRig();
    await doors.request(request('settings', { userId: 'viewer' }));
    expect(hows(shown)).toEqual(['opened', 'filled']);
    expect(wordsOfForm(shown[1]?.what as Form).join(' ')).toContain('needs the role admin');
    expect(shown[1]?.what).not.toHaveProperty('submit');
  });

  test.each([
    ['where no form can be opened', { opener: undefined } as unknown as Partial<ChatRequest>, true],
    ['where it is too late', {}, false],
  ])('%s: a button can', async (_where, given, opens) => {
    const { doors, shown } = doorsRig({ opens });
    const { opener, ...rest } = request('settings');
    await doors.request('opener' in given ? rest : { ...rest, ...(opener ? { opener } : {}) });
    const last = shown.at(-1);
    expect(last?.how).toBe('sent');
    expect(actionsOf(last?.what as Reply)).toEqual([
      { label: 'Settings', command: 'settings', style: 'primary' },
    ]);
  });
});

describe('a submitted form', () => {
  test('is done once the handler says so, and audited', async () => {
    const { doors, audited } = doorsRig();
    expect(await doors.submit(submission('Contoso'))).toEqual({ result: 'closed' });
    expect(audited).toMatchObject([{ command: 'settings', outcome: 'named Contoso' }]);
  });

  test('keeps what was typed where something is wrong', async () => {
    const { doors, audited } = doorsRig();
    expect(await doors.submit(submission(''))).toEqual({
      result: 'errors',
      errors: { name: 'Say a name.' },
    });
    expect(audited).toEqual([]);
  });

  test.each([
    ['by somebody without the role', submission('x', 'operator'), 'needs the role admin'],
    ['of a form that nobody knows', submission('x', 'admin', 'disconnect'), 'needs the role admin'],
    ['while the database is away', submission('broken'), 'Nothing was saved'],
  ])('%s is refused with words', async (_by, submitted, words) => {
    const { doors, audited } = doorsRig();
    const answer = await doors.submit(submitted);
    expect(answer.result).toBe('replaced');
    expect(JSON.stringify(answer)).toContain(words);
    expect(audited).toEqual([]);
  });
});

describe('suggestions', () => {
  test('are at most as many as a platform takes', async () => {
    const { doors } = doorsRig();
    const query = { person: submission('').person, form: 'settings', field: 'boards', typed: 'b' } as const;
    expect(await doors.suggest(query)).toHaveLength(100);
    const viewer = { ...query, person: { ...query.person, userId: 'viewer' } };
    expect(await doors.suggest(viewer)).toEqual([]);
  });
});

describe('who is let in', () => {
  const people: readonly (readonly [string, Parameters<FakeDirectory['people']['set']>[1], boolean])[] = [
    ['a member', {}, true],
    ['a guest', { guest: true }, false],
    ['somebody of another organisation', { stranger: true }, false],
    ['somebody the platform does not know', undefined, false],
  ];
  test.each(people)('%s', async (_who, facts, admitted) => {
    const directory = new FakeDirectory();
    directory.people.set('nobody', facts);
    const { doors, shown } = doorsRig({ directory });
    await doors.request(request('status', { userId: 'nobody' }));
    const refused = wordsOf(shown[0]?.what as Reply).includes('members of this organisation only');
    expect(refused).toBe(!admitted);
  });

  test('a guest to whom an admin gave a role', async () => {
    const directory = new FakeDirectory();
    directory.people.set('viewer', { guest: true });
    const { doors, shown } = doorsRig({ directory });
    await doors.request(request('status', { userId: 'viewer' }));
    expect(wordsOf(shown[0]?.what as Reply)).toContain('1 project');
  });

  test('another bot gets no answer at all', async () => {
    const directory = new FakeDirectory();
    directory.people.set('nobody', { bot: true });
    const { doors, shown } = doorsRig({ directory });
    await doors.request(request('status', { userId: 'nobody' }));
    expect(shown).toEqual([]);
  });

  test('a guest cannot submit a form either', async () => {
    const directory = new FakeDirectory();
    directory.people.set('nobody', { guest: true });
    const { doors } = doorsRig({ directory });
    expect((await doors.submit(submission('x', 'nobody'))).result).toBe('replaced');
  });
});

describe('--here', () => {
  test('answers the conversation where only members read along', async () => {
    const { doors, shown } = doorsRig();
    await doors.request(request('status --here'));
    expect(shown).toMatchObject([{ how: 'sent', handle: shared }]);
  });

  test('answers the asker without it', async () => {
    const { doors, shown } = doorsRig();
    await doors.request(request('status'));
    expect(shown).toMatchObject([{ how: 'sent', handle }]);
  });

  test.each([['where people of another organisation read along', { external: true }]])(
    '%s asks first, and shows nothing',
    async (_where, facts) => {
      const directory = new FakeDirectory();
      directory.conversations.set('C1', facts);
      const { doors, shown } = doorsRig({ directory });
      await doors.request(request('status office --here'));
      expect(shown).toMatchObject([{ how: 'sent', handle }]);
      const reply = shown[0]?.what as Reply;
      expect(wordsOf(reply)).not.toContain('Office move');
      expect(actionsOf(reply).map(({ command }) => command)).toEqual([
        'status office',
        'status office --here --outside',
      ]);
      await doors.request(request('status office --here --outside'));
      expect(shown.at(-1)).toMatchObject({ how: 'sent', handle: shared });
    },
  );

  test.each([
    ['guests read along', true, 'guests read along'],
    ['it is not known whether guests do', undefined, 'whether guests read along is not known'],
  ])('asks first where %s', async (_where, guests, words) => {
    const directory = new FakeDirectory();
    directory.withGuests.set('C1', guests);
    const { doors, shown } = doorsRig({ directory });
    await doors.request(request('status office --here'));
    expect(shown).toMatchObject([{ how: 'sent', handle }]);
    const reply = shown[0]?.what as Reply;
    expect(wordsOf(reply)).toContain(words);
    expect(wordsOf(reply)).not.toContain('Office move');
  });

  test.each([
    ['is no member', { member: false }],
    ['is no member and people of another organisation read along', { member: false, external: true }],
    ['cannot see it', undefined],
  ])('where cwsync %s says how to invite it at once, and shows nothing', async (_where, facts) => {
    const directory = new FakeDirectory();
    directory.conversations.set('C1', facts);
    const { doors, shown } = doorsRig({ directory });
    await doors.request(request('status office --here'));
    expect(shown).toMatchObject([{ how: 'sent', handle }]);
    const reply = shown[0]?.what as Reply;
    expect(wordsOf(reply)).toMatch(/not in this conversation[\s\S]*\/invite @cwsync/u);
    expect(actionsOf(reply).map(({ command }) => command)).toEqual(['status office', 'status office --here']);
  });

  test('is no switch of a command whose answer is for the asker alone', async () => {
    const { doors, shown } = doorsRig();
    await doors.request(request('settings --here', { userId: 'admin' }));
    expect(wordsOf(shown[0]?.what as Reply)).toContain('does not know --here');
  });
});

describe('a request', () => {
  test('that comes twice is answered once', async () => {
    const { doors, shown } = doorsRig();
    await doors.request(request('status'));
    await doors.request(request('status'));
    expect(shown).toHaveLength(1);
  });

  test('from a standing page has that page shown anew', async () => {
    const { doors, homes } = doorsRig();
    await doors.request(request('status', { place: { kind: 'home' } }));
    await doors.request(request('help'));
    expect(homes).toEqual(['admin']);
  });

  test('that asks for a sync is answered by following it', async () => {
    const { doors, shown, followedRuns } = doorsRig();
    await doors.request(request('sync #1042 --now'));
    expect(shown).toEqual([]);
    expect(followedRuns()).toBe(1);
  });
});
