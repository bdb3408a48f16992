/** The five steps of set-up as forms: each says what is known, and what its button does. */
import { type Failure, nextStep } from '../../domain/failure.ts';
import { aboutNumber, firstImportCost } from '../../domain/first-import.ts';
import { psaKindWords } from '../../domain/psa-rights.ts';
import { type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { Field, Form } from '../../ports/form.ts';
import type { PsaLinks } from '../../ports/psa.ts';
import type { BoardSeen, ImportSize, ReadRight } from '../../ports/psa-access.ts';
import type { Text } from '../../ports/reply.ts';
import { count, dateAndTime, duration, link, name, strong, text } from '../replies/parts.ts';
import { failureWords, statusWords } from '../replies/project-words.ts';
import type { Connection } from '../setup-facts.ts';
import { commandTo, type SetupDraft, setupSteps, writeDraft } from './setup-draft.ts';

const titles = {
  connection: 'ConnectWise',
  data: 'Set-up data',
  boards: 'Boards to sync',
  cost: 'First import',
  alerts: 'Alerts',
} as const satisfies { readonly [step in SetupDraft['step']]: string };

const words = (...parts: Text): Field => ({ field: 'words', text: parts });

function form(draft: SetupDraft, submit: string | undefined, fields: readonly Field[]): Form {
  const at = setupSteps.indexOf(draft.step) + 1;
  const before = setupSteps[at - 2];
  const back: Field[] =
    before === undefined || submit === undefined
      ? []
      : [{ field: 'actions', actions: [{ label: '‹ Back', command: commandTo(before, draft) }] }];
  return {
    form: 'setup',
    title: `${at} of ${setupSteps.length}: ${titles[draft.step]}`,
    ...(submit === undefined ? {} : { submit }),
    fields: [...fields, ...back],
    context: writeDraft(draft),
  };
}

/** The answer takes longer than a form may wait. */
export function waitingForm(draft: SetupDraft): Form {
  return form({ ...draft, waiting: 'for an answer' }, 'Show it', [
    words(text('ConnectWise is being asked and has not answered yet. Press “Show it” in a few seconds.')),
  ]);
}

/** Settings of the process are not there: nothing here can help. */
export function keysAbsentForm(draft: SetupDraft, missing: readonly string[]): Form {
  return form(draft, undefined, [
    words(strong('cwsync has no keys for ConnectWise yet.'), text(` ${missing.join('; ')}.`)),
    words(text('Whoever operates cwsync sets what is missing and starts it again; then write setup.')),
  ]);
}

export function failedForm(draft: SetupDraft, failure: Failure): Form {
  const next = nextStep(failure, 'chat');
  return form({ ...draft, waiting: 'to ask again' }, 'Check again', [
    words(text('✕ '), ...failureWords(failure)),
    words(text(failure.code === 'cw.auth' ? keysNext : next)),
  ]);
}

const keysNext =
  'An admin checks the keys of the API member and the clientId in ConnectWise; whoever operates cwsync sets them and starts it again.';

/** A longer difference makes changes look older or younger than they are, in milliseconds. */
const skewAtMostMs = 60_000;

export function connectionForm(
  draft: SetupDraft,
  connection: Extract<Connection, { reached: true }>,
  links: PsaLinks,
): Form {
  const { version, clockSkewMs } = connection.info;
  const home = links.home();
  const skewed = clockSkewMs !== null && Math.abs(clockSkewMs) > skewAtMostMs;
  const ahead = (clockSkewMs ?? 0) > 0 ? 'ahead of' : 'behind';
  const skew = `⚠ ConnectWise’s clock is ${duration(Math.abs(clockSkewMs ?? 0))} ${ahead} this machine’s. Whoever operates cwsync looks at the time of the machine.`;
  return form(draft, 'Next', [
    words(
      strong('✓ ConnectWise is reached: '),
      link(home.label, home.url),
      text(version === null ? '' : `, version ${cut(version, 40)}`),
    ),
    ...(skewed ? [words(text(skew))] : []),
    ...rightsFields(connection.rights),
  ]);
}

function rightsFields(rights: readonly ReadRight[]): readonly Field[] {
  const of = (state: ReadRight['state']) => rights.filter((one) => one.state === state);
  const missing = of('missing');
  const untested = of('untested').map(({ kind }) => psaKindWords[kind]);
  const fields = [words(text(`✓ ${readable(of('allowed').length, rights.length)}.`))];
  if (missing.length > 0) {
    const lines = missing.map(({ kind, right }) => `\n✕ ${psaKindWords[kind]}: ${right}, Inquire Level All`);
    fields.push(words(strong('These may not be read:'), text(lines.join(''))));
    fields.push(
      words(
        text(
          'Ask a ConnectWise admin to give these rights to the security role of the API member. You can go on without: everything else is synced, and these follow once they are given.',
        ),
      ),
    );
  }
  if (untested.length > 0) {
    fields.push(
      words(text(`Not tried, since there is no record of them to ask for: ${untested.join(', ')}.`)),
    );
  }
  return fields;
}

function readable(allowed: number, all: number): string {
  return allowed === all
    ? `All ${all} kinds of records can be read`
    : `${allowed} of ${all} kinds of records can be read`;
}

const dataAre = 'companies, members, boards, statuses and work types';

export function dataForm(draft: SetupDraft, misc: { task: SyncTask; now: Date } | undefined): Form {
  if (!misc) {
    return form({ ...draft, waiting: 'to ask again' }, 'Look again', [
      words(text('The background worker has not begun yet: it does so within a minute of its start.')),
      words(text('If it has been started, whoever operates cwsync looks at its log.')),
    ]);
  }
  const { task, now } = misc;
  const status = statusWords(task, now);
  if (syncStatus(task, now).word !== 'Idle') {
    return form({ ...draft, waiting: 'to ask again' }, 'Look again', [
      words(text(`ConnectWise’s ${dataAre} are being loaded: `), ...status),
    ]);
  }
  const failed = task.needsAttention?.failure ?? task.failure;
  const trouble = failed ? [words(text('⚠ '), ...failureWords(failed))] : [];
  if (!task.lastSync) {
    return form(draft, 'Load now', [words(text(`ConnectWise’s ${dataAre} are not loaded yet.`)), ...trouble]);
  }
  const again = { value: 'again', label: 'Load them again now' };
  return form(draft, 'Next', [
    words(strong('✓ '), text(`ConnectWise’s ${dataAre} were loaded `), dateAndTime(task.lastSync.at)),
    ...trouble,
    { field: 'switches', id: 'load', label: 'Out of date?', optional: true, options: [again], values: [] },
  ]);
}

export function boardOptions(boards: readonly BoardSeen[]) {
  return boards.map(({ id, name: title, openProjects }) => ({
    value: String(id),
    label: cut(title, 75),
    hint: count(openProjects, 'open project'),
  }));
}

export function boardsForm(draft: SetupDraft, boards: readonly BoardSeen[]): Form {
  if (boards.length === 0) {
    return form({ ...draft, waiting: 'to ask again' }, 'Look again', [
      words(text('ConnectWise shows no project board.')),
      words(text('A ConnectWise admin makes one, or gives the API member the right to see it.')),
    ]);
  }
  const there = new Set(boards.map(({ id }) => id));
  return form(draft, 'Next', [
    words(text('Open projects on these boards are imported, the nearest due date first.')),
    {
      field: 'choices',
      id: 'boards',
      label: 'Project boards',
      options: boardOptions(boards),
      values: draft.boards.filter((id) => there.has(id)).map(String),
    },
    {
      field: 'switches',
      id: 'new',
      label: 'New projects',
      optional: true,
      options: [
        { value: 'link', label: 'Import projects by themselves that are opened on these boards later' },
      ],
      values: draft.linkNew ? ['link'] : [],
    },
  ]);
}

export function costWords({ projects, tickets }: ImportSize, perSecond: number): string {
  const { requests, ms } = firstImportCost({ projects, tickets }, perSecond);
  const time = ms < 60_000 ? 'less than a minute' : `about ${count(Math.round(ms / 60_000), 'minute')}`;
  return `${count(projects, 'open project')}, about ${count(aboutNumber(requests), 'request')}, ${time}`;
}

export function costForm(
  draft: SetupDraft,
  size: ImportSize,
  perSecond: number,
  boards: readonly string[],
): Form {
  return form(draft, 'Next', [
    words(strong('The first import: '), text(`${costWords(size, perSecond)}.`)),
    words(text('Boards: '), name(cut(boards.join(', '), 500))),
    words(
      text(
        'It only reads from ConnectWise. What people ask for meanwhile goes first, and it may be stopped at any time: integration disable.',
      ),
    ),
  ]);
}

export function alertsForm(draft: SetupDraft, values: readonly string[], changed?: readonly string[]): Form {
  const told: readonly Field[] = changed
    ? [
        words(
          strong('⚠ Somebody saved settings meanwhile: '),
          name(changed.join('; ')),
          text('. Nothing of yours is saved yet: press the button again to put yours in their place.'),
        ),
      ]
    : [];
  return form(draft, 'Start the import', [
    ...told,
    words(text('When a sync fails and a person must act, and when that is over, this is told in:')),
    {
      field: 'conversations',
      id: 'channels',
      label: 'Alert channels',
      hint: 'cwsync must be a member: /invite @cwsync. None: nobody is alerted.',
      optional: true,
      values,
    },
    words(text('Nothing is saved before “Start the import”: who closes this form chooses the boards again.')),
  ]);
}

/** Set-up was opened by an older build, or the context is not ours. */
export function lostForm(): Form {
  return {
    form: 'setup',
    title: 'Set up',
    fields: [words(text('This form is out of date. Close it and write setup again; nothing was saved.'))],
    context: '',
  };
}
