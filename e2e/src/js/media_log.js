// Notes what the browser's statistics say of the others' media, ten times a second, for whoever
// looks into a fault that was felt for too long.
if (window.testMediaLog) return;
const LONGEST = 3_000;
const log = { rows: [], at: performance.timeOrigin };
window.testMediaLog = log;
const COUNTS = [
  "packetsReceived",
  "packetsLost",
  "retransmittedPacketsReceived",
  "framesReceived",
  "framesDecoded",
  "keyFramesDecoded",
  "framesDropped",
  "nackCount",
  "pliCount",
  "freezeCount",
  "jitterBufferDelay",
  "jitterBufferTargetDelay",
  "jitterBufferEmittedCount",
  "concealedSamples",
];
const look = async () => {
  for (const connection of window.testConnections) {
    if (connection.signalingState === "closed" || !connection.remoteDescription) continue;
    const row = {
      at: Math.round(performance.timeOrigin + performance.now()),
      ice: connection.iceConnectionState,
      state: connection.connectionState,
      signaling: connection.signalingState,
    };
    for (const entry of (await connection.getStats()).values()) {
      if (entry.type === "inbound-rtp") {
        row[entry.kind] = COUNTS.map((name) => entry[name] ?? null);
      }
    }
    log.rows.push(row);
    if (log.rows.length > LONGEST) log.rows.shift();
  }
  setTimeout(look, 100);
};
look();
