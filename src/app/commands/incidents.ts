/** The open incidents, and who sees to them. */
import type { Incident } from '../../domain/incident.ts';
import { acknowledgedBy, snoozedBy } from '../../domain/incident-life.ts';
import { type SnoozeFor, snoozes } from '../replies/incident.ts';
import { incidentsPerPage, incidentsReply } from '../replies/incident-list.ts';
import { plainSubject, shownId } from '../replies/incident-words.ts';
import { moment, notice, text } from '../replies/parts.ts';
import { type Asker, actorOf, type Command, type CommandDeps, type CommandResult } from './command.ts';
import { lastPageAtMost, pageOf, pageOption } from './page-switch.ts';

/** What the buttons of an incident mean; help does not tell of them. */
const changes = new Set(['ack', 'snooze']);
/** Somebody else, or a look for problems, may change it at the same moment: so often it is tried again. */
const savesAtMost = 5;

export const incidents: Command = {
  name: 'incidents',
  role: 'viewer',
  roleFor: ({ words }) => (changes.has(words[0]?.toLowerCase() ?? '') ? 'operator' : 'viewer'),
  roleNote: 'operator to acknowledge and to snooze',
  usage: 'incidents',
  summary: 'The open incidents; each can be acknowledged, or snoozed for 1 h, 4 h or 1 day.',
  examples: ['incidents'],
  options: pageOption,
  async run(invocation, asker, deps) {
    const [what, id = '', forWord] = invocation.words;
    const asked = what?.toLowerCase();
    if (asked === 'ack') return await acknowledge(id, asker, deps);
    if (asked === 'snooze') return await snooze(id, forWord, asker, deps);
    const open = await deps.incidents.open();
    const page = lastPageAtMost(pageOf(invocation), open.length, incidentsPerPage);
    const shown = open.slice((page - 1) * incidentsPerPage, page * incidentsPerPage);
    const channelNames = await namesOf(deps, shown);
    return {
      reply: incidentsReply({ shown, total: open.length, page, links: deps.links, channelNames }),
    };
  },
};

async function namesOf(
  { directory }: CommandDeps,
  shown: readonly Incident[],
): Promise<ReadonlyMap<string, string>> {
  const named = await Promise.all(
    shown.map(async ({ id, channel }) => {
      const facts = channel && (await directory.conversation(channel).catch(() => undefined));
      return facts ? [[id, facts.name] as const] : [];
    }),
  );
  return new Map(named.flat());
}

async function acknowledge(id: string, asker: Asker, deps: CommandDeps): Promise<CommandResult> {
  const by = actorOf(asker.person);
  const done = await change(deps, id, (incident, now) =>
    incident.acknowledged?.by.id === by.id ? undefined : acknowledgedBy(incident, by, now),
  );
  if (done.result !== 'saved') return notSaved(done, 'You have acknowledged it already.');
  const { incident } = done;
  return {
    reply: notice(`You see to it: ${subject(deps, incident)}.`, 'Everybody who was told of it sees that.'),
    audited: auditedFor(deps, incident, 'acknowledged'),
  };
}

async function snooze(
  id: string,
  forWord: string | undefined,
  asker: Asker,
  deps: CommandDeps,
): Promise<CommandResult> {
  const word = Object.keys(snoozes).find((one): one is SnoozeFor => one === forWord?.toLowerCase());
  if (!word) return { reply: notice('For how long: 1h, 4h or 1d?', 'The buttons of the incident say it.') };
  const by = actorOf(asker.person);
  const done = await change(deps, id, (incident, now) => snoozedBy(incident, by, now, snoozes[word].ms));
  if (done.result !== 'saved') return notSaved(done, '');
  const { incident } = done;
  const until = incident.snoozed?.until;
  return {
    reply: notice(`Snoozed for ${snoozes[word].label}: ${subject(deps, incident)}.`, [
      text('Nothing but its end is posted until '),
      ...(until ? [moment(until)] : []),
      text('; if it is still open then, the channel is told again.'),
    ]),
    audited: auditedFor(deps, incident, `snoozed for ${snoozes[word].label}`),
  };
}

type Changed =
  | { readonly result: 'saved'; readonly incident: Incident }
  | { readonly result: 'none' | 'unchanged' | 'busy' };

/** @param to undefined where there is nothing to change */
async function change(
  { incidents: store, gate }: CommandDeps,
  id: string,
  to: (incident: Incident, now: Date) => Incident | undefined,
): Promise<Changed> {
  for (let tries = 0; tries < savesAtMost; tries += 1) {
    const incident = (await store.open()).find((one) => one.id === id || shownId(one) === id);
    if (!incident) return { result: 'none' };
    const next = to(incident, (await gate.read()).now);
    if (!next) return { result: 'unchanged' };
    if (await store.save(incident, next, [])) return { result: 'saved', incident: next };
  }
  return { result: 'busy' };
}

function notSaved({ result }: Exclude<Changed, { result: 'saved' }>, unchanged: string): CommandResult {
  const list = [{ label: 'Incidents', command: 'incidents' }];
  if (result === 'unchanged') return { reply: notice(unchanged) };
  if (result === 'none') {
    return {
      reply: notice('That incident is not open any more.', 'What is open:', list),
      audited: { outcome: 'refused: not open' },
    };
  }
  return {
    reply: notice('Not done: it is changing right now.', 'Try again in a moment.', list),
    audited: { outcome: 'refused: changing' },
  };
}

function subject({ links }: CommandDeps, incident: Incident): string {
  return plainSubject({ incident, links });
}

function auditedFor(deps: CommandDeps, incident: Incident, outcome: string) {
  const [only, another] = incident.projects;
  const project = only && !another ? { projectId: only.projectId } : {};
  return { target: `incident ${shownId(incident)}: ${subject(deps, incident)}`, ...project, outcome };
}
