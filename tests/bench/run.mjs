/**
 * npm run bench [-- capacity|connect|delivery|handshakes|history|load|protocol|signaling|size|storage|unlock …]
 *               [--runs 10] [--queued 1000] [--messages 100000] [--json]
 *
 * One table a subject; with --json one JSON object on the last line. What is measured is said at the head of each
 * subject's file. It measures what is built: run "npm run build" first, on an idle machine. Ratios travel from
 * machine to machine, milliseconds do not.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { capacity } from './capacity.mjs';
import { connect } from './connect.mjs';
import { delivery } from './delivery.mjs';
import { history } from './history.mjs';
import { handshakes } from './handshakes.mjs';
import { load } from './load.mjs';
import { protocol } from './protocol.mjs';
import { signaling } from './signaling.mjs';
import { size } from './size.mjs';
import { storage } from './storage.mjs';
import { unlock } from './unlock.mjs';

const SUBJECTS = {
  capacity,
  connect,
  delivery,
  handshakes,
  history,
  load,
  protocol,
  signaling,
  size,
  storage,
  unlock
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '10' },
    queued: { type: 'string', default: '1000' },
    messages: { type: 'string', default: '100000' }
  }
});
const [runs, queued, messages] = [Number(values.runs), Number(values.queued), Number(values.messages)];
const names = positionals.length === 0 ? Object.keys(SUBJECTS) : positionals;
const unknown = names.find((name) => !Object.hasOwn(SUBJECTS, name));

if (
  unknown !== undefined ||
  ![runs, queued, messages].every((number) => Number.isInteger(number) && number >= 1)
) {
  console.error(
    `Usage: npm run bench -- [${Object.keys(SUBJECTS).join('|')}] [--runs N] [--queued N] [--messages N] [--json]`
  );
  process.exit(2);
}

const results = { machine: { cores: cpus().length, cpu: cpus()[0]?.model ?? '', node: process.version } };
for (const name of names) {
  const { title, rows, result } = await SUBJECTS[name]({ runs, queued, messages });
  console.log(`\n${title}`);
  printTable(rows);
  results[name] = result;
}
if (values.json) console.log(JSON.stringify(results));

/** The first row is the head; everything but the first column stands to the right. */
function printTable(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? String(cell).padEnd(widths[column]) : String(cell).padStart(widths[column])
    );
    console.log(`  ${cells.join('  ')}`);
  }
}
