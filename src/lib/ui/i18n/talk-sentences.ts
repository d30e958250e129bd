/** What is said of messages, of the connection and of somebody's keys. Loaded with the conversation that needs it. */
import type { Connection, DeliveryState, Diagnosis } from '../../engine/api.ts';
import { m } from './compiled/messages.js';
import type { Alarm } from './sentences.ts';

const states: Record<DeliveryState, () => string> = {
  queued: m.state_queued,
  sent: m.state_sent,
  delivered: m.state_delivered,
  read: m.state_read,
  failed: m.state_failed
};

export function deliveryWord(state: DeliveryState): string {
  return states[state]();
}

export const alarms = {
  differs: { title: m.differs_banner, text: m.differs_banner_text, paused: () => m.paused_differs() },
  forked: { title: m.forked_banner, text: m.forked_banner_text, paused: m.paused_forked },
  reset: { title: m.reset_banner, text: m.reset_banner_text, paused: m.paused_reset }
} satisfies Readonly<Record<Alarm, Readonly<Record<string, (inputs: { name: string }) => string>>>>;

/** Why that may be. Of a reset this side knows one thing at most: that it brought the conversation here itself. */
export function alarmText(alarm: Alarm, restored: boolean): string {
  return alarm === 'reset' && restored ? m.reset_banner_own() : alarms[alarm].text();
}

/** Starts with Connected, Connecting, Waiting or Offline; the rest is for people. */
export function connectionSentence(connection: Connection): string {
  switch (connection.kind) {
    case 'connected':
      return m.connection_connected();
    case 'connecting':
      return m.connection_connecting();
    case 'waiting':
      return connection.noPath ? m.connection_no_path() : m.connection_waiting();
    case 'offline':
      return m.connection_offline();
  }
}

/** What is the matter, in a person's words, and what to do about it. */
export function diagnosisSentence(diagnosis: Diagnosis): string {
  switch (diagnosis.kind) {
    case 'connected':
      return diagnosis.path === null ? m.doctor_connected() : paths[diagnosis.path].sentence();
    case 'connecting':
      return m.doctor_connecting();
    case 'away':
      return m.doctor_away();
    case 'server-unreachable':
      return m.doctor_server();
    case 'server-full':
      return m.doctor_server_full();
    case 'server-crowded':
      return m.doctor_server_crowded();
    case 'server-refused':
      return m.doctor_server_refused();
    case 'no-webrtc':
      return m.problem_no_webrtc();
    case 'relay-missing':
      return m.doctor_relay_missing();
    case 'udp-blocked':
      return m.doctor_udp_blocked();
    case 'no-path':
      return m.doctor_no_path();
    case 'relay-failed':
      return m.doctor_relay_failed();
  }
}

type Path = NonNullable<Extract<Diagnosis, { readonly kind: 'connected' }>['path']>;

const paths: Record<Path, { readonly word: () => string; readonly sentence: () => string }> = {
  local: { word: m.path_local, sentence: m.doctor_local },
  direct: { word: m.path_direct, sentence: m.doctor_direct },
  relayed: { word: m.path_relayed, sentence: m.doctor_relayed }
};

export function pathWord(path: Path): string {
  return paths[path].word();
}
