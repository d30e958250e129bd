/**
 * The security headers. The Content-Security-Policy is written once, in svelte.config.js: the build puts it, with
 * the hashes of the page's own inline script, into a <meta> of each page, and the server repeats that very text as
 * a header, adding the one directive that a <meta> cannot carry.
 */

/**
 * What the app uses: the camera to scan an invitation's QR code, the clipboard to give one away, passkeys for its lock. The share sheet
 * (web-share) is not named: it is for the own origin anyway, and Chromium complains of it where there is none.
 */
const USED_FEATURES = [
  'camera',
  'clipboard-write',
  'publickey-credentials-create',
  'publickey-credentials-get'
];

const UNUSED_FEATURES = [
  'accelerometer',
  'autoplay',
  'browsing-topics',
  'clipboard-read',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'gamepad',
  'geolocation',
  'gyroscope',
  'hid',
  'identity-credentials-get',
  'idle-detection',
  'keyboard-map',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'otp-credentials',
  'payment',
  'picture-in-picture',
  'screen-wake-lock',
  'serial',
  'storage-access',
  'sync-xhr',
  'usb',
  'window-management',
  'xr-spatial-tracking'
];

/** For every answer, whatever it is. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': [
    ...USED_FEATURES.map((feature) => `${feature}=(self)`),
    ...UNUSED_FEATURES.map((feature) => `${feature}=()`)
  ].join(', '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff'
};

/** The policy header of one built page. @throws Error when the page brings none: it is then not a build of ours. */
export function pagePolicy(html: string): string {
  const meta = /<meta http-equiv="content-security-policy" content="([^"]+)"/i.exec(html)?.[1];
  if (meta === undefined) throw new Error('the page has no Content-Security-Policy');
  return `${meta}; frame-ancestors 'none'`;
}
