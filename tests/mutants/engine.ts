/** Faults in what is said and when, and in what is kept: conversation, engine, storage. */
import type { Mutant } from './mutants.ts';

const C = 'tests/unit/conversation';
const E = 'tests/unit/engine';

export const ENGINE: readonly Mutant[] = [
  {
    name: 'retained before the first frame has opened',
    patches: [
      [
        'src/lib/conversation/rehandshake.ts',
        `    [{ kind: 'wipe', secrets: consumed }]
  ];`,
        `    [{ kind: 'wipe', secrets: consumed }, { kind: 'retain', retained: spent.retained, continuity: spent.continuity }]
  ];`
      ]
    ],
    tests: [`${C}/rehandshake.test.ts`]
  },
  {
    name: 'everything given to the new device before the old one has written that down',
    patches: [
      [
        'src/lib/engine/leaving.ts',
        "await mark('handed-over');",
        "line.say({ kind: 'yours' });\n      await mark('handed-over');"
      ],
      [
        'src/lib/engine/leaving.ts',
        "    line.say({ kind: 'yours' });\n    this.#cancelWait",
        '    this.#cancelWait'
      ]
    ],
    tests: [`${E}/leaving.test.ts`]
  },
  {
    name: 'the old device goes on talking while everything moves',
    patches: [['src/lib/engine/moving.ts', "from.network[quiet ? 'pause' : 'resume']();", '']],
    tests: [`${E}/moving.test.ts`]
  },
  {
    name: 'the code of a new device is an invitation',
    patches: [['src/lib/protocol/move-code.ts', "return H(X(EMPTY, secret), 'move', 32);", 'return secret;']],
    tests: [`${E}/leaving.test.ts`]
  },
  {
    name: 'matched secret kept after both have confirmed',
    patches: [
      [
        'src/lib/engine/delivery.ts',
        'pending.conversation = confirmed(pending.conversation, this.#retained);',
        ''
      ]
    ],
    tests: [`${C}/restored.test.ts`]
  },
  {
    name: 'matched secret dropped before the other side has confirmed',
    patches: [
      [
        'src/lib/conversation/state.ts',
        'const contact = { ...state.contact, retained };',
        'const contact = { ...state.contact, retained: retained.slice(0, 1) };'
      ]
    ],
    tests: [`${C}/crash.test.ts`]
  },
  {
    name: 'SYNC sent before the secret is stored',
    patches: [
      [
        'src/lib/engine/contact.ts',
        "this.#delivery = effect.kind === 'up' ? this.#newDelivery() : null;",
        "this.#delivery = effect.kind === 'up' ? this.#newDelivery() : null;\n        this.#delivery?.start(this.#link.open.established.retained);"
      ]
    ],
    tests: [`${C}/crash.test.ts`]
  },
  {
    name: 'any SYNC confirms, whatever is stored',
    patches: [
      [
        'src/lib/engine/delivery.ts',
        'if (newest === undefined || retained?.[0] === undefined || !equalBytes(newest, retained[0]))',
        'if (newest === undefined)'
      ]
    ],
    tests: [`${E}/delivery.test.ts`]
  },
  {
    name: 'keys that were reset not told',
    patches: [['src/lib/conversation/state.ts', 'reset: state.reset || !continuity', 'reset: state.reset']],
    tests: [`${C}/restored.test.ts`]
  },
  {
    name: 'a used link accepts everybody',
    patches: [
      [
        'src/lib/conversation/host.ts',
        "return status === 'open' || (status === 'used' && usedBy !== null && equalBytes(usedBy, peer));",
        "return status === 'open' || status === 'used';"
      ]
    ],
    tests: [`${E}/racing.test.ts`]
  },
  {
    name: 'BIND not compared',
    patches: [
      [
        'src/lib/conversation/channel.ts',
        'if (!equalBytes(content.local, channel.remote) || !equalBytes(content.remote, channel.local))',
        'if (content.local.length !== channel.remote.length)'
      ]
    ],
    tests: [`${C}/bind.test.ts`]
  },
  {
    name: 'ack before tx complete',
    patches: [
      [
        'src/lib/engine/delivery.ts',
        `    await commit(pending.change());
    this.#sent = sent;
    if (this.#isOver()) return;
    if (!this.#isWaiting) onAnswered();
    for (const position of touched.values()) say({ kind: 'ack', position });`,
        `    for (const position of touched.values()) say({ kind: 'ack', position });
    await commit(pending.change());
    this.#sent = sent;`
      ]
    ],
    tests: [`${C}/promises.test.ts`]
  },
  {
    name: 'dedup by id only',
    patches: [
      [
        'src/lib/conversation/apply.ts',
        "    if (entry.seq === upto && !equalBytes(hashOf(entry, bytes), head)) throw new ForkError('fork');\n",
        ''
      ]
    ],
    tests: [`${C}/promises.test.ts`]
  },
  {
    name: 'tombstone dropped on restart',
    patches: [
      [
        'src/lib/engine/records.ts',
        'return rowFromBytes({ mine, at, seenAt, erasedBy, order, deadline, edits, reactions, bytes: entry });',
        'void erasedBy;\n  return rowFromBytes({ mine, at, seenAt, erasedBy: null, order, deadline, edits, reactions, bytes: entry });'
      ]
    ],
    tests: [`${C}/promises.test.ts`]
  },
  {
    name: 'invite burned outside the transaction',
    patches: [
      [
        'src/lib/engine/engine.ts',
        'await vault.write([...vault.changeWrites(begun), also]);',
        'await vault.write([vault.conversationWrite(state)]);\n    await vault.write([also]);'
      ]
    ],
    tests: [`${C}/promises.test.ts`]
  },
  {
    name: 'fencing check removed (memory)',
    patches: [
      [
        'src/lib/storage/memory.ts',
        "if (state.meta.get('epoch') !== epoch) throw new StoreError('fenced');",
        ''
      ]
    ],
    tests: ['tests/contract/store.test.ts']
  },
  {
    name: 'fencing check removed (IndexedDB)',
    patches: [
      [
        'src/lib/storage/indexeddb.ts',
        "if ((await transaction.objectStore('meta').get(EPOCH)) !== epoch) throw new StoreError('fenced');",
        ''
      ]
    ],
    tests: ['tests/contract/store.test.ts']
  },
  {
    name: 'expiry uses Date.now() only',
    patches: [
      [
        'src/lib/engine/lifetime.ts',
        'this.#mark = Math.max(this.#mark + Math.max(0, elapsed - this.#at), this.#clock.now());',
        'this.#mark = this.#clock.now();'
      ]
    ],
    tests: [`${E}/conversation.test.ts`]
  }
];
