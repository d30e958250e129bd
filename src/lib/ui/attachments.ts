import type { Attachment } from 'svelte/attachments';

/** How long a message burns: the ink goes from the edge, then the gap closes. */
const burn = 400;

/**
 * A timed message burns away so that the last of it is gone AT its deadline, never after. The animation is set going
 * as soon as the deadline is known and runs on the browser's own clock, so that not even a stalled script paints
 * it late; the row is then taken out by the view model.
 */
export function burning(deadline: number): Attachment<HTMLElement> {
  return (element) => {
    const left = deadline - Date.now();
    // Timers and animations cannot be set further away than about 24 days; the view model renews what is over.
    if (left > 2 ** 31 - 1) return;
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const length = calm ? 1 : Math.min(burn, Math.max(1, left));
    const height = element.offsetHeight;
    const options: KeyframeAnimationOptions = {
      delay: Math.max(0, left - length),
      duration: length,
      fill: 'forwards',
      easing: 'ease-in'
    };
    const animations: Animation[] = [];
    if (calm) {
      animations.push(element.animate([{ visibility: 'visible' }, { visibility: 'hidden' }], options));
    } else {
      const ink = {
        maskImage: 'linear-gradient(100deg, transparent 0 33%, black 60% 100%)',
        maskSize: '300% 100%',
        maskClip: 'no-clip'
      };
      const open = { blockSize: `${String(height)}px` };
      animations.push(
        element.animate(
          [open, { ...open, offset: 0.65 }, { blockSize: '0', marginBlock: '0', opacity: 0 }],
          options
        )
      );
      for (const bubble of element.querySelectorAll(':scope > :not(button)')) {
        animations.push(
          bubble.animate(
            [
              { ...ink, maskPosition: '100% 0' },
              { ...ink, maskPosition: '35% 0', color: 'var(--ember)', offset: 0.35 },
              { ...ink, maskPosition: '0 0', color: 'var(--ember)', offset: 0.7 },
              { ...ink, maskPosition: '0 0', color: 'var(--ember)' }
            ],
            options
          )
        );
      }
    }
    // From the deadline on nothing is visible, whatever the mask says.
    const after = { delay: Math.max(0, left), duration: 1, fill: 'forwards' } as const;
    animations.push(element.animate([{ visibility: 'hidden' }, { visibility: 'hidden' }], after));
    return () => {
      for (const animation of animations) animation.cancel();
    };
  };
}

/** A finger that rests 450 ms on one place; a mouse has its right button. */
export function longPress(act: (point: { x: number; y: number }) => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let start = { x: 0, y: 0 };
    const stop = (): void => {
      clearTimeout(timer);
    };
    const down = (event: PointerEvent): void => {
      stop();
      if (event.pointerType !== 'touch' || !event.isPrimary) return;
      start = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        if ('vibrate' in navigator) navigator.vibrate(10);
        act(start);
      }, 450);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > 10) stop();
    };
    const listening = new AbortController();
    const options = { signal: listening.signal };
    element.addEventListener('pointerdown', down, options);
    element.addEventListener('pointermove', move, options);
    element.addEventListener('pointerup', stop, options);
    element.addEventListener('pointercancel', stop, options);
    element.addEventListener('contextmenu', stop, options);
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
}

const holdMs = 500;

/** A button that has to be held, by a finger, a mouse, Space or Enter, so that nothing opens by mistake. */
export function holding({ onpress, onhold }: Hold): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = (): void => {
      onpress(true);
      clearTimeout(timer);
      timer = setTimeout(() => {
        onpress(false);
        onhold(true);
      }, holdMs);
    };
    const stop = (): void => {
      clearTimeout(timer);
      onpress(false);
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
      stop();
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
    element.addEventListener('pointerup', stop, { signal });
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
