/** One person at one browser: what they do, by the names that a screen reader would say, and what they see. */
import { expect, type BrowserContext, type Locator, type Page } from 'playwright/test';

export type State = 'Queued' | 'Sent' | 'Delivered' | 'Read' | 'Failed';

/** A frame of the signaling WebSocket. */
export interface Frame {
  readonly way: 'sent' | 'received';
  readonly payload: string | Buffer;
  /** By the clock of this machine. */
  readonly at: number;
}

/** What Chromium and Firefox say of a server that is down; nothing else may appear on a console. */
const SERVER_DOWN = new RegExp(
  [
    "WebSocket connection to 'ws:.*' failed",
    'An unknown error occurred when fetching the script',
    'net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INTERNET_DISCONNECTED|EMPTY_RESPONSE)',
    'Firefox can’t establish a connection to the server at ws:',
    'The connection to ws:.* was interrupted'
  ].join('|')
);

/** What the driver says in the place of a service worker that a test has no use for. */
const NO_WORKER = 'Service Worker registration blocked by Playwright';

/** Where the app is. */
export interface Address {
  readonly origin: string;
  /** It was down at least once: browsers may complain of that. */
  readonly wasStopped: boolean;
}

export class Person {
  readonly name: string;
  readonly frames: Frame[] = [];
  /** What went wrong in this browser. Empty at the end of every test. */
  readonly faults: string[] = [];
  /** Console messages that a test provokes. */
  readonly expected: RegExp[] = [];
  /** The folder of a profile on the disk. */
  readonly profile: string | null;
  readonly #server: Address;
  readonly #make: () => Promise<BrowserContext>;
  /** Pages whose end is a test's doing. */
  readonly #killed = new WeakSet<Page>();
  #context: BrowserContext | null = null;
  #page: Page | null = null;

  constructor(
    name: string,
    server: Address,
    make: () => Promise<BrowserContext>,
    profile: string | null = null
  ) {
    this.name = name;
    this.profile = profile;
    this.#server = server;
    this.#make = make;
  }

  get context(): BrowserContext {
    if (this.#context === null) throw new Error(`${this.name} has closed the browser`);
    return this.#context;
  }

  get page(): Page {
    if (this.#page === null) throw new Error(`${this.name} has closed the browser`);
    return this.#page;
  }

  /** Opens the browser, with an empty tab. */
  async start(): Promise<void> {
    this.#context = await this.#make();
    this.#context.on('request', (request) => {
      this.#judge(request.url());
    });
    this.#context.on('page', (page) => {
      this.#watch(page);
    });
    const [first] = this.#context.pages();
    if (first !== undefined) this.#watch(first);
    this.#page = first ?? (await this.#context.newPage());
  }

  async close(): Promise<void> {
    const context = this.#context;
    this.#context = null;
    this.#page = null;
    await context?.close();
  }

  /** The group of all processes of this person's browser. Of a person with a profile: the others share one. */
  async processGroup(): Promise<number> {
    const session = await this.context.browser()?.newBrowserCDPSession();
    const { processInfo } = (await session?.send('SystemInfo.getProcessInfo')) ?? { processInfo: [] };
    await session?.detach();
    const leader = processInfo.find(({ type }) => type === 'browser');
    if (leader === undefined) throw new Error(`${this.name} has no browser process`);
    return leader.id;
  }

  /** As `kill -9`: the whole browser is gone, in the middle of whatever it did. */
  async killBrowser(): Promise<void> {
    const closed = this.context.waitForEvent('close');
    process.kill(-(await this.processGroup()), 'SIGKILL');
    await closed;
    this.#context = null;
    this.#page = null;
  }

  /** The tab's process dies, as when the system wants its memory; a new tab is there, empty. */
  async killTab(): Promise<void> {
    const dying = this.page;
    this.#killed.add(dying);
    const session = await this.context.newCDPSession(dying);
    const crashed = dying.waitForEvent('crash');
    // Nobody is left to answer it.
    session.send('Page.crash').catch(() => undefined);
    await crashed;
    this.#page = await this.context.newPage();
    await dying.close();
  }

  async open(path = '/'): Promise<void> {
    await this.page.goto(this.#server.origin + path);
  }

  /** Another tab of the same browser. */
  async newTab(path = '/'): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(this.#server.origin + path);
    return page;
  }

  /** From now on this is the tab that everything below is done in. */
  use(page: Page): void {
    this.#page = page;
  }

  // --- what they do ---

  async invite(): Promise<string> {
    await this.page.getByRole('button', { name: 'New conversation', exact: true }).click();
    const link = this.page.getByRole('textbox', { name: 'Invitation link' });
    await expect(link).toHaveValue(/#/);
    return link.inputValue();
  }

  async join(link: string, name = ''): Promise<void> {
    await this.page.goto(link);
    await this.pressJoin(name);
  }

  async pressJoin(name = ''): Promise<void> {
    if (name !== '') await this.page.getByRole('textbox', { name: 'Your name (optional)' }).fill(name);
    await this.page.getByRole('button', { name: 'Join', exact: true }).click();
  }

  async write(...texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      await this.composer.fill(text);
      await this.page.getByRole('button', { name: 'Send', exact: true }).click();
      await expect(this.composer).toHaveValue('');
    }
  }

  async choose(text: string, action: string): Promise<void> {
    await this.message(text).hover();
    await this.message(text).getByRole('button', { name: 'Message actions' }).click();
    await this.page.getByRole('menuitem', { name: action, exact: true }).click();
  }

  async setTimer(choice: string): Promise<void> {
    await this.timer.click();
    await this.page.getByRole('menuitem', { name: choice, exact: true }).click();
  }

  async setOwnName(name: string): Promise<void> {
    await this.open('/settings');
    await this.page.getByRole('textbox', { name: 'Your name' }).fill(name);
    await this.page.keyboard.press('Enter');
    await expect(this.page.getByText('Saved', { exact: true })).toBeVisible();
    await this.page.getByRole('link', { name: 'Back' }).click();
  }

  // --- what they see ---

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true });
  }

  get log(): Locator {
    return this.page.getByRole('log', { name: 'Messages' });
  }

  get status(): Locator {
    return this.page.getByRole('status', { name: 'Connection' });
  }

  get timer(): Locator {
    return this.page.getByRole('button', { name: /^Self-destruct timer/ });
  }

  get conversations(): Locator {
    return this.page.getByRole('navigation', { name: 'Conversations' }).getByRole('link');
  }

  conversation(title: string): Locator {
    return this.page
      .getByRole('navigation', { name: 'Conversations' })
      .getByRole('link', { name: title, exact: true });
  }

  message(text: string): Locator {
    // Its own words, and not those that it quotes.
    const words = new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/\s+/g, '\\s+')}$`);
    return this.log
      .getByRole('article')
      .filter({ has: this.page.getByRole('paragraph').filter({ hasText: words }) });
  }

  async expectMessage(text: string, state?: State | RegExp): Promise<void> {
    await expect(this.message(text)).toBeVisible();
    if (state !== undefined) await expect(this.message(text).getByText(state)).toBeAttached();
  }

  /** All that was said, oldest first. */
  async expectMessages(texts: readonly string[]): Promise<void> {
    await expect(this.log.getByRole('article').getByRole('paragraph')).toHaveText([...texts]);
  }

  async expectStatus(beginning: 'Connected' | 'Connecting' | 'Waiting' | 'Offline'): Promise<void> {
    await expect(this.status).toHaveText(new RegExp(`^\\s*${beginning}`));
  }

  // --- what their browser keeps ---

  /** Every key and value of the database, as it lies there. Read beside the app, with the browser's own interface. */
  async database(): Promise<Stored[]> {
    return this.page.evaluate(readDatabase);
  }

  #watch(page: Page): void {
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      if (this.#serverDown(text)) return;
      if (text === NO_WORKER) return;
      if (this.expected.some((pattern) => pattern.test(text))) return;
      this.faults.push(`${this.name}, console: ${text}`);
    });
    page.on('pageerror', (error) => {
      // Firefox tells here of sockets, and of what the policy refused.
      if (this.#serverDown(error.message)) return;
      this.faults.push(`${this.name}, page error: ${error.stack ?? error.message}`);
    });
    page.on('crash', () => {
      if (!this.#killed.has(page)) this.faults.push(`${this.name}: the page crashed`);
    });
    page.on('websocket', (socket) => {
      this.#judge(socket.url());
      socket.on('framesent', ({ payload }) => {
        this.frames.push({ way: 'sent', payload, at: Date.now() });
      });
      socket.on('framereceived', ({ payload }) => {
        this.frames.push({ way: 'received', payload, at: Date.now() });
      });
    });
  }

  #serverDown(text: string): boolean {
    return this.#server.wasStopped && SERVER_DOWN.test(text);
  }

  /** Nothing is ever fetched from anybody else. */
  #judge(url: string): void {
    const { protocol, host } = new URL(url);
    if (['blob:', 'data:', 'about:', 'chrome-error:'].includes(protocol)) return;
    if (host !== new URL(this.#server.origin).host) this.faults.push(`${this.name}, foreign request: ${url}`);
  }
}

export interface Stored {
  readonly store: string;
  readonly key: string;
  /** As JSON, with bytes as strings of one character a byte: what is in clear can be found in it. */
  readonly value: string;
  readonly deadline: number | null;
}

async function readDatabase(): Promise<Stored[]> {
  const done = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => {
        resolve(request.result);
      };
      request.onerror = () => {
        reject(new Error(request.error?.name));
      };
    });
  const legible = (_key: string, value: unknown): unknown => {
    if (!(value instanceof Uint8Array)) return value;
    return Array.from(value, (byte) => String.fromCharCode(byte)).join('');
  };
  const database = await done(indexedDB.open('aparte'));
  try {
    const out: Stored[] = [];
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([done(objects.getAllKeys()), done(objects.getAll())]);
      keys.forEach((key, index) => {
        const value = values[index] as { deadline?: number } | null | undefined;
        out.push({
          store,
          key: JSON.stringify(key),
          value: JSON.stringify(value, legible),
          deadline: typeof value === 'object' ? (value?.deadline ?? null) : null
        });
      });
    }
    return out;
  } finally {
    database.close();
  }
}
