// The page of the simulator. Everything that people typed goes in as text, never as markup.

const byId = (id) => document.getElementById(id);
const KEYS_REFUSED = 'keys-refused';
const OPEN_RECORD = '/v4_6_release/services/system_io/router/openrecord.rails';

let setup = { people: [], projectStatuses: [], boards: [], priorities: [] };
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
];

function ticketRow(ticket) {
  const edit = make('button', { type: 'button', className: 'plain' }, ticket.summary);
  edit.addEventListener('click', () => editTicket(ticket));
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
  add.addEventListener('click', () => editTicket(null));
  return {
    place,
    toolbar: make('div', { className: 'toolbar' }, field('ticket-filter', 'Filter tickets', filter), add),
  };
}

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
    make('h3', {}, 'Tickets'),
    toolbar,
    place,
  );
  document.title = `${project.name} – ConnectWise simulator`;
  showProjects();
}

// Editing

function showEditor(title, fields, buttons, onSave) {
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
  dialog.replaceChildren(form);
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

function editTicket(ticket) {
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
  showEditor(title, ticketFields(ticket), buttons, async (values) => {
    const after = ticketChanges(values);
    const record = ticket
      ? await control('PATCH', `/tickets/${ticket.id}`, { as: person(), changes: onlyChanged(after, before) })
      : await control('POST', '/tickets', { as: person(), ...after });
    await refresh();
    saved(`Ticket ${record.id}`, record);
  });
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

function showServiceTicket(ticket) {
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
  );
}

async function showTicket(id) {
  const { kind, ticket } = await control('GET', `/tickets/${id}`);
  if (kind === 'service') return showServiceTicket(ticket);
  await showProject(ticket.project.id);
  editTicket(ticket);
}

async function openAddress() {
  const query = new URLSearchParams(location.search);
  const id = query.get('recid');
  if (query.get('companyName')?.toLowerCase() !== setup.companyId.toLowerCase()) {
    return showMissing(`There is no company "${query.get('companyName') ?? ''}" here.`);
  }
  const open = { ProjectHeaderFV: showProject, ServiceFV: showTicket }[query.get('recordType')];
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

// The strip of the simulator

async function showStrip() {
  const [permissions, faults] = await Promise.all([
    control('GET', '/permissions'),
    control('GET', '/faults'),
  ]);
  const refused = faults.some((fault) => fault.id === KEYS_REFUSED);
  byId('revoke').setAttribute('aria-pressed', String(!permissions.tickets));
  byId('give-back').disabled = permissions.tickets;
  byId('keys').setAttribute('aria-pressed', String(refused));
  byId('keys').textContent = `Keys refused: ${refused ? 'on' : 'off'}`;
}

async function allowTickets(allowed) {
  await control('PUT', '/permissions', { entity: 'tickets', allowed });
  await showStrip();
  say(allowed ? 'The API may read tickets again.' : 'The API may not read tickets now.');
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
  byId('revoke').addEventListener('click', () => attempt(() => allowTickets(false)));
  byId('give-back').addEventListener('click', () => attempt(() => allowTickets(true)));
  byId('keys').addEventListener('click', () => attempt(toggleKeys));
  window.addEventListener('hashchange', () => attempt(openHash));
  await loadProjects();
  await showStrip();
  await openHash();
}

await attempt(start);
