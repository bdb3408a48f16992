/** What the conversation one writes in is told of. */
import type { AlertScope, Severity } from '../../domain/alert-scope.ts';
import { matchProject } from '../../domain/project-match.ts';
import type { ConversationFacts } from '../../ports/chat.ts';
import type { Reply } from '../../ports/reply.ts';
import type { AlertChannel, Settings } from '../../ports/settings.ts';
import { alertChannelAt } from '../alerts/destinations.ts';
import { outsiders } from '../outsiders.ts';
import { alertCommand, alertsReply, chosenReply, type ListedChannel } from '../replies/alert-channels.ts';
import { notice } from '../replies/parts.ts';
import { selector } from '../replies/project-words.ts';
import { type Saved, saveSettings } from './change-settings.ts';
import type { Asker, Command, CommandDeps, CommandResult, Invocation } from './command.ts';
import { selectProject } from './select-project.ts';
import { candidate } from './settings-worktype.ts';
import { testAlerts } from './test-alerts.ts';

/** Somebody else may save at the same moment: so often it is tried again upon what they saved. */
const savesAtMost = 3;

export const alerts: Command = {
  name: 'alerts',
  role: 'admin',
  usage: 'alerts [here [--min <warning | error>] [--board B] [--project P] | off | list | test]',
  summary:
    'Which alerts this channel gets: all, or from a severity on, of one board or one project. off ends them, list shows every alert channel, test posts one.',
  examples: ['alerts here', 'alerts here --min error --board "Service Board"', 'alerts off', 'alerts test'],
  options: {
    min: { type: 'string' },
    board: { type: 'string' },
    project: { type: 'string' },
    // What the button of the question means; nobody types it.
    outside: { type: 'boolean' },
  },
  async run(invocation, asker, deps) {
    const [what = 'list'] = invocation.words;
    switch (what.toLowerCase()) {
      case 'here':
        return await here(invocation, asker, deps);
      case 'off':
        return await off(asker, deps);
      case 'test':
        return await testAlerts(asker, deps, channelOf(asker));
      case 'list':
        return { reply: await list(deps) };
      default:
        return { reply: notice('Alerts: here, off, list or test?', `It is written: ${alerts.usage}`) };
    }
  },
};

/** Undefined where nobody else reads: those are no alert channels, but what one follows comes there. */
function channelOf({ place, person }: Asker) {
  if (place.kind !== 'conversation' || place.id === undefined) return undefined;
  return { platform: person.platform, tenant: person.tenant, conversation: place.id };
}

const onlyInChannels: Reply = notice(
  'Write this in the channel that it is about.',
  'Your own direct messages get what you follow: follow mine.',
  [{ label: 'Alert channels', command: 'alerts list' }],
);

async function here(invocation: Invocation, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const channel = channelOf(asker);
  if (!channel) return { reply: onlyInChannels };
  const scoped = await scopeOf(invocation, deps);
  if ('reply' in scoped) return scoped;
  const facts = await deps.directory.conversation(channel);
  const asked = invocation.switches.outside === true;
  const hindered = hindrance(facts, scoped.command);
  if (!facts || hindered) return { reply: hindered ?? onlyInChannels };
  const question = asked ? undefined : await outsiders(deps.directory, channel, facts);
  if (question !== undefined) return { reply: askFirst(question, scoped.command) };
  const chosen: AlertChannel = { ...channel, ...scoped.scope };
  const saved = await saveChannels(asker, deps, (before) => {
    const at = before.findIndex((one) => one.conversation === channel.conversation && isSame(one, channel));
    return at < 0 ? [...before, chosen] : before.with(at, chosen);
  });
  const listed = { name: facts.name, words: scoped.words };
  return toldOf(saved, `#${listed.name}`, 'alerts on', chosenReply(listed));
}

async function off(asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const channel = channelOf(asker);
  if (!channel) return { reply: onlyInChannels };
  const saved = await saveChannels(asker, deps, (before) => before.filter((one) => !isSame(one, channel)));
  const done = notice(
    'This channel gets no alerts any more.',
    'What was told here is still brought up to date.',
    [{ label: 'Alert channels', command: 'alerts list' }],
  );
  return toldOf(saved, channel.conversation, 'alerts off', done);
}

function isSame(a: Pick<AlertChannel, 'platform' | 'tenant' | 'conversation'>, b: typeof a): boolean {
  return a.platform === b.platform && a.tenant === b.tenant && a.conversation === b.conversation;
}

/** Why it cannot be done. */
function hindrance(facts: ConversationFacts | undefined, command: string): Reply | undefined {
  if (facts?.direct) return onlyInChannels;
  if (facts?.archived) return notice('This channel is archived.', 'Choose another one: write it there.');
  if (!facts?.member) {
    return notice(
      'cwsync cannot post here: it is not in this channel.',
      'Invite it with /invite @cwsync, then write the command again.',
      [{ label: 'Try again', command }],
    );
  }
  return undefined;
}

/** Not before somebody has said yes: the default is no. */
function askFirst(question: string, command: string): Reply {
  return notice(question, 'Nothing was changed yet.', [
    { label: 'Leave it', command: 'alerts list', style: 'primary' },
    { label: 'Alerts here all the same', command: `${command} --outside`, style: 'danger' },
  ]);
}

async function saveChannels(
  asker: Asker,
  deps: CommandDeps,
  to: (before: Settings['alertChannels']) => Settings['alertChannels'],
): Promise<Saved> {
  for (let tries = 1; ; tries += 1) {
    const read = await deps.settings.read();
    const { revision: _seen, changed: _last, ...settings } = read;
    const wanted = { ...settings, alertChannels: to(settings.alertChannels) };
    const saved = await saveSettings(deps, asker, read, wanted);
    if (saved.result !== 'conflict' || tries === savesAtMost) return saved;
  }
}

function toldOf(saved: Saved, target: string, outcome: string, reply: Reply): CommandResult {
  if (saved.result === 'unchanged') return { reply: notice('Nothing was changed: it is so already.') };
  if (saved.result === 'conflict') {
    const words = 'Not saved: others are changing the settings right now.';
    return { reply: notice(words, 'Try again in a moment.'), audited: { target, outcome: 'refused: busy' } };
  }
  const { audited } = saved.after;
  return { reply, ...saved.after, ...(audited ? { audited: { ...audited, target, outcome } } : {}) };
}

type Scoped =
  | { readonly scope: AlertScope; readonly words: string; readonly command: string }
  | { readonly reply: Reply };

async function scopeOf({ switches }: Invocation, deps: CommandDeps): Promise<Scoped> {
  const min = severityNamed(switches.min);
  if (min === 'unknown') {
    const words = 'A warning heals by itself, an error a person must mend.';
    return { reply: notice('--min is warning or error.', words) };
  }
  const board = await boardNamed(switches.board, deps);
  if (board && 'reply' in board) return board;
  const project = await projectNamed(switches.project, deps);
  if (project && 'reply' in project) return project;
  const scope = {
    ...(min ? { min } : {}),
    ...(board ? { boards: [board.externalId] } : {}),
    ...(project ? { project: project.projectId } : {}),
  };
  const named = {
    ...(min ? { min } : {}),
    ...(board ? { boards: [board.name] } : {}),
    ...(project ? { project: project.link.projectName } : {}),
  };
  const selected = project ? { selector: selector(project) } : {};
  return { scope, ...alertCommand({ ...named, ...selected }) };
}

function severityNamed(word: string | boolean | undefined): Severity | 'unknown' | undefined {
  if (word === undefined) return undefined;
  const min = String(word).toLowerCase();
  return min === 'warning' || min === 'error' ? min : 'unknown';
}

async function boardNamed(typed: string | boolean | undefined, { reference }: CommandDeps) {
  if (typed === undefined) return undefined;
  const boards = (await reference.rows('board')).filter(({ gone }) => !gone).map(candidate);
  const match = matchProject(boards, String(typed));
  if (match.found === 'one') return match.project;
  const names = boards.map(({ name }) => name).slice(0, 8);
  const next = names.length === 0 ? 'None is known yet: sync --misc reads them.' : names.join(', ');
  return { reply: notice('Which board?', `The boards: ${next}`) };
}

async function projectNamed(typed: string | boolean | undefined, deps: CommandDeps) {
  if (typed === undefined) return undefined;
  const command = (project: string) => `alerts here --project ${project}`;
  const selected = await selectProject(deps, [String(typed)], command, { changes: true });
  return selected.found === 'choice' ? { reply: selected.reply } : selected.task;
}

async function list(deps: CommandDeps): Promise<Reply> {
  const { alertChannels } = await deps.settings.read();
  const [boards, blocked, names] = await Promise.all([
    deps.reference.rows('board'),
    deps.incidents.blockedDestinations(),
    deps.tasks.names(),
  ]);
  const boardName = (id: number) => boards.find((row) => row.id === id)?.name ?? `board #${id}`;
  const projectName = (id: string) =>
    names.find(({ taskId }) => taskId === `${deps.tenantId}:${id}`)?.name ?? 'one that is gone';
  const listed = alertChannels.map(async (channel): Promise<ListedChannel> => {
    const { boards: ids, project, min, conversation } = channel;
    const facts = await deps.directory.conversation(channel).catch(() => undefined);
    const { words } = alertCommand({
      ...(min ? { min } : {}),
      ...(ids ? { boards: ids.map(boardName) } : {}),
      ...(project === undefined ? {} : { project: projectName(project) }),
    });
    const held = blocked.find(({ to }) => alertChannelAt(to, { alertChannels: [channel] }));
    return { name: facts?.name ?? conversation, words, ...(held ? { blocked: held } : {}) };
  });
  return alertsReply(await Promise.all(listed));
}
