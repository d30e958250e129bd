import decodeQR from 'qr/decode.js';

export type CameraProblem = 'absent' | 'denied';

/** The middle of a frame, this many pixels square: a code is read in a few milliseconds and the page stays quick. */
const side = 480;
const pause = 120;
const budget = 12;

/** A camera whose pictures are looked through for QR codes until it is closed. No picture leaves this object. */
export class Camera {
  readonly stream: MediaStream;
  readonly #canvas = document.createElement('canvas');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  private constructor(stream: MediaStream) {
    this.stream = stream;
    this.#canvas.width = side;
    this.#canvas.height = side;
  }

  /** @returns why there is no picture, where there is none */
  static async open(): Promise<Camera | CameraProblem> {
    // Not there at all in an insecure context, whatever the types promise.
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    if (devices === undefined) return 'absent';
    try {
      return new Camera(
        await devices.getUserMedia({
          video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } }
        })
      );
    } catch (reason) {
      return reason instanceof DOMException && reason.name === 'NotAllowedError' ? 'denied' : 'absent';
    }
  }

  /** Whoever looks at themselves expects a mirror; whoever points a phone does not. */
  get mirrored(): boolean {
    return this.stream.getVideoTracks()[0]?.getSettings().facingMode !== 'environment';
  }

  /** Calls back for every code that is found, with the same one again for as long as it is held there. */
  watch(video: HTMLVideoElement, found: (text: string) => void): void {
    if (this.#closed) return;
    const text = this.#read(video);
    if (text !== null) found(text);
    this.#timer = setTimeout(() => {
      this.watch(video, found);
    }, pause);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const track of this.stream.getTracks()) track.stop();
  }

  #read(video: HTMLVideoElement): string | null {
    const { videoWidth: width, videoHeight: height } = video;
    const context = this.#canvas.getContext('2d', { willReadFrequently: true });
    if (width === 0 || height === 0 || context === null) return null;
    const square = Math.min(width, height);
    context.drawImage(video, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
    try {
      return decodeQR(context.getImageData(0, 0, side, side), { timeLimit: budget });
    } catch {
      // No code in this picture.
      return null;
    }
  }
}
