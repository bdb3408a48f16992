import type { GateState } from '../../ports/gate.ts';
import type { Action, Block, Reply } from '../../ports/reply.ts';
import { gateBlocks, gateSummary } from './gate-words.ts';
import { buttons, dateAndTime, name, note, paragraph, text } from './parts.ts';
import { projectCount } from './project-words.ts';

/** Whether anything may sync at all, and since when. */
export function integrationReply(gate: GateState, activeProjects: number): Reply {
  const shut = gateSummary(gate);
  const open = `The integration is enabled and ConnectWise answers: ${projectCount(activeProjects)} may sync.`;
  const summary = shut === undefined ? open : `Nothing syncs at present: ${shut}.`;
  const blocks: Block[] = shut === undefined ? [paragraph(text(open))] : [...gateBlocks(gate)];
  if (shut !== undefined) {
    blocks.push(
      note(text(`${projectCount(activeProjects)} wait for that. What is asked for meanwhile is kept.`)),
    );
  }
  if (gate.enabled && gate.changed) {
    blocks.push(
      note(text('Enabled by '), name(gate.changed.by.name), text(', '), dateAndTime(gate.changed.at)),
    );
  }
  blocks.push(
    buttons(...actionsFor(gate), { label: 'Status', command: 'status' }, { label: 'Logs', command: 'logs' }),
  );
  return { summary, blocks };
}

/** Disabling stops everything: its button opens the form that says so. */
function actionsFor({ enabled, circuit }: GateState): readonly Action[] {
  if (!enabled) return [{ label: 'Enable integration', command: 'integration enable' }];
  const check = circuit ? [{ label: 'Check now', command: 'integration check' }] : [];
  return [...check, { label: 'Disable integration', command: 'integration disable', style: 'danger' }];
}
