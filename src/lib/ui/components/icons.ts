/** Drawn on a 24 px grid with one round stroke. */
export const paths = {
  back: 'M14.5 5.5 8 12l6.5 6.5',
  down: 'M6 9.5 12 15.5 18 9.5',
  send: 'M12 19V5.5M6 11.5l6-6 6 6',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM20 20l-4-4',
  more: 'M12 5.5v.01M12 12v.01M12 18.5v.01',
  chevron: 'M7 10l5 5 5-5',
  close: 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  timer: 'M12 21a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15ZM12 9.5v4l2.5 1.5M9.5 3h5',
  settings:
    'M4 7h9M17 7h3M4 17h3M11 17h9M15 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM9 19.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  copy: 'M9 9h10v11H9zM15 9V4H5v11h4',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  share: 'M12 15V4M8 7.5 12 3.5l4 4M6 12H5v8h14v-8h-1',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5',
  erase: 'M4 15.5 13.5 6l5.5 5.5L11.5 19H7.5zM9.5 10l5.5 5.5M12 19h8',
  pen: 'M5 19l1-4L16 5l3 3L9 18zM14 7l3 3',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  device: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1ZM11 18h2',
  eye: 'M3 12s3.3-6 9-6 9 6 9 6-3.3 6-9 6-9-6-9-6ZM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6',
  offline:
    'M4 4l16 16M8.5 17a4 4 0 0 1 7 0M5.5 12.5a9.5 9.5 0 0 1 4-2.4M18.5 12.5a9.6 9.6 0 0 0-3.6-2.3M3 8.5A14 14 0 0 1 6.5 6.2M21 8.5A14 14 0 0 0 10.5 5.1'
} as const;

export type IconName = keyof typeof paths;
