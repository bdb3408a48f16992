import { mayDo, type Role } from '../../domain/roles.ts';
import type { Action, Reply } from '../../ports/reply.ts';
import { buttons, note, paragraph, strong, text } from './parts.ts';

const what = 'cwsync keeps your ConnectWise projects and their plans in step.';

/** The first thing that somebody reads of cwsync. */
export function welcomeReply(role: Role, isBeforeSetUp: boolean): Reply {
  const setsUp = isBeforeSetUp && mayDo(role, 'admin');
  const syncs = mayDo(role, 'operator') ? 'you can sync one now' : 'you can look at their plans';
  const setUp: Action = { label: 'Set up', command: 'setup', style: 'primary' };
  return {
    summary: `Hello! ${what}`,
    blocks: [
      paragraph(strong('Hello! '), text(what)),
      paragraph(
        text(
          `Here you see whether your projects are in sync, and why not; ${syncs}, and hear when a sync fails and when that is over.`,
        ),
      ),
      ...(setsUp
        ? [
            paragraph(
              text('It is not set up yet: choose which project boards to import. That takes a few minutes.'),
            ),
          ]
        : []),
      buttons(
        ...(setsUp ? [setUp] : []),
        { label: 'Status', command: 'status' },
        { label: 'My projects', command: 'status --mine' },
        { label: 'Help', command: 'help' },
      ),
      paragraph(text('To hear here of failures and recoveries of the projects that are yours:')),
      buttons({ label: 'Follow my projects', command: 'follow mine' }),
      note(text(`Your role: ${role}. Everything can be typed here as well, for example: status.`)),
    ],
  };
}
