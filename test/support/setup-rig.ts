/** Set-up as an adapter meets it: through the doors, over stores in memory, with everybody welcomed once. */
import { type ChatDoorsDeps, chatDoors } from '../../src/app/chat-doors.ts';
import { formHandlers } from '../../src/app/forms/registry.ts';
import type { Person } from '../../src/domain/person.ts';
import type { SyncTask } from '../../src/domain/sync-task.ts';
import type { ChatRequest, Delivered, Destination, MessageHandle, Place } from '../../src/ports/chat.ts';
import type { Form, FormAnswer, FormValues } from '../../src/ports/form.ts';
import type { Reply, Text } from '../../src/ports/reply.ts';
import { commandRig } from './command-rig.ts';
import { FakeFirstImport } from './fake-first-import.ts';

type Posted = { readonly to: Destination; readonly reply: Reply; readonly key: string };

export function setupRig(tasks: readonly SyncTask[], given: Partial<ChatDoorsDeps> = {}) {
  const rig = commandRig(tasks, given);
  const firstImport = new FakeFirstImport(rig.clock);
  const sent: Reply[] = [];
  const posted: Posted[] = [];
  const forms: Form[] = [];
  const seen = new Set<string>();
  const welcomed = new Set<string>();
  const post = { answer: (): Delivered => ({ result: 'sent', handle: { platform: 'slack', ts: '1' } }) };
  let asked = 0;
  const doors = chatDoors({
    ...rig.deps,
    firstImport,
    forms: formHandlers,
    seen: { first: async (key) => !seen.has(key) && seen.add(key) !== undefined, forget: async () => 0 },
    welcomes: {
      first: async ({ userId }) => !welcomed.has(userId) && welcomed.add(userId) !== undefined,
      forget: async ({ userId }) => void welcomed.delete(userId),
    },
    delivery: {
      async send(handle, reply) {
        sent.push(reply);
        return { result: 'sent', handle };
      },
      async post(to, reply, key) {
        posted.push({ to, reply, key });
        return post.answer();
      },
      async openForm(opener, form) {
        forms.push(form);
        return opener;
      },
      async fillForm(_opened, form) {
        forms.push(form);
        return true;
      },
    },
    onFollowed: () => {},
    onHomeUsed: () => {},
    onBackground: () => {},
    ...given,
  });
  const personNamed = (userId: string): Person => ({
    platform: 'slack',
    tenant: 'T1',
    userId,
    name: `The ${userId}`,
  });
  const handle: MessageHandle = { platform: 'slack' };

  /** Somebody writes; a slash command can open a form, words in a direct message cannot. */
  async function write(text: string, userId: string, where: Partial<ChatRequest> = {}): Promise<void> {
    asked += 1;
    const place: Place = { kind: 'conversation', id: 'C1' };
    const opener = { platform: 'slack', trigger: asked } as const;
    await doors.request({
      id: `e${asked}`,
      person: personNamed(userId),
      text,
      handle,
      place,
      opener,
      ...where,
    });
  }

  /** The form that is shown is submitted as it is, with these values. */
  async function submit(form: Form, values: FormValues, userId = 'admin'): Promise<FormAnswer> {
    asked += 1;
    const { form: name, context } = form;
    return await doors.submit({
      id: `s${asked}`,
      person: personNamed(userId),
      form: name,
      values,
      context,
      handle,
    });
  }

  return { ...rig, doors, firstImport, sent, posted, forms, post, write, submit, personNamed };
}

/** Everything that a form says, as one text; fields to fill in by their label and what is in them. */
export function wordsOfForm(form: Form): string {
  return [form.title, ...form.fields.map(wordsOfField), `[${form.submit ?? 'no button'}]`].join('\n');
}

function wordsOfField(field: Form['fields'][number]): string {
  if (field.field === 'words') return wordsOfText(field.text);
  if (field.field === 'actions') return field.actions.map(({ label }) => `[${label}]`).join(' ');
  if ('options' in field) {
    const options = field.options.map(({ label, hint }) => `${label} (${hint ?? ''})`).join(', ');
    return `${field.label}: ${options}`;
  }
  return field.label;
}

function wordsOfText(text: Text): string {
  return text
    .map((part) => {
      if (part.part === 'link') return part.label;
      if (part.part === 'person') return part.name === undefined ? part.key : `@${part.name}`;
      return part.part === 'time' ? part.at.toISOString() : part.text;
    })
    .join('');
}
