/** What a set-up under way has chosen so far: it travels in the context of the form, and is never trusted alone. */

export const setupSteps = ['connection', 'data', 'boards', 'cost', 'alerts'] as const;
export type SetupStep = (typeof setupSteps)[number];

const waitings = ['for an answer', 'to ask again'] as const;
type Waiting = (typeof waitings)[number];

export type SetupDraft = {
  readonly step: SetupStep;
  /** The form showed that there is nothing to fill in yet: an answer is on its way, or is to be asked for again. */
  readonly waiting?: Waiting;
  /** Of the settings as they were when set-up was opened. */
  readonly revision: number;
  readonly boards: readonly number[];
  readonly linkNew: boolean;
  /** The conversation where set-up was asked for. */
  readonly here?: string;
};

/** So many ids fit into the context of a form. */
export const boardsAtMost = 150;

export function writeDraft({ step, waiting, revision, boards, linkNew, here }: SetupDraft): string {
  return JSON.stringify([step, waiting ?? '', revision, linkNew ? 1 : 0, here ?? '', boards.join()]);
}

/** Undefined for what was not written here. */
export function readDraft(context: string): SetupDraft | undefined {
  const parts = parsed(context);
  if (!Array.isArray(parts)) return undefined;
  const [step, waiting, revision, linkNew, here, boards] = parts as unknown[];
  if (!isStep(step) || typeof boards !== 'string' || !Number.isInteger(revision)) return undefined;
  const isWaiting = waitings.find((one) => one === waiting);
  return {
    step,
    ...(isWaiting ? { waiting: isWaiting } : {}),
    revision: revision as number,
    linkNew: linkNew === 1,
    boards: idsIn(boards),
    ...(typeof here === 'string' && here !== '' ? { here } : {}),
  };
}

/** The command that shows another step with what this one was given; `draftSwitches` reads it again. */
export function commandTo(step: SetupStep, { revision, boards, linkNew, here }: SetupDraft): string {
  return [
    `setup ${step} --revision ${revision}`,
    ...(boards.length > 0 ? [`--chosen ${boards.join()}`] : []),
    linkNew ? '--later' : '--no-later',
    // Ids of conversations have no blanks; anything else is not carried.
    ...(here !== undefined && /^[\w:.@-]{1,100}$/u.test(here) ? [`--from ${here}`] : []),
  ].join(' ');
}

/** What the buttons of the forms carry; nobody types it. */
export const draftSwitches = {
  chosen: { type: 'string' },
  revision: { type: 'string' },
  later: { type: 'boolean' },
  'no-later': { type: 'boolean' },
  from: { type: 'string' },
} as const;

type Switches = { readonly [name: string]: string | boolean | undefined };

export function draftIn(switches: Switches): Partial<SetupDraft> {
  const { chosen, revision, later, from } = switches;
  const known = typeof revision === 'string' && /^\d{1,9}$/u.test(revision);
  return {
    ...(typeof chosen === 'string' ? { boards: idsIn(chosen) } : {}),
    ...(known ? { revision: Number(revision) } : {}),
    ...(later === true || switches['no-later'] === true ? { linkNew: later === true } : {}),
    ...(typeof from === 'string' ? { here: from } : {}),
  };
}

/** `3,7` as typed in a button of ours. */
export function idsIn(words: string): readonly number[] {
  const ids = words.split(',').flatMap((word) => (/^\d{1,10}$/u.test(word) ? [Number(word)] : []));
  return [...new Set(ids)].slice(0, boardsAtMost);
}

/** By its name or its number; the first one where nothing is named. */
export function stepNamed(word: string | undefined): SetupStep | undefined {
  if (word === undefined) return 'connection';
  const typed = word.toLowerCase();
  return setupSteps.find((step, i) => step === typed || String(i + 1) === typed);
}

function isStep(word: unknown): word is SetupStep {
  return setupSteps.some((step) => step === word);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
