import type { Person } from '../../domain/person.ts';
import type { Form } from '../../ports/form.ts';
import type { Text } from '../../ports/reply.ts';
import { strong, text } from '../replies/parts.ts';
import { outlookWords, type WriteOutlook } from '../write-outlook.ts';
import { formContext } from './form-context.ts';

export const writeSwitchTitle = 'Write to ConnectWise';

/** What is confirmed, with the numbers as they are now. */
export function turnOnWords(outlook: WriteOutlook): readonly Text[] {
  return [
    [strong(`Turning on Write to ConnectWise ${outlookWords(outlook)}.`)],
    [
      text(
        'Every active project is compared in full, and from then on edits of the plan go to ConnectWise. It can be turned off at any moment; what ConnectWise has taken by then stays. To see it first: sync <project> --dry-run.',
      ),
    ],
  ];
}

export function writeSwitchForm(person: Person, outlook: WriteOutlook): Form {
  return {
    form: 'write-switch',
    title: writeSwitchTitle,
    does: 'turn on the writing to ConnectWise',
    submit: 'Turn on',
    danger: true,
    fields: turnOnWords(outlook).map((words) => ({ field: 'words', text: words })),
    context: formContext(person, {}),
  };
}
