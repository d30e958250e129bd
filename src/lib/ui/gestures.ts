import type { Attachment } from 'svelte/attachments';

/** A finger that rests 450 ms on one place; a mouse has its right button. */
export function longPress(act: (point: { x: number; y: number }) => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let start = { x: 0, y: 0 };
    let rested = false;
    const stop = (): void => {
      clearTimeout(timer);
    };
    const down = (event: PointerEvent): void => {
      stop();
      rested = false;
      if (event.pointerType !== 'touch' || !event.isPrimary) return;
      start = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        rested = true;
        if ('vibrate' in navigator) navigator.vibrate(10);
        act(start);
      }, 450);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > 10) stop();
    };
    /** What lies under it, a link or a quote, is not followed when the finger is lifted. */
    const lifted = (event: MouseEvent): void => {
      if (!rested) return;
      rested = false;
      event.preventDefault();
      event.stopPropagation();
    };
    const listening = new AbortController();
    const options = { signal: listening.signal };
    element.addEventListener('pointerdown', down, options);
    element.addEventListener('pointermove', move, options);
    element.addEventListener('pointerup', stop, options);
    element.addEventListener('pointercancel', stop, options);
    element.addEventListener('contextmenu', stop, options);
    element.addEventListener('click', lifted, { ...options, capture: true });
    return () => {
      stop();
      listening.abort();
    };
  };
}

/** Far enough to be meant. */
const swipeReach = 56;

/** A finger that draws a message towards the end of the line: the quick way to answer it. */
export function swipe(act: () => void): Attachment<HTMLElement> {
  return (element) => {
    let start: { readonly x: number; readonly y: number } | null = null;
    let way = 0;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const forwards = getComputedStyle(element).direction === 'rtl' ? -1 : 1;
    const follow = (distance: number): void => {
      element.style.translate = calm || distance === 0 ? '' : `${String(forwards * distance)}px`;
    };
    const down = (event: PointerEvent): void => {
      start =
        event.pointerType === 'touch' && event.isPrimary ? { x: event.clientX, y: event.clientY } : null;
      way = 0;
    };
    const move = (event: PointerEvent): void => {
      if (start === null) return;
      const along = forwards * (event.clientX - start.x);
      // Somebody scrolls, or draws it the other way.
      if (way === 0 && (Math.abs(event.clientY - start.y) > 12 || along < -12)) start = null;
      else if (along > 12) {
        if (way < swipeReach && along >= swipeReach && 'vibrate' in navigator) navigator.vibrate(10);
        way = along;
        follow(Math.min(along - 12, swipeReach + (along - swipeReach) / 6));
      }
    };
    const up = (): void => {
      const meant = start !== null && way >= swipeReach;
      start = null;
      way = 0;
      follow(0);
      if (meant) act();
    };
    const cancel = (): void => {
      start = null;
      follow(0);
    };
    const listening = new AbortController();
    const { signal } = listening;
    element.addEventListener('pointerdown', down, { signal });
    element.addEventListener('pointermove', move, { signal });
    element.addEventListener('pointerup', up, { signal });
    element.addEventListener('pointercancel', cancel, { signal });
    return () => {
      listening.abort();
      follow(0);
    };
  };
}

interface Hold {
  /** Something is pressed on it, or not any more. */
  readonly onpress: (down: boolean) => void;
  /** It was held long enough; held is false where a screen reader pressed it, which cannot hold. */
  readonly onhold: (held: boolean) => void;
  /** It was let go too early. */
  readonly onshort: () => void;
}

const holdMs = 500;

/** A button that has to be held, by a finger, a mouse, Space or Enter, so that nothing opens by mistake. */
export function holding({ onpress, onhold, onshort }: Hold): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = (): void => {
      onpress(true);
      clearTimeout(timer);
      timer = setTimeout(() => {
        timer = undefined;
        onpress(false);
        onhold(true);
      }, holdMs);
    };
    const stop = (): void => {
      clearTimeout(timer);
      timer = undefined;
      onpress(false);
    };
    const letGo = (): void => {
      if (timer !== undefined) onshort();
      stop();
    };
    const keyDown = (event: KeyboardEvent): void => {
      if (event.key !== ' ' && event.key !== 'Enter') return;
      event.preventDefault();
      if (!event.repeat) begin();
    };
    const pointerDown = (event: PointerEvent): void => {
      if (!event.isPrimary || event.button !== 0) return;
      // Not the long press that opens the actions of a message.
      event.stopPropagation();
      begin();
    };
    const click = (event: MouseEvent): void => {
      // Neither a pointer nor a key was down: assistive technology has pressed it.
      if (event.detail === 0) onhold(false);
    };
    const keyUp = (event: KeyboardEvent): void => {
      letGo();
      event.preventDefault();
    };
    const menu = (event: Event): void => {
      event.preventDefault();
      event.stopPropagation();
    };
    const listening = new AbortController();
    const { signal } = listening;
    element.addEventListener('pointerdown', pointerDown, { signal });
    element.addEventListener('pointerleave', stop, { signal });
    element.addEventListener('pointercancel', stop, { signal });
    element.addEventListener('pointerup', letGo, { signal });
    element.addEventListener('keydown', keyDown, { signal });
    element.addEventListener('keyup', keyUp, { signal });
    element.addEventListener('blur', stop, { signal });
    element.addEventListener('click', click, { signal });
    element.addEventListener('contextmenu', menu, { signal });
    return () => {
      clearTimeout(timer);
      listening.abort();
    };
  };
}
