// The page of the simulator. Everything that people typed goes in as text, never as markup.

const byId = (id) => document.getElementById(id);
const KEYS_REFUSED = 'keys-refused';
const OPEN_RECORD = '/v4_6_release/services/system_io/router/openrecord.rails';

let setup = { people: [], projectStatuses: [], boards: [], workTypes: [], priorities: [] };
let projects = [];
let opened = null;

/** Makes an element: properties, `data-`/`aria-` attributes under `attributes`, children as texts or elements. */
function make(name, properties = {}, ...children) {
  const { attributes = {}, ...rest } = properties;
  const element = Object.assign(document.createElement(name), rest);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function say(text, bad = false) {
  byId('message').textContent = text;
  byId('message').classList.toggle('bad', bad);
}

async function control(method, path, body) {
  const response = await fetch(`/_control${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/** Runs something that may be refused, and says so when it is. */
async function attempt(action) {
  try {
    await action();
  } catch (error) {
    say(error.message, true);
  }
}

const person = () => byId('person').value;
const personName = (identifier) =>
  setup.people.find((one) => one.identifier === identifier)?.name ?? identifier ?? '';
const day = (text) => (text ? text.slice(0, 10) : '');

function saved(what, record) {
  const at = record._info.lastUpdated.replace('T', ' ').replace('Z', ' UTC');
  say(`${what} saved by ${personName(record._info.updatedBy)} at ${at}.`);
}

function personChoices(none) {
  const people = setup.people.filter((one) => one.licenseClass === 'F' && !one.inactiveFlag);
  return [
    ...(none ? [{ value: '', text: none }] : []),
    ...people.map((one) => ({ value: one.identifier, text: one.name })),
  ];
}

function choose(id, choices, value) {
  const known = choices.some((choice) => choice.value === value);
  const all = known || !value ? choices : [{ value, text: personName(value) }, ...choices];
  const select = make('select', { id, name: id });
  for (const choice of all) select.append(make('option', { value: choice.value }, choice.text));
  select.value = value ?? '';
  return select;
}

const field = (id, label, input) => make('div', {}, make('label', { htmlFor: id }, label), input);
const input = (id, type, value, more = {}) =>
  make('input', { id, name: id, type, value: value ?? '', autocomplete: 'off', ...more });

// The list of projects

function projectItem(project) {
  const link = make(
    'a',
    { href: `#/project/${project.id}` },
    make('bdi', {}, project.name),
    make('small', {}, `${project.id} · ${project.company} · ${project.status} · ${project.tickets} tickets`),
  );
  if (opened?.project.id === project.id) link.setAttribute('aria-current', 'page');
  return make('li', {}, link);
}

function showProjects() {
  const wanted = byId('filter').value.trim().toLowerCase();
  const found = projects.filter((project) =>
    `${project.id} ${project.name} ${project.company}`.toLowerCase().includes(wanted),
  );
  byId('projects').replaceChildren(...found.map(projectItem));
  byId('project-count').textContent = `${found.length} of ${projects.length} projects`;
}

async function loadProjects() {
  projects = await control('GET', '/projects');
  showProjects();
}

// One project

function facts(pairs) {
  const list = make('dl', { className: 'facts' });
  for (const [name, value] of pairs) {
    list.append(make('div', {}, make('dt', {}, name), make('dd', {}, make('bdi', {}, value || '–'))));
  }
  return list;
}

function table(caption, columns, rows) {
  const head = make('tr');
  for (const [name, kind] of columns) {
    head.append(make('th', { className: kind, attributes: { scope: 'col' } }, name));
  }
  return make(
    'div',
    { className: 'scroll', tabIndex: 0, attributes: { role: 'region', 'aria-label': caption } },
    make('table', {}, make('thead', {}, head), make('tbody', {}, ...rows)),
  );
}

function row(columns, cells, className = '') {
  const line = make('tr', { className });
  for (const [index, cell] of cells.entries()) {
    line.append(make('td', { className: columns[index][1] }, cell ?? ''));
  }
  return line;
}

const PHASE_COLUMNS = [
  ['WBS', 'fixed'],
  ['Phase', ''],
  ['Status', 'fixed'],
  ['Budget hours', 'number'],
];

const byWbs = (left, right) =>
  left.wbsCode.localeCompare(right.wbsCode, 'en', { numeric: true }) || left.id - right.id;

function phaseTable(phases) {
  const rows = [...phases]
    .sort(byWbs)
    .map((phase) =>
      row(PHASE_COLUMNS, [
        phase.wbsCode,
        phase.description,
        phase.status.name,
        String(phase.budgetHours ?? ''),
      ]),
    );
  return table('Phases', PHASE_COLUMNS, rows);
}

const TICKET_COLUMNS = [
  ['Ticket', 'fixed'],
  ['WBS', 'fixed'],
  ['Summary', ''],
  ['Phase', ''],
  ['Status', 'fixed'],
  ['Owner', ''],
  ['Budget h', 'number'],
  ['Actual h', 'number'],
  ['Required', 'fixed'],
  ['Changed by', ''],
];

function ticketRow(ticket) {
  const edit = make('button', { type: 'button', className: 'plain' }, ticket.summary);
  edit.addEventListener('click', () => attempt(() => editTicket(ticket)));
  const cells = [
    String(ticket.id),
    ticket.wbsCode,
    edit,
    ticket.phase.name,
    ticket.status.name,
    ticket.owner?.name,
    String(ticket.budgetHours ?? ''),
    String(ticket.actualHours ?? ''),
    day(ticket.requiredDate),
    personName(ticket._info.updatedBy),
  ];
  return row(TICKET_COLUMNS, cells, ticket.closedFlag ? 'closed' : '');
}

async function showTickets(place, filter, before = []) {
  const query = new URLSearchParams({ filter, offset: String(before.length) });
  const page = await control('GET', `/projects/${opened.project.id}/tickets?${query}`);
  const tickets = [...before, ...page.tickets];
  const parts = [
    make('p', { className: 'quiet' }, `${tickets.length} of ${page.total} tickets shown`),
    table('Tickets', TICKET_COLUMNS, tickets.map(ticketRow)),
  ];
  if (tickets.length < page.total) {
    const more = make('button', { type: 'button' }, 'Show more');
    more.addEventListener('click', () => attempt(() => showTickets(place, filter, tickets)));
    parts.push(more);
  }
  place.replaceChildren(...parts);
}

function ticketSection(wanted) {
  const place = make('div');
  const filter = input('ticket-filter', 'search', wanted);
  filter.addEventListener('input', () => attempt(() => showTickets(place, filter.value)));
  const add = make('button', { type: 'button', className: 'main' }, 'Add ticket');
  add.addEventListener('click', () => attempt(() => editTicket(null)));
  return {
    place,
    toolbar: make('div', { className: 'toolbar' }, field('ticket-filter', 'Filter tickets', filter), add),
  };
}

const TEAM_COLUMNS = [
  ['Who', ''],
  ['Role', ''],
  ['Hours', 'number'],
  ['From', 'fixed'],
  ['Until', 'fixed'],
];
const teamRow = (one) =>
  row(TEAM_COLUMNS, [
    one.member.name,
    one.projectRole.name,
    String(one.hours ?? ''),
    day(one.startDate),
    day(one.endDate),
  ]);

const PROJECT_NOTE_COLUMNS = [
  ['Type', 'fixed'],
  ['Text', ''],
  ['Who', ''],
];
const projectNoteRow = (note) =>
  row(PROJECT_NOTE_COLUMNS, [
    `${note.type.name}${note.flagged ? ' (flagged)' : ''}`,
    note.text,
    personName(note._info.enteredBy),
  ]);

async function showProject(id, ticketFilter = '') {
  opened = await control('GET', `/projects/${id}`);
  const { project, phases } = opened;
  const edit = make('button', { type: 'button' }, 'Edit project');
  edit.addEventListener('click', () => editProject(project));
  const { place, toolbar } = ticketSection(ticketFilter);
  await showTickets(place, ticketFilter);
  byId('main').replaceChildren(
    make('h2', {}, make('bdi', {}, project.name)),
    make('p', { className: 'quiet' }, `Project ${project.id}${project.closedFlag ? ' · closed' : ''}`),
    make('div', { className: 'actions' }, edit),
    facts([
      ['Customer', project.company.name],
      ['Board', project.board.name],
      ['Status', project.status.name],
      ['Manager', project.manager?.name],
      ['Estimated start', day(project.estimatedStart)],
      ['Estimated end', day(project.estimatedEnd)],
      ['Budget hours', String(project.budgetHours ?? '')],
      ['Actual hours', String(project.actualHours)],
      ['Last change', `${project._info.lastUpdated} by ${personName(project._info.updatedBy)}`],
    ]),
    make('h3', {}, 'Phases'),
    phaseTable(phases),
    make('h3', {}, 'Team'),
    table('Team', TEAM_COLUMNS, opened.team.map(teamRow)),
    make('h3', {}, 'Project notes'),
    table('Project notes', PROJECT_NOTE_COLUMNS, opened.notes.map(projectNoteRow)),
    make('h3', {}, 'Tickets'),
    toolbar,
    place,
  );
  document.title = `${project.name} – ConnectWise simulator`;
  showProjects();
}

// What stands on a ticket

const moment = (text) => (text ? text.slice(0, 16).replace('T', ' ') : '–');

const SCHEDULE_COLUMNS = [
  ['Who', ''],
  ['From', 'fixed'],
  ['Until', 'fixed'],
  ['Hours', 'number'],
  ['Done', 'fixed'],
  ['', 'fixed'],
];
const TIME_COLUMNS = [
  ['Who', ''],
  ['Start', 'fixed'],
  ['Hours', 'number'],
  ['Work type', 'fixed'],
  ['Notes', ''],
  ['', 'fixed'],
];
const NOTE_COLUMNS = [
  ['Who', ''],
  ['Kind', 'fixed'],
  ['Text', ''],
  ['', 'fixed'],
];

/** Says it where the person is: the message of the page lies behind an open dialog, where nobody hears it. */
function sayHere(text, bad = false) {
  const here = byId('editor').open ? byId('below-message') : null;
  if (!here) return say(text, bad);
  here.textContent = text;
  here.classList.toggle('bad', bad);
  // The form that was used is a new one now: without this the focus would be nowhere.
  here.focus();
}

async function attemptHere(action) {
  try {
    await action();
  } catch (error) {
    sayHere(error.message, true);
  }
}

/** Does something to what stands on a ticket, shows the result everywhere, and says so. */
function change(place, ticketId, done, action) {
  return attemptHere(async () => {
    await action();
    await refresh();
    await showBelongings(place, ticketId);
    sayHere(`${done} by ${personName(person())}.`);
  });
}

function removeButton(place, ticketId, path, what, id) {
  const attributes = { 'aria-label': `Remove ${what} ${id}` };
  const button = make('button', { type: 'button', className: 'plain', attributes }, 'Remove');
  button.addEventListener('click', () =>
    change(place, ticketId, `Removed ${what} ${id}`, () =>
      control('DELETE', `/${path}/${id}?as=${encodeURIComponent(person())}`),
    ),
  );
  return button;
}

const scheduleRow = (remove) => (entry) =>
  row(SCHEDULE_COLUMNS, [
    entry.member.name,
    moment(entry.dateStart),
    moment(entry.dateEnd),
    String(entry.hours ?? ''),
    entry.doneFlag ? 'yes' : 'no',
    remove('schedule', 'schedule entry', entry.id),
  ]);
const timeRow = (remove) => (entry) =>
  row(TIME_COLUMNS, [
    entry.member.name,
    moment(entry.timeStart),
    String(entry.actualHours),
    entry.workType.name,
    entry.notes,
    remove('time', 'time entry', entry.id),
  ]);

function noteKind(note) {
  if (note.resolutionFlag) return 'Resolution';
  return note.internalAnalysisFlag ? 'Internal' : 'Discussion';
}

const noteRow = (remove) => (note) =>
  row(NOTE_COLUMNS, [note.member.name, noteKind(note), note.text, remove('ticket-notes', 'note', note.id)]);

/** A form of one line: fields, a button, and what to do with the values. */
function lineForm(title, fields, buttonText, onSubmit) {
  const button = make('button', { type: 'submit' }, buttonText);
  const form = make('form', { className: 'line', attributes: { 'aria-label': title } }, ...fields, button);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    return onSubmit(Object.fromEntries(new FormData(form)));
  });
  return form;
}

const named = (names) => names.map((name) => ({ value: name, text: name }));

function timeForm(place, id) {
  const fields = [
    field('time-hours', 'Hours worked', input('time-hours', 'number', '1', { min: '0.25', step: '0.25' })),
    field('time-type', 'Work type', choose('time-type', named(setup.workTypes), setup.workTypes[0])),
    field('time-notes', 'What was done', input('time-notes', 'text', '')),
  ];
  return lineForm('Log time', fields, 'Log time', (values) =>
    change(place, id, 'Time logged', async () => {
      const { now } = await control('GET', '/clock');
      const hours = Number(values['time-hours']);
      return control('POST', '/time', {
        as: person(),
        chargeToId: id,
        timeStart: new Date(Date.parse(now) - hours * 3_600_000).toISOString(),
        timeEnd: now,
        actualHours: hours,
        workType: values['time-type'],
        notes: values['time-notes'] || null,
      });
    }),
  );
}

function scheduleForm(place, id) {
  const fields = [
    field('schedule-who', 'Who', choose('schedule-who', personChoices(), person())),
    field('schedule-day', 'Day', input('schedule-day', 'date', '')),
    field(
      'schedule-hours',
      'Hours planned',
      input('schedule-hours', 'number', '4', { min: '0.5', step: '0.5' }),
    ),
  ];
  return lineForm('Add to the schedule', fields, 'Add to the schedule', (values) => {
    const start = values['schedule-day'] ? Date.parse(`${values['schedule-day']}T08:00:00Z`) : null;
    const hours = Number(values['schedule-hours']);
    const when =
      start === null
        ? {}
        : {
            dateStart: new Date(start).toISOString(),
            dateEnd: new Date(start + hours * 3_600_000).toISOString(),
          };
    return change(place, id, 'Schedule entry added', () =>
      control('POST', '/schedule', { as: person(), objectId: id, member: values['schedule-who'], ...when }),
    );
  });
}

function noteForm(place, id) {
  const fields = [
    field('note-text', 'Note', input('note-text', 'text', '', { required: true })),
    field(
      'note-kind',
      'Kind',
      choose('note-kind', named(['Discussion', 'Internal', 'Resolution']), 'Discussion'),
    ),
  ];
  return lineForm('Add a note', fields, 'Add note', (values) =>
    change(place, id, 'Note added', () =>
      control('POST', '/ticket-notes', {
        as: person(),
        ticket: id,
        text: values['note-text'],
        internalAnalysisFlag: values['note-kind'] === 'Internal',
        resolutionFlag: values['note-kind'] === 'Resolution',
      }),
    ),
  );
}

const projectChoices = () =>
  projects.map((project) => ({ value: String(project.id), text: `${project.id} ${project.name}` }));

/** Moves the ticket to a phase of any project, and goes there. */
async function moveForm(ticket) {
  const project = choose('move-project', projectChoices(), String(ticket.project.id));
  const phase = make('select', { id: 'move-phase', name: 'move-phase' });
  const showPhases = async () => {
    const { phases } = await control('GET', `/projects/${project.value}`);
    const options = [...phases]
      .sort(byWbs)
      .map((one) => make('option', { value: String(one.id) }, `${one.wbsCode} ${one.description}`));
    phase.replaceChildren(...options);
  };
  project.addEventListener('change', () => attemptHere(showPhases));
  await showPhases();
  const fields = [field('move-project', 'To project', project), field('move-phase', 'To phase', phase)];
  return lineForm('Move ticket', fields, 'Move ticket', (values) =>
    attemptHere(async () => {
      const body = { as: person(), phase: Number(values['move-phase']) };
      const moved = await control('POST', `/tickets/${ticket.id}/move`, body);
      byId('editor').close();
      await loadProjects();
      await showProject(moved.project.id);
      say(`Ticket ${ticket.id} moved by ${personName(person())}.`);
    }),
  );
}

function belongingsTables({ schedule, time, notes }, remove) {
  return [
    [make('h3', {}, 'Schedule'), table('Schedule', SCHEDULE_COLUMNS, schedule.map(scheduleRow(remove)))],
    [make('h3', {}, 'Time'), table('Time', TIME_COLUMNS, time.map(timeRow(remove)))],
    [make('h3', {}, 'Notes'), table('Notes', NOTE_COLUMNS, notes.map(noteRow(remove)))],
  ];
}

/** The notes of service tickets are not simulated: `data-kind` of the place says so. */
async function showBelongings(place, id) {
  const withNotes = place.dataset.kind !== 'service';
  const belongings = await control('GET', `/tickets/${id}/belongings`);
  const remove = (path, what, entryId) => removeButton(place, id, path, what, entryId);
  const [schedule, time, notes] = belongingsTables(belongings, remove);
  place.replaceChildren(
    ...[...schedule, scheduleForm(place, id)],
    ...[...time, timeForm(place, id)],
    ...(withNotes ? [...notes, noteForm(place, id)] : []),
  );
}

async function belongingsPlace(ticket) {
  const place = make('div');
  await showBelongings(place, ticket.id);
  const message = make('p', { id: 'below-message', tabIndex: -1, attributes: { role: 'status' } });
  return make('div', { className: 'below' }, message, place, make('h3', {}, 'Move'), await moveForm(ticket));
}

// Editing

/** `below` stands under the form: what has forms of its own. */
function showEditor(title, fields, buttons, onSave, below = []) {
  const dialog = byId('editor');
  const problem = make('p', { className: 'bad', attributes: { role: 'alert' } });
  const cancel = make('button', { type: 'button' }, 'Cancel');
  cancel.addEventListener('click', () => dialog.close());
  const save = make('button', { type: 'submit', className: 'main' }, 'Save');
  const form = make(
    'form',
    {},
    make('h2', { id: 'editor-title' }, title),
    ...fields,
    problem,
    make('div', { className: 'actions' }, save, cancel, ...buttons),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await onSave(Object.fromEntries(new FormData(form)));
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    }
  });
  dialog.replaceChildren(form, ...below);
  dialog.showModal();
}

function ticketChanges(values) {
  return {
    summary: values.summary,
    ...(values.status ? { status: Number(values.status) } : {}),
    owner: values.owner || null,
    phase: Number(values.phase),
    budgetHours: values.budgetHours === '' ? null : Number(values.budgetHours),
    requiredDate: values.requiredDate || null,
  };
}

/** Only what the person changed is sent: an edit must not undo somebody else's. */
function onlyChanged(after, before) {
  return Object.fromEntries(Object.entries(after).filter(([name, value]) => value !== before[name]));
}

function ticketFields(ticket) {
  const board = setup.boards.find((one) => one.id === opened.project.board.id);
  const statuses = board.statuses.map((status) => ({ value: String(status.id), text: status.name }));
  const phases = [...opened.phases].sort(byWbs).map((phase) => ({
    value: String(phase.id),
    text: `${phase.wbsCode} ${phase.description}`,
  }));
  const statusId = String(ticket?.status.id ?? statuses[0].value);
  return [
    field(
      'summary',
      'Summary',
      input('summary', 'text', ticket?.summary, { required: true, maxLength: 100 }),
    ),
    make(
      'div',
      { className: 'pair' },
      field('status', 'Status', choose('status', statuses, statusId)),
      field('owner', 'Owner', choose('owner', personChoices('Nobody'), ticket?.owner?.identifier)),
      field('phase', 'Phase', choose('phase', phases, String(ticket?.phase.id ?? phases[0]?.value))),
      field(
        'budgetHours',
        'Budget hours',
        input('budgetHours', 'number', ticket?.budgetHours, { min: '0', step: 'any' }),
      ),
      field('requiredDate', 'Required date', input('requiredDate', 'date', day(ticket?.requiredDate))),
    ),
  ];
}

function deleteButton(ticket) {
  const button = make('button', { type: 'button', className: 'danger' }, 'Delete ticket');
  button.addEventListener('click', () => {
    if (!window.confirm(`Delete ticket ${ticket.id}? This cannot be undone.`)) return undefined;
    return attempt(async () => {
      await control('DELETE', `/tickets/${ticket.id}?as=${encodeURIComponent(person())}`);
      byId('editor').close();
      await refresh();
      say(`Ticket ${ticket.id} deleted by ${personName(person())}.`);
    });
  });
  return button;
}

async function editTicket(ticket) {
  const title = ticket ? `Ticket ${ticket.id}` : 'New ticket';
  const buttons = ticket ? [deleteButton(ticket)] : [];
  const before = ticket && {
    summary: ticket.summary,
    status: ticket.status.id,
    owner: ticket.owner?.identifier ?? null,
    phase: ticket.phase.id,
    budgetHours: ticket.budgetHours,
    requiredDate: day(ticket.requiredDate) || null,
  };
  const below = ticket ? [await belongingsPlace(ticket)] : [];
  const save = async (values) => {
    const after = ticketChanges(values);
    const record = ticket
      ? await control('PATCH', `/tickets/${ticket.id}`, { as: person(), changes: onlyChanged(after, before) })
      : await control('POST', '/tickets', { as: person(), ...after });
    await refresh();
    saved(`Ticket ${record.id}`, record);
  };
  showEditor(title, ticketFields(ticket), buttons, save, below);
}

function editProject(project) {
  const statuses = setup.projectStatuses.map((status) => ({ value: String(status.id), text: status.name }));
  const before = {
    name: project.name,
    status: project.status.id,
    estimatedStart: day(project.estimatedStart),
    estimatedEnd: day(project.estimatedEnd),
  };
  const fields = [
    field('name', 'Name', input('name', 'text', project.name, { required: true, maxLength: 100 })),
    field('status', 'Status', choose('status', statuses, String(project.status.id))),
    make(
      'div',
      { className: 'pair' },
      field(
        'estimatedStart',
        'Estimated start',
        input('estimatedStart', 'date', before.estimatedStart, { required: true }),
      ),
      field(
        'estimatedEnd',
        'Estimated end',
        input('estimatedEnd', 'date', before.estimatedEnd, { required: true }),
      ),
    ),
  ];
  showEditor(`Project ${project.id}`, fields, [], async (values) => {
    const changes = onlyChanged({ ...values, status: Number(values.status) }, before);
    const record = await control('PATCH', `/projects/${project.id}`, { as: person(), changes });
    await refresh();
    saved(`Project ${record.id}`, record);
  });
}

// Opening a record

function showMissing(text) {
  opened = null;
  showProjects();
  byId('main').replaceChildren(
    make('h2', {}, 'Record not found'),
    make('p', {}, text),
    make('p', {}, make('a', { href: '/' }, 'All projects')),
  );
}

async function showServiceTicket(ticket) {
  const place = make('div', { attributes: { 'data-kind': 'service' } });
  await showBelongings(place, ticket.id);
  byId('main').replaceChildren(
    make('h2', {}, make('bdi', {}, ticket.summary)),
    make('p', { className: 'quiet' }, `Service ticket ${ticket.id}`),
    facts([
      ['Customer', ticket.company.name],
      ['Board', ticket.board.name],
      ['Status', ticket.status.name],
      ['Owner', ticket.owner?.name],
      ['Required', day(ticket.requiredDate)],
    ]),
    place,
  );
}

async function showTicket(id) {
  const { kind, ticket } = await control('GET', `/tickets/${id}`);
  if (kind === 'service') return showServiceTicket(ticket);
  await showProject(ticket.project.id);
  await editTicket(ticket);
}

async function showTimeEntry(id) {
  const entry = await control('GET', `/time/${id}`);
  await showTicket(entry.chargeToId);
}

async function showScheduleEntry(id) {
  const entry = await control('GET', `/schedule/${id}`);
  // An activity is no ticket, though it may have the number of one.
  if (entry.type.identifier !== 'C') return showTicket(entry.objectId);
  byId('main').replaceChildren(
    make('h2', {}, make('bdi', {}, entry.name)),
    make('p', { className: 'quiet' }, `Schedule entry ${entry.id} of activity ${entry.objectId}`),
    facts([
      ['Who', entry.member.name],
      ['From', moment(entry.dateStart)],
      ['Until', moment(entry.dateEnd)],
    ]),
  );
}

async function openAddress() {
  const query = new URLSearchParams(location.search);
  const id = query.get('recid');
  if (query.get('companyName')?.toLowerCase() !== setup.companyId.toLowerCase()) {
    return showMissing(`There is no company "${query.get('companyName') ?? ''}" here.`);
  }
  const open = {
    ProjectHeaderFV: showProject,
    ServiceFV: showTicket,
    TimeEntryFV: showTimeEntry,
    ScheduleRecordFV: showScheduleEntry,
  }[query.get('recordType')];
  if (!open) return showMissing(`There is no record type "${query.get('recordType') ?? ''}".`);
  await open(id).catch((error) => showMissing(`${error.message}.`));
}

async function openHash() {
  const project = /^#\/project\/(\d+)$/.exec(location.hash);
  if (project) return showProject(project[1]).catch((error) => showMissing(`${error.message}.`));
  if (location.pathname === OPEN_RECORD) return openAddress();
}

async function refresh() {
  await loadProjects();
  if (opened) await showProject(opened.project.id, byId('ticket-filter')?.value);
}

const FOLLOW_MS = 1_000;
let revisionShown = 0;

/** Shows what others changed, but never under the hands of somebody who works on the page. */
async function follow() {
  const { revision } = await control('GET', '/revision');
  const busy = byId('editor').open || byId('main').contains(document.activeElement);
  if (revision === revisionShown || busy || document.hidden) return;
  revisionShown = revision;
  await refresh();
}

// The strip of the simulator

async function showStrip() {
  const [permissions, faults, life] = await Promise.all([
    control('GET', '/permissions'),
    control('GET', '/faults'),
    control('GET', '/life'),
  ]);
  const refused = faults.some((fault) => fault.id === KEYS_REFUSED);
  byId('revoke').setAttribute('aria-pressed', String(!permissions.tickets));
  byId('give-back').disabled = permissions.tickets;
  byId('keys').setAttribute('aria-pressed', String(refused));
  byId('keys').textContent = `Keys refused: ${refused ? 'on' : 'off'}`;
  byId('life').setAttribute('aria-pressed', String(life.on));
  byId('life').textContent = `People work by themselves: ${life.on ? 'on' : 'off'}`;
  byId('rights-list').replaceChildren(...Object.entries(permissions).map(rightItem));
}

/** `timeEntries` as people say it. */
const spoken = (entity) => entity.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function rightItem([entity, allowed]) {
  const text = `${allowed ? 'Withhold' : 'Return'} ${spoken(entity)}`;
  const button = make('button', { type: 'button', id: `right-${entity}` }, text);
  button.addEventListener('click', async () => {
    await attempt(() => allow(entity, !allowed));
    byId(`right-${entity}`).focus();
  });
  return make('li', {}, button);
}

async function allow(entity, allowed) {
  await control('PUT', '/permissions', { entity, allowed });
  await showStrip();
  say(allowed ? `The API may read ${spoken(entity)} again.` : `The API may not read ${spoken(entity)} now.`);
}

async function toggleLife() {
  const on = byId('life').getAttribute('aria-pressed') === 'true';
  await control('PUT', '/life', { on: !on });
  await showStrip();
  say(
    on
      ? 'Nobody works by themselves now.'
      : 'People work by themselves now: something happens every few seconds.',
  );
}

async function toggleKeys() {
  const on = byId('keys').getAttribute('aria-pressed') === 'true';
  if (on) await control('DELETE', `/faults/${KEYS_REFUSED}`);
  else
    await control('POST', '/faults', { id: KEYS_REFUSED, path: '/apis/3.0/', kind: 'status', status: 401 });
  await showStrip();
  say(on ? 'The API keys work again.' : 'The API keys are refused now.');
}

function rememberPerson() {
  const choices = personChoices();
  for (const choice of choices) byId('person').append(make('option', { value: choice.value }, choice.text));
  const before = sessionStorage.getItem('person');
  if (choices.some((choice) => choice.value === before)) byId('person').value = before;
  byId('person').addEventListener('change', () => sessionStorage.setItem('person', person()));
}

async function start() {
  setup = await control('GET', '/setup');
  rememberPerson();
  byId('filter').addEventListener('input', showProjects);
  byId('revoke').addEventListener('click', () => attempt(() => allow('tickets', false)));
  byId('give-back').addEventListener('click', () => attempt(() => allow('tickets', true)));
  byId('keys').addEventListener('click', () => attempt(toggleKeys));
  byId('life').addEventListener('click', () => attempt(toggleLife));
  window.addEventListener('hashchange', () => attempt(openHash));
  revisionShown = (await control('GET', '/revision')).revision;
  await loadProjects();
  await showStrip();
  await openHash();
  // A page that cannot reach the simulator just stays as it is.
  setInterval(() => follow().catch(() => undefined), FOLLOW_MS);
}

await attempt(start);
