/** The end of set-up: what was chosen is saved, unless somebody else saved meanwhile, and the import begins. */
import type { FormSubmission } from '../../ports/chat.ts';
import type { AlertChannel, Settings } from '../../ports/settings.ts';
import { type Asker, actorOf, type CommandDeps } from '../commands/command.ts';
import { count, notice } from '../replies/parts.ts';
import { channelProblem } from './channel-problem.ts';
import type { FormResult } from './form-handler.ts';
import type { SetupDraft } from './setup-draft.ts';
import { channelsHere } from './setup-steps.ts';
import { alertsForm } from './setup-views.ts';

type Person = Asker['person'];

export async function saveSetup(
  submission: FormSubmission,
  draft: SetupDraft,
  deps: CommandDeps,
): Promise<FormResult> {
  const { person } = submission;
  const conversations = valuesOf(submission.values.channels);
  const { revision, changed: _, ...before } = await deps.settings.read();
  const standing = new Set(channelsHere(before, person).map(({ conversation }) => conversation));
  const added = conversations.filter((id) => !standing.has(id));
  const refusal = await channelProblem(deps.directory, person, added);
  if (refusal !== undefined) return { answer: { result: 'errors', errors: { channels: refusal } } };
  const wanted = withChoice(before, draft, person, conversations);
  // A repeat of a submission that was saved: what it asked for stands already.
  const stands = sameChoice(before, wanted) && revision > draft.revision;
  if (
    !stands &&
    !(revision === draft.revision && (await deps.settings.save(wanted, revision, actorOf(person))))
  ) {
    return await conflict(deps, draft, conversations);
  }
  const started = await startImport(deps, person);
  return {
    answer: { result: 'closed', reply: savedReply(started) },
    audited: {
      target: 'setup',
      before: await inWords(deps, before),
      after: await inWords(deps, wanted),
      outcome: stands ? 'saved before, import asked for again' : 'saved, first import asked for',
    },
  };
}

function withChoice(
  settings: Settings,
  { boards, linkNew }: SetupDraft,
  person: Person,
  conversations: readonly string[],
): Settings {
  const { platform, tenant } = person;
  const here = new Set(channelsHere(settings, person));
  const elsewhere = settings.alertChannels.filter((channel) => !here.has(channel));
  // One that was chosen before keeps what it is told of.
  const before = new Map([...here].map((channel) => [channel.conversation, channel]));
  const chosen = conversations.map(
    (conversation): AlertChannel => before.get(conversation) ?? { platform, tenant, conversation },
  );
  return { ...settings, boards, linkNewProjects: linkNew, alertChannels: [...elsewhere, ...chosen] };
}

function sameChoice(a: Settings, b: Settings): boolean {
  const choice = ({ boards, linkNewProjects, alertChannels }: Settings) =>
    JSON.stringify([boards, linkNewProjects, alertChannels.map(key)]);
  return choice(a) === choice(b);
}

const key = ({ platform, tenant, conversation }: AlertChannel) => `${platform}:${tenant}/${conversation}`;

/** Set-up is shown again with the new revision: pressing once more puts the own choice in the place of the other. */
async function conflict(
  deps: CommandDeps,
  draft: SetupDraft,
  conversations: readonly string[],
): Promise<FormResult> {
  const { revision, ...now } = await deps.settings.read();
  const form = alertsForm({ ...draft, revision }, conversations, [await inWords(deps, now)]);
  return { answer: { result: 'replaced', form } };
}

async function inWords({ reference }: CommandDeps, settings: Settings): Promise<string> {
  const { boards, linkNewProjects, alertChannels } = settings;
  const rows = await reference.rows('board');
  const nameOf = (id: number) => rows.find((row) => row.id === id)?.name ?? `board ${id}`;
  const chosen = boards === 'all' ? 'all' : boards.map(nameOf).join(', ');
  const later = linkNewProjects ? 'new projects by themselves' : 'no new projects';
  return `boards: ${chosen === '' ? 'none' : chosen}; ${later}; ${count(alertChannels.length, 'alert channel')}`;
}

/** By the miscellaneous data sync, which links what is open on the chosen boards; it starts at once. */
async function startImport(deps: CommandDeps, person: Person): Promise<boolean> {
  const wanted = { kinds: ['comprehensive'], prio: 2, forceNow: true } as const;
  // Whoever sets up wants what is open now, also where it was opened after an earlier import.
  await deps.linkedBoards.store([]);
  const triggered = await deps.tasks.trigger(`${deps.tenantId}:misc`, wanted);
  if (triggered.result !== 'accepted') return false;
  await deps.firstImport.begin(person, triggered.ticket);
  return true;
}

function savedReply(started: boolean) {
  const actions = [{ label: 'Status', command: 'status' }];
  return started
    ? notice(
        'Saved. The first import starts now.',
        'A direct message follows it to its end. Nobody has to wait for it: what people ask for goes first.',
        actions,
      )
    : notice(
        'Saved. The first import starts as soon as the background worker runs.',
        'If it has been started, whoever operates cwsync looks at its log.',
        actions,
      );
}

function valuesOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined || value === '') return [];
  return typeof value === 'string' ? [value] : [...new Set(value)];
}
