/** How the first import goes: one line in the header of the list, and the message that is edited to its end. */
import { type SyncTask, syncStatus } from '../../domain/sync-task.ts';
import { cut } from '../../domain/text.ts';
import type { ImportState } from '../../ports/first-import.ts';
import type { GateState } from '../../ports/gate.ts';
import type { Action, Block, Reply } from '../../ports/reply.ts';
import { gateBlocks } from './gate-words.ts';
import { buttons, count, duration, link, name, note, paragraph, strong, text } from './parts.ts';
import { failureNote, failureWords, projectCount, statusWords } from './project-words.ts';

export type ImportView = {
  readonly state: ImportState;
  readonly gate: GateState;
  /** What links the projects; absent where it is not made yet. */
  readonly misc?: SyncTask;
  /** Since it was asked for. */
  readonly elapsedMs: number;
  readonly leftMs?: number;
  readonly linkTo: (externalId: number) => string;
};

const statusAction: Action = { label: 'Status', command: 'status' };

/** `120 of 212 projects, about 2 min left, 3 need attention` */
export function importWords(
  { imported, of, needAttention }: Pick<ImportState, 'imported' | 'of' | 'needAttention'>,
  leftMs?: number,
): string {
  const left = leftMs === undefined || leftMs <= 0 ? '' : `, about ${duration(Math.max(leftMs, 1_000))} left`;
  return `${imported} of ${projectCount(of)}${left}${attention(needAttention)}`;
}

function attention(number: number): string {
  if (number === 0) return '';
  return `, ${number} ${number === 1 ? 'needs' : 'need'} attention`;
}

/** Before it is known how many projects there are. */
export function lookingReply({ gate, misc }: ImportView): Reply {
  const how = misc && syncStatus(misc, gate.now).word !== 'Idle' ? statusWords(misc, gate.now) : [];
  return {
    summary: 'First import: the projects of the chosen boards are being looked for.',
    blocks: [
      paragraph(strong('First import'), text(': the projects of the chosen boards are being looked for.')),
      ...(how.length > 0 ? [note(text('ConnectWise’s set-up data: '), ...how)] : []),
      ...gateBlocks(gate),
    ],
  };
}

export function importingReply({ state, gate, leftMs }: ImportView): Reply {
  const words = importWords(state, leftMs);
  return {
    summary: `First import: ${words}`,
    blocks: [
      paragraph(strong('First import'), text(`: ${words}`)),
      ...gateBlocks(gate),
      note(text('The nearest due date first; what people ask for goes before all of it.')),
      buttons(statusAction),
    ],
  };
}

/** What was imported and what was not. */
export function importEndedReply(view: ImportView): Reply {
  const { state, misc, elapsedMs } = view;
  const summary = endWords(state, elapsedMs);
  const trouble = misc?.needsAttention?.failure ?? misc?.failure;
  const blocks: Block[] = [paragraph(strong('First import over'), text(`: ${summary}`))];
  if (state.stuck > 0) blocks.push(...notImported(view));
  if (trouble) blocks.push(paragraph(text('⚠ '), ...failureWords(trouble)), note(...failureNote(trouble)));
  if (state.of === 0 && !trouble) {
    blocks.push(note(text('No project on the chosen boards is open. Choose others with Set up.')));
  }
  const redo: Action = { label: 'Choose boards', command: 'setup boards' };
  blocks.push(buttons(statusAction, ...(state.of === 0 ? [redo] : []), { label: 'Logs', command: 'logs' }));
  return { summary: `First import over: ${summary}`, blocks };
}

function endWords({ imported, of, stuck }: ImportState, elapsedMs: number): string {
  if (of === 0) return 'nothing was imported.';
  const all = imported === of ? `all ${projectCount(of)} are` : `${imported} of ${projectCount(of)} are`;
  const rest = stuck === 0 ? '' : ` ${count(stuck, 'project')} could not be.`;
  return `${of === 1 && imported === 1 ? 'the one project is' : all} imported, in ${duration(elapsedMs)}.${rest}`;
}

function notImported({ state: { stuck, examples }, linkTo }: ImportView): readonly Block[] {
  const rows = examples.map(
    ({ externalId, name: title, failure }): Block => ({
      block: 'row',
      lines: [
        [strong('⚠ '), name(cut(title, 120)), text(' · '), link(`#${externalId}`, linkTo(externalId))],
        failureWords(failure),
      ],
      menu: [
        { label: 'Details', command: `status #${externalId}` },
        { label: 'Sync now', command: `sync #${externalId}` },
        { label: 'Logs', command: `logs #${externalId}` },
      ],
    }),
  );
  const more = stuck - examples.length;
  return [
    paragraph(text('Not imported, and what to do:')),
    ...rows,
    ...(more > 0 ? [note(text(`And ${count(more, 'more project', 'more projects')}: see Status.`))] : []),
  ];
}

/** Nobody is told for longer than that. */
export function importGivenUpReply({ state }: ImportView): Reply {
  const words = importWords(state);
  const why = 'The first import is not over after a day, so it is not followed here any longer.';
  return {
    summary: `First import: ${words}`,
    blocks: [paragraph(strong('First import'), text(`: ${words}.`)), note(text(why)), buttons(statusAction)],
  };
}
