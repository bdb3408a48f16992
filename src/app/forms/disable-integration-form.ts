import type { Person } from '../../domain/person.ts';
import type { Form } from '../../ports/form.ts';
import { count, strong, text } from '../replies/parts.ts';
import { formContext } from './form-context.ts';

export const disableIntegrationTitle = 'Disable integration';
export const reasonField = 'reason';
export const reasonAtMost = 200;

/** @param stops how many projects sync at present */
export function disableIntegrationForm(person: Person, stops: number, reason: string): Form {
  const projects = count(stops, 'project');
  return {
    form: 'disable-integration',
    title: disableIntegrationTitle,
    does: 'disable the integration',
    submit: 'Disable',
    danger: true,
    fields: [
      {
        field: 'words',
        text: [strong(`${projects} ${stops === 1 ? 'stops' : 'stop'} syncing, all at once.`)],
      },
      {
        field: 'words',
        text: [
          text(
            'A sync under way stops at its next step. Nothing is deleted, each project keeps its own state, and what is asked for meanwhile waits until the integration is enabled again.',
          ),
        ],
      },
      {
        field: 'text',
        id: reasonField,
        label: 'Reason',
        hint: 'Shown to everybody who asks why nothing syncs.',
        optional: true,
        value: reason,
        maxLength: reasonAtMost,
      },
    ],
    context: formContext(person, {}),
  };
}
