// What each connection was told and has come to; nobody but the reader of a failed test needs it.
const wanted = new Set([
  "transport", "candidate-pair", "local-candidate", "remote-candidate", "inbound-rtp",
  "outbound-rtp",
]);
const all = [];
for (const connection of window.testConnections || []) {
  const about = {
    did: connection.testDid,
    states: [
      connection.signalingState, connection.iceGatheringState, connection.iceConnectionState,
      connection.connectionState,
    ],
    stats: [],
  };
  all.push(about);
  // Firefox tells nothing more of one that is closed.
  if (connection.signalingState === "closed") continue;
  Object.assign(about, {
    transceivers: connection.getTransceivers().map((it) =>
      [it.mid, it.direction, it.currentDirection, it.receiver.track.muted]),
    local: connection.localDescription?.sdp,
    remote: connection.remoteDescription?.sdp,
  });
  for (const stat of (await connection.getStats()).values()) {
    if (wanted.has(stat.type)) about.stats.push(stat);
  }
}
return JSON.stringify(all, null, 1);
