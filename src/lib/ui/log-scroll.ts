const flashMs = 1_600;
const near = 100;

/**
 * Where the reader is in a log that grows at both ends. At the bottom, one stays at the bottom; anywhere else the
 * message under the eye stays where it is, whatever is added above or taken away. Browsers anchor by themselves, but
 * not at the very top and not all of them, so it is switched off in the style sheet and done here.
 */
export class LogScroll {
  readonly #log: HTMLElement;
  /** Whether the end of the log is the end of the conversation. */
  readonly #isWhole: () => boolean;
  #stuck = true;
  /** Heights of the log and its window when the reader's place was last looked at. */
  #shape = '';
  /** Where it was put when it was put to the bottom; null: it glides there. */
  #put: number | null = null;
  /** Below the upper edge of the log, which itself moves when something comes above it in the same moment. */
  #anchor: { readonly element: HTMLElement; readonly below: number } | null = null;

  constructor(log: HTMLElement, isWhole: () => boolean) {
    this.#log = log;
    this.#isWhole = isWhole;
  }

  /** Whether new messages are followed. */
  get stuck(): boolean {
    return this.#stuck;
  }

  /**
   * Something scrolled. What was scrolled to the bottom is told a frame later; where the window has another size by
   * then the bottom is elsewhere, and the reader has not left it.
   */
  moved(): void {
    const reshaped = this.#reshaped();
    if (!this.#stuck || !reshaped) this.#look();
  }

  /** To be called before the rows change … */
  hold(): void {
    this.#anchor = null;
    // The reader has scrolled, and that is told a frame later: it must not be undone before.
    if (this.#stuck && this.#put !== null && this.#log.scrollTop !== this.#put) this.#look();
    if (this.#stuck) return;
    const edge = this.#edge();
    for (const element of this.#log.querySelectorAll<HTMLElement>('[data-message]')) {
      const { top, bottom } = element.getBoundingClientRect();
      if (bottom <= edge) continue;
      this.#anchor = { element, below: top - edge };
      return;
    }
  }

  /** … and after. */
  settle(): void {
    if (this.#stuck) {
      this.toBottom();
      return;
    }
    const anchor = this.#anchor;
    if (anchor?.element.isConnected !== true) return;
    this.#log.scrollTop += anchor.element.getBoundingClientRect().top - this.#edge() - anchor.below;
  }

  toBottom(smooth = false): void {
    this.#stuck = true;
    const log = this.#log;
    // From far away only the last stretch glides.
    if (smooth) log.scrollTop = Math.max(log.scrollTop, log.scrollHeight - 2 * log.clientHeight);
    const glide = smooth && !matchMedia('(prefers-reduced-motion: reduce)').matches;
    log.scrollTo({ top: log.scrollHeight, behavior: glide ? 'smooth' : 'instant' });
    this.#put = glide ? null : log.scrollTop;
    this.#reshaped();
  }

  /** Opens a history at its first unread message, a third down the window. */
  toUnread(line: HTMLElement): void {
    const down = line.getBoundingClientRect().top - this.#edge();
    this.#log.scrollTop += down - this.#log.clientHeight / 3;
    this.#look();
  }

  /** Puts a message into the middle of the window, and marks it for a moment. */
  toMessage(element: HTMLElement): void {
    this.#stuck = false;
    element.scrollIntoView({ block: 'center', behavior: 'instant' });
    this.#reshaped();
    // A colour that fades: no motion.
    const { backgroundColor } = getComputedStyle(element);
    element.animate([{ backgroundColor: 'var(--aside)' }, { backgroundColor }], {
      duration: flashMs,
      easing: 'ease-in'
    });
  }

  #edge(): number {
    return this.#log.getBoundingClientRect().top;
  }

  #reshaped(): boolean {
    const before = this.#shape;
    this.#shape = `${String(this.#log.scrollHeight)} ${String(this.#log.clientHeight)}`;
    return this.#shape !== before;
  }

  #look(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    this.#stuck = this.#isWhole() && scrollHeight - scrollTop - clientHeight <= near;
  }
}
