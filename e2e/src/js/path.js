// The pair that the newest connection in use has chosen: kinds of its candidates, and how the
// relay is reached. Null before there is one.
const open = window.testConnections.filter(
  (connection) => connection.signalingState !== "closed" && connection.remoteDescription,
);
const connection = open.at(-1);
if (!connection) return null;
const stats = await connection.getStats();
let pair = null;
for (const entry of stats.values()) {
  // Firefox marks the pair, Chromium the transport.
  if (entry.type === "candidate-pair" && entry.selected) pair = entry;
  if (entry.type === "transport" && entry.selectedCandidatePairId) {
    pair = stats.get(entry.selectedCandidatePairId) ?? pair;
  }
}
if (!pair) return null;
const side = (candidate) => ({
  kind: candidate?.candidateType,
  protocol: candidate?.relayProtocol ?? candidate?.protocol,
  address: `${candidate?.address ?? ""}:${candidate?.port ?? ""}`,
});
return {
  local: side(stats.get(pair.localCandidateId)),
  remote: side(stats.get(pair.remoteCandidateId)),
};
