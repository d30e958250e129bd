import type { Connection, DeliveryState, Diagnosis } from '../../engine/api.ts';
import { m } from './compiled/messages.js';

// How far messages have come, and why no further. Apart from the other sentences, which are needed before any conversation.

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

/** Starts with Connected, Connecting, Waiting or Offline; the rest is for people. `network`: this device has one. */
export function connectionSentence(connection: Connection, network: boolean): string {
  switch (connection.kind) {
    case 'connected':
      return m.connection_connected();
    case 'connecting':
      return m.connection_connecting();
    case 'waiting':
      return connection.noPath ? m.connection_no_path() : m.connection_waiting();
    case 'offline':
      return network ? m.connection_offline() : m.connection_offline_here();
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
