/**
 * What happens to connections outside a laboratory. The app is the built one and knows nothing of it: the path between
 * two pages is broken by a script that the browser runs before the app's own, everything else from outside.
 */
import type { BrowserContext, CDPSession } from 'playwright/test';
import type { Person } from './person.ts';

interface Path {
  /** What is connected carries nothing any more and says nothing of it; what connects later works. */
  strand(): void;
  /** The same of what connects to the server. */
  strandServer(): void;
  /** What is connected is closed, as when the other side's process ends. */
  cut(): void;
}

declare global {
  interface Window {
    path: Path;
  }
}

/** To be called before the pages of a browser are opened, and again when it was started again. */
export async function breakable(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    interface End {
      channel: RTCDataChannel | null;
      stranded: boolean;
    }
    // No private fields: what the test runner compiles them to is not there in the page.
    const ends = new Map<RTCPeerConnection, End>();
    const mute = (end: { stranded: boolean }, target: EventTarget, events: readonly string[]): void => {
      for (const name of events)
        target.addEventListener(name, (event) => {
          if (end.stranded) event.stopImmediatePropagation();
        });
    };
    const watch = (end: End, channel: RTCDataChannel): void => {
      end.channel = channel;
      // Before the app's own listeners, so that none of them hears.
      mute(end, channel, ['message', 'close', 'closing', 'error', 'bufferedamountlow']);
      const send = channel.send.bind(channel) as (data: ArrayBuffer) => void;
      channel.send = (data: unknown) => {
        if (!end.stranded) send(data as ArrayBuffer);
      };
    };
    window.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(...options: ConstructorParameters<typeof RTCPeerConnection>) {
        super(...options);
        const end = { channel: null, stranded: false };
        ends.set(this, end);
        mute(end, this, ['iceconnectionstatechange', 'connectionstatechange']);
        this.addEventListener('datachannel', ({ channel }) => {
          watch(end, channel);
        });
      }

      override createDataChannel(...options: Parameters<RTCPeerConnection['createDataChannel']>) {
        const channel = super.createDataChannel(...options);
        const end = ends.get(this);
        if (end) watch(end, channel);
        return channel;
      }

      override close(): void {
        ends.delete(this);
        super.close();
      }
    };
    const sockets = new Map<WebSocket, { stranded: boolean }>();
    window.WebSocket = class extends WebSocket {
      constructor(...options: ConstructorParameters<typeof WebSocket>) {
        super(...options);
        const end = { stranded: false };
        sockets.set(this, end);
        mute(end, this, ['open', 'message', 'error', 'close']);
      }

      override send(data: string | ArrayBuffer | Blob | ArrayBufferView<ArrayBuffer>): void {
        if (sockets.get(this)?.stranded !== true) super.send(data);
      }

      override close(): void {
        sockets.delete(this);
        super.close();
      }
    };
    window.path = {
      strandServer() {
        for (const end of sockets.values()) end.stranded = true;
      },
      strand() {
        for (const end of ends.values()) if (end.channel?.readyState === 'open') end.stranded = true;
      },
      cut() {
        for (const connection of [...ends.keys()]) connection.close();
      }
    };
  });
}

/** The path between these people is dead both ways, without a word, as when an address changed. */
export async function strand(...people: readonly Person[]): Promise<void> {
  await Promise.all(
    people.map(({ page }) =>
      page.evaluate(() => {
        window.path.strand();
      })
    )
  );
}

export async function cut({ page }: Person): Promise<void> {
  await page.evaluate(() => {
    window.path.cut();
  });
}

/** The way to the server is dead as well. */
export async function strandServer({ page }: Person): Promise<void> {
  await page.evaluate(() => {
    window.path.strandServer();
  });
}

/** Another network: for a moment there is none, and what was connected over the old one is dead. */
export async function changeNetwork(person: Person, others: readonly Person[]): Promise<void> {
  person.expected.push(/net::ERR_INTERNET_DISCONNECTED|closed before the connection is established/);
  await person.context.setOffline(true);
  await strand(person, ...others);
  await strandServer(person);
  await person.context.setOffline(false);
}

/** The lid is shut: every process of this person's browser stands still. @returns what opens the lid again */
export async function sleep(person: Person): Promise<() => void> {
  const group = -(await person.processGroup());
  process.kill(group, 'SIGSTOP');
  return () => {
    process.kill(group, 'SIGCONT');
  };
}

/**
 * The tab stands still, its connections do not: the browser goes on acknowledging what arrives, and nobody reads it.
 * By the debugger, as a page that Playwright drives counts as visible and is never frozen. @returns what thaws it
 */
export async function freeze({ context, page }: Person): Promise<() => Promise<void>> {
  const session: CDPSession = await context.newCDPSession(page);
  await session.send('Debugger.enable');
  await session.send('Debugger.pause');
  return async () => {
    await session.send('Debugger.disable');
    await session.detach();
  };
}
