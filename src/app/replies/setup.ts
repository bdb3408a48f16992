/** Why nothing can be done yet, whose job it is, and the next step. */
import type { Role } from '../../domain/roles.ts';
import type { Action, Block, Reply, Text } from '../../ports/reply.ts';
import type { Readiness } from '../readiness.ts';
import { gateLines } from './gate-words.ts';
import { buttons, note, paragraph, people, text } from './parts.ts';
import { projectCount } from './project-words.ts';

const setUp: Action = { label: 'Set up', command: 'setup', style: 'primary' };
const checkNow: Action = { label: 'Check now', command: 'integration check' };

type Told = { readonly why: Text; readonly next: string; readonly actions: readonly Action[] };

/** Why nothing is linked, in one sentence, and what comes next. */
function told(ready: Readiness, role: Role): Told {
  const { gate, missing, importing } = ready;
  switch (ready.stage) {
    case 'keys-absent':
      return {
        why: [text(`cwsync has no keys for ConnectWise yet: ${missing.join('; ')}.`)],
        next: 'Whoever operates cwsync sets what is missing and starts it again.',
        actions: [],
      };
    case 'keys-refused':
      return {
        why: [text('ConnectWise refuses the API keys of cwsync.')],
        next: 'An admin checks the keys of the API member and the clientId; whoever operates cwsync sets them and starts it again. Then an admin looks at it here.',
        actions: [checkNow, setUp],
      };
    case 'unreachable':
      return {
        why: gateLines(gate).at(-1) ?? [text('ConnectWise does not answer.')],
        next: 'Nothing to do: cwsync looks again by itself.',
        actions: [checkNow],
      };
    case 'no-boards':
      return {
        why: [text('No project is linked yet: no project boards are chosen.')],
        next: `${role === 'admin' ? 'Choose' : 'An admin chooses'} the boards in Set up; their open projects are then imported by themselves.`,
        actions: [setUp],
      };
    case 'importing': {
      const { left, of } = importing;
      const far =
        of === 0 ? 'its projects are being looked for' : `${of - left} of ${projectCount(of)} are imported`;
      return {
        why: [text(`The first import is under way: ${far}.`)],
        next: 'Look again in a minute.',
        actions: [{ label: 'Reload', command: 'status' }],
      };
    }
    case 'ready':
      return {
        why: [text('No project is linked: none on the chosen boards is open in ConnectWise.')],
        next: 'Projects that are opened there are found by themselves; an admin can choose other boards or import one by its id.',
        actions: [{ label: 'Choose boards', command: 'setup boards' }],
      };
  }
}

/** A command was asked for that cannot do anything yet. */
export function notReadyReply(ready: Readiness, role: Role, admins: readonly string[]): Reply {
  const { why, next, actions } = told(ready, role);
  const blocks: Block[] = [
    paragraph(...why),
    note(text(`${next} Nothing was asked for. Admins: `), ...people(admins, 'nobody is one yet'), text('.')),
  ];
  if (actions.length > 0) blocks.push(buttons(...actions));
  return { summary: plain(why), blocks };
}

/** In the place of a list without any project. */
export function nothingLinkedBlocks(ready: Readiness, role: Role): readonly Block[] {
  const { why, next, actions } = told(ready, role);
  const words: Block[] = [paragraph(...why), note(text(next))];
  return actions.length > 0 ? [...words, buttons(...actions)] : words;
}

function plain(words: Text): string {
  return words.map((part) => ('text' in part ? part.text : '')).join('');
}
