/** An incident in words: what it is about, what failed, how it ended. */
import { type Failure, type FailureRule, failureRules } from '../../domain/failure.ts';
import {
  failuresBeforeAlert,
  type Incident,
  type IncidentCause,
  type IncidentEnd,
  type IncidentProject,
} from '../../domain/incident.ts';
import { cut } from '../../domain/text.ts';
import type { LogEntry } from '../../ports/log-store.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { Text } from '../../ports/reply.ts';
import { gateSummary } from './gate-words.ts';
import { count, duration, link, name, strong, text } from './parts.ts';
import { customerBefore, failureWords } from './project-words.ts';

export type IncidentView = {
  readonly incident: Incident;
  readonly links: PsaLinks;
  /** Of a conversation where nothing can be posted, as people know it. */
  readonly channelName?: string;
  /** What was logged last before the worker was gone. */
  readonly lastEntry?: Pick<LogEntry, 'at' | 'message'>;
};

export const namedAtMost = 5;
const nameAtMost = 120;
export const wordsAtMost = 300;
/** Enough to tell incidents apart when people talk about them. */
export const shownId = ({ id }: Incident): string => id.slice(-8);

export function whatFailed({ incident }: IncidentView, cause: Exclude<IncidentCause, { is: 'away' }>): Text {
  if (cause.is === 'late') {
    const last = cause.last ? [text(' The last try: '), ...failureWords(shortened(cause.last))] : [];
    return [text('No sync has succeeded for more than twice the usual time.'), ...last];
  }
  const { failure } = cause;
  if (incident.scope === 'channel') {
    return [text('The chat says: '), name(failure.vendorMessage ?? 'no reason')];
  }
  const whole = incident.scope === 'integration' || incident.scope === 'cwsync';
  return [...failureWords(shortened(failure)), ...(whole ? [text(' No project syncs until then.')] : [])];
}

function shortened(failure: Failure): Failure {
  const { vendorMessage } = failure;
  return vendorMessage === undefined
    ? failure
    : { ...failure, vendorMessage: cut(vendorMessage, wordsAtMost) };
}

/** The words of health where it is about projects. */
export function headSummary({ scope, since }: Incident, cause: IncidentCause): string {
  if (cause.is !== 'failure') return 'Late';
  const { failure } = cause;
  const rule: FailureRule = failureRules[failure.code];
  if (scope === 'integration') {
    const gate = { now: since, enabled: true, circuit: { failure, since, probes: 0 } };
    return gateSummary(gate) ?? rule.what;
  }
  if (scope === 'cwsync') return 'no background worker is running';
  if (scope === 'channel') return 'alerts cannot be posted';
  return rule.heals === 'no' ? 'Needs attention' : `Retrying, failed ${failuresBeforeAlert} times in a row`;
}

/** `Recovered after 42 min; 18 changes caught up`. */
export function endWords({ since }: Incident, end: IncidentEnd): string {
  if (end.how === 'stopped') return stoppedWords[end.why];
  const after = `Recovered after ${duration(end.at.getTime() - since.getTime())}`;
  if (end.changes === undefined) return after;
  if (end.changes === 0) return `${after}; no changes were missed`;
  return `${after}; ${count(end.changes, 'change')} caught up`;
}

const stoppedWords: { readonly [why in Extract<IncidentEnd, { how: 'stopped' }>['why']]: string } = {
  'integration disabled': 'No longer watched, the integration was disabled',
  'project stopped': 'No longer watched, the project was taken out of the sync',
  'no alert channel': 'Over, alerts do not go there any more',
};

/** What it is about, with links. */
export function subjectOf(view: IncidentView): Text {
  const { incident, links } = view;
  const only = onlyProject(incident);
  if (only && !incident.ownTask) return projectWords(only, links);
  return [strong(plainSubject(view))];
}

export function plainSubject({ incident, channelName, links }: IncidentView): string {
  const { scope, ownTask, channel } = incident;
  const only = onlyProject(incident);
  switch (scope) {
    case 'integration':
      return links.home().label;
    case 'cwsync':
    case 'away':
      return 'cwsync';
    case 'channel':
      return channelName ?? channel?.conversation ?? 'a channel';
    case 'own task':
      return ownTask?.name ?? 'cwsync';
    default:
      if (only && !ownTask) return plainName(only);
      return projectsInWords(incident) ?? ownTask?.name ?? 'cwsync';
  }
}

/** Where it has ever been about one project alone. */
export function onlyProject({ projects, left = [] }: Incident): IncidentProject | undefined {
  return projects.length === 1 && left.length === 0 ? projects[0] : undefined;
}

/** `11 projects`, and while some of them are over `2 of 11 projects`. */
function projectsInWords({ projects, left = [], end }: Incident): string | undefined {
  const all = projects.length + left.length;
  if (all === 0) return undefined;
  return end || left.length === 0 ? count(all, 'project') : `${projects.length} of ${count(all, 'project')}`;
}

function plainName({ customer, name: project }: IncidentProject): string {
  const before = customerBefore(customer, project);
  return cut(before === undefined ? project : `${before} – ${project}`, nameAtMost);
}

export function projectWords(project: IncidentProject, links: PsaLinks): Text {
  const customer = customerBefore(project.customer, project.name);
  const before = customer === undefined ? [] : [name(cut(customer, nameAtMost)), text(' – ')];
  const { externalId } = project;
  const id = link(`#${externalId}`, links.record('project', externalId));
  return [...before, name(cut(project.name, nameAtMost)), text(' ('), id, text(')')];
}
