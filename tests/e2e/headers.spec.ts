import { expect, test } from '../support/app.ts';

test('every page comes with the headers that keep others out', async ({ playwright, server }) => {
  const request = await playwright.request.newContext();
  for (const path of ['/', '/join', '/settings', '/service-worker.js', '/nothing-here']) {
    const response = await request.get(server.origin + path);
    expect(response.status(), path).toBe(path === '/nothing-here' ? 404 : 200);
    const headers = response.headers();
    expect(headers, path).toMatchObject({
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin'
    });
    expect(headers['permissions-policy'], path).toContain('geolocation=()');
    if (!(headers['content-type'] ?? '').includes('html')) continue;
    const policy = new Map(
      (headers['content-security-policy'] ?? '').split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources.join(' ')] as const;
      })
    );
    expect(policy.get('default-src'), path).toBe("'none'");
    expect(policy.get('script-src'), path).toMatch(/^'self'( 'sha256-[\w+/]+={0,2}')*$/);
    expect(policy.get('connect-src'), path).toBe("'self'");
    expect(policy.get('frame-ancestors'), path).toBe("'none'");
    expect(policy.get('base-uri'), path).toBe("'none'");
    expect(policy.get('form-action'), path).toBe("'none'");
    expect(policy.get('require-trusted-types-for'), path).toBe("'script'");
    expect(headers['content-security-policy'], path).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*/);
  }
  await request.dispose();
});

test('a script that somebody smuggles into the page does not run, and nothing leaves for another host', async ({
  person
}) => {
  const alice = await person('Alice');
  await alice.open();
  // The browser says each time what it has stopped.
  alice.expected.push(/Content Security Policy|TrustedHTML|TrustedScript|ERR_BLOCKED_BY_CSP/);
  const outcome = await alice.page.evaluate(async () => {
    // What a debugger evaluates is not held to the policy; what runs after it is.
    await new Promise((resolve) => setTimeout(resolve));
    const stopped: string[] = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
      stopped.push(effectiveDirective)
    );
    const element = document.createElement('script');
    const attempts: Record<string, () => unknown> = {
      html: () => (document.body.innerHTML = '<img src=x onerror="window.pwned = 1">'),
      source: () => {
        element.textContent = 'window.pwned = 1';
        document.body.append(element);
      },
      handler: () => {
        document.body.setAttribute('onclick', 'window.pwned = 1');
        document.body.click();
      },
      evaluate: (): unknown => (0, eval)('window.pwned = 1'),
      worker: () => new Worker('data:text/javascript,postMessage(1)')
    };
    const refused: string[] = [];
    for (const [name, attempt] of Object.entries(attempts)) {
      try {
        attempt();
      } catch {
        refused.push(name);
      }
    }
    const fetched = await fetch('https://elsewhere.example/').then(
      () => true,
      () => false
    );
    const pixel = await new Promise((resolve) => {
      const image = new Image();
      image.onload = () => {
        resolve(true);
      };
      image.onerror = () => {
        resolve(false);
      };
      image.src = 'https://elsewhere.example/pixel.png';
    });
    return { pwned: 'pwned' in window, refused, stopped, fetched, pixel };
  });
  expect(outcome).toMatchObject({ pwned: false, fetched: false, pixel: false });
  expect(outcome.refused).toEqual(expect.arrayContaining(['html', 'source', 'evaluate']));
  expect(outcome.stopped).toEqual(expect.arrayContaining(['connect-src', 'img-src']));
  // That they were wanted is noticed; nothing else may have been.
  expect(
    alice.faults.filter((fault) => !fault.includes('foreign request: https://elsewhere.example/'))
  ).toEqual([]);
  alice.faults.length = 0;
});

test('no other page can frame the app', async ({ person, server }) => {
  const alice = await person('Alice');
  alice.expected.push(/frame-ancestors|404/);
  await alice.page.goto(`${server.origin}/healthz`);
  const inside = await alice.page.evaluate(async () => {
    const frame = document.createElement('iframe');
    frame.src = '/';
    const loaded = new Promise((resolve) => {
      frame.onload = resolve;
    });
    document.body.append(frame);
    await loaded;
    return frame.contentDocument?.title ?? null;
  });
  expect(inside).not.toBe('Aparté');
});
